"""Tests the conversion of spreadsheet cells into values; ambiguous cells are reported, not guessed."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hunan_trade.lists import column_kinds
from hunan_trade.lists.columns import Column
from hunan_trade.lists.imports.cell_readers import NamedRecord
from hunan_trade.lists.imports.mapping import suggest_mapping
from hunan_trade.lists.imports.measurement_units import MONEY_UNITS, money_unit
from hunan_trade.lists.imports.number_parsing import read_count, read_money
from hunan_trade.lists.imports.row_parsing import ParsedRow, read_rows, unknown_choices
from hunan_trade.lists.imports.spreadsheet import read_spreadsheet
from hunan_trade.lists.imports.table_in_sheet import Table, guess_table
from hunan_trade.lists.tests.sample_spreadsheets_from_offices import COLUMNS, csv_file, projects_of_a_city, workbook
from hunan_trade.tabular.date_text_parsing import read_date, read_date_number
from hunan_trade.workbooks.tests.factories import inline_cell, number_cell, row_xml
from hunan_trade.workbooks.tests.factories import workbook as workbook_of_xml

WAN = MONEY_UNITS["万元"][1]
_WIDE = {ord(narrow): wide for narrow, wide in zip("0123456789-./", "０１２３４５６７８９－．／", strict=True)}
_PLAIN_DAYS = [
    *(sep.join(parts) for sep in "-./" for parts in (("2013", "3", "5"), ("2013", "03", "05"), ("2013", "03", "5"))),
    *("2013年3月5日", "2013年03月05日", "2013年3月5号", "2013年3月5", "20130305", "41338"),
]
DAYS = [
    *_PLAIN_DAYS,
    *(day.translate(_WIDE) for day in _PLAIN_DAYS),
    *(f" {day} " for day in _PLAIN_DAYS),
    *(
        f"{day}{clock}"
        for day in ("2013-03-05", "2013/3/5", "2013年3月5日")
        for clock in (" 00:00", " 8:30:00", "T08:30:15.5")
    ),
    *(
        "2013年3月5日（星期二）",
        "2013年3月5日 星期二",
        "2013-3-5(周二)",
        "2013 年 3 月 5 日",
        "二〇一三年三月五日",
        "二○一三年三月五日",
    ),
]


def rows_of(table: Table, *columns: Column, related: Any = None) -> list[ParsedRow]:
    """Return the rows of a table whose headings are the columns' titles."""
    return list(read_rows(table, suggest_mapping(table.headings, columns), columns, related or {}))


def read_cell(value: object, column: Column, change: Any = None) -> tuple[Any, str]:
    """Return the value of one cell of a workbook in this column, and the text of its finding."""
    table = guess_table(workbook(("名称", column.title), ("甲", value), change=change))
    (row,) = rows_of(table, Column("name", "名称"), column)
    return row.values.get(column.key), "".join(finding.message for finding in row.findings)


assert len(DAYS) >= 60


# --- Dates ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("text", DAYS)
def test_each_of_sixty_spellings_of_a_day_is_that_day(text: str) -> None:
    """(traps R3)"""
    assert read_date(text).iso == "2013-03-05"


@pytest.mark.parametrize(
    ("text", "iso"),
    [("2013年3月", "2013-03"), ("2013.3", "2013-03"), ("201303", "2013-03"), ("2013年底", "2013-12"), ("1991", "1991")],
)
def test_a_date_is_known_as_far_as_it_was_written(text: str, iso: str) -> None:
    assert read_date(text).iso == iso


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("2013.13.5", "没有 13 月"),
        ("2013.2.30", "2013年2月没有 30 日"),
        ("13.3.5", "有几种读法"),
        ("3/5/2013", "有几种读法"),
        ("3月5日", "没有写年份"),
        ("约2013", "不是日期"),
    ],
)  # fmt: skip
def test_a_date_that_can_be_read_in_two_ways_or_none_is_refused(text: str, sentence: str) -> None:
    """Month and day are never guessed (traps R3)."""
    with pytest.raises(ValueError, match=sentence):
        read_date(text)


def test_the_number_2013_1_is_named_because_it_may_have_been_2013_10() -> None:
    """A number keeps no zero at its end (traps R3)."""
    month = Column("month", "月份", column_kinds.MONTH)
    assert read_cell(2013.1, month) == (
        None,
        "“2013.1”可能是 1 月，也可能是 10 月（数的末尾不留 0）。写成 2013-01 或 2013-10 这样。",
    )
    assert read_cell("2013.1", month)[0] == date(2013, 1, 1) and read_cell(2013.2, month)[0] == date(2013, 2, 1)


