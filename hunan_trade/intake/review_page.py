"""Loads the data of the review page, which compares each figure with last month's and with the one sent before.

Outliers come first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from hunan_trade import quantities
from hunan_trade.accounts.models import User
from hunan_trade.intake import grid_data, receipts, return_page, return_sheets, row_totals
from hunan_trade.intake.datasets import Past
from hunan_trade.intake.models import MonthlyReturn, Round
from hunan_trade.intake.queries_workflow_guards import load_guard_data
from hunan_trade.intake.return_checks import CheckedReturn
from hunan_trade.intake.return_sheets import ReturnSheets
from hunan_trade.intake.workflow import RETURN
from hunan_trade.periods import Month
from hunan_trade.tabular.column_declaration import Column, Kind
from hunan_trade.tabular.findings import Finding, Severity
from hunan_trade.tabular.table_types import ParsedTable, TableSpec
from hunan_trade.ui.component_data import Fact, HistoryEntry, RangeStrip

CELL_SEPARATOR = "|"  # between sheet, record and column in the value of a ticked box
MONTHS_FOR_RANGE = 3  # months of history before a range is one
PreviousTexts = Mapping[tuple[str, str], Mapping[str, str]]  # (sheet, record) → column → text of the round before


@dataclass(frozen=True)
class FigureChange:
    """A figure on the review page, with last month's value and the value sent in the previous round of review.

    Money is in 万 (10^4).
    """

    dataset: TableSpec
    key: str
    column: str
    cell: str
    record: str
    column_label: str  # 出口，6月当月，万美元
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
    def checkbox_value(self) -> str:
        return CELL_SEPARATOR.join((self.dataset.code, self.key, self.column))

    @property
    def anchor(self) -> str:
        return f"{self.dataset.code}-{self.cell}"

    @property
    def change_rate(self) -> Decimal | None:
        return quantities.growth(self.now, self.last).rate

    @property
    def now_text(self) -> str:
        return grid_data.amount_text(self.now, self.unit) if self.now is not None else self.text or quantities.NO_DATA

    @property
    def last_month_text(self) -> str:
        return grid_data.amount_text(self.last, self.unit)

    @property
    def previous_round_text(self) -> str:
        """The figure as the city sent it in the previous round of review, formatted if it is a number.

        Returned unchanged if it was not a number.
        """
        value = self.dataset.column(self.column).parse([self.before]).values[0] if self.before else None
        return grid_data.amount_text(value, self.unit) if value is not None else self.before or quantities.NO_DATA

    @property
    def corrected(self) -> bool:
        return self.before is not None and self.before != self.text

    @property
    def large_change(self) -> bool:
        return row_totals.RowComparison(self.now, self.last, None).large_change

    @property
    def outlier(self) -> bool:
        """Whether the checks flag the figure, or it changed greatly and lies outside its last twelve months' range."""
        if self.finding is not None:
            return True
        if self.now is None or self.low is None or self.high is None:
            return False
        return self.large_change and not self.low <= self.now <= self.high

    @property
    def change_size(self) -> Decimal:
        """The absolute change since last month, by which the figures of a section are sorted."""
        return abs((self.now or Decimal(0)) - (self.last or Decimal(0)))

    @property
    def range_strip(self) -> RangeStrip | None:
        if self.low is None or self.high is None or self.now is None:
            return None
        last = f"，上月 {grid_data.amount_text(self.last, self.unit)}" if self.last is not None else ""
        label = f"前 12 月 {grid_data.amount_text(self.low, self.unit)} 到 {grid_data.amount_text(self.high, self.unit)}{last}，本月 {grid_data.amount_text(self.now, self.unit)}"
        return RangeStrip(label, self.low, self.high, self.now, self.last)


@dataclass(frozen=True)
class ChangeSection:
    """A section of the review page, with a title and the figures listed below the title."""

    title: str
    changes: tuple[FigureChange, ...]


