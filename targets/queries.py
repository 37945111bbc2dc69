"""The plan as a tree, and how each target stands in a month: frozen, ready for page, API and report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache, cached_property

from django.db.models import Prefetch, QuerySet

from hunan_trade import clock, versions
from hunan_trade.accounts.models import User
from hunan_trade.indicators import registry, values
from hunan_trade.indicators.panel import NONE_ACCEPTED, Panel
from hunan_trade.indicators.queries import VERSION_TABLES as FIGURES
from hunan_trade.indicators.queries import panels
from hunan_trade.indicators.values import PERCENT, FigureKey, Value
from hunan_trade.periods import Month
from hunan_trade.regions.models import PROVINCE
from hunan_trade.ui.components import TargetCard as Card
from targets import rules
from targets import status as shapes
from targets.cards import card
from targets.drafting import amendment
from targets.models import PlanItem, Quantity, Roster, RosterEntry, Target, TaskState, WorkPlan
from targets.rules import MEASURES, PUBLISHED, Light, Thresholds
from targets.status import Standing
from targets.tree import ItemNode, RosterNode, SectionNode, StateNode, Tree

VERSION_TABLES = (
    "targets_change",
    "regions_change",
)  # the version of the plan and of where its tasks stand, with all names
Editable = TaskState | PlanItem | Target | Roster
MeasureFunction = Callable[[Month, datetime | None], Value]


@dataclass(frozen=True)
class ItemRow:
    item: ItemNode
    standings: tuple[Standing, ...]


@dataclass(frozen=True)
class Group:
    """A heading of the document with the items right below it."""

    label: str
    title: str
    level: int
    rows: tuple[ItemRow, ...]


@dataclass(frozen=True)
class PlanPage:
    tree: Tree
    month: Month
    groups: tuple[Group, ...]
    standings: tuple[Standing, ...]
    thresholds: Thresholds = PUBLISHED

    @property
    def measured(self) -> tuple[Standing, ...]:
        return tuple(row for row in self.standings if row.measured)

    @property
    def milestones(self) -> tuple[Standing, ...]:
        return tuple(row for row in self.standings if row.shape == Target.Shape.MILESTONE)

    @property
    def late_points(self) -> str:
        return rules.short(abs(self.thresholds.late_below))

    @property
    def lights(self) -> str:
        """滞后 2 个，偏慢 3 个，正常 4 个: of the measured targets and milestones, those with a verdict."""
        judged = [row.light for row in (*self.measured, *self.milestones)]
        words = ((Light.BAD, "滞后"), (Light.WARN, "偏慢"), (Light.OK, "正常"))
        return "，".join(f"{word} {judged.count(light)} 个" for light, word in words if light in judged)


@dataclass(frozen=True)
class ItemPage:
    year: int
    month: Month
    heading: str  # 三（一）湘南示范区项目建设与承载能力
    item: ItemNode
    standings: tuple[Standing, ...]
    cards: tuple[Card, ...]
    before: int | None
    after: int | None

    @property
    def tabled(self) -> tuple[Standing, ...]:
        """Measured targets that no card shows."""
        drawn = {drawing.title for drawing in self.cards}
        return tuple(row for row in self.standings if row.measured and row.title not in drawn)

    @property
    def milestones(self) -> tuple[Standing, ...]:
        return tuple(row for row in self.standings if row.shape == Target.Shape.MILESTONE)


def plan_page(plan: WorkPlan, month: Month, as_of: datetime | None = None) -> PlanPage:
    found, standings = tree_of(plan), standing_of(plan, month, as_of)
    groups = tuple(
        Group(
            node.label,
            node.title,
            level,
            tuple(ItemRow(item, tuple(row for row in standings if row.item == item.number)) for item in node.items),
        )
        for level, node in found.headings
    )
    return PlanPage(found, month, groups, standings)


def item_page(row: PlanItem, month: Month, as_of: datetime | None = None) -> ItemPage:
    """`row` with its plan and section."""
    (found,) = _with_facts(PlanItem.objects.filter(pk=row.pk))
    standings = tuple(each for each in standing_of(row.plan, month, as_of) if each.item == row.number)
    numbers = set(PlanItem.objects.filter(plan=row.plan).values_list("number", flat=True))
    above = row.section.parent.label if row.section.parent else ""
    return ItemPage(
        year=row.plan.year,
        month=month,
        heading=f"{above}{row.section.label}{'' if above else '、'}{row.section.title}",
        item=item_node(found),
        standings=standings,
        cards=tuple(drawn for each in standings if (drawn := card(each)) is not None),
        before=row.number - 1 if row.number - 1 in numbers else None,
        after=row.number + 1 if row.number + 1 in numbers else None,
    )


@dataclass(frozen=True)
class Version:
    year: int
    number: int
    dated_on: date
    loaded_at: datetime
    current: bool


def plan_versions(user: User) -> tuple[Version, ...]:
    """Of every plan, the newest year and the newest version first."""
    rows = WorkPlan.objects.visible_to(user).order_by("-year", "-version")
    found = list(rows.values_list("year", "version", "dated_on", "loaded_at"))
    newest = {row[0]: row[1] for row in reversed(found)}
    return tuple(Version(*row, current=newest[row[0]] == row[1]) for row in found)


def in_current(row: Editable) -> Editable | None:
    """The same row of the year's current version, itself if it is of that one; None where that has it no longer."""
    item = row if isinstance(row, PlanItem) else row.item
    newest = WorkPlan.objects.current(item.plan.year)
    if newest is None or newest == item.plan:
        return type(row).objects.get(pk=row.pk)
    if isinstance(row, Roster | Target):
        return type(row).objects.filter(plan=newest, code=row.code).first()
    number = amendment.moved(item.plan, dict(newest.items.values_list("number", "title"))).get(item.number, 0)
    if isinstance(row, PlanItem):
        return newest.items.filter(number=number).first()
    return TaskState.objects.filter(item__plan=newest, item__number=number, region=row.region_id).first()


