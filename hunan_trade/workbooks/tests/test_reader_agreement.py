"""Tests that a workbook is read only if both readers of a sheet agree on every cell."""

from array import array

import pytest

from hunan_trade.workbooks.arrow_text_reader import TextColumn
from hunan_trade.workbooks.parser_subprocess import ReadersDisagree, top_left_of_agreed_cells
from hunan_trade.workbooks.scan_result import UNCALCULATED, UNCERTAIN, Scan
from hunan_trade.workbooks.workbook_parts import SheetPart

PART = SheetPart(0, "表1", False, "xl/worksheets/sheet1.xml")


def scan_of_rows(*rows: str) -> Scan:
    return Scan(len(rows), len(rows[0]), bytearray("".join(rows).encode()))


def columns_with_presence(*present: str) -> list[TextColumn]:
    return [TextColumn(array("i", [0] * (len(flags) + 1)).tobytes(), b"", flags.encode()) for flags in present]


@pytest.mark.parametrize(
    ("scan", "read", "place"),
    [
        (scan_of_rows("sn", "n."), columns_with_presence("11", "10"), (0, 0)),
        (scan_of_rows("...", ".sn", ".n."), columns_with_presence("11", "10"), (1, 1)),
        (scan_of_rows("se", "fd"), columns_with_presence("10", "01"), (0, 0)),
        (scan_of_rows("s" + UNCALCULATED), columns_with_presence("1"), (0, 0)),
        (scan_of_rows(UNCALCULATED), columns_with_presence(), (0, 0)),
    ],
)
def test_readings_that_agree_say_where_the_block_begins(
    scan: Scan, read: list[TextColumn], place: tuple[int, int]
) -> None:
    assert top_left_of_agreed_cells(scan, read, PART) == place


@pytest.mark.parametrize(
    ("scan", "read"),
    [
        (scan_of_rows("sn", "n."), columns_with_presence("11", "11")),
        (scan_of_rows("sn", "nn"), columns_with_presence("11", "10")),
        (scan_of_rows("sn", "nn"), columns_with_presence("11")),
        (scan_of_rows("sn", "nn"), columns_with_presence("111", "111")),
        (scan_of_rows(".."), columns_with_presence("1")),
        (scan_of_rows("s" + UNCERTAIN), columns_with_presence("1", "1")),
    ],
)
def test_readings_that_differ_in_a_cell_are_rejected(scan: Scan, read: list[TextColumn]) -> None:
    with pytest.raises(ReadersDisagree):
        top_left_of_agreed_cells(scan, read, PART)
