"""The plan as a tree, and how each target stands in a month: frozen, ready for page, API and report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from django.conf import settings
from django.db.models import Prefetch, QuerySet
from django.utils.module_loading import import_string

from hunan_trade import clock
from hunan_trade.indicators import registry, values
from hunan_trade.indicators.panel import Panel
from hunan_trade.indicators.queries import panels
from hunan_trade.indicators.values import PERCENT, Value
from hunan_trade.periods import Month, day_label
from hunan_trade.regions.models import PROVINCE
from targets import rules
from targets import standing as shapes
from targets.models import PlanItem, Quantity, Roster, RosterEntry, Target, TaskState, WorkPlan
from targets.rules import MEASURES, Verdict
from targets.standing import Standing

MeasureFunction = Callable[[Month, datetime | None], Value]


@dataclass(frozen=True)
class RosterNode:
    code: str
    title: str
    unit: str
    required: int
    names: tuple[str, ...]
    note: str
    verdict: Verdict

    @property
    def listed(self) -> int:
        return len(self.names)


@dataclass(frozen=True)
class StateNode:
    region: str
    region_name: str
    state: str
    label: str
    text: str
    reason: str
    updated_on: date | None


@dataclass(frozen=True)
class ItemNode:
    number: int
    kind: str
    title: str
    summary: str
    scope: str
    regions: tuple[str, ...]
    lead: str
    named_units: str
    due_on: date | None
    quantities: tuple[str, ...]  # 承接项目 3000 个
    dates: tuple[str, ...]
    mentions: tuple[tuple[str, tuple[str, ...]], ...]  # (企业, (富士康, …))
    rosters: tuple[RosterNode, ...]
    states: tuple[StateNode, ...]

    @property
    def due_text(self) -> str:
        return day_label(self.due_on) if self.due_on else ""


@dataclass(frozen=True)
class SectionNode:
    label: str
    title: str
    items: tuple[ItemNode, ...]
    children: tuple[SectionNode, ...]


@dataclass(frozen=True)
class Tree:
    year: int
    version: int
    title: str
    issuer: str
    addressees: str
    dated_on: date
    sections: tuple[SectionNode, ...]

    @property
    def items(self) -> tuple[ItemNode, ...]:
        """All items in the document's order."""
        nodes = [node for section in self.sections for node in (section, *section.children)]
        return tuple(sorted((item for node in nodes for item in node.items), key=lambda item: item.number))


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


def item(plan: WorkPlan, number: int) -> ItemNode | None:
    found = next(iter(_with_facts(PlanItem.objects.filter(plan=plan, number=number))), None)
    return item_node(found) if found else None


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
        dates=tuple(f"{fact.what} {fact.text}" for fact in item.dates.all()),
        mentions=tuple((kind, tuple(names)) for kind, names in mentions.items()),
        rosters=tuple(_roster_node(roster) for roster in item.rosters.all()),
        states=tuple(
            StateNode(
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
    """承接项目 3,000 个; 引进世界 500 强 2—3 家，力争."""
    amounts = [rules.short(amount) for amount in (fact.value, fact.upper) if amount is not None]
    return f"{fact.what} {'—'.join(amounts)} {fact.unit}" + (f"，{fact.qualifier}" if fact.qualifier else "")


def _roster_node(roster: Roster) -> RosterNode:
    names = tuple(entry.name for entry in roster.entries.all())
    return RosterNode(
        code=roster.code,
        title=roster.title,
        unit=MEASURES[roster.unit].word,
        required=roster.required,
        names=names,
        note=roster.note,
        verdict=rules.by_roster(len(names), roster.required),
    )


def standing(month: Month, as_of: datetime | None = None) -> tuple[Standing, ...]:
    """Every target of the year's current plan after `month`, in the plan's order; empty while there is no plan."""
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
    """The measured side of a plan's targets: panels in one query, the rest from the functions settings name."""

    targets: tuple[Target, ...]
    month: Month
    as_of: datetime | None

    @property
    def today(self) -> date:
        return self.as_of.date() if self.as_of else clock.today()

    @cached_property
    def panels(self) -> dict[str, Panel]:
        known = {indicator.code for indicator in registry.every()}
        wanted = {code for target in self.targets for code in (target.indicator, target.over) if code in known}
        return panels(wanted, self.month, self.as_of)

    @cached_property
    def measures(self) -> dict[str, MeasureFunction]:
        return {code: import_string(name) for code, name in getattr(settings, "TARGET_MEASURES", {}).items()}

    def of(self, target: Target) -> tuple[Value, Value]:
        """(this year to date, the same months of last year)."""
        if target.over:
            return self._share(target, last_year=False), self._share(target, last_year=True)
        return self._to_date(target.indicator, target.title, False), self._to_date(target.indicator, target.title, True)

    def _to_date(self, code: str, title: str, last_year: bool) -> Value:
        if code in self.panels:
            return self.panels[code].cumulative(PROVINCE, last_year)
        month = self.month.year_ago if last_year else self.month
        if code in self.measures:
            return self.measures[code](month, self.as_of)
        return values.absent(f"{code}/{month}", title, PERCENT, "尚未采集")

    def _share(self, target: Target, *, last_year: bool) -> Value:
        whole = self._to_date(target.over, target.title, last_year)
        part = self._part(target, last_year)
        label = f"{target.title}（上年同期）" if last_year else target.title
        return values.ratio(f"{part.code}/of/{target.over}", label, part, whole)

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
