"""Loads plans as trees of sections and items, and computes the status of their targets up to a month."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache, cached_property

from django.db.models import Prefetch, QuerySet

from hunan_trade import clock, table_versions
from hunan_trade.accounts.models import User
from hunan_trade.indicators import computed_values, registry
from hunan_trade.indicators.computed_values import PERCENT, FigureKey, Value
from hunan_trade.indicators.queries_observations import VERSION_TABLES as FIGURE_TABLES
from hunan_trade.indicators.queries_observations import panel_data_by_indicator
from hunan_trade.indicators.values_by_city import NONE_ACCEPTED, PanelData
from hunan_trade.periods import Month
from hunan_trade.regions.models import PROVINCE
from hunan_trade.ui.component_data import TargetCard as Card
from targets import rules_target_status, target_status
from targets.models import PlanItem, Quantity, Roster, RosterEntry, Target, TaskState, WorkPlan
from targets.plan_tree_dataclasses import ItemNode, PlanTree, RosterNode, SectionNode, StateNode
from targets.rules_target_status import MEASURES, PUBLISHED, Light, Thresholds, format_without_trailing_zeros
from targets.status_cards import status_card
from targets.target_status import TargetStatus

VERSION_TABLES = (
    "targets_change",
    "regions_change",
)  # the version of the plan and of where its tasks stand, with all names
EditableRow = TaskState | PlanItem | Target | Roster
MeasureFunction = Callable[[Month, datetime | None], Value]


@dataclass(frozen=True)
class ItemRow:
    item: ItemNode
    statuses: tuple[TargetStatus, ...]


@dataclass(frozen=True)
class HeadingGroup:
    """A heading on the plan's page and the items directly below the heading."""

    label: str
    title: str
    level: int
    rows: tuple[ItemRow, ...]


@dataclass(frozen=True)
class PlanPage:
    tree: PlanTree
    month: Month
    groups: tuple[HeadingGroup, ...]
    statuses: tuple[TargetStatus, ...]
    thresholds: Thresholds = PUBLISHED

    @property
    def measured_statuses(self) -> tuple[TargetStatus, ...]:
        return tuple(row for row in self.statuses if row.is_measured)

    @property
    def milestones(self) -> tuple[TargetStatus, ...]:
        return tuple(row for row in self.statuses if row.shape == Target.Shape.MILESTONE)

    @property
    def late_threshold_text(self) -> str:
        """The number of percentage points behind schedule that makes a target late, as a text such as 8."""
        return format_without_trailing_zeros(abs(self.thresholds.late_below))

    @property
    def light_summary(self) -> str:
        """The numbers of late, slow and on-schedule targets as Chinese text, such as 滞后 2 个，正常 4 个."""
        judged = [row.light for row in (*self.measured_statuses, *self.milestones)]
        words = ((Light.BAD, "滞后"), (Light.WARN, "偏慢"), (Light.OK, "正常"))
        return "，".join(f"{word} {judged.count(light)} 个" for light, word in words if light in judged)


@dataclass(frozen=True)
class ItemPage:
    year: int
    month: Month
    heading: str  # 三（一）湘南示范区项目建设与承载能力
    item: ItemNode
    statuses: tuple[TargetStatus, ...]
    cards: tuple[Card, ...]
    before: int | None
    after: int | None

    @property
    def statuses_without_card(self) -> tuple[TargetStatus, ...]:
        """The statuses of those targets of the plan item that an indicator measures but no card on the page shows."""
        shown = {card.title for card in self.cards}
        return tuple(row for row in self.statuses if row.is_measured and row.title not in shown)

    @property
    def milestones(self) -> tuple[TargetStatus, ...]:
        return tuple(row for row in self.statuses if row.shape == Target.Shape.MILESTONE)


def plan_page(plan: WorkPlan, month: Month, as_of: datetime | None = None) -> PlanPage:
    """Load all data of a work plan's page, with target statuses computed from figures up to `month`."""
    found, statuses = plan_tree(plan), plan_target_statuses(plan, month, as_of)
    groups = tuple(
        HeadingGroup(
            node.label,
            node.title,
            level,
            tuple(ItemRow(item, tuple(row for row in statuses if row.item == item.number)) for item in node.items),
        )
        for level, node in found.sections_with_depth
    )
    return PlanPage(found, month, groups, statuses)


