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
    """A record of a project's stage log: which stage it reached, when, and the record's state, such as valid."""

    stage: Stage
    effective_on: date
    state: EntryState = EntryState.VALID
    number: int = 0  # key of the row, which orders entries of one stage and day


@dataclass(frozen=True)
class Demand:
    """A condition that projects of a class must meet to reach a stage, with its first and last day of validity."""

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
    def url_suffix(self) -> str:
        """URL suffix, after a project page's URL, of the form field or attachments where a user meets the condition.

        "" where neither is the place.
        """
        if self.kind == DemandKind.FIELD:
            return f"edit/#id_{self.field_names[0]}"
        return "#attachments" if self.kind == DemandKind.DOCUMENT else ""


@dataclass(frozen=True)
class DemandFacts:
    """Filled fields, documents and paid-in share of a project, which decide whether it meets a stage's conditions."""

    filled_fields: frozenset[str] = frozenset()
    documents: frozenset[str] = frozenset()  # codes of the demands whose document is in the register
    paid_in_share: Decimal | None = None  # in % of the contracted capital, None without a contract


@dataclass(frozen=True)
class Unmet:
    """A condition of a stage that a project does not meet, with a Chinese sentence that says what is missing.

    `place` is where it is met, as an address below the project's, or "".
    """

    title: str
    sentence: str
    place: str = ""


@dataclass(frozen=True)
class Money:
    """A project's capital of one kind, such as paid in: the part in dollars and the part in yuan."""

    usd: Decimal
    cny: Decimal


def paid_in_share(paid_in: Money, contracted: Money, cny_per_usd: Decimal | None) -> Decimal | None:
    """Return the percentage of a project's contracted capital that is paid in, or None if no capital is contracted.

    Dollars and yuan are added up by the year's rate. As long as no rate is decided, the lower share of the two
    currencies is returned.
    """
    if cny_per_usd is not None:
        total = contracted.usd * cny_per_usd + contracted.cny
        return 100 * (paid_in.usd * cny_per_usd + paid_in.cny) / total if total else None
    pairs = ((paid_in.usd, contracted.usd), (paid_in.cny, contracted.cny))
    return min((100 * paid / amount for paid, amount in pairs if amount), default=None)


def stages_reached(entries: Iterable[Entry], *, unaccepted: bool = False) -> dict[Stage, Entry]:
    """Return a dict from each stage that a project has reached to the log entry that proves it, in stage order.

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
    """Return the stage that follows the last one a project has reached, or None if it reached the last one (营运)."""
    last = last_stage(stages_reached(entries, unaccepted=True))
    following = ORDER if last is None else ORDER[ORDER.index(last) + 1 :]
    return next(iter(following), None)


def void_step_refusal(stage: Stage, entries: Iterable[Entry]) -> str | None:
    """Return a Chinese refusal to void a project's step to `stage` while the project has a later step, else None."""
    later = last_stage(entry.stage for entry in entries if entry.state in LIVE_STATES)
    if later is None or ORDER.index(later) <= ORDER.index(stage):
        return None
    return f"“{later.label}”还在，先作废“{later.label}”，再作废“{stage.label}”。"


def step_date_refusal(stage: Stage, on: date, stages: Mapping[Stage, Entry], today: date) -> str | None:
    """Return a Chinese reason why a project cannot have reached `stage` on the day `on`, or None if it can.

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
    """Return those of `demands` that projects of a class must meet on the day `on` to reach `stage`."""
    return tuple(
        demand
        for demand in demands
        if demand.stage == stage
        and demand.project_class in ("", project_class)
        and demand.holds_from <= on
        and (demand.holds_to is None or on <= demand.holds_to)
    )


def unmet_conditions(demands: Iterable[Demand], facts: DemandFacts) -> tuple[Unmet, ...]:
    """Return those of the given stage conditions that a project does not meet, in the given order."""
    found = ((demand, _missing_text(demand, facts)) for demand in demands)
    return tuple(Unmet(demand.title, sentence, demand.url_suffix) for demand, sentence in found if sentence)


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
                return f"{demand.title}不低于合同 {least}%，现 {_percent_text_below_least(facts.paid_in_share, demand.share_pct)}%"
            return ""


def _percent_text_below_least(share: Decimal, least: Decimal) -> str:
    """Format a percentage with enough decimals to show that it is below `least`: 29.96, not 30.0, if that is 30."""
    texts = (format_plain(share, places) for places in range(1, 6))
    return next((text for text in texts if Decimal(text) < least), f"{share:f}")


def unaccepted_previous_step(stage: Stage, entries: Collection[Entry]) -> Entry | None:
    """Return a project's step to the stage before `stage` if its monthly return is not accepted yet, else None."""
    if stage not in CONFIRMED_BY_PROVINCE:
        return None
    before = ORDER[ORDER.index(stage) - 1]
    return None if before in stages_reached(entries) else stages_reached(entries, unaccepted=True).get(before)


def given_back_entry(stage: Stage, entries: Iterable[Entry]) -> Entry | None:
    """Return a project's newest step to `stage` if it was given back for correction, else None."""
    last = max((entry for entry in entries if entry.stage == stage), key=lambda entry: entry.number, default=None)
    return last if last and last.state == EntryState.GIVEN_BACK else None


def next_stage_heading(stage: Stage, missing: Collection[Unmet], *, needs_province: bool) -> str:
    """Return a Chinese heading on how many of `stage`'s conditions a project lacks, such as 到“落地”，还差 2 项."""
    if missing:
        return f"到“{stage.label}”，还差 {len(missing)} 项{'和省厅确认' if needs_province else ''}"
    return f"到“{stage.label}”，条件已齐{'，申报后由省厅确认' if needs_province else '，可以登记'}"