@pytest.mark.parametrize(("epoch_1904", "day"), [(False, date(2013, 3, 5)), (True, date(2017, 3, 6))])
def test_a_serial_day_is_of_the_workbooks_own_date_system(epoch_1904: bool, day: date) -> None:
    """Workbooks from 1904 are 1,462 days off, with a date's format and without one (traps R3)."""
    data = workbook_of_xml(
        row_xml(1, inline_cell("A1", "名称"), inline_cell("B1", "日期"))
        + row_xml(2, inline_cell("A2", "甲"), number_cell("B2", "41338"))
        + row_xml(3, inline_cell("A3", "乙"), number_cell("B3", "41338", style=1)),
        epoch_1904=epoch_1904,
    )
    rows = rows_of(
        guess_table(read_spreadsheet(data, "表.xlsx")), Column("name", "名称"), Column("day", "日期", column_kinds.DAY)
    )
    assert [row.values["day"] for row in rows] == [day, day]


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "America/Los_Angeles"])
def test_days_are_the_same_in_every_time_zone(zone: str) -> None:
    """The reader's own zone moves no day (traps R3)."""
    code = (
        "from hunan_trade.tabular.date_text_parsing import read_date, read_date_number as n\n"
        f"print({{read_date(text).iso for text in {DAYS!r}}} | {{n('41338').iso, n('41338.99').iso, n('20130305').iso}})"
    )
    ran = subprocess.run([sys.executable, "-c", code], env={**os.environ, "TZ": zone}, capture_output=True, text=True)
    assert ran.stdout == "{'2013-03-05'}\n", ran.stderr


@given(st.dates(date(1900, 3, 1), date(2100, 12, 31)))
def test_any_day_comes_back_from_each_way_of_writing_it(day: date) -> None:
    serial = str((day - date(1899, 12, 30)).days)
    spellings = [
        f"{day:%Y-%m-%d}",
        f"{day:%Y%m%d}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day.year}.{day.month}.{day.day}",
    ]
    assert {read_date(text).iso for text in spellings} == {day.isoformat()}
    if len(serial) == 5:
        assert read_date_number(serial).iso == day.isoformat()


# --- Figures --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1,234.5", "12345000"), ("1 234", "12340000"), ("3.2亿", "320000000"), ("9,600万元", "96000000"),
        ("５，６００", "56000000"), ("−5", "-50000"), ("86400元", "86400"), ("￥1,200", "12000000"), ("人民币12万元", "120000"),
        ("0", "0"), ("1e3", "10000000"), (".5", "5000"), ("12.3456789", "123456.79"),
        ("1.0000005", "10000.01"), ("-1.0000005", "-10000.01"), ("1.0000015", "10000.02"),
    ],
)  # fmt: skip
def test_amounts_are_read_as_people_write_them(text: str, amount: str) -> None:
    """Half a cent is rounded up, and what is compared and shown is what is written (traps R12)."""
    assert read_money(text, money_unit("万元") or pytest.fail()) == Decimal(amount)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("约1.2亿", "不是数"), ("1,2", "不是数"), ("100-200", "不是数"), ("--", "要清空写 清空"), ("320万美元", "写的是美元，这一列是人民币"),
        ("$5", "写的是美元"), ("12.5%", "不是金额的单位"), ("12个", "不是金额的单位"), ("1" * 19, "位数过多"),
    ],
)  # fmt: skip
def test_what_is_no_certain_amount_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        read_money(text, money_unit("万元") or pytest.fail())


@given(st.integers(-(10**13), 10**13), st.sampled_from(sorted(MONEY_UNITS)), st.sampled_from(sorted(MONEY_UNITS)))
def test_an_amount_is_exact_in_every_unit_and_a_unit_behind_it_wins(cents: int, unit: str, column_unit: str) -> None:
    amount = Decimal(cents).scaleb(-2)
    given_unit, of_column = money_unit(unit), money_unit(column_unit)
    assert given_unit and of_column
    written = f"{amount / given_unit.factor:,f}"
    assert read_money(written, given_unit) == amount
    if given_unit.currency == of_column.currency:
        assert read_money(written + unit, of_column) == amount


def test_a_count_that_is_not_whole_is_named_with_what_the_cell_holds() -> None:
    """It shows 1187 and holds 1186.607 (traps R12)."""

    def round_format(sheet: Any) -> None:
        sheet["B2"].number_format = "0"

    people = Column("people", "人数", column_kinds.COUNT)
    assert read_cell(1186.607, people, round_format) == (None, "“1186.607”不是整数（1186.607）。改为整数。")
    assert read_cell("1.2万人", people)[0] == read_count("12,000") == 12000


@pytest.mark.parametrize(
    ("value", "format_", "found"),
    [("12.5%", "General", "12.5"), (0.125, "0.0%", "12.5"), (12.5, "General", "12.5"), (-3, "General", "-3")],
)
def test_a_rate_is_in_percent_however_it_is_stored(value: object, format_: str, found: str) -> None:
    def set_format(sheet: Any) -> None:
        sheet["B2"].number_format = format_

    assert read_cell(value, Column("rate", "增幅", column_kinds.RATE), set_format)[0] == Decimal(found)


