"""Declares the list of names on rosters of work plans, and the tables on the page of a plan item."""

from __future__ import annotations

from dataclasses import replace

from django.db.models import Q
from django.urls import reverse

from hunan_trade.accounts.roles import Permission
from hunan_trade.lists import column_kinds
from hunan_trade.lists.columns import Column, field
from hunan_trade.lists.declaration import Action, Editing, FieldGroup, Importing, Listing
from hunan_trade.lists.pages.embedded_record_tables import PageTable
from targets.actions_rosters import save_roster_entries
from targets.filters_roster_entries import RosterEntryFilter
from targets.models import RosterEntry
from targets.plan_tree_dataclasses import RosterNode
from targets.target_status import TargetStatus

_NAME_ALIASES = (
    "政策名称",
    "文件名称",
    "县市区",
    "县（市、区）",
    "县市",
    "项目名称",
    "企业名称",
    "单位名称",
    "园区名称",
    "活动名称",
    "示范区",
    "特色区",
    "承接地",
)


def _item_url(entry: RosterEntry) -> str:
    return reverse("targets:item", args=(entry.roster.plan.year, entry.roster.item.number))


ROSTERS = Listing(
    code="rosters",
    title="要点名单",
    noun="个",
    see=Permission.SEE_PLAN,
    rows=lambda: RosterEntry.objects.select_related("roster__plan", "roster__item", "region"),
    within=Q(is_current=True),
    columns=(
        field(
            RosterEntry,
            "name",
            sort=("name_order",),
            link=lambda entry: reverse("rosters:detail", args=[entry.pk]),
            aliases=_NAME_ALIASES,
        ),
        field(
            RosterEntry,
            "roster",
            source="roster.title",
            sort=("roster__title",),
            aliases=("名单名称", "列入名单", "名单类别"),
        ),
        field(RosterEntry, "region", sort=("region",), aliases=("市州", "所在市州", "所属市州", "所在地", "地区")),
        Column("year", "年度", column_kinds.CODE, source="roster.plan.year", sort=("roster__plan__year",)),
        Column(
            "item",
            "要点条目",
            column_kinds.CODE,
            value=lambda entry: f"第{entry.roster.item.number}条",
            sort=("roster__item__number",),
            link=_item_url,
        ),
    ),
    filters=RosterEntryFilter,
    ordering=("-roster__plan__year", "roster__item__number", "roster", "position"),
    search=("name",),
    reads=(RosterEntry, "targets_change", "regions_change"),
    actions=(
        Action("列入名单", "rosters:new", Permission.MAINTAIN_REGISTERS),
        Action("导入", "rosters:import", Permission.MAINTAIN_REGISTERS),
    ),
    editing=Editing(
        Permission.MAINTAIN_REGISTERS,
        save_roster_entries,
        (FieldGroup("名单", ("roster", "name", "region")),),
        reason_for=frozenset({"roster", "name"}),
        bulk=("region",),
    ),
    importing=Importing(("name", "roster", "region"), keys=(("roster", "name"),)),
    about="政策、县市、项目、企业等，按现行工作要点",
    empty=("名单里还没有列入的", "在工作要点条目里补列，或在此列入、导入。"),
)


# --- Tables of an item's page ---------------------------------------------------------------------------------------
_NUMBER_IN_WORDS = replace(column_kinds.TEXT, css="num")


def _target_light(status: TargetStatus) -> tuple[str, str]:
    return status.light.value, status.verdict.words


def _roster_light(roster: RosterNode) -> tuple[str, str]:
    return roster.verdict.light.value, roster.verdict.words


def _links_to_add_names(roster: RosterNode) -> list[tuple[str, str]] | None:
    if roster.listed_count >= roster.required:
        return None
    return [("补列名单", reverse("targets:roster-list", args=[roster.pk]))]


MEASURED_TARGETS = PageTable(
    "目标",
    (
        Column("title", "目标", note="figure_note"),
        Column("goal", "年度目标", source="goal_text"),
        Column("actual", "累计", _NUMBER_IN_WORDS, source="actual_text"),
        Column("last_year", "上年同期", _NUMBER_IN_WORDS, source="last_year_text"),
        Column("change", "比上年", _NUMBER_IN_WORDS, source="change_text"),
        Column("light", "进度", column_kinds.LIGHT, value=_target_light),
    ),
)
MILESTONES = PageTable(
    "时点",
    (
        Column("title", "目标"),
        Column("goal", "时限", source="goal_text"),
        Column("actual", "达成", source="actual_text"),
        Column("light", "进度", column_kinds.LIGHT, value=_target_light),
        Column(
            "links",
            "办理",
            column_kinds.LINKS,
            value=lambda status: [("登记日期", reverse("targets:milestone-reach", args=[status.pk]))],
            see=Permission.MAINTAIN_PLAN,
        ),
    ),
)
ITEM_ROSTERS = PageTable(
    "名单",
    (
        Column("title", "名单", note="note", link=lambda roster: f"{reverse('rosters:home')}?roster={roster.code}"),
        Column(
            "listed",
            "已列/应列",
            _NUMBER_IN_WORDS,
            value=lambda roster: f"{roster.listed_count}/{roster.required} {roster.unit}",
        ),
        Column("names", "已列名称", value=lambda roster: "、".join(roster.names) or "未列"),
        Column("light", "进度", column_kinds.LIGHT, value=_roster_light),
        Column("links", "办理", column_kinds.LINKS, value=_links_to_add_names, see=Permission.MAINTAIN_PLAN),
    ),
)
DROPPED_ITEMS = PageTable(
    "撤下的条目",
    (
        Column("title", "条目", value=lambda dropped: f"第{dropped.item.number}条 {dropped.item.title}"),
        Column(
            "version",
            "最后所在",
            column_kinds.CODE,
            value=lambda dropped: f"第{dropped.version}版",
            link=lambda dropped: reverse("targets:version", args=[dropped.year, dropped.version]),
        ),
        Column("lead", "牵头单位", value=lambda dropped: dropped.item.lead or dropped.item.named_units or "未定"),
        Column("states", "进展", source="state_text"),
        Column("targets", "目标", value=lambda dropped: "；".join(dropped.targets)),
        Column("rosters", "名单", source="roster_text"),
    ),
)
