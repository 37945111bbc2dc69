"""Tests that an import finds the table in a sheet, with its headings, units and record rows.

Rows that are no records are told apart.
"""

from __future__ import annotations

from typing import Any

import pytest

from hunan_trade.lists.imports.measurement_units import line_units, split_unit
from hunan_trade.lists.imports.spreadsheet import read_spreadsheet
from hunan_trade.lists.imports.table_in_sheet import Table, guess_table, head_fingerprint, table_at
from hunan_trade.lists.tests.sample_spreadsheets_from_offices import COLUMNS, csv_file, projects_of_a_city, workbook
from hunan_trade.workbooks.tests.factories import inline_cell, number_cell, row_xml
from hunan_trade.workbooks.tests.factories import workbook as workbook_of_xml


def titles(table: Table) -> list[str]:
    return [heading.title for heading in table.headings]


def test_a_head_of_two_merged_rows_below_three_titles_is_joined_and_its_units_are_read() -> None:
    table = guess_table(read_spreadsheet(projects_of_a_city(), "台账.xlsx"), COLUMNS)
    assert table.head_rows == range(5, 7) and table.rows == (7, 8, 9, 10) and not table.problem
    assert titles(table)[7:12] == ["总投资", "引进内资/合同引资", "引进内资/6月到位", "引进内资/累计到位", "签约时间"]
    assert [(heading.unit, heading.line_units) for heading in table.headings[7:9]] == [
        ("亿元", ("万元",)),
        ("", ("万元",)),
    ]


def test_sums_notes_and_signatures_are_named_with_their_rows() -> None:
    """Otherwise they become records (traps R9)."""
    table = guess_table(read_spreadsheet(projects_of_a_city(), "台账.xlsx"))
    assert [(row.number, row.text, row.reason) for row in table.skipped] == [
        (11, "合计", "合计一类的行，不导入"),
        (12, "注：本表为快报数", "表后的说明"),
        (13, "单位负责人：", "表后的说明"),
    ]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("郴州市小计,,,5", "合计一类的行，不导入"),
        ("其中：外资,,,5", "合计一类的行，不导入"),
        (",合 计,,5", "合计一类的行，不导入"),
        ("9,,,", "只有序号，没有内容"),
        ("序号,名称,市州,人数", "重复的表头"),
        ("一、电子信息,,,", "分组的标题"),
        ("1,2,3,4", "栏次"),
    ],
)
def test_a_row_among_the_records_that_is_none_is_named(row: str, reason: str) -> None:
    """The sum says so in whichever of the first columns (traps R9)."""
    table = guess_table(csv_file(f"序号,名称,市州,人数\n1,甲会计所,长沙,5\n{row}\n2,其他设计,长沙,5\n"))
    assert table.rows == (2, 4) and [(one.number, one.reason) for one in table.skipped] == [(3, reason)]


def test_the_head_of_each_printed_page_is_no_record() -> None:
    head = "序号,名称,市州,人数,面积,电话\n"
    table = guess_table(csv_file(f"{head}1,甲,长沙,5,6,7\n{head}2,乙,长沙,5,6,7\n"))
    assert table.rows == (2, 4) and [row.reason for row in table.skipped] == ["重复的表头"]


def test_rows_of_nothing_but_dragged_down_formulas_are_empty() -> None:
    """They hold 0 or an empty text (traps R9)."""

    formulas = '<c r="B{0}"><f>A{0}*2</f><v>0</v></c>', '<c r="C{0}" t="str"><f>A{0}&amp;""</f><v></v></c>'
    data = workbook_of_xml(
        row_xml(
            1, *(inline_cell(f"{letter}1", title) for letter, title in zip("ABC", ("名称", "两倍", "名"), strict=True))
        )
        + row_xml(2, inline_cell("A2", "甲"), number_cell("B2", "5"), inline_cell("C2", "甲"))
        + "".join(row_xml(row, *(formula.format(row) for formula in formulas)) for row in range(3, 30))
    )
    table = guess_table(read_spreadsheet(data, "表.xlsx"))
    assert table.rows == (2,) and not table.skipped


def test_years_below_a_merged_group_belong_to_the_head() -> None:
    def merge(sheet: Any) -> None:
        for area in ("A1:A2", "B1:C1"):
            sheet.merge_cells(area)

    table = guess_table(workbook(("名称", "产值"), (None, "2012年", "2013年"), ("甲", 1, 2), change=merge))
    assert titles(table) == ["名称", "产值/2012年", "产值/2013年"] and table.rows == (3,)


