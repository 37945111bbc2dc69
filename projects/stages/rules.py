"""Pure functions that decide which stages a project has reached and what its next stage demands."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from hunan_trade.quantities import format_plain
from projects.choices import LIVE_STATES, DemandKind, EntryState, ProjectClass, Stage

ORDER: tuple[Stage, ...] = tuple(Stage)
CONFIRMED_BY_PROVINCE = frozenset({Stage.LANDED, Stage.OPERATING})


@dataclass(frozen=True)
class Entry:
    """A step in the stage log of a project, with its stage, date and state."""

    stage: Stage
    effective_on: date
    state: EntryState = EntryState.VALID
    number: int = 0  # key of the row, which orders entries of one stage and day


@dataclass(frozen=True)
class Demand:
    """A condition that a stage sets for projects of a class, with the first and last day on which it applies."""

    code: str
    stage: Stage
    project_class: ProjectClass | Literal[""]  # "" sets the condition to every class
    kind: DemandKind
    title: str
    field: str = ""  # the project's field, or some of which one is enough ("land_mu/factory_m2"), for DemandKind.FIELD
    share_pct: Decimal = Decimal(0)  # least paid-in share in %, for DemandKind.PAID_IN_SHARE
    holds_from: date = date.min
    holds_to: date | None = None  # None: it still holds

    @property
    def field_names(self) -> tuple[str, ...]:
        return tuple(self.field.split("/")) if self.field else ()

    @property
    def place(self) -> str:
        """URL suffix of where a user can meet the condition: a field of the edit form, or the attachments.

        "" where neither is the place.
        """
        if self.kind == DemandKind.FIELD:
            return f"edit/#id_{self.field_names[0]}"
        return "#attachments" if self.kind == DemandKind.DOCUMENT else ""


@dataclass(frozen=True)
class DemandFacts:
    """The facts of a project that decide whether it meets the conditions of a stage."""

    filled_fields: frozenset[str] = frozenset()
    documents: frozenset[str] = frozenset()  # codes of the demands whose document is in the register
    paid_in_share: Decimal | None = None  # in % of the contracted capital, None without a contract


@dataclass(frozen=True)
class Unmet:
    """A condition that a project does not meet, with a Chinese sentence for the project's page.

    `place` is where it is met, as an address below the project's, or "".
    """

    title: str
    sentence: str
    place: str = ""


@dataclass(frozen=True)
class Money:
    """Capital of one project in dollars and in yuan."""

    usd: Decimal
    cny: Decimal


def paid_in_share(paid_in: Money, contracted: Money, cny_per_usd: Decimal | None) -> Decimal | None:
    """Return how much of the contracted capital is paid in, in %, or None without contracted capital.

    Dollars and yuan are added up by the year's rate. As long as no rate is decided, the lower share of the two
    currencies is returned.
    """
    if cny_per_usd is not None:
        total = contracted.usd * cny_per_usd + contracted.cny
        return 100 * (paid_in.usd * cny_per_usd + paid_in.cny) / total if total else None
    pairs = ((paid_in.usd, contracted.usd), (paid_in.cny, contracted.cny))
    return min((100 * paid / amount for paid, amount in pairs if amount), default=None)


def stages_reached(entries: Iterable[Entry], *, unaccepted: bool = False) -> dict[Stage, Entry]:
    """Return the stages that a project has reached, in their order, each with the entry that proves it.

    Valid entries prove a stage, and with `unaccepted` those whose return is not accepted yet too. A later stage
    proves the earlier ones that have no entry of their own.
    """
    states = {EntryState.VALID, EntryState.UNACCEPTED} if unaccepted else {EntryState.VALID}
    first_last = sorted(entries, key=lambda entry: (entry.effective_on, entry.number), reverse=True)
    own = {entry.stage: entry for entry in first_last if entry.state in states}
    proofs: dict[Stage, Entry] = {}
    for stage in reversed(ORDER):
        proof = own.get(stage) or next(reversed(proofs.values()), None)
        if proof is not None:
            proofs[stage] = proof
    return dict(reversed(proofs.items()))


def last_stage(stages: Iterable[Stage]) -> Stage | None:
    """Return the last of the given stages in stage order, or None if there are none."""
    return max(stages, key=ORDER.index, default=None)


def next_stage(entries: Iterable[Entry]) -> Stage | None:
    """Return the stage after the last one that the project has reached, or None after the last stage (营运)."""
    last = last_stage(stages_reached(entries, unaccepted=True))
    following = ORDER if last is None else ORDER[ORDER.index(last) + 1 :]
    return next(iter(following), None)


def void_step_refusal(stage: Stage, entries: Iterable[Entry]) -> str | None:
    """Return a Chinese reason why `stage` cannot be voided while a later stage exists, or None if it can."""
    later = last_stage(entry.stage for entry in entries if entry.state in LIVE_STATES)
    if later is None or ORDER.index(later) <= ORDER.index(stage):
        return None
    return f"“{later.label}”还在，先作废“{later.label}”，再作废“{stage.label}”。"


def step_date_refusal(stage: Stage, on: date, stages: Mapping[Stage, Entry], today: date) -> str | None:
    """Return a Chinese reason why `on` cannot be the date of a step to `stage`, or None if it can.

    A day lies neither before the stages before it, nor after the stages after it, nor after today.
    """
    if on > today:
        return f"{stage.label}日期 {on} 还没有到，填今天（{today}）或以前的日期。"
    for entry in sorted(stages.values(), key=lambda entry: ORDER.index(entry.stage), reverse=True):
        before = ORDER.index(entry.stage) - ORDER.index(stage)
        if before < 0 and on < entry.effective_on:
            return f"{stage.label}日期 {on} 早于{entry.stage.label}日期 {entry.effective_on}，核对日期。"
        if before > 0 and on > entry.effective_on:
            return f"{stage.label}日期 {on} 晚于{entry.stage.label}日期 {entry.effective_on}，核对日期。"
    return None


def demands_of(stage: Stage, project_class: ProjectClass, on: date, demands: Iterable[Demand]) -> tuple[Demand, ...]:
    """Return the conditions that `stage` sets for projects of a class on the day `on`."""
    return tuple(
        demand
        for demand in demands
        if demand.stage == stage
        and demand.project_class in ("", project_class)
        and demand.holds_from <= on
        and (demand.holds_to is None or on <= demand.holds_to)
    )


def unmet_conditions(demands: Iterable[Demand], facts: DemandFacts) -> tuple[Unmet, ...]:
    """Return the conditions that a project does not meet, in their order."""
    found = ((demand, _missing_text(demand, facts)) for demand in demands)
    return tuple(Unmet(demand.title, sentence, demand.place) for demand, sentence in found if sentence)


def _missing_text(demand: Demand, facts: DemandFacts) -> str:
    match demand.kind:
        case DemandKind.FIELD:
            return "" if facts.filled_fields.intersection(demand.field_names) else f"未填{demand.title}"
        case DemandKind.DOCUMENT:
            return "" if demand.code in facts.documents else f"缺{demand.title}"
        case DemandKind.PAID_IN_SHARE:
            least = format_plain(demand.share_pct, 2).rstrip("0").rstrip(".")
            if facts.paid_in_share is None:
                return f"{demand.title}不低于合同 {least}%，现无合同资金"
            if facts.paid_in_share < demand.share_pct:
                return f"{demand.title}不低于合同 {least}%，现 {_percent_below(facts.paid_in_share, demand.share_pct)}%"
            return ""


def _percent_below(share: Decimal, least: Decimal) -> str:
    """Format a share with as many decimals as needed to show that it is below `least`."""
    texts = (format_plain(share, places) for places in range(1, 6))
    return next((text for text in texts if Decimal(text) < least), f"{share:f}")


def unaccepted_previous_step(stage: Stage, entries: Collection[Entry]) -> Entry | None:
    """Return the step before `stage` if the monthly return that makes it valid is not accepted yet, else None."""
    if stage not in CONFIRMED_BY_PROVINCE:
        return None
    before = ORDER[ORDER.index(stage) - 1]
    return None if before in stages_reached(entries) else stages_reached(entries, unaccepted=True).get(before)


def given_back_entry(stage: Stage, entries: Iterable[Entry]) -> Entry | None:
    """Return the last entry of `stage` if it was given back, else None."""
    last = max((entry for entry in entries if entry.stage == stage), key=lambda entry: entry.number, default=None)
    return last if last and last.state == EntryState.GIVEN_BACK else None


def next_stage_heading(stage: Stage, missing: Collection[Unmet], *, needs_province: bool) -> str:
    """Return a Chinese heading with the number of conditions a project lacks, such as 到“落地”，还差 2 项."""
    if missing:
        return f"到“{stage.label}”，还差 {len(missing)} 项{'和省厅确认' if needs_province else ''}"
    return f"到“{stage.label}”，条件已齐{'，申报后由省厅确认' if needs_province else '，可以登记'}"