def tree(year: int) -> Tree | None:
    """The current plan of the year, or None while none has been loaded."""
    plan = WorkPlan.objects.current(year)
    return tree_of(plan) if plan else None


def tree_of(plan: WorkPlan) -> Tree:
    nodes: dict[int, list[ItemNode]] = {}
    for item in _with_facts(PlanItem.objects.filter(plan=plan)):
        nodes.setdefault(item.section_id, []).append(item_node(item))
    rows = list(plan.sections.order_by("position"))

    def below(parent: int | None) -> tuple[SectionNode, ...]:
        return tuple(
            SectionNode(row.label, row.title, tuple(nodes.get(row.pk, ())), below(row.pk))
            for row in rows
            if row.parent_id == parent
        )

    return Tree(plan.year, plan.version, plan.title, plan.issuer, plan.addressees, plan.dated_on, below(None))


def _with_facts(items: QuerySet[PlanItem]) -> QuerySet[PlanItem]:
    return (
        items.select_related("lead")
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
        quantities=tuple(_spelled(fact) for fact in item.quantities.all()),
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


def _spelled(fact: Quantity) -> str:
    """承接项目 3,000 个; 引进世界 500 强 2—3 家，力争; 加工贸易比重，进一步提高."""
    amounts = [rules.short(amount) for amount in (fact.value, fact.upper) if amount is not None]
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
        verdict=rules.by_roster(len(names), roster.required),
    )


def settled_month(as_of: datetime | None = None) -> Month:
    """The last month that has ended and that every city has had accepted; the one before while some are still out."""
    ended = Month.of(as_of.date() if as_of else clock.today()).previous
    flow = next(indicator.code for indicator in registry.declared() if indicator.measure is None)
    return ended if not panels([flow], ended, as_of)[flow].excluded else ended.previous


def standing(month: Month, as_of: datetime | None = None) -> tuple[Standing, ...]:
    """Every target of the year's current plan after `month`, in the plan's order; empty while there is no plan.

    Of what is known today it is cached while neither the plan nor a figure changes (ADR 11).
    """
    if as_of is not None:
        return _standing(month, as_of)
    return _standings().get((month, clock.today()), lambda: _standing(month, None))


