"""Builds the editable grid in which the page of a return shows one sheet."""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Literal

from hunan_trade import quantities
from hunan_trade.intake.finding_panel import BLANK, finding_anchor
from hunan_trade.intake.models import MonthlyReturn, Row
from hunan_trade.intake.return_sheets import ReturnSheets, column_heading
from hunan_trade.intake.row_totals import RowComparison, compare_rows, month_columns_share_unit, row_total
from hunan_trade.periods import Month
from hunan_trade.tabular.column_declaration import Column, Kind
from hunan_trade.tabular.column_parsers import NOTATION, NumberParser
from hunan_trade.tabular.findings import Finding, Severity
from hunan_trade.tabular.table_types import FIRST_ROW, KEY_SEPARATOR, ParsedTable, TableSpec

CellKind = Literal["ro", "in", "txt"]
Mark = Literal["", "block", "ask", "told"]
_MARKS: Mapping[Severity, Mark] = {Severity.BLOCKING: "block", Severity.EXPLAIN: "ask"}


@dataclass(frozen=True)
class ColumnHeading:
    """The heading of a column in a sheet's grid, with the kind of input that the column's cells take."""

    key: str
    title: str
    group: str
    kind: CellKind
    letter: str = ""  # of the workbook's column, "" for a computed column
    optional: bool = False  # goes on a narrow screen
    numeric: bool = True
    month: bool = False  # a figure of the month, which the derived ones are made of
    hint: str = ""
    choices: tuple[str, ...] = ()  # offered where one of them is typed
    accepted: str = ""  # the pattern of what counts as a number here, as `columns.Number` has it


@dataclass(frozen=True)
class HeadingGroup:
    """Neighbouring columns of a sheet's grid that share a title above their own headings."""

    title: str  # where it is "", the headings are two rows high
    heads: tuple[ColumnHeading, ...]


@dataclass(frozen=True, slots=True)
class GridCell:
    """A cell of a sheet's grid: its text, and a colour code if the checks found a problem in the cell."""

    head: ColumnHeading
    text: str
    address: str = ""
    mark: Mark = ""
    finding_anchor: str = ""  # the HTML anchor of that finding in the panel
    locked: bool = False  # in this row, though the column is typed
    reason_owed: bool = False  # the reason that the row still owes
    display_text: str = ""  # a typed figure with its commas, over the text that is kept as it was typed

    @property
    def css_classes(self) -> str:
        """The CSS classes of the grid cell, separated by spaces."""
        read_only = "ro" if self.head.numeric else "ro-txt"
        kind = read_only if self.locked else {"ro": read_only, "in": "in", "txt": "in txt"}[self.head.kind]
        return kind + (" opt" if self.head.optional else "") + (f" f-{self.mark}" if self.mark else "")


@dataclass(frozen=True, slots=True)
class GridRow:
    """A grid row for one record; `last` and `base` are its totals for last month and for the same month last year."""

    number: int
    key: str
    version: int
    name: str
    code_texts: str
    cells: tuple[GridCell, ...]
    last: Decimal | None
    base: Decimal | None
    large_change: bool
    flagged: bool
    money: bool  # in 万, of two decimals


@dataclass(frozen=True)
class GridSheet:
    """The grid that shows one sheet of a monthly return: headings, rows and column sums."""

    dataset: TableSpec
    month: Month
    name_head: ColumnHeading
    groups: tuple[HeadingGroup, ...]
    lines: tuple[GridRow, ...]
    sums: tuple[str, ...]  # one a head, "" where nothing is added up

    @property
    def heads(self) -> tuple[ColumnHeading, ...]:
        return tuple(head for group in self.groups for head in group.heads)

    @property
    def unit(self) -> str:
        """The unit of the columns with the month's figures; "" if each record has its own unit."""
        return self.dataset.of_kind(Kind.MONTH)[0].unit

    @property
    def money(self) -> bool:
        """Whether the figures of the sheet are amounts of money in 万 (10,000), shown with two decimals."""
        return _is_money_unit(self.unit)

    @property
    def number_rules_json(self) -> str:
        """JSON with the patterns of valid numbers, by which the page's script checks what the user types."""
        accepted = {head.key: head.accepted for head in self.heads if head.accepted}
        return json.dumps({**NOTATION, "accepted": accepted})

    @property
    def footer(self) -> list[tuple[ColumnHeading, str]]:
        return list(zip(self.heads, self.sums, strict=True))

    @property
    def flagged_count(self) -> int:
        return sum(line.flagged for line in self.lines)

    @property
    def large_change_count(self) -> int:
        """The number of grid rows whose total differs from last month's by more than LARGE_CHANGE_PERCENT."""
        return sum(line.large_change for line in self.lines)

    @property
    def total_label(self) -> str:
        return f"合计 {len(self.lines)} 行" if any(self.sums) else f"{len(self.lines)} 行"

    @property
    def marks_by_cell_address(self) -> dict[str, list[str]]:
        """Dict from cell address to [colour code, HTML anchor of the finding, "1" if a reason is missing, else ""]."""
        return {
            cell.address: [cell.mark, cell.finding_anchor, "1" if cell.reason_owed else ""]
            for line in self.lines
            for cell in line.cells
            if cell.mark or cell.reason_owed
        }


