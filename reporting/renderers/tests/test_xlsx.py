"""Tests the numbers, texts and charts of rendered .xlsx files."""

from __future__ import annotations

import io
from dataclasses import replace
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from openpyxl.workbook import Workbook

from reporting.document_parts import Annex, Chart, Document, Figure, Table
from reporting.renderers import xlsx
from reporting.renderers.tests import sample_documents
from reporting.renderers.text_for_all_formats import PrintedParagraph, printed_text


def _render_and_load(document: Document) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(xlsx.render(document)))


def _workbook_of_cells(*cells: Any) -> Workbook:
    table = Table("表", "", tuple("甲乙丙丁戊")[: len(cells)], (cells,))
    return _render_and_load(replace(sample_documents.document_of_plain_text(), annexes=(Annex("表", (table,)),)))


@pytest.fixture(scope="module")
def bulletin() -> Workbook:
    return _render_and_load(sample_documents.sample_bulletin())


def test_the_first_sheet_is_the_text_by_paragraph(bulletin: Workbook) -> None:
    assert bulletin.sheetnames == ["正文", "附件1", "附件2"]
    text = [cell.value for cell in bulletin["正文"]["A"]]

    content = printed_text(sample_documents.sample_bulletin())
    paragraphs = [item.text for item in content.items if isinstance(item, PrintedParagraph)]
    place = text.index(paragraphs[0])
    assert text[place : place + len(paragraphs)] == paragraphs
    assert text[:3] == ["演示数据", "湖南省商务厅", "湘商示〔2013〕5号　（2013年第5期）"]


def test_figures_are_numbers_formatted_as_in_the_document() -> None:
    sheet = _workbook_of_cells(
        Figure("286,800", "a", Decimal("286800")),
        Figure("43.9%", "b", Decimal("43.9")),
        Figure("-8.90", "c", Decimal("-8.90")),
        Figure("+3.4", "d", Decimal("3.4")),
        Figure("—", "e"),
    )["附件"]

    assert [(cell.value, cell.number_format) for cell in sheet[4]] == [
        (286800, "#,##0"),
        (43.9, '0.0"%"'),
        (-8.9, "0.00"),
        (3.4, "+0.0;-0.0;0.0"),
        ("—", "General"),
    ]


def test_text_is_never_a_formula_a_link_or_a_number() -> None:
    sheet = _workbook_of_cells("=1+1", "=cmd|' /C calc'!A0", "http://example.test/", "0731", "+1")["附件"]

    assert [cell.data_type for cell in sheet[4]] == ["s"] * 5
    assert [cell.hyperlink for cell in sheet[4]] == [None] * 5
    assert {
        cell.data_type
        for rows in _render_and_load(sample_documents.document_of_hostile_text())
        for row in rows
        for cell in row
    } <= {
        "s",
        "n",
    }


def test_charts_draw_the_cities_and_leave_the_totals_out(bulletin: Workbook) -> None:
    totals, growth = bulletin["附件1"]._charts

    for chart, column in ((totals, "F"), (growth, "G")):
        assert chart.series[0].val.numRef.f == f"附件1!${column}$6:${column}$19"
        assert chart.series[0].cat.strRef.f == "附件1!$B$6:$B$19"
    assert (bulletin["附件1"]["B6"].value, bulletin["附件1"]["B19"].value) == ("长沙", "湘西自治州")


def test_a_table_of_totals_alone_has_no_chart() -> None:
    table = Table(
        "表",
        "",
        ("市州", "数"),
        (("合计", Figure("1", "a", Decimal(1))),),
        summary_rows=(0,),
        charts=(Chart("数", 1, 0),),
    )

    assert (
        _render_and_load(replace(sample_documents.document_of_plain_text(), annexes=(Annex("表", (table,)),)))[
            "附件"
        ]._charts
        == []
    )


def test_a_table_prints_on_one_page_across_with_its_head_repeated(bulletin: Workbook) -> None:
    sheet = bulletin["附件1"]

    assert (sheet.page_setup.orientation, str(sheet.page_setup.paperSize)) == ("landscape", "9")
    assert sheet.page_setup.fitToHeight == 0 and sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.print_title_rows == "$1:$3"
    assert sheet.freeze_panes == "C4"
    assert sheet["A20"].value == "注：1.演示数据，不代表真实统计。"


def test_the_same_document_gives_the_same_bytes() -> None:
    assert xlsx.render(sample_documents.sample_bulletin()) == xlsx.render(sample_documents.sample_bulletin())
