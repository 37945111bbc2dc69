"""Declares the list of project steps, in which the province also finds those to confirm."""

from __future__ import annotations

from hunan_trade.lists.columns import field
from hunan_trade.lists.declaration import View
from hunan_trade.lists.filters import ChoicesFilter, DaysFilter, ListFilterSet, RegionFilter
from projects.reviewed_entries.tables import entry_listing, entry_page_link, entry_panel
from projects.stages.actions import STEP_MOVES
from projects.stages.models import StageEntry


class StageEntryFilter(ListFilterSet):
    city = RegionFilter()
    stage = ChoicesFilter()
    state = ChoicesFilter()
    effective_on = DaysFilter()


_STAGE = field(StageEntry, "stage", link=entry_page_link("project-stages"), sort=())
_DAY = field(StageEntry, "effective_on")

STEPS_OF_PROJECT = entry_panel(
    StageEntry,
    "阶段登记",
    (_STAGE, _DAY),
    note="点阶段看这一步的经过，有权限的在那里办理",
    empty=("还没有登记阶段", "登记签约后在此列出每一步。"),
)

PROJECT_STAGES = entry_listing(
    StageEntry,
    (_STAGE, field(StageEntry, "city"), _DAY),
    code="project-stages",
    title="项目阶段登记",
    noun="步",
    filters=StageEntryFilter,
    views=(
        View("待省厅确认", "state=awaiting_province"),
        View("关账年度，待省厅负责人确认", "state=awaiting_lead"),
        View("未核定", "state=unaccepted"),
        View("退回", "state=given_back"),
    ),
    moves=(STEP_MOVES,),
    about="签约、投产随月报核定，落地、营运由省厅确认",
    empty=("还没有登记阶段", "在项目页登记签约、落地、投产、营运，登记后在此列出。"),
)