@dataclass(frozen=True)
class ReviewPage:
    """Data of a return's review page: its figures with changes, its totals and the user's possible decisions."""

    head: return_page.ReturnHeader
    round: Round
    show: str
    counts: Mapping[str, int]
    sections: tuple[ChangeSection, ...]
    rest: tuple[FigureChange, ...]  # within range and threshold: one line that unfolds
    refusals: Mapping[str, str]  # accept, give_back → why not, "" if open
    effects: tuple[Fact, ...]
    log: tuple[HistoryEntry, ...]
    hours: str
    position: int
    waiting: int
    previous: MonthlyReturn | None
    next: MonthlyReturn | None

    @property
    def column_count(self) -> int:
        return 9 if self.round.number > 1 else 8


def review_page(monthly_return: MonthlyReturn, user: User, show: str) -> ReviewPage | None:
    """Load the data of a return's review page; return None if the return does not wait for review.

    `show` is changed, round, told or all.
    """
    rounds = return_page.rounds_of(monthly_return)
    if not rounds or rounds[0].decision:
        return None
    form = return_sheets.stored_sheets(monthly_return)
    checked = form.check()
    changes = list(_figure_changes(form, checked, receipts.cell_texts_of_round(rounds[1]) if len(rounds) > 1 else {}))
    groups = {
        "changed": [change for change in changes if change.outlier or change.large_change],
        "round": [change for change in changes if change.corrected],
        "told": [change for change in changes if change.reason],
        "all": changes,
    }
    show = show if show in groups else "changed"
    queue = list(MonthlyReturn.objects.awaiting_review().with_region().order_by("first_sent_at", "region"))
    at = next((at for at, waiting in enumerate(queue) if waiting.pk == monthly_return.pk), 0)
    return ReviewPage(
        head=return_page.return_header(monthly_return),
        round=rounds[0],
        show=show,
        counts={name: len(members) for name, members in groups.items()},
        sections=_change_sections(groups[show], show),
        rest=tuple(c for c in changes if not (c.outlier or c.large_change)) if show == "changed" else (),
        refusals={name: _move_refusal(name, monthly_return, user, checked) for name in ("accept", "give_back")},
        effects=tuple(_labelled_sheet_totals(form, checked)),
        log=return_page.return_history_entries(monthly_return, rounds),
        hours=_holding_times_text(rounds),
        position=at + 1,
        waiting=len(queue),
        previous=queue[at - 1] if at else None,
        next=queue[at + 1] if at + 1 < len(queue) else None,
    )


def count_outliers_and_explained_findings(monthly_return: MonthlyReturn) -> tuple[int, int]:
    """Return the number of outliers in a monthly return, and the number of findings that the city has explained."""
    form = return_sheets.stored_sheets(monthly_return)
    checked = form.check()
    outliers = sum(change.outlier for change in _figure_changes(form, checked, {}))
    return outliers, sum(finding.explained for finding in checked.findings)


def _move_refusal(name: str, monthly_return: MonthlyReturn, user: User, checked: CheckedReturn) -> str:
    if name == "accept" and checked.blocking:
        return f"复核发现 {len(checked.blocking)} 处必须改"
    return RETURN.refusals_by_move(load_guard_data(monthly_return), user, may=user.may).get(name) or ""


def _change_sections(changes: Sequence[FigureChange], show: str) -> tuple[ChangeSection, ...]:
    by_weight = sorted(changes, key=lambda change: change.change_size, reverse=True)
    if show == "all":
        return tuple(
            ChangeSection(f"{title}，{len(members)} 处", tuple(members))
            for title in dict.fromkeys(change.dataset.sheet for change in changes)
            if (members := [change for change in changes if change.dataset.sheet == title])
        )
    outside = tuple(change for change in by_weight if change.outlier)
    moved = tuple(change for change in by_weight if change.large_change and not change.outlier)
    other = tuple(change for change in by_weight if not change.large_change and not change.outlier)
    titled = (
        (f"超出前 12 月范围或规则要求说明，{len(outside)} 处", outside),
        (f"比上月变动超过 {row_totals.LARGE_CHANGE_PERCENT:f}%，在范围内，{len(moved)} 处", moved),
        (f"变动在 {row_totals.LARGE_CHANGE_PERCENT:f}% 以内，{len(other)} 处", other),
    )
    return tuple(ChangeSection(title, members) for title, members in titled if members)