# --- Words ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("value", "format_", "found", "sentence"),
    [
        ("00123", "General", "00123", ""),
        (123, "00000", "00123", ""),
        (123, "General", "123", ""),
        (430100199001011234, "0", None, "后几位丢了"),
        ("4.31E+14", "General", None, "后几位丢了"),
        (1.5, "General", None, "编号存成了数"),
        (date(2013, 3, 5), "m-d", None, "Excel 已把编号变成日期"),
    ],
)
def test_a_code_that_excel_turned_into_a_number_is_named(
    value: object, format_: str, found: str, sentence: str
) -> None:
    """Leading zeros are kept where the cell shows them; digits beyond 15 are lost (traps R6)."""

    def set_format(sheet: Any) -> None:
        sheet["B2"].number_format = format_

    read, message = read_cell(value, Column("code", "代码", column_kinds.CODE), set_format)
    assert read == found and sentence in message and bool(sentence) == bool(message)


def test_a_text_column_takes_what_the_cell_shows() -> None:
    """Excel had made a date of 3-5 (traps R6)."""

    def set_format(sheet: Any) -> None:
        sheet["B2"].number_format = 'm"-"d'

    assert read_cell(date(2013, 3, 5), Column("room", "房间"), set_format) == ("3-5", "这一格是日期，按显示的“3-5”。")


def test_cells_without_a_readable_value_are_named_with_their_place() -> None:
    """An .xls string that is torn at a record's end leaves control characters (traps R10)."""
    table = guess_table(csv_file("名称,说明\n甲,a\x01b\n"))
    (row,) = rows_of(table, Column("name", "名称"), Column("note", "说明"))
    assert [(finding.cell, finding.message[:16]) for finding in row.findings] == [("B2", "“a b”里有看不见的控制字符，")]
    assert row.is_refused
    assert "公式还没有算出结果" in read_cell("=1+1", Column("note", "说明"))[1]


def test_blank_leaves_a_field_and_a_dash_or_the_word_empties_it() -> None:
    table = guess_table(csv_file("名称,说明\n甲,\n乙,—\n丙,清空\n丁,　\n戊,0\n"))
    rows = rows_of(table, Column("name", "名称"), Column("note", "说明"))
    assert [(row.values.get("note"), "note" in row.cleared) for row in rows] == [
        (None, False),
        (None, True),
        (None, True),
        (None, False),
        ("0", False),
    ]


def test_a_choice_is_read_by_label_or_other_spelling_and_an_unknown_word_is_named() -> None:
    stage = next(column for column in COLUMNS if column.key == "stage")
    assert read_cell(" 已开工", stage)[0] == "landed" and read_cell("签　约", stage)[0] == "signed"
    assert read_cell("筹建", stage) == (None, "“筹建”不在可选范围。可填：签约、落地、投产。")
    table = guess_table(csv_file("编号,阶段\nA,筹建\nB,筹建\nC,落地\n"))
    mapping = suggest_mapping(table.headings, COLUMNS)
    assert unknown_choices(table, mapping, COLUMNS) == {"stage": {"筹建": 2}}
    chosen = mapping.with_choice(1, "stage", spellings={"筹建": "landed"})
    assert [row.values["stage"] for row in read_rows(table, chosen, COLUMNS, {})] == ["landed"] * 3
    assert not unknown_choices(table, chosen, COLUMNS)


def test_invisible_characters_part_nothing_and_what_was_typed_is_kept() -> None:
    """One normal form finds the record, and full-width brackets stay in print (traps R7)."""
    related = {"park": {"岳阳城陵矶(新港)": (NamedRecord(1, "岳阳城陵矶（新港）"),)}}
    table = guess_table(csv_file("名称,园区\n岳阳城陵矶（新港）公司\u200b,岳阳\u200b　城陵矶（新港）\n"))
    (row,) = rows_of(table, Column("name", "名\u00a0称"), Column("park", "园区"), related=related)
    assert row.values == {"name": "岳阳城陵矶（新港）公司", "park": 1}


def test_a_citys_own_spreadsheet_is_read_to_the_cent_and_the_day() -> None:
    table = guess_table(read_spreadsheet(projects_of_a_city(), "台账.xlsx"), COLUMNS)
    rows = list(read_rows(table, suggest_mapping(table.headings, COLUMNS), COLUMNS, {}))
    assert [row.values["total"] for row in rows] == [Decimal(12000) * WAN, 8600 * WAN, 35000 * WAN, 35000 * WAN]
    assert [row.values["contract"] for row in rows] == [9600 * WAN, 8600 * WAN, 32000 * WAN, 32000 * WAN]
    assert [row.values["signed_on"] for row in rows] == [
        date(2013, 3, 18),
        date(2013, 5, 8),
        date(2013, 4, 16),
        date(2013, 5, 2),
    ]
    assert [row.values.get("starts_in") for row in rows] == [
        date(2014, 2, 1),
        date(2013, 12, 1),
        date(2013, 12, 1),
        None,
    ]
    assert "code" not in rows[1].values and [row.number for row in rows] == [7, 8, 9, 10]
    assert not any(row.is_refused for row in rows)
