"""Child process that writes findings into an uploaded workbook with openpyxl.

It returns the annotated workbook, or nothing if it cannot.
"""

import json
import struct
import sys
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.comments import Comment
from openpyxl.formatting.formatting import ConditionalFormattingList
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from hunan_trade.workbooks import extlst_dropdowns, sandbox
from hunan_trade.workbooks.sheet_types import FINDINGS_SHEET, column_letters, parse_address
from hunan_trade.workbooks.workbook_annotation import COLUMNS, SEVERITIES
from hunan_trade.workbooks.workbook_parts import refers_to_other_workbook, sheet_parts
from hunan_trade.workbooks.zip_archive import Archive, Limits

Finding = tuple[str, str, str, str]  # sheet, cell, severity, message

# Colour comes as conditional formatting under a formula of our own: it can be taken away again without a trace, and
# the cell keeps the fill it was handed out with.
_OUR_RULE = f'LEN("{FINDINGS_SHEET}")>0'
_TINTS = {"blocking": "F9D2CD", "explain": "FBE3B3", "note": "DCE1E6"}
_ORIGINAL = "\n【原有批注】\n"  # what stood in the comment before, to be put back in the next round
_COMMENT_WIDTH, _COMMENT_LINE, _CHARACTERS_A_LINE = 320, 20, 22
_COMMENTED = 500  # cells; beyond that the list and the colour say enough
_FAILURES = (KeyError, ValueError, TypeError, AttributeError, IndexError, OSError, MemoryError, zipfile.BadZipFile)


def annotate_workbook(data: bytes, findings: list[Finding], archive: Archive, limits: Limits) -> bytes:
    book = load_workbook(BytesIO(data), keep_links=False)
    notes = [*_restore_validations(book, archive, limits), *_remove_external_links(book, data, archive)]
    findings = [*findings, *(("", "", "note", message) for message in notes)]
    if FINDINGS_SHEET in book.sheetnames:
        del book[FINDINGS_SHEET]
    by_sheet: dict[str, dict[str, list[Finding]]] = defaultdict(lambda: defaultdict(list))
    for finding in findings:
        if finding[1]:
            by_sheet[finding[0]][finding[1]].append(finding)
    for sheet in book.worksheets:
        _remove_old_annotations(sheet)
        _annotate_cells(sheet, by_sheet.get(sheet.title, {}))
    _write_findings_sheet(book.create_sheet(FINDINGS_SHEET, 0), findings, set(book.sheetnames))
    for sheet in book.worksheets:
        sheet.sheet_view.tabSelected = False
    book.active = 0
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def _restore_validations(book: Workbook, archive: Archive, limits: Limits) -> Iterator[str]:
    """Add the drop-down lists that openpyxl drops on loading; yield a Chinese note for each sheet where that fails."""
    for part in sheet_parts(archive, limits):
        try:
            for rule in extlst_dropdowns.read_extension_validations(archive.part(part.part)):
                book[part.name].add_data_validation(rule)
        except (ValueError, TypeError):
            yield f"这份带批注的副本中，工作表“{part.name}”的部分下拉列表没有保留。填报请用原文件。"


def _remove_external_links(book: Workbook, data: bytes, archive: Archive) -> Iterator[str]:
    """Remove a workbook's references to other workbooks, and yield a Chinese note if there were any."""
    has_removed = bool(archive.linked_workbook_parts)
    linked = [
        (sheet.title, cell.coordinate)
        for sheet in book.worksheets
        for cell in list(sheet._cells.values())
        if cell.data_type == "f" and refers_to_other_workbook(str(getattr(cell.value, "text", cell.value)))
    ]
    values = load_workbook(BytesIO(data), keep_links=False, data_only=True) if linked else None
    for title, place in linked:
        book[title][place] = values[title][place].value if values else None
    for names in (book.defined_names, *(sheet.defined_names for sheet in book.worksheets)):
        for name in [name for name, defined in names.items() if refers_to_other_workbook(defined.attr_text or "")]:
            del names[name]
            has_removed = True
    for sheet in book.worksheets:
        rules = sheet.data_validations.dataValidation
        remaining_rules = [rule for rule in rules if not refers_to_other_workbook(f"{rule.formula1}{rule.formula2}")]
        has_removed = has_removed or len(remaining_rules) < len(rules)
        sheet.data_validations.dataValidation = remaining_rules
    if has_removed or linked:
        yield "这份带批注的副本不再引用别的工作簿：引用的公式已换成当时的值，引用的名称和下拉列表已去掉。"


