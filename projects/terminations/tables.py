"""Declares the list of project terminations, in which city leads also find those to confirm."""

from __future__ import annotations

from hunan_trade.lists.columns import field
from hunan_trade.lists.declaration import View
from projects.reviewed_entries.tables import EntryFilter, entry_listing, entry_page_link, entry_panel
from projects.terminations.actions import TERMINATION_MOVES
from projects.terminations.models import Termination


class TerminationFilter(EntryFilter):
    pass


_DAY = field(Termination, "effective_on", link=entry_page_link("project-terminations"))

TERMINATIONS_OF_PROJECT = entry_panel(
    Termination,
    "终止",
    (_DAY,),
    note="点日期看这一次的经过，有权限的在那里办理",
    empty=("没有提出过终止", "不再推进的项目，由填报人提出终止，市州负责人确认。"),
)

PROJECT_TERMINATIONS = entry_listing(
    Termination,
    (field(Termination, "city"), _DAY),
    code="project-terminations",
    title="项目终止",
    noun="次",
    filters=TerminationFilter,
    views=(View("待负责人确认", "state=awaiting_lead"), View("退回", "state=given_back")),
    moves=(TERMINATION_MOVES,),
    about="由填报人提出，市州负责人确认；省厅可以直接终止",
    empty=("没有终止的项目", "在项目页提出终止，提出后在此列出。"),
)