def grid_sheet(
    form: ReturnSheets, table: ParsedTable, findings: Sequence[Finding], versions: Mapping[str, int], *, editable: bool
) -> GridSheet:
    """Build the grid that shows one sheet of a monthly return; `editable` lets the user type into its cells."""
    dataset = table.spec
    rows = list(form.rows(dataset))
    heads = _column_headings(
        dataset, form.month, editable, {key for _, typed in rows for key, text in typed.items() if text}
    )
    shown = [head for head in heads if head.key != "name"]
    marked = _cell_colours_and_anchors(findings)
    open_ = [f for f in findings if f.severity is not Severity.NOTE and not f.explained]
    flagged, owing = {f.key for f in open_}, {f.key for f in open_ if f.severity is Severity.EXPLAIN}
    keys, hidden = [column.key for column in dataset.of_kind(Kind.KEY)], _columns_before_name(dataset)
    unit, figures = dataset.of_kind(Kind.MONTH)[0].unit, compare_rows(dataset, table, form.contexts[dataset.code].past)
    lines = []
    for at, (row, typed) in enumerate(rows):
        texts = {**row.texts, **typed, **dict(zip(keys, row.key.split(KEY_SEPARATOR), strict=True))}
        derived = figures[at]
        record = _RowContext(
            at,
            unit or row.texts.get("unit", ""),
            marked,
            dataset.reason.key if row.key in owing else "",
            row.locked_columns,
        )
        lines.append(
            GridRow(
                number=FIRST_ROW + at,
                key=row.key,
                version=versions.get(row.key, 0),
                name=row.name,
                code_texts="，".join(texts[key] for key in hidden),
                cells=tuple(_grid_cell(head, texts, table, derived, record) for head in shown),
                last=derived.last,
                base=derived.base,
                large_change=derived.large_change,
                flagged=row.key in flagged,
                money=_is_money_unit(record.unit),
            )
        )
    return GridSheet(
        dataset,
        form.month,
        next(head for head in heads if head.key == "name"),
        tuple(HeadingGroup(title, tuple(members)) for title, members in _group_headings(shown)),
        tuple(lines),
        tuple(_column_sum_text(head, dataset, table, lines) for head in shown),
    )


def _columns_before_name(dataset: TableSpec) -> list[str]:
    """Return the keys of the sheet's columns to the left of the column "name", such as codes."""
    keys = [column.key for column in dataset.columns]
    return keys[: keys.index("name")]


def _column_headings(dataset: TableSpec, month: Month, editable: bool, filled: Container[str]) -> list[ColumnHeading]:
    """Return the column headings of a sheet's grid, including computed columns for totals and growth rates.

    Codes have no column; the computed ones are 合计, 同比 and 环比.

    A check that nobody filled in is a column only where it can be.
    """
    hidden, months = _columns_before_name(dataset), dataset.of_kind(Kind.MONTH)
    heads = []
    for column in dataset.columns:
        if column.key in hidden or (column.kind is Kind.CHECK and not editable and column.key not in filled):
            continue
        heads.append(_column_heading(column, dataset, month, editable))
        if column is months[-1] and month_columns_share_unit(dataset):
            if len(months) > 1:
                heads.append(ColumnHeading("sum", "合计", heads[-1].group, "ro"))
            heads += [ColumnHeading("yoy", "同比", "比较 %", "ro"), ColumnHeading("mom", "环比", "比较 %", "ro")]
    return heads


def _column_heading(column: Column, dataset: TableSpec, month: Month, editable: bool) -> ColumnHeading:
    group, title = column_heading(column, month)
    typed = column in dataset.input_columns
    kind: CellKind = "ro" if not typed or not editable else "in" if column.places is not None else "txt"
    return ColumnHeading(
        key=column.key,
        title=title,
        group=(f"{group}，{column.unit}" if group and column.unit else group).replace("-", "—"),
        kind=kind,
        letter=dataset.letter(column.key),
        optional=not typed and column.key != "name",
        numeric=column.places is not None,
        month=column.kind is Kind.MONTH,
        hint=column.hint,
        choices=column.choices if kind == "txt" else (),
        accepted=column.parse.valid_number_pattern if typed and isinstance(column.parse, NumberParser) else "",
    )