def item_page(row: PlanItem, month: Month, as_of: datetime | None = None) -> ItemPage:
    """Load all data of a plan item's page, with target statuses computed from figures up to `month`.

    `row` must have its plan and section loaded.
    """
    (found,) = prefetch_related_rows(PlanItem.objects.filter(pk=row.pk))
    statuses = tuple(each for each in plan_target_statuses(row.plan, month, as_of) if each.item == row.number)
    numbers = set(PlanItem.objects.filter(plan=row.plan).values_list("number", flat=True))
    above = row.section.parent.label if row.section.parent else ""
    return ItemPage(
        year=row.plan.year,
        month=month,
        heading=f"{above}{row.section.label}{'' if above else '、'}{row.section.title}",
        item=item_node(found),
        statuses=statuses,
        cards=tuple(card for each in statuses if (card := status_card(each)) is not None),
        before=row.number - 1 if row.number - 1 in numbers else None,
        after=row.number + 1 if row.number + 1 in numbers else None,
    )


@dataclass(frozen=True)
class PlanVersion:
    year: int
    number: int
    dated_on: date
    loaded_at: datetime
    current: bool


def plan_versions(user: User) -> tuple[PlanVersion, ...]:
    """Return all versions of the work plans that the user may see, newest first."""
    rows = WorkPlan.objects.visible_to(user).order_by("-year", "-version")
    found = list(rows.values_list("year", "version", "dated_on", "loaded_at"))
    newest = {row[0]: row[1] for row in reversed(found)}
    return tuple(PlanVersion(*row, current=newest[row[0]] == row[1]) for row in found)


def row_in_current_version(row: EditableRow) -> EditableRow | None:
    """Find the given item, target, roster or task state in the newest plan version; return None if it was dropped."""
    item = row if isinstance(row, PlanItem) else row.item
    newest = WorkPlan.objects.current(item.plan.year)
    if newest is None or newest == item.plan:
        return type(row).objects.get(pk=row.pk)
    if isinstance(row, Roster):
        return newest.rosters.filter(identity=row.identity_id).first()
    if isinstance(row, Target):
        return newest.targets.filter(code=row.code).first()
    if isinstance(row, PlanItem):
        return newest.items.filter(identity=row.identity_id).first()
    return TaskState.objects.filter(item__plan=newest, item__identity=item.identity_id, region=row.region_id).first()


def current_plan_tree(year: int) -> PlanTree | None:
    """Return the newest version of a year's work plan as a tree of sections and items, or None without a plan."""
    plan = WorkPlan.objects.current(year)
    return plan_tree(plan) if plan else None


def plan_tree(plan: WorkPlan) -> PlanTree:
    """Load a plan as a tree of sections and items, with rosters and task states."""
    nodes: dict[int, list[ItemNode]] = {}
    for item in prefetch_related_rows(PlanItem.objects.filter(plan=plan)):
        nodes.setdefault(item.section_id, []).append(item_node(item))
    rows = list(plan.sections.order_by("position"))

    def child_sections(parent: int | None) -> tuple[SectionNode, ...]:
        return tuple(
            SectionNode(row.label, row.title, tuple(nodes.get(row.pk, ())), child_sections(row.pk))
            for row in rows
            if row.parent_id == parent
        )

    return PlanTree(
        plan.year, plan.version, plan.title, plan.issuer, plan.addressees, plan.dated_on, child_sections(None)
    )


def prefetch_related_rows(items: QuerySet[PlanItem]) -> QuerySet[PlanItem]:
    """Return the plan items in order of number, prefetching related rows such as quantities and rosters."""
    return (
        items.select_related("lead", "plan")
        .order_by("number")
        .prefetch_related(
            "regions",
            "quantities",
            "dates",
            "mentions",
            Prefetch("rosters", Roster.objects.order_by("pk")),
            Prefetch("rosters__entries", RosterEntry.objects.order_by("position")),
            Prefetch("states", TaskState.objects.select_related("region").order_by("region_id")),
        )
    )


