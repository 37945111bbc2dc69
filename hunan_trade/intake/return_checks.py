"""Checks each sheet of a return, then applies the sheets' rules, which may compare several sheets.

Reads no database.

Every way in ends here: the workbook, the grid and the API give the same `RawSheet`s and so the same findings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from hunan_trade.intake.datasets import DatasetContext
from hunan_trade.periods import Month
from hunan_trade.tabular.checks_against_register import check_table
from hunan_trade.tabular.findings import Finding, Severity
from hunan_trade.tabular.table_types import ParsedTable, RawTable

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class OpenRemark:
    """A cell that the province wants corrected, in a row that the city has not edited since."""

    dataset: str
    key: str
    column: str


@dataclass(frozen=True)
class CheckedReturn:
    """Result of checking a monthly return: its sheets as parsed tables, and all findings."""

    tables: Mapping[str, ParsedTable] = field(repr=False)
    findings: tuple[Finding, ...]

    @property
    def blocking(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.severity is Severity.BLOCKING)

    @property
    def unexplained(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.severity is Severity.EXPLAIN and not f.explained)

    @property
    def ready_to_sign(self) -> bool:
        """Whether the return has no errors left and the city has explained each finding that needs a reason."""
        return not self.blocking and not self.unexplained

    def findings_of_sheet(self, code: str) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.sheet == self.tables[code].spec.sheet)


def check_return(
    sheets: Sequence[RawTable], known: Mapping[str, DatasetContext], month: Month, remarks: Sequence[OpenRemark] = ()
) -> CheckedReturn:
    """Check all sheets of a monthly return; return the parsed tables and all findings, worst first.

    Equally bad findings are in the order of sheets and rows.
    """
    findings: list[Finding] = []
    tables: dict[str, ParsedTable] = {}
    for sheet in sheets:
        table, found = check_table(sheet, known[sheet.spec.code], month)
        tables[sheet.spec.code] = table
        findings += found
    findings = [
        finding for sheet in sheets for finding in _findings_with_records(sheet, tables[sheet.spec.code])
    ] + findings
    unreadable = {(finding.sheet, finding.cell) for finding in findings}
    unreadable.update((sheet.spec.sheet, cell) for sheet in sheets for cell in sheet.covered)
    for table in tables.values():
        for rule in table.spec.rules:
            findings += (found for found in rule(table, tables) if (found.sheet, found.cell) not in unreadable)
    findings += _unanswered_remarks(tables, remarks)
    order = {severity: at for at, severity in enumerate(Severity)}
    findings.sort(key=lambda f: (order[f.severity], f.explained))
    return CheckedReturn(tables, tuple(findings))


def _findings_with_records(sheet: RawTable, table: ParsedTable) -> Iterator[Finding]:
    """Yield the findings from reading a sheet, each with the name and key of its row's record filled in."""
    rows = {str(number): at for at, number in enumerate(table.numbers)} if sheet.findings else {}
    for finding in sheet.findings:
        at = rows.get(finding.cell.lstrip(_LETTERS)) if finding.sheet == table.spec.sheet else None
        yield finding if at is None else replace(finding, record=table.names[at], key=table.record_keys[at])


def _unanswered_remarks(tables: Mapping[str, ParsedTable], remarks: Sequence[OpenRemark]) -> Iterator[Finding]:
    """Yield a finding for each cell that the province wants corrected and the city has not edited yet.

    A reason given before the return came back is no answer.
    """
    for cell in remarks:
        table = tables[cell.dataset]
        if (at := table.index.get(cell.key)) is not None:
            message = "省厅要求核对这一格，退回后还没有改动。改数，或在说明中答复。"
            found = table.finding(at, cell.column, "returned.untouched", Severity.EXPLAIN, message)
            yield replace(found, explained=False)