@cache
def _standings() -> versions.VersionedCache[tuple[Month, date], tuple[Standing, ...]]:
    return versions.VersionedCache(*status_version_tables(), max_entries=8)


def status_version_tables() -> list[str]:
    """The versions of everything that a standing is made of."""
    counted = {table for indicator in registry.declared() for table in indicator.version_tables}
    return sorted({*VERSION_TABLES, *FIGURES, *counted})


def _standing(month: Month, as_of: datetime | None) -> tuple[Standing, ...]:
    plan = WorkPlan.objects.current(month.year)
    return standing_of(plan, month, as_of) if plan else ()


def standing_of(plan: WorkPlan, month: Month, as_of: datetime | None = None) -> tuple[Standing, ...]:
    rows = list(
        Target.objects.filter(plan=plan)
        .select_related("item", "roster")
        .prefetch_related(Prefetch("roster__entries", RosterEntry.objects.order_by("position")))
        .order_by("item__number", "position")
    )
    figures = _Figures(tuple(rows), month, as_of)
    return tuple(_stand(row, figures) for row in rows)


@dataclass(frozen=True)
class _Figures:
    """The measured side of a plan's targets: panels in one query, the rest counted by the app that declares it."""

    targets: tuple[Target, ...]
    month: Month
    as_of: datetime | None

    @property
    def today(self) -> date:
        return self.as_of.date() if self.as_of else clock.today()

    @cached_property
    def panels(self) -> dict[str, Panel]:
        wanted = {code for target in self.targets for code in (target.indicator, target.over) if code in self.flows}
        return panels(wanted, self.month, self.as_of)

    @cached_property
    def flows(self) -> set[str]:
        return {indicator.code for indicator in registry.declared() if indicator.measure is None}

    @cached_property
    def counted(self) -> dict[str, MeasureFunction]:
        return {indicator.code: indicator.measure for indicator in registry.declared() if indicator.measure is not None}

    def of(self, target: Target) -> tuple[Value, Value]:
        """(this year to date, the same months of last year)."""
        if target.over:
            return self._share(target, last_year=False), self._share(target, last_year=True)
        return self._to_date(target.indicator, target.title, False), self._to_date(target.indicator, target.title, True)

    def _to_date(self, code: str, title: str, last_year: bool) -> Value:
        if code in self.panels:
            return self.panels[code].cumulative(PROVINCE, last_year)
        month = self.month.year_ago if last_year else self.month
        if code not in self.counted:
            return values.absent(FigureKey(code, month), title, PERCENT, "尚未采集")
        reported = next(iter(self.panels.values()), None)
        if reported is not None and not reported.included:
            return values.absent(FigureKey(code, month), title, PERCENT, NONE_ACCEPTED)
        counted = self.counted[code](month, self.as_of)
        return replace(counted, note=counted.note or (reported.exclusion_note if reported else ""))

    def _share(self, target: Target, *, last_year: bool) -> Value:
        whole = self._to_date(target.over, target.title, last_year)
        part = self._part(target, last_year)
        label = f"{target.title}（上年同期）" if last_year else target.title
        return values.ratio(part.key.with_steps("of", target.over), label, part, whole)

    def _part(self, target: Target, last_year: bool) -> Value:
        """The share's numerator: the province's, or what the regions of the target's roster bring together."""
        if target.roster is None or target.indicator not in self.panels:
            return self._to_date(target.indicator, target.title, last_year)
        regions = [entry.region_id for entry in target.roster.entries.all() if entry.region_id]
        now, growth, _ = self.panels[target.indicator].group(target.roster.title, target.roster.code, regions)
        return growth.inputs[1] if last_year else now


def _stand(target: Target, figures: _Figures) -> Standing:
    match target.shape:
        case Target.Shape.MILESTONE:
            return shapes.milestone(target, figures.today)
        case Target.Shape.ROSTER:
            return shapes.listed(target)
        case Target.Shape.DIRECTION | Target.Shape.COMPARATIVE:
            return shapes.moved(target, *figures.of(target))
        case _:
            return shapes.paced(target, *figures.of(target), figures.month)