def item_node(item: PlanItem) -> ItemNode:
    mentions: dict[str, list[str]] = {}
    for mention in item.mentions.all():
        mentions.setdefault(mention.get_kind_display(), []).append(mention.name)
    return ItemNode(
        pk=item.pk,
        number=item.number,
        kind=item.kind,
        title=item.title,
        summary=item.summary,
        scope=item.get_scope_display(),
        regions=tuple(region.short_name for region in item.regions.all()),
        lead=item.lead.name if item.lead else "",
        named_units=item.named_units,
        due_on=item.due_on,
        quantities=tuple(_quantity_text(fact) for fact in item.quantities.all()),
        dates=tuple(f"{fact.what} {fact.text}".lstrip() for fact in item.dates.all()),
        mentions=tuple((kind, tuple(names)) for kind, names in mentions.items()),
        rosters=tuple(_roster_node(roster) for roster in item.rosters.all()),
        states=tuple(
            StateNode(
                pk=row.pk,
                region=row.region_id,
                region_name=row.region.short_name,
                state=row.state,
                label=row.get_state_display(),
                text=row.text,
                reason=row.reason,
                updated_on=row.updated_on,
            )
            for row in item.states.all()
        ),
    )


def _quantity_text(fact: Quantity) -> str:
    """Format a quantity of a plan item as text, such as 承接项目 3,000 个."""
    amounts = [format_without_trailing_zeros(amount) for amount in (fact.value, fact.upper) if amount is not None]
    figure = f" {'—'.join(amounts)} {fact.unit}".rstrip() if amounts else ""
    return f"{fact.what}{figure}" + (f"，{fact.qualifier}" if fact.qualifier else "")


def _roster_node(roster: Roster) -> RosterNode:
    names = tuple(entry.name for entry in roster.entries.all())
    return RosterNode(
        pk=roster.pk,
        code=roster.code,
        title=roster.title,
        unit=MEASURES[roster.unit].word,
        required=roster.required,
        names=names,
        note=roster.note,
        verdict=rules_target_status.roster_verdict(len(names), roster.required),
    )


def default_month(as_of: datetime | None = None) -> Month:
    """Return last month if all cities' returns of that month are accepted, else the month before that."""
    ended = Month.of(as_of.date() if as_of else clock.today()).previous
    flow = next(indicator.code for indicator in registry.declared() if indicator.measure is None)
    return (
        ended if not panel_data_by_indicator([flow], ended, as_of)[flow].cities_with_missing_months else ended.previous
    )


def target_statuses(month: Month, as_of: datetime | None = None) -> tuple[TargetStatus, ...]:
    """Return the status of every target in the newest plan of the month's year, from figures up to `month`.

    Without `as_of` the result is cached until the plan, a figure or the date changes (ADR 11).
    """
    if as_of is not None:
        return _compute_newest_plan_statuses(month, as_of)
    return _status_cache().get((month, clock.today()), lambda: _compute_newest_plan_statuses(month, None))


@cache
def _status_cache() -> table_versions.VersionedCache[tuple[Month, date], tuple[TargetStatus, ...]]:
    return table_versions.VersionedCache(*status_version_tables(), max_entries=8)


def status_version_tables() -> list[str]:
    """Return the names of the tables whose change counts tell whether cached target statuses are outdated."""
    counted = {table for indicator in registry.declared() for table in indicator.version_tables}
    return sorted({*VERSION_TABLES, *FIGURE_TABLES, *counted})


def _compute_newest_plan_statuses(month: Month, as_of: datetime | None) -> tuple[TargetStatus, ...]:
    plan = WorkPlan.objects.current(month.year)
    return plan_target_statuses(plan, month, as_of) if plan else ()


