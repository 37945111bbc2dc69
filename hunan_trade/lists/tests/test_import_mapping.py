"""Tests that spreadsheet headings are mapped to columns as a person would map them.

Nothing doubtful is mapped silently.
"""

from __future__ import annotations

from hunan_trade.lists.imports.mapping import (
    ColumnMapping,
    Remembered,
    mapping_problems,
    mapping_to_remember,
    suggest_mapping,
)
from hunan_trade.lists.imports.spreadsheet import read_spreadsheet
from hunan_trade.lists.imports.table_in_sheet import guess_table
from hunan_trade.lists.tests.sample_spreadsheets_from_offices import COLUMNS, csv_file, projects_of_a_city

KEYS = (("code",), ("name", "investor"))


def mapped(data: str, remembered: Remembered | None = None) -> ColumnMapping:
    return suggest_mapping(guess_table(csv_file(data)).headings, COLUMNS, remembered)


def columns_of(mapping: ColumnMapping) -> dict[str, str]:
    return {match.heading.title: match.column for match in mapping.matches}


def test_titles_and_aliases_are_recognised_and_likenesses_are_to_be_confirmed() -> None:
    table = guess_table(read_spreadsheet(projects_of_a_city(), "台账.xlsx"))
    mapping = suggest_mapping(table.headings, COLUMNS)
    found = {match.column: (match.heading.letter, match.unit, match.how) for match in mapping.matches if match.column}
    assert found == {
        "code": ("B", "", "alias"),
        "name": ("C", "", "alias"),
        "investor": ("D", "", "likeness"),
        "park": ("G", "", "alias"),
        "total": ("H", "亿元", "title"),
        "contract": ("I", "万元", "alias"),
        "month_paid": ("J", "万元", "likeness"),
        "paid": ("K", "万元", "alias"),
        "signed_on": ("L", "", "alias"),
        "starts_in": ("M", "", "likeness"),
        "stage": ("N", "", "alias"),
    }
    assert mapping_problems(mapping, COLUMNS, KEYS) == (
        "D 列“投资方名称”：名称相近 75%，不一定是“投资方”。请确认。",
        "H 列“总投资”：列头写亿元，表头上面写万元，按列头。请确认。",
        "J 列“引进内资/6月到位”：名称相近 60%，不一定是“当月到位内资”。请确认。",
        "M 列“计划投产”：名称相近 75%，不一定是“预计投产”。请确认。",
    )


def test_what_was_confirmed_is_remembered_by_the_heading_wherever_it_stands() -> None:
    """The next file has a column more, and every value would land one field to the side (traps R1)."""
    first = mapped("编号,工程,业主\nA,b,c\n").with_choice(1, "name").with_choice(2, "investor")
    remembered = mapping_to_remember(first, COLUMNS)
    again = mapped("序号,编号,业主,工程\n1,A,c,b\n", remembered)
    assert columns_of(again) == {"序号": "", "编号": "code", "业主": "investor", "工程": "name"}
    assert not mapping_problems(again, COLUMNS, KEYS)


def test_a_heading_that_stands_in_the_file_twice_is_asked_again() -> None:
    """Two columns of one name are never mapped silently (traps R1)."""
    remembered = mapping_to_remember(mapped("编号,项目\nA,b\n"), COLUMNS)
    twice = mapped("编号,项目,项目\nA,b,c\n", remembered)
    assert [match.column for match in twice.matches] == ["code", "", ""]
    assert mapping_problems(twice, COLUMNS, KEYS)[0] == "B 列“项目”：文件里有 2 列都叫“项目”。请确认。"


def test_a_unit_that_differs_from_last_time_is_asked_again() -> None:
    """Whether it stands in the head or in the line 单位： (traps R1)."""
    remembered = mapping_to_remember(mapped("编号,总投资（亿元）\nA,1\n"), COLUMNS)
    same, other, line = (
        mapped(text, remembered)
        for text in (
            "编号,总投资（亿元）\nA,1\n",
            "编号,总投资（万元）\nA,1\n",
            "单位：万元,\n编号,总投资\nA,1\n",
        )
    )
    assert not mapping_problems(same, COLUMNS, KEYS)
    assert mapping_problems(other, COLUMNS, KEYS) == mapping_problems(line, COLUMNS, KEYS)
    assert mapping_problems(other, COLUMNS, KEYS) == ("B 列“总投资”：单位和上次不同：上次亿元，这次万元。请确认。",)


def test_an_amount_without_unit_or_in_another_currency_keeps_the_mapping_from_being_used() -> None:
    mapping = mapped("编号,总投资,合同内资（万美元）\nA,1,2\n")
    assert mapping_problems(mapping, COLUMNS, KEYS) == (
        "B 列“总投资”：没有写单位，选人民币的单位。请确认。",
        "C 列“合同内资”：写的是万美元，这一列要人民币的单位。请确认。",
    )
    chosen = mapping.with_choice(1, "total").with_choice(2, "contract", "万元")
    assert mapping_problems(chosen, COLUMNS, KEYS) == ("B 列“总投资”：总投资没有单位。选一个。",)


def test_two_headings_for_one_column_and_a_missing_key_are_sentences() -> None:
    mapping = mapped("名称,投资人\na,b\n").with_choice(1, "name")
    assert mapping_problems(mapping, COLUMNS, KEYS) == (
        "A、B 列都对到“项目”。只留一列，其余改为不导入。",
        "没有认行的列：要有“编号”，或“项目”和“投资方”。指明哪一列是。",
    )
