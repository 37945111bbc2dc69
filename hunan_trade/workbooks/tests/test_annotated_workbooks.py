"""Tests that an annotated workbook contains the upload and all findings, and can be uploaded again."""

import zipfile
from dataclasses import dataclass, replace
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from hunan_trade.workbooks import form_workbook_writer
from hunan_trade.workbooks.sheet_types import FINDINGS_SHEET, ColumnLayout, SheetLayout, WorkbookRefused
from hunan_trade.workbooks.tests.factories import number_cell, row_xml, workbook, zip_parts
from hunan_trade.workbooks.upload_reader import read
from hunan_trade.workbooks.workbook_annotation import MAX_FINDINGS, annotate
from hunan_trade.workbooks.zip_archive import Limits


@dataclass(frozen=True)
class ExampleFinding:
    sheet: str
    cell: str
    severity: str
    message: str


COLUMNS = [ColumnLayout("企业", locked=True, note="全称"), ColumnLayout("出口", number_format="0.00")]
UPLOAD = form_workbook_writer.write_form_workbook(
    [SheetLayout("表1", "月报", COLUMNS, [["甲", Decimal("1.5")], ["乙", Decimal(2)]])], {"region": "4301"}
)
FINDINGS = [
    ExampleFinding("表1", "B4", "note", "较上月下降"),
    ExampleFinding("表1", "B4", "blocking", "=必须大于零\x0b"),
    ExampleFinding("表1", "A2", "explain", "表头有改动"),
    ExampleFinding("表1", "A3", "note", "合并单元格的下半"),
    ExampleFinding("表1", "", "note", "少一行"),
    ExampleFinding("没有的表", "A1", "blocking", "缺少工作表"),
    ExampleFinding("表1", "D90", "blocking", "表外"),
]


def colours_by_area(sheet: Worksheet) -> dict[str, str]:
    return {
        str(formatting.sqref): rule.dxf.fill.end_color.rgb[2:]
        for formatting in sheet.conditional_formatting
        for rule in formatting.rules
    }


def test_all_findings_are_listed_first_as_text() -> None:
    listed = read(annotate(UPLOAD, FINDINGS)).sheets[0]
    assert listed.name == FINDINGS_SHEET and len(listed.rows) == 1 + len(FINDINGS)
    assert listed.rows[2] == ("2", "表1", "B4", "必须修改", "=必须大于零") and not listed.oddities


def test_each_cell_carries_its_findings_and_the_colour_of_the_worst() -> None:
    sheet = openpyxl.load_workbook(BytesIO(annotate(UPLOAD, FINDINGS)))["表1"]
    assert sheet["B4"].comment.text == "【提示】较上月下降\n【必须修改】=必须大于零"
    assert sheet["A2"].comment.text == "【需要说明】表头有改动\n【提示】合并单元格的下半\n【原有批注】\n全称"
    assert colours_by_area(sheet) == {"B4 D90": "F9D2CD", "A2": "FBE3B3"}


def test_annotating_keeps_filled_cells_metadata_and_protection() -> None:
    before, after = read(UPLOAD), read(annotate(UPLOAD, FINDINGS))
    assert after.metadata == before.metadata
    sheet = after.sheet("表1")
    assert sheet and [line[:2] for line in sheet.rows[:5]] == before.sheets[0].rows
    assert openpyxl.load_workbook(BytesIO(annotate(UPLOAD, FINDINGS)))["表1"].protection.sheet


def test_annotating_again_removes_earlier_annotations() -> None:
    book = openpyxl.load_workbook(BytesIO(annotate(annotate(UPLOAD, FINDINGS), FINDINGS[:1])))
    assert book.sheetnames.count(FINDINGS_SHEET) == 1 and book[FINDINGS_SHEET].max_row == 2
    assert colours_by_area(book["表1"]) == {"B4": "DCE1E6"} and book["表1"]["B4"].comment.text == "【提示】较上月下降"
    assert book["表1"]["A2"].comment.text == "全称"


