"""Tests that an import refuses or reports codes and rates that the spreadsheet stored as numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from stdnum.iso7064 import mod_11_10

from hunan_trade.lists import column_kinds
from hunan_trade.lists.columns import Column
from hunan_trade.lists.imports.cell_readers import RawCell, Refused, reader
from hunan_trade.lists.tests.test_import_cell_conversion import read_cell
from hunan_trade.workbooks import sheet_types as books


@pytest.mark.parametrize(
    ("value", "format_", "found", "sentence"),
    [
        (430103000012340, "0", None, "编号存成了数，校验位不对"),
        ("430103000012340", "General", "430103000012340", ""),  # the register itself judges what was typed
        (430103000012343, "0", "430103000012343", ""),
    ],
)
def test_a_code_stored_as_a_number_is_refused_when_its_check_digit_cannot_be_right(
    value: object, format_: str, found: str, sentence: str
) -> None:
    """Even if its length is right (traps R6)."""

    def set_format(sheet: Any) -> None:
        sheet["B2"].number_format = format_

    coded = replace(column_kinds.CODE, check_digit=mod_11_10.is_valid)
    read, message = read_cell(value, Column("code", "工商注册号", coded), set_format)
    assert read == found and sentence in message and bool(sentence) == bool(message)


def test_the_number_in_a_cell_of_unknown_format_is_not_taken_for_what_the_cell_shows() -> None:
    """The reader of .xls files knows no formats (traps R6, R12)."""

    def read(text: str, kind: column_kinds.Kind) -> tuple[Any, str]:
        return reader(Column("x", "值", kind))(RawCell(text, books.UNFORMATTED, text))

    with pytest.raises(Refused, match=r"看不出是 12\.5% 还是 0\.125%。另存为 \.xlsx 再传"):
        read("0.125", column_kinds.RATE)
    assert read("12.5", column_kinds.RATE) == (Decimal("12.5"), "") and read("0", column_kinds.RATE) == (0, "")
    assert read("123", column_kinds.CODE) == ("123", "编号存成了数，前面有没有 0 看不出来，按“123”")
    assert read("41338", column_kinds.DAY) == (date(2013, 3, 5), "") and read("9600", column_kinds.COUNT) == (9600, "")