def _figure_changes(form: ReturnSheets, checked: CheckedReturn, before: PreviousTexts) -> Iterator[FigureChange]:
    """Yield each figure of the return with its earlier values, in the order of the workbook."""
    for code, table in checked.tables.items():
        findings = {(f.key, f.column): f for f in checked.findings_of_sheet(code) if f.severity is not Severity.NOTE}
        for at, (row, typed) in enumerate(form.rows(table.spec)):
            for column in table.spec.of_kind(Kind.MONTH):
                if column.key in row.locked_columns:
                    continue
                earlier = before.get((code, row.key))
                yield _figure_change(
                    table,
                    at,
                    column,
                    unit=column.unit or row.texts.get("unit", ""),
                    past=_column_history(form.contexts[code].past, row.key, column.key),
                    text=typed.get(column.key, ""),
                    before=None if earlier is None else earlier[column.key],
                    finding=findings.get((row.key, column.key)),
                )


def _figure_change(
    table: ParsedTable,
    at: int,
    column: Column,
    *,
    unit: str,
    past: Mapping[Month, Decimal],
    text: str,
    before: str | None,
    finding: Finding | None,
) -> FigureChange:
    dataset, values = table.spec, list(past.values())
    known = len(values) >= MONTHS_FOR_RANGE
    return FigureChange(
        dataset=dataset,
        key=table.record_keys[at],
        column=column.key,
        cell=f"{dataset.letter(column.key)}{table.numbers[at]}",
        record=table.names[at],
        column_label=return_page.column_label(column, table.month, unit),
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


def _column_history(past: Past, key: str, column: str) -> dict[Month, Decimal]:
    return {month: values[column] for month, values in past.get(key, {}).items() if column in values}


# --- What acceptance adds -------------------------------------------------------------------------------------------
def _labelled_sheet_totals(form: ReturnSheets, checked: CheckedReturn) -> Iterator[Fact]:
    """Yield each sheet's totals with labels: this month's total, its growth, and the total since January.

    Before acceptance they are marked 未核定.
    """
    month = form.month
    for code, table in checked.tables.items():
        dataset = table.spec
        unit = dataset.of_kind(Kind.MONTH)[0].unit
        if not unit:
            continue
        past = form.contexts[code].past
        totals = {
            m: _accepted_total(dataset, past, m) for m in (*month.months_to_date[:-1], month.previous, month.year_ago)
        }
        now = _sum_known(
            row_totals.row_total(dataset, {k: table.values[k][at] for k in table.values})
            for at in range(len(table.record_keys))
        )
        rates = row_totals.RowComparison(now, totals[month.previous], totals[month.year_ago])
        yield Fact(
            f"{dataset.measure or dataset.sheet} {month.month}月当月",
            f"{grid_data.amount_text(now, unit)} {unit}",
            note="未核定",
        )
        yield Fact("环比、同比", f"{_percent_text(rates.month_on_month)}　{_percent_text(rates.year_on_year)}")
        earlier = [totals[m] for m in month.months_to_date[:-1]]
        if now is not None and None not in earlier:
            amount = sum((value for value in earlier if value is not None), now)
            yield Fact(
                f"{month.range_in_digits.replace('-', '—')}累计",
                f"{grid_data.amount_text(amount, unit)} {unit}",
            )


def _accepted_total(dataset: TableSpec, past: Past, month: Month) -> Decimal | None:
    return _sum_known(row_totals.row_total(dataset, months[month]) for months in past.values() if month in months)


def _sum_known(values: Iterable[Decimal | None]) -> Decimal | None:
    known = [value for value in values if value is not None]
    return sum(known, Decimal(0)) if known else None


def _percent_text(rate: Decimal | None) -> str:
    return quantities.NO_DATA if rate is None else f"{quantities.format_with_sign(rate)}%"


def _holding_times_text(rounds: Sequence[Round]) -> str:
    """Return a text that says how many days the return has been with the city and with the province."""
    monthly_return = rounds[0].monthly_return
    city, province, since = Decimal(0), Decimal(0), monthly_return.opens_at
    for round_ in sorted(rounds, key=lambda r: r.number):
        city += Decimal(int((round_.sent_at - since).total_seconds()))
        since = round_.decided_at or round_.sent_at
        province += Decimal(int((since - round_.sent_at).total_seconds()))
    day = Decimal(86_400)
    return f"市州 {quantities.format_plain(city / day, 1)} 天，省厅 {quantities.format_plain(province / day, 1)} 天"