def _remove_old_annotations(sheet: Worksheet) -> None:
    remaining_rules = ConditionalFormattingList()
    for formatting in sheet.conditional_formatting:
        for rule in formatting.rules:
            if rule.formula != [_OUR_RULE] and not any(map(refers_to_other_workbook, rule.formula)):
                remaining_rules.add(str(formatting.sqref), rule)
    sheet.conditional_formatting = remaining_rules
    # Not iter_rows(): it would make every cell up to the last one, however far out that stands.
    for cell in list(sheet._cells.values()):
        if cell.comment is not None and cell.comment.author == FINDINGS_SHEET:
            original = cell.comment.text.partition(_ORIGINAL)[2]
            cell.comment = Comment(original, "") if original else None


def _annotate_cells(sheet: Worksheet, cells: dict[str, list[Finding]]) -> None:
    by_commentable_cell: dict[str, list[Finding]] = defaultdict(list)
    for address, findings in cells.items():
        by_commentable_cell[_commentable_cell(sheet, address)] += findings
    tinted: dict[str, list[str]] = defaultdict(list)
    for number, (address, findings) in enumerate(by_commentable_cell.items()):
        worst = min((finding[2] for finding in findings), key=list(_TINTS).index)
        tinted[worst].append(address)
        if number < _COMMENTED:
            cell: Any = sheet[address]
            text = "\n".join(
                f"【{SEVERITIES[finding[2]]}】{_remove_illegal_characters(finding[3])}" for finding in findings
            )
            if cell.comment is not None:
                text += _ORIGINAL + cell.comment.text
            lines = sum(1 + len(line) // _CHARACTERS_A_LINE for line in text.splitlines())
            cell.comment = Comment(text, FINDINGS_SHEET, width=_COMMENT_WIDTH, height=_COMMENT_LINE * (lines + 1))
    for severity, addresses in tinted.items():
        fill = PatternFill(start_color=_TINTS[severity], end_color=_TINTS[severity], fill_type="solid")
        for start in range(0, len(addresses), 200):
            sheet.conditional_formatting.add(
                " ".join(addresses[start : start + 200]), FormulaRule([_OUR_RULE], fill=fill)
            )


def _commentable_cell(sheet: Worksheet, address: str) -> str:
    """Return the address of the cell that can carry a comment: a merged area's top left cell, else the cell itself.

    Only that one can carry a comment.
    """
    parse_address(address)
    for area in sheet.merged_cells.ranges:
        if address in area:
            return str(area.start_cell.coordinate)
    return address


def _write_findings_sheet(sheet: Worksheet, findings: list[Finding], names: set[str]) -> None:
    head = PatternFill("solid", fgColor="EEF1F4")
    for column, layout in enumerate(COLUMNS, start=1):
        cell = sheet.cell(1, column, layout.title)
        cell.font, cell.fill = Font(name="黑体", size=11), head
        sheet.column_dimensions[column_letters(column - 1)].width = layout.width
    for row, (name, address, severity, message) in enumerate(findings, start=2):
        sheet.cell(row, 1, row - 1)
        for column, text in enumerate((name, address, SEVERITIES.get(severity, severity), message), start=2):
            cell = sheet.cell(row, column)
            cell.value = _remove_illegal_characters(text)
            cell.data_type = "s"  # what was typed may begin like a formula
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        if address and name in names:
            quoted = name.replace("'", "''")
            sheet.cell(row, 3).hyperlink = f"#'{quoted}'!{address}"
        sheet.cell(row, 4).fill = PatternFill("solid", fgColor=_TINTS.get(severity, "FFFFFF"))
    sheet.freeze_panes = "A2"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True


def _remove_illegal_characters(text: str) -> str:
    return str(ILLEGAL_CHARACTERS_RE.sub("", text))


def main() -> None:
    payload, limits = sandbox.read_upload_and_enter_sandbox(
        open_files=8
    )  # openpyxl writes each sheet to a temporary file first
    (size,) = struct.unpack_from("<I", payload)
    data = payload[4 + size :]
    try:
        archive = Archive(data, limits)
        archive.check_parts()
        findings = [tuple(row) for row in json.loads(payload[4 : 4 + size])]
        sys.stdout.buffer.write(annotate_workbook(data, findings, archive, limits))
    except _FAILURES:
        pass
    sandbox.exit_now()


if __name__ == "__main__":
    main()