def plan_target_statuses(plan: WorkPlan, month: Month, as_of: datetime | None = None) -> tuple[TargetStatus, ...]:
    """Return the status of each target of a work plan, computed from figures up to `month`.

    `as_of` limits the figures to those known at that time.
    """
    rows = list(
        Target.objects.filter(plan=plan)
        .select_related("item", "roster")
        .prefetch_related(Prefetch("roster__entries", RosterEntry.objects.order_by("position")))
        .order_by("item__number", "position")
    )
    figures = _TargetFigures(tuple(rows), month, as_of)
    return tuple(_target_status(row, figures) for row in rows)


@dataclass(frozen=True)
class _TargetFigures:
    """The figures up to a month from which target statuses are computed, loaded once for all targets of a plan.

    Panels come from one query; other figures are counted by the app that declares the indicator.
    """

    targets: tuple[Target, ...]
    month: Month
    as_of: datetime | None

    @property
    def today(self) -> date:
        return self.as_of.date() if self.as_of else clock.today()

    @cached_property
    def panels(self) -> dict[str, PanelData]:
        wanted = {
            code
            for target in self.targets
            for code in (target.indicator, target.over)
            if code in self.panel_indicator_codes
        }
        return panel_data_by_indicator(wanted, self.month, self.as_of)

    @cached_property
    def panel_indicator_codes(self) -> set[str]:
        return {indicator.code for indicator in registry.declared() if indicator.measure is None}

    @cached_property
    def measure_functions(self) -> dict[str, MeasureFunction]:
        return {indicator.code: indicator.measure for indicator in registry.declared() if indicator.measure is not None}

    def this_and_last_year(self, target: Target) -> tuple[Value, Value]:
        """Return a target's figure for January up to the month, and its figure for the same months of last year."""
        if target.over:
            return self._share_value(target, last_year=False), self._share_value(target, last_year=True)
        return self._year_to_date_value(target.indicator, target.title, False), self._year_to_date_value(
            target.indicator, target.title, True
        )

    def _year_to_date_value(self, code: str, title: str, last_year: bool) -> Value:
        if code in self.panels:
            return self.panels[code].cumulative(PROVINCE, last_year)
        month = self.month.year_ago if last_year else self.month
        if code not in self.measure_functions:
            return computed_values.missing_value(FigureKey(code, month), title, PERCENT, "尚未采集")
        reported = next(iter(self.panels.values()), None)
        if reported is not None and not reported.cities_with_all_months:
            return computed_values.missing_value(FigureKey(code, month), title, PERCENT, NONE_ACCEPTED)
        counted = self.measure_functions[code](month, self.as_of)
        return replace(counted, note=counted.note or (reported.exclusion_note if reported else ""))

    def _share_value(self, target: Target, *, last_year: bool) -> Value:
        whole = self._year_to_date_value(target.over, target.title, last_year)
        part = self._share_numerator(target, last_year)
        label = f"{target.title}（上年同期）" if last_year else target.title
        return computed_values.ratio(part.key.with_steps("of", target.over), label, part, whole)

    def _share_numerator(self, target: Target, last_year: bool) -> Value:
        """Return the numerator of a target that is a share: the figure of the province or of a roster's regions."""
        if target.roster is None or target.indicator not in self.panels:
            return self._year_to_date_value(target.indicator, target.title, last_year)
        regions = [entry.region_id for entry in target.roster.entries.all() if entry.region_id]
        now, growth, _ = self.panels[target.indicator].city_group_sum_growth_share(
            target.roster.title, target.roster.code, regions
        )
        return growth.inputs[1] if last_year else now


def _target_status(target: Target, figures: _TargetFigures) -> TargetStatus:
    """Return a target's status, computed as its kind of goal requires, such as a milestone or a yearly amount."""
    match target.shape:
        case Target.Shape.MILESTONE:
            return target_status.milestone_status(target, figures.today)
        case Target.Shape.ROSTER:
            return target_status.roster_status(target)
        case Target.Shape.DIRECTION | Target.Shape.COMPARATIVE:
            return target_status.direction_status(target, *figures.this_and_last_year(target))
        case _:
            return target_status.yearly_goal_status(target, *figures.this_and_last_year(target), figures.month)