def _group_headings(heads: Iterable[ColumnHeading]) -> Iterable[tuple[str, list[ColumnHeading]]]:
    return [(title, list(members)) for title, members in groupby(heads, key=lambda head: head.group)]


@dataclass(frozen=True, slots=True)
class _RowContext:
    """What all cells of a grid row need: row index, unit, colour codes, missing reason and locked columns."""

    at: int
    unit: str
    by_address: Mapping[str, tuple[Mark, str]]
    owed: str  # key of the reason column if a reason is missing
    locked: frozenset[str]  # typed columns whose cell is locked in this row


def _grid_cell(
    head: ColumnHeading, texts: Mapping[str, str], table: ParsedTable, derived: RowComparison, record: _RowContext
) -> GridCell:
    if not head.letter:
        return GridCell(head, _comparison_text(head, derived, record.unit))
    address = f"{head.letter}{FIRST_ROW + record.at}"
    text = texts.get(head.key, "")
    shown = _figure_text(text, head, table, record)
    mark, finding = record.by_address.get(address, ("", ""))
    if head.kind == "ro" or head.key in record.locked:
        return GridCell(head, shown, address, mark, finding, locked=head.kind != "ro")
    owed, display = head.key == record.owed, shown if head.numeric else ""
    return GridCell(head, text, address, mark, finding, reason_owed=owed, display_text=display)


def _comparison_text(head: ColumnHeading, derived: RowComparison, unit: str) -> str:
    if head.key == "sum":
        return amount_text(derived.total, unit)
    return quantities.format_with_sign(derived.year_on_year if head.key == "yoy" else derived.month_on_month)


def _figure_text(text: str, head: ColumnHeading, table: ParsedTable, record: _RowContext) -> str:
    """Return a cell's typed text with thousands commas if it is a number, otherwise unchanged."""
    value = table.values[head.key][record.at] if head.numeric else None
    return text if value is None else amount_text(value, record.unit)


def amount_text(value: Decimal | None, unit: str = "") -> str:
    """Format a number with commas and without unit, with two decimals for money or fractions; None becomes —."""
    if value is None:
        return quantities.NO_DATA
    return quantities.format_with_commas(value, 2 if _is_money_unit(unit) or value != value.to_integral_value() else 0)


def _is_money_unit(unit: str) -> bool:
    return unit.startswith("万")


def _cell_colours_and_anchors(findings: Iterable[Finding]) -> dict[str, tuple[Mark, str]]:
    """Return a dict from cell address to the colour code and HTML anchor of the worst finding about the cell.

    Empty cells get no mark.
    """
    order: list[Mark] = ["block", "ask", "told"]
    marked: dict[str, tuple[Mark, str]] = {}
    for finding in findings:
        if finding.code == BLANK or finding.severity is Severity.NOTE:
            continue
        mark: Mark = "told" if finding.explained else _MARKS[finding.severity]
        before = marked.get(finding.cell)
        if before is None or order.index(mark) < order.index(before[0]):
            marked[finding.cell] = (mark, finding_anchor(finding))
    return marked


def _column_sum_text(head: ColumnHeading, dataset: TableSpec, table: ParsedTable, lines: Sequence[GridRow]) -> str:
    """Return the footer text of a grid column: the column's sum or, in a growth column, the sheet's growth rate.

    It is "" where the figures have different units.
    """
    unit = dataset.of_kind(Kind.MONTH)[0].unit
    if not unit:
        return ""
    if head.letter:
        column = dataset.column(head.key)
        return amount_text(_sum_known(table.values[head.key]), unit) if column.unit else ""
    totals = RowComparison(
        _sum_known(
            row_total(dataset, {c.key: table.values[c.key][at] for c in dataset.of_kind(Kind.MONTH)})
            for at in range(len(lines))
        ),
        _sum_known(line.last for line in lines),
        _sum_known(line.base for line in lines),
    )
    return _comparison_text(head, totals, unit)


def _sum_known(values: Iterable[Decimal | None]) -> Decimal | None:
    known = [value for value in values if value is not None]
    return sum(known, Decimal(0)) if known else None


def row_versions_by_key(monthly_return: MonthlyReturn, dataset: TableSpec) -> dict[str, int]:
    return dict(Row.objects.filter(monthly_return=monthly_return, dataset=dataset.code).values_list("key", "version"))