@pytest.mark.parametrize(
    ("text", "head", "found"),
    [
        ("名称,市州,类型\n甲园,长沙,园区\n", range(1, 2), ["名称", "市州", "类型"]),
        ("园区名录,,\n名称,市州,类型\n甲园,长沙,园区\n", range(2, 3), ["名称", "市州", "类型"]),
        ("名称,到位资金,,日期\n,当月,累计,\n甲,1,2,2013-1-1\n", range(1, 3), ["名称", "到位资金/当月", "到位资金/累计", "日期"]),
        ("表,,\n,到位资金,\n名称,当月,累计\n甲,1,2\n", range(2, 4), ["名称", "到位资金/当月", "到位资金/累计"]),
        ("填报单位：某局,时间：7月,\n名称,市州,人数\n甲,长沙,5\n", range(2, 3), ["名称", "市州", "人数"]),
    ],
)  # fmt: skip
def test_a_head_is_found_without_merged_cells(text: str, head: range, found: list[str]) -> None:
    table = guess_table(csv_file(text))
    assert table.head_rows == head and titles(table) == found
    assert table.rows[0] == head.stop


def test_where_no_row_looks_like_a_head_a_sentence_says_so_and_a_person_may_point_to_one() -> None:
    spreadsheet = csv_file("2013,2014\n5,6\n")
    assert guess_table(spreadsheet).problem == "“表”的前 60 行里没有一行像表头。指明表头在第几行，或换一张工作表。"
    assert titles(chosen := table_at(spreadsheet, "表", 1, 1)) == ["2013", "2014"] and chosen.rows == (2,)
    for sheet, row, depth in (("别的", 1, 1), ("表", 3, 1), ("表", 1, 4), ("表", 0, 1)):
        with pytest.raises(LookupError):
            table_at(spreadsheet, sheet, row, depth)


def test_known_titles_speak_for_a_row_and_for_a_sheet() -> None:
    text = "汇总,甲,乙\n某某,丙,丁\n项目名称,投资方,签约时间\n某项目,某公司,2013-1-1\n"
    assert guess_table(csv_file(text), COLUMNS).head_rows == range(3, 4)


def test_the_fingerprint_of_a_head_is_the_same_in_any_order_and_spacing() -> None:
    """Not by position: the next file has a column more (traps R1)."""
    prints = {head_fingerprint(guess_table(csv_file(text)).headings) for text in ("甲,乙\n1,2\n", "乙,　甲\n2,1\n")}
    assert len(prints) == 1 and head_fingerprint(guess_table(csv_file("甲,丙\n1,2\n")).headings) not in prints


def test_hidden_rows_are_counted_and_may_be_left_out() -> None:
    """The default leaves none out unsaid (traps R11)."""

    def hide(sheet: Any) -> None:
        sheet.row_dimensions[3].hidden = True

    table = guess_table(workbook(("名称", "市州"), ("甲", "长沙"), ("乙", "长沙"), change=hide))
    assert table.rows == (2, 3) and table.hidden_rows == (3,)
    left = table.without_hidden_rows()
    assert left.rows == (2,) and [(row.number, row.text) for row in left.skipped] == [(3, "乙")]


@pytest.mark.parametrize(
    ("heading", "parts"),
    [
        ("总投资（亿元）", ("总投资", "亿元")),
        ("总投资(人民币万元)", ("总投资", "万元")),
        ("投资额【单位：万美元】", ("投资额", "万美元")),
        ("进度（%）", ("进度", "%")),
        ("面积，单位：亩", ("面积", "亩")),
        ("项目（含续建）", ("项目（含续建）", "")),
    ],
)
def test_the_unit_of_a_heading_is_taken_from_it(heading: str, parts: tuple[str, str]) -> None:
    assert split_unit(heading) == parts


@pytest.mark.parametrize(
    ("line", "units"),
    [
        ("单位：万元", ("万元",)),
        ("（单位：万元、人）", ("万元", "人")),
        ("金额单位：亿元、万美元", ("亿元", "万美元")),
        ("填报单位：郴州市演示局　　单位：万元", ("万元",)),
        ("填报单位：郴州市演示局", ()),
    ],
)
def test_the_units_of_a_line_above_the_head_are_read(line: str, units: tuple[str, ...]) -> None:
    assert line_units(line) == units
