"""Builds the panel beside the grid that lists the findings of the checks, with a tab for each sheet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hunan_trade.intake.return_checks import CheckedReturn
from hunan_trade.tabular.findings import Finding, Severity
from hunan_trade.tabular.table_types import TableSpec

BLANK = "cell.blank"
LISTED = 200  # findings told one by one on a page


@dataclass(frozen=True)
class PanelLine:
    """A line in a return page's list of findings: one finding, or a summary of all findings about empty cells."""

    severity: str  # blocking, explain, told, note
    cell: str
    record: str
    message: str
    anchor: str = ""


@dataclass(frozen=True)
class SheetTab:
    """A tab beside the grid that lists the checks' findings about one sheet, and shows their number."""

    dataset: TableSpec
    rows: int
    blocking: int
    unexplained: int
    lines: tuple[PanelLine, ...]
    current: bool = False

    @property
    def open_count(self) -> int:
        return self.blocking + self.unexplained

    @property
    def link(self) -> str:
        return f"?sheet={self.dataset.code}"

    @property
    def count_text(self) -> str:
        """The tab's count of records and open findings, such as 28 行，问题 4.

        For example 28 行，问题 4.
        """
        return f"{self.rows} 行" + (f"，问题 {self.open_count}" if self.open_count else "")


def sheet_tabs(checked: CheckedReturn, current: str) -> tuple[SheetTab, ...]:
    """Return one tab of findings for each sheet of a return; the tab of the sheet `current` is marked as selected."""
    found = []
    for code, table in checked.tables.items():
        findings = checked.findings_of_sheet(code)
        found.append(
            SheetTab(
                dataset=table.spec,
                rows=len(table.record_keys),
                blocking=sum(f.severity is Severity.BLOCKING for f in findings),
                unexplained=sum(f.severity is Severity.EXPLAIN and not f.explained for f in findings),
                lines=tuple(panel_lines(findings)),
                current=code == current,
            )
        )
    return tuple(found)


def panel_lines(findings: Iterable[Finding]) -> list[PanelLine]:
    """Return the lines that list findings on the page: one per finding, but one for all empty cells together."""
    blanks = [finding for finding in findings if finding.code == BLANK]
    others = [finding for finding in findings if finding.code != BLANK]
    lines = [
        PanelLine("told" if f.explained else f.severity.value, f.cell, f.record, f.message, finding_anchor(f))
        for f in others[:LISTED]
    ]
    if blanks:
        listed = "、".join(finding.cell for finding in blanks[:6])
        counted = f" 等 {len(blanks)} 格" if len(blanks) > 6 else " "
        message = f"{listed}{counted}没有填。没有发生填 0，空白不等于 0。"
        at = sum(line.severity == Severity.BLOCKING.value for line in lines)
        lines.insert(
            at, PanelLine(Severity.BLOCKING.value, blanks[0].cell, blanks[0].record, message, finding_anchor(blanks[0]))
        )
    if len(others) > LISTED:
        lines.append(PanelLine("note", "", "", f"另有 {len(others) - LISTED} 处没有列出，改完后自动补上。"))
    return lines


def finding_anchor(finding: Finding) -> str:
    return f"f-{finding.cell}-{finding.code.replace('.', '-')}"
