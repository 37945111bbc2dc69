"""What the province looks at before it decides: what changed since last month and since the last round, outliers first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from hunan_trade import quantities
from hunan_trade.accounts.models import User
from hunan_trade.intake import grid, reading, receipts, sheets
from hunan_trade.intake.checking import Checked
from hunan_trade.intake.datasets import Past
from hunan_trade.intake.guard_facts import guard_facts
from hunan_trade.intake.models import MonthlyReturn, Round
from hunan_trade.intake.sheets import Form
from hunan_trade.intake.workflow import RETURN
from hunan_trade.periods import Month
from hunan_trade.tabular.columns import Column, Kind
from hunan_trade.tabular.findings import Finding, Severity
from hunan_trade.tabular.tables import ParsedTable, TableSpec
from hunan_trade.ui.components import Entry, Fact, RangeStrip

GLUE = "|"  # between sheet, record and column in the value of a ticked box
ENOUGH = 3  # months of history before a range is one
Before = Mapping[tuple[str, str], Mapping[str, str]]  # (sheet, record) → column → text of the round before


@dataclass(frozen=True)
class Change:
    """A figure of the month beside what it was; amounts as typed, in 万 or counts."""

    dataset: TableSpec
    key: str
    column: str
    cell: str
    record: str
    aside: str  # 出口，6月当月，万美元
    unit: str
    now: Decimal | None
    last: Decimal | None
    low: Decimal | None
    high: Decimal | None
    before: str | None  # as the last round had it; None where there was none
    text: str  # as it stands
    reason: str
    finding: Finding | None

    @property
    def pick(self) -> str:
        return GLUE.join((self.dataset.code, self.key, self.column))

    @property
    def anchor(self) -> str:
        return f"{self.dataset.code}-{self.cell}"

    @property
    def rate(self) -> Decimal | None:
        return quantities.growth(self.now, self.last).rate

    @property
    def now_text(self) -> str:
        return grid.amount(self.now, self.unit) if self.now is not None else self.text or quantities.NO_DATA

    @property
    def last_text(self) -> str:
        return grid.amount(self.last, self.unit)

    @property
    def before_text(self) -> str:
        """As the last round had it; what was no number is shown as it was typed."""
        value = self.dataset.column(self.column).parse([self.before]).values[0] if self.before else None
        return grid.amount(value, self.unit) if value is not None else self.before or quantities.NO_DATA

    @property
    def corrected(self) -> bool:
        return self.before is not None and self.before != self.text

    @property
    def moved(self) -> bool:
        return grid.Derived(self.now, self.last, None).moved

    @property
    def outside(self) -> bool:
        """Questioned by a rule, or out of its twelve months by more than an ordinary change."""
        if self.finding is not None:
            return True
        if self.now is None or self.low is None or self.high is None:
            return False
        return self.moved and not self.low <= self.now <= self.high

    @property
    def weight(self) -> Decimal:
        """How far it went, for the order within a group."""
        return abs((self.now or Decimal(0)) - (self.last or Decimal(0)))

    @property
    def strip(self) -> RangeStrip | None:
        if self.low is None or self.high is None or self.now is None:
            return None
        last = f"，上月 {grid.amount(self.last, self.unit)}" if self.last is not None else ""
        label = f"前 12 月 {grid.amount(self.low, self.unit)} 到 {grid.amount(self.high, self.unit)}{last}，本月 {grid.amount(self.now, self.unit)}"
        return RangeStrip(label, self.low, self.high, self.now, self.last)


@dataclass(frozen=True)
class Section:
    title: str
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class ReviewPage:
    head: reading.Head
    round: Round
    show: str
    counts: Mapping[str, int]
    sections: tuple[Section, ...]
    rest: tuple[Change, ...]  # within range and threshold: one line that unfolds
    refusals: Mapping[str, str]  # accept, give_back → why not, "" if open
    effects: tuple[Fact, ...]
    log: tuple[Entry, ...]
    hours: str
    position: int
    waiting: int
    previous: MonthlyReturn | None
    next: MonthlyReturn | None

    @property
    def columns(self) -> int:
        return 9 if self.round.number > 1 else 8


def review_page(monthly_return: MonthlyReturn, user: User, show: str) -> ReviewPage | None:
    """The round that waits for review; None when none does. `show`: changed, round, told or all."""
    rounds = reading.rounds(monthly_return)
    if not rounds or rounds[0].decision:
        return None
    form = sheets.stored(monthly_return)
    checked = form.check()
    changes = list(_changes(form, checked, receipts.texts_of(rounds[1]) if len(rounds) > 1 else {}))
    groups = {
        "changed": [change for change in changes if change.outside or change.moved],
        "round": [change for change in changes if change.corrected],
        "told": [change for change in changes if change.reason],
        "all": changes,
    }
    show = show if show in groups else "changed"
    queue = list(MonthlyReturn.objects.awaiting_review().with_region().order_by("first_sent_at", "region"))
    at = next((at for at, waiting in enumerate(queue) if waiting.pk == monthly_return.pk), 0)
    return ReviewPage(
        head=reading.head(monthly_return),
        round=rounds[0],
        show=show,
        counts={name: len(members) for name, members in groups.items()},
        sections=_sections(groups[show], show),
        rest=tuple(c for c in changes if not (c.outside or c.moved)) if show == "changed" else (),
        refusals={name: _refusal(name, monthly_return, user, checked) for name in ("accept", "give_back")},
        effects=tuple(_effects(form, checked)),
        log=reading.log(monthly_return, rounds),
        hours=_hours(rounds),
        position=at + 1,
        waiting=len(queue),
        previous=queue[at - 1] if at else None,
        next=queue[at + 1] if at + 1 < len(queue) else None,
    )


def weight(monthly_return: MonthlyReturn) -> tuple[int, int]:
    """How many figures stand out, and how many findings were explained: what the queue is ordered by."""
    form = sheets.stored(monthly_return)
    checked = form.check()
    outliers = sum(change.outside for change in _changes(form, checked, {}))
    return outliers, sum(finding.explained for finding in checked.findings)


def _refusal(name: str, monthly_return: MonthlyReturn, user: User, checked: Checked) -> str:
    if name == "accept" and checked.blocking:
        return f"复核发现 {len(checked.blocking)} 处必须改"
    return RETURN.allowed(guard_facts(monthly_return), user, may=user.may).get(name) or ""


def _sections(changes: Sequence[Change], show: str) -> tuple[Section, ...]:
    by_weight = sorted(changes, key=lambda change: change.weight, reverse=True)
    if show == "all":
        return tuple(
            Section(f"{title}，{len(members)} 处", tuple(members))
            for title in dict.fromkeys(change.dataset.sheet for change in changes)
            if (members := [change for change in changes if change.dataset.sheet == title])
        )
    outside = tuple(change for change in by_weight if change.outside)
    moved = tuple(change for change in by_weight if change.moved and not change.outside)
    other = tuple(change for change in by_weight if not change.moved and not change.outside)
    titled = (
        (f"超出前 12 月范围或规则要求说明，{len(outside)} 处", outside),
        (f"比上月变动超过 {grid.MOVED:f}%，在范围内，{len(moved)} 处", moved),
        (f"变动在 {grid.MOVED:f}% 以内，{len(other)} 处", other),
    )
    return tuple(Section(title, members) for title, members in titled if members)


def _changes(form: Form, checked: Checked, before: Before) -> Iterator[Change]:
    """Every figure of the month, in the order of the workbook."""
    for code, table in checked.tables.items():
        findings = {(f.key, f.column): f for f in checked.of_sheet(code) if f.severity is not Severity.NOTE}
        for at, (row, typed) in enumerate(form.rows(table.spec)):
            for column in table.spec.of_kind(Kind.MONTH):
                earlier = before.get((code, row.key))
                yield _change(
                    table,
                    at,
                    column,
                    unit=column.unit or row.texts.get("unit", ""),
                    past=_of_column(form.known[code].past, row.key, column.key),
                    text=typed.get(column.key, ""),
                    before=None if earlier is None else earlier[column.key],
                    finding=findings.get((row.key, column.key)),
                )


def _change(
    table: ParsedTable,
    at: int,
    column: Column,
    *,
    unit: str,
    past: Mapping[Month, Decimal],
    text: str,
    before: str | None,
    finding: Finding | None,
) -> Change:
    dataset, values = table.spec, list(past.values())
    known = len(values) >= ENOUGH
    return Change(
        dataset=dataset,
        key=table.keys[at],
        column=column.key,
        cell=f"{dataset.letter(column.key)}{table.numbers[at]}",
        record=table.names[at],
        aside=reading.words_of(column, table.month, unit),
        unit=unit,
        now=table.values[column.key][at],
        last=past.get(table.month.previous),
        low=min(values) if known else None,
        high=max(values) if known else None,
        before=before,
        text=text,
        reason=table.values[dataset.reason.key][at] or "",
        finding=finding,
    )


def _of_column(past: Past, key: str, column: str) -> dict[Month, Decimal]:
    return {month: values[column] for month, values in past.get(key, {}).items() if column in values}


# --- What acceptance adds -------------------------------------------------------------------------------------------
def _effects(form: Form, checked: Checked) -> Iterator[Fact]:
    """Totals of the sheets whose figures add up, as they would stand; before acceptance they are 未核定."""
    month = form.month
    for code, table in checked.tables.items():
        dataset = table.spec
        unit = dataset.of_kind(Kind.MONTH)[0].unit
        if not unit:
            continue
        past = form.known[code].past
        totals = {m: _all(dataset, past, m) for m in (*month.to_date[:-1], month.previous, month.year_ago)}
        now = _total(
            grid.measured(dataset, {k: table.values[k][at] for k in table.values}) for at in range(len(table.keys))
        )
        rates = grid.Derived(now, totals[month.previous], totals[month.year_ago])
        yield Fact(
            f"{dataset.measure or dataset.sheet} {month.month}月当月", f"{grid.amount(now, unit)} {unit}", note="未核定"
        )
        yield Fact("环比、同比", f"{_percent(rates.month_on_month)}　{_percent(rates.year_on_year)}")
        earlier = [totals[m] for m in month.to_date[:-1]]
        if now is not None and None not in earlier:
            amount = sum((value for value in earlier if value is not None), now)
            yield Fact(f"{month.span.replace('-', '—')}累计", f"{grid.amount(amount, unit)} {unit}")


def _all(dataset: TableSpec, past: Past, month: Month) -> Decimal | None:
    return _total(grid.measured(dataset, months[month]) for months in past.values() if month in months)


def _total(values: Iterable[Decimal | None]) -> Decimal | None:
    known = [value for value in values if value is not None]
    return sum(known, Decimal(0)) if known else None


def _percent(rate: Decimal | None) -> str:
    return quantities.NO_DATA if rate is None else f"{quantities.signed(rate)}%"


def _hours(rounds: Sequence[Round]) -> str:
    """How long each side has held the return, in days."""
    monthly_return = rounds[0].monthly_return
    city, province, since = Decimal(0), Decimal(0), monthly_return.opens_at
    for round_ in sorted(rounds, key=lambda r: r.number):
        city += Decimal(int((round_.sent_at - since).total_seconds()))
        since = round_.decided_at or round_.sent_at
        province += Decimal(int((since - round_.sent_at).total_seconds()))
    day = Decimal(86_400)
    return f"市州 {quantities.plain(city / day, 1)} 天，省厅 {quantities.plain(province / day, 1)} 天"