X14 = "http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"
EXTENSION = (
    f'<extLst><ext uri="{{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}}" xmlns:x14="{X14}"><x14:dataValidations count="1" '
    'xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main"><x14:dataValidation type="list" allowBlank="1" '
    'showErrorMessage="1" error="从列表中选"><x14:formula1><xm:f>_portal!$D$1:$D$3</xm:f></x14:formula1>'
    "<xm:sqref>A4:A9 B12</xm:sqref></x14:dataValidation></x14:dataValidations></ext></extLst></worksheet>"
)


def upload_with_replacement(part: str, old: str, new: str) -> bytes:
    with zipfile.ZipFile(BytesIO(UPLOAD)) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    assert old in content[part].decode()
    content[part] = content[part].decode().replace(old, new).encode()
    return zip_parts(content)


def test_drop_downs_in_the_sheet_extension_are_kept() -> None:
    """Excel stores drop-downs in an extension of the sheet where the list stands on another sheet."""
    upload = upload_with_replacement("xl/worksheets/sheet1.xml", "</worksheet>", EXTENSION)
    for data in (annotate(upload, FINDINGS), annotate(annotate(upload, FINDINGS), FINDINGS)):
        rules = openpyxl.load_workbook(BytesIO(data))["表1"].data_validations.dataValidation
        assert [(str(r.sqref), r.type, r.formula1, r.allowBlank, r.error) for r in rules] == [
            ("A4:A9 B12", "list", "_portal!$D$1:$D$3", True, "从列表中选")
        ]


def test_drop_downs_that_cannot_be_kept_are_reported() -> None:
    broken = EXTENSION.replace('type="list"', 'type="lost"')
    listed = read(
        annotate(upload_with_replacement("xl/worksheets/sheet1.xml", "</worksheet>", broken), FINDINGS)
    ).sheets[0]
    assert "下拉列表没有保留" in listed.rows[-1][4]


def test_links_to_other_workbooks_are_removed_and_reported() -> None:
    linked = upload_with_replacement("xl/worksheets/sheet1.xml", "<v>1.5</v>", "<f>[1]表!A1*2</f><v>1.5</v>")
    data = annotate(linked, FINDINGS)
    assert openpyxl.load_workbook(BytesIO(data))["表1"]["B4"].value == 1.5
    listed = read(data).sheets[0]
    assert len(listed.rows) == 2 + len(FINDINGS) and "不再引用别的工作簿" in listed.rows[-1][4]
    assert "不再引用" not in read(annotate(UPLOAD, FINDINGS)).sheets[0].rows[-1][4]


def test_a_workbook_too_large_to_annotate_comes_back_as_a_list_of_findings() -> None:
    heavy = workbook("".join(row_xml(n, *(number_cell(f"{c}{n}", "1") for c in "ABCDEFGH")) for n in range(1, 5000)))
    listed = read(annotate(heavy, FINDINGS, replace(Limits(), memory_bytes=40 << 20)))
    assert [sheet.name for sheet in listed.sheets] == [FINDINGS_SHEET]
    assert len(listed.sheets[0].rows) == 1 + len(FINDINGS)


def test_only_the_first_findings_are_annotated_and_the_others_counted() -> None:
    many = [ExampleFinding("表1", f"B{at}", "note", "没有填") for at in range(4, 4 + MAX_FINDINGS + 1234)]
    book = openpyxl.load_workbook(BytesIO(annotate(UPLOAD, many)))
    listed = [[cell.value for cell in line] for line in book[FINDINGS_SHEET].iter_rows(min_row=2)]
    assert len(listed) == MAX_FINDINGS + 1 and listed[-2][2] == f"B{3 + MAX_FINDINGS}"
    assert listed[-1][4].startswith("另有 1234 处没有列出。") and not listed[-1][2]
    assert sum(len(cells.split()) for cells in colours_by_area(book["表1"])) == MAX_FINDINGS


def test_a_hostile_file_is_refused_instead_of_annotated() -> None:
    with pytest.raises(WorkbookRefused):
        annotate(b"PK\x03\x04", FINDINGS)
