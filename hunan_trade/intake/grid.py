"""One sheet of a return as a page shows it: the workbook's rows, letters and cells, with what is derived beside them."""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Literal

from hunan_trade import quantities
from hunan_trade.intake.datasets import Past
from hunan_trade.intake.finding_panel import BLANK, anchor
from hunan_trade.intake.models import MonthlyReturn, Row
from hunan_trade.intake.sheets import Form, heading
from hunan_trade.periods import Month
from hunan_trade.tabular.columns import Column, Kind
from hunan_trade.tabular.findings import Finding, Severity
from hunan_trade.tabular.parsers import NOTATION, NumberParser
from hunan_trade.tabular.tables import FIRST_ROW, KEY_SEPARATOR, ParsedTable, TableSpec

CellKind = Literal["ro", "in", "txt"]
Mark = Literal["", "block", "ask", "told"]
MOVED = Decimal(15)  # % against last month from which a change is worth a look
_MARKS: Mapping[Severity, Mark] = {Severity.BLOCKING: "block", Severity.EXPLAIN: "ask"}


@dataclass(frozen=True)
class Head:
    """A column of the sheet; `letter` is empty for one that only the page has."""

    key: str
    title: str
    group: str
    kind: CellKind
    letter: str = ""
    optional: bool = False  # goes on a narrow screen
    numeric: bool = True
    month: bool = False  # a figure of the month, which the derived ones are made of
    hint: str = ""
    accepted: str = ""  # the pattern of what counts as a number here, as `columns.Number` has it


@dataclass(frozen=True)
class Group:
    """Neighbouring heads under one title; without a title the heads take both rows."""

    title: str
    heads: tuple[Head, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    head: Head
    text: str
    address: str = ""
    mark: Mark = ""
    finding: str = ""  # the anchor of what is said about it
    asked: bool = False  # the reason that the row still owes
    shown: str = ""  # a typed figure with its commas, over the text that is kept as it was typed

    @property
    def css(self) -> str:
        """All classes of the cell: thousands of them are drawn at once, so the template does not choose."""
        kind = {"ro": "ro" if self.head.numeric else "ro-txt", "in": "in", "txt": "in txt"}[self.head.kind]
        return kind + (" opt" if self.head.optional else "") + (f" f-{self.mark}" if self.mark else "")


@dataclass(frozen=True, slots=True)
class Line:
    """A record. `last` and `base` are its totals of last month and of the same month last year, as typed."""

    number: int
    key: str
    version: int
    name: str
    aside: str
    cells: tuple[Cell, ...]
    last: Decimal | None
    base: Decimal | None
    moved: bool
    flagged: bool
    money: bool  # in 万, of two decimals


@dataclass(frozen=True)
class Sheet:
    dataset: TableSpec
    month: Month
    name_head: Head
    groups: tuple[Group, ...]
    lines: tuple[Line, ...]
    sums: tuple[str, ...]  # one a head, "" where nothing is added up

    @property
    def heads(self) -> tuple[Head, ...]:
        return tuple(head for group in self.groups for head in group.heads)

    @property
    def unit(self) -> str:
        """Of the month's figures; "" where each record has its own."""
        return self.dataset.of_kind(Kind.MONTH)[0].unit

    @property
    def money(self) -> bool:
        """Whether the sums are in 万, of two decimals."""
        return _is_money(self.unit)

    @property
    def numbers(self) -> str:
        """How the script of the page judges what is typed: the rule of the check, as JSON."""
        accepted = {head.key: head.accepted for head in self.heads if head.accepted}
        return json.dumps({**NOTATION, "accepted": accepted})

    @property
    def footer(self) -> list[tuple[Head, str]]:
        return list(zip(self.heads, self.sums, strict=True))

    @property
    def flagged(self) -> int:
        return sum(line.flagged for line in self.lines)

    @property
    def moved(self) -> int:
        return sum(line.moved for line in self.lines)

    @property
    def total_label(self) -> str:
        return f"合计 {len(self.lines)} 行" if any(self.sums) else f"{len(self.lines)} 行"

    @property
    def marks(self) -> dict[str, list[str]]:
        """Address → mark and anchor of the marked cells."""
        return {
            cell.address: [cell.mark, cell.finding, "1" if cell.asked else ""]
            for line in self.lines
            for cell in line.cells
            if cell.mark or cell.asked
        }


def sheet(
    form: Form, table: ParsedTable, findings: Sequence[Finding], versions: Mapping[str, int], *, editable: bool
) -> Sheet:
    """The records of a table as lines; a cell can be typed in only while the return is open to its reader."""
    dataset = table.spec
    rows = list(form.rows(dataset))
    heads = _heads(dataset, form.month, editable, {key for _, typed in rows for key, text in typed.items() if text})
    shown = [head for head in heads if head.key != "name"]
    marked = _marked(findings)
    open_ = [f for f in findings if f.severity is not Severity.NOTE and not f.explained]
    flagged, owing = {f.key for f in open_}, {f.key for f in open_ if f.severity is Severity.EXPLAIN}
    keys, hidden = [column.key for column in dataset.of_kind(Kind.KEY)], _hidden(dataset)
    unit, figures = dataset.of_kind(Kind.MONTH)[0].unit, _derived(dataset, table, form.known[dataset.code].past)
    lines = []
    for at, (row, typed) in enumerate(rows):
        texts = {**row.texts, **typed, **dict(zip(keys, row.key.split(KEY_SEPARATOR), strict=True))}
        derived = figures[at]
        record = _Record(
            at,
            unit or row.texts.get("unit", ""),
            marked,
            dataset.reason.key if row.key in owing else "",
        )
        lines.append(
            Line(
                number=FIRST_ROW + at,
                key=row.key,
                version=versions.get(row.key, 0),
                name=row.name,
                aside="，".join(texts[key] for key in hidden),
                cells=tuple(_cell(head, texts, table, derived, record) for head in shown),
                last=derived.last,
                base=derived.base,
                moved=derived.moved,
                flagged=row.key in flagged,
                money=_is_money(record.unit),
            )
        )
    return Sheet(
        dataset,
        form.month,
        next(head for head in heads if head.key == "name"),
        tuple(Group(title, tuple(members)) for title, members in _grouped(shown)),
        tuple(lines),
        tuple(_sum(head, dataset, table, lines) for head in shown),
    )


@dataclass(frozen=True)
class Derived:
    total: Decimal | None
    last: Decimal | None
    base: Decimal | None

    @property
    def month_on_month(self) -> Decimal | None:
        return quantities.growth(self.total, self.last).rate

    @property
    def year_on_year(self) -> Decimal | None:
        return quantities.growth(self.total, self.base).rate

    @property
    def moved(self) -> bool:
        """More than the threshold away from last month; from nothing to something counts."""
        if self.total is None or self.last is None:
            return False
        return self.total > 0 if self.last == 0 else abs(self.month_on_month or Decimal(0)) > MOVED


def comparable(dataset: TableSpec) -> bool:
    """Whether the month's columns add up to one figure of the record."""
    return len({column.unit for column in dataset.of_kind(Kind.MONTH)}) == 1


def measured(dataset: TableSpec, values: Mapping[str, Decimal | None]) -> Decimal | None:
    """The record's figure of a month: its month columns together; None while one is not known."""
    parts = [values.get(column.key) for column in dataset.of_kind(Kind.MONTH)]
    known = [part for part in parts if part is not None]
    return sum(known, Decimal(0)) if known and len(known) == len(parts) else None


def _derived(dataset: TableSpec, table: ParsedTable, past: Past) -> list[Derived]:
    """One a record; nothing where its figures do not add up."""
    if not comparable(dataset):
        return [Derived(None, None, None)] * len(table.keys)
    previous, year_ago = table.month.previous, table.month.year_ago
    keys = [column.key for column in dataset.of_kind(Kind.MONTH)]
    now = zip(*(table.values[key] for key in keys), strict=True)
    none: Mapping[Month, Mapping[str, Decimal]] = {}
    return [
        Derived(
            measured(dataset, dict(zip(keys, values, strict=True))),
            measured(dataset, months.get(previous, {})),
            measured(dataset, months.get(year_ago, {})),
        )
        for values, months in zip(now, (past.get(key, none) for key in table.keys), strict=True)
    ]


def _hidden(dataset: TableSpec) -> list[str]:
    """Codes that stand before the record's name; the page tells them beside it."""
    keys = [column.key for column in dataset.columns]
    return keys[: keys.index("name")]


def _heads(dataset: TableSpec, month: Month, editable: bool, filled: Container[str]) -> list[Head]:
    """The declared columns without the codes, and the derived ones after the last figure of the month.

    A check that nobody filled in is a column only where it can be.
    """
    hidden, months = _hidden(dataset), dataset.of_kind(Kind.MONTH)
    heads = []
    for column in dataset.columns:
        if column.key in hidden or (column.kind is Kind.CHECK and not editable and column.key not in filled):
            continue
        heads.append(_head(column, dataset, month, editable))
        if column is months[-1] and comparable(dataset):
            if len(months) > 1:
                heads.append(Head("sum", "合计", heads[-1].group, "ro"))
            heads += [Head("yoy", "同比", "比较 %", "ro"), Head("mom", "环比", "比较 %", "ro")]
    return heads


def _head(column: Column, dataset: TableSpec, month: Month, editable: bool) -> Head:
    group, title = heading(column, month)
    typed = column.kind in (Kind.MONTH, Kind.CHECK, Kind.REASON)
    kind: CellKind = "ro" if not typed or not editable else "txt" if column.kind is Kind.REASON else "in"
    return Head(
        key=column.key,
        title=title,
        group=(f"{group}，{column.unit}" if group and column.unit else group).replace("-", "—"),
        kind=kind,
        letter=dataset.letter(column.key),
        optional=not typed and column.key != "name",
        numeric=column.places is not None,
        month=column.kind is Kind.MONTH,
        hint=column.hint,
        accepted=column.parse.accepted if typed and isinstance(column.parse, NumberParser) else "",
    )


def _grouped(heads: Iterable[Head]) -> Iterable[tuple[str, list[Head]]]:
    return [(title, list(members)) for title, members in groupby(heads, key=lambda head: head.group)]


@dataclass(frozen=True, slots=True)
class _Record:
    """What a row's cells have in common; `owed` is the key of the reason column when the row still owes one."""

    at: int
    unit: str
    by_address: Mapping[str, tuple[Mark, str]]
    owed: str


def _cell(head: Head, texts: Mapping[str, str], table: ParsedTable, derived: Derived, record: _Record) -> Cell:
    if not head.letter:
        return Cell(head, _spelled(head, derived, record.unit))
    address = f"{head.letter}{FIRST_ROW + record.at}"
    text = texts.get(head.key, "")
    shown = _shown(text, head, table, record)
    mark, finding = record.by_address.get(address, ("", ""))
    if head.kind == "ro":
        return Cell(head, shown, address, mark, finding)
    return Cell(head, text, address, mark, finding, head.key == record.owed, shown if head.numeric else "")


def _spelled(head: Head, derived: Derived, unit: str) -> str:
    if head.key == "sum":
        return amount(derived.total, unit)
    return quantities.signed(derived.year_on_year if head.key == "yoy" else derived.month_on_month)


def _shown(text: str, head: Head, table: ParsedTable, record: _Record) -> str:
    """A figure with its commas; what the check does not read as one stays as it was typed."""
    value = table.values[head.key][record.at] if head.numeric else None
    return text if value is None else amount(value, record.unit)


def amount(value: Decimal | None, unit: str = "") -> str:
    """Money in 万 has two decimals, a count none unless it was typed with some."""
    if value is None:
        return quantities.NO_DATA
    return quantities.thousands(value, 2 if _is_money(unit) or value != value.to_integral_value() else 0)


def _is_money(unit: str) -> bool:
    return unit.startswith("万")


def _marked(findings: Iterable[Finding]) -> dict[str, tuple[Mark, str]]:
    """The worst of what is said about each cell; a blank one is not painted, the panel counts it."""
    order: list[Mark] = ["block", "ask", "told"]
    marked: dict[str, tuple[Mark, str]] = {}
    for finding in findings:
        if finding.code == BLANK or finding.severity is Severity.NOTE:
            continue
        mark: Mark = "told" if finding.explained else _MARKS[finding.severity]
        before = marked.get(finding.cell)
        if before is None or order.index(mark) < order.index(before[0]):
            marked[finding.cell] = (mark, anchor(finding))
    return marked


def _sum(head: Head, dataset: TableSpec, table: ParsedTable, lines: Sequence[Line]) -> str:
    """The column's total where all its figures have one unit; of rates, the rate of the totals."""
    unit = dataset.of_kind(Kind.MONTH)[0].unit
    if not unit:
        return ""
    if head.letter:
        column = dataset.column(head.key)
        return amount(_total(table.values[head.key]), unit) if column.unit else ""
    totals = Derived(
        _total(
            measured(dataset, {c.key: table.values[c.key][at] for c in dataset.of_kind(Kind.MONTH)})
            for at in range(len(lines))
        ),
        _total(line.last for line in lines),
        _total(line.base for line in lines),
    )
    return _spelled(head, totals, unit)


def _total(values: Iterable[Decimal | None]) -> Decimal | None:
    known = [value for value in values if value is not None]
    return sum(known, Decimal(0)) if known else None


def versions_of(monthly_return: MonthlyReturn, dataset: TableSpec) -> dict[str, int]:
    return dict(Row.objects.filter(monthly_return=monthly_return, dataset=dataset.code).values_list("key", "version"))
