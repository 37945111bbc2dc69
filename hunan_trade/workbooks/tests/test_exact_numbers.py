"""Tests that a number is read exactly as Excel shows it, in every form of the XML.

To the last digit.
"""

from decimal import Decimal

import pytest

from hunan_trade.workbooks.sheet_types import to_excel_number
from hunan_trade.workbooks.tests.factories import number_cell, row_xml
from hunan_trade.workbooks.tests.test_upload_reader import read_first_sheet


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("19.989999999999998", "19.99"),
        ("0.1234567890123456", "0.123456789012346"),
        ("1.0000000000000001E-5", "0.00001"),
        ("0.00000000012345", "0.00000000012345"),
        ("80896204463.93668", "80896204463.9367"),
        ("12.0000000001", "12.0000000001"),
        ("1E+21", "1000000000000000000000"),
        ("-0", "0"),
    ],
)
def test_a_number_is_what_excel_shows_of_its_double(stored: str, shown: str) -> None:
    sheet = read_first_sheet(row_xml(1, number_cell("A1", stored)), row_xml(2, f'<c r="A2" t="n"><v>{stored}</v></c>'))
    for text in sheet.columns[0]:
        assert to_excel_number(text) == Decimal(shown)


@pytest.mark.parametrize("value", ["\n <v>{}</v>\n", '<v xml:space="preserve">{}</v>', "<v><!-- -->{}</v>"])
def test_numbers_stay_exact_however_their_xml_is_laid_out(value: str) -> None:
    long, dated = value.format("0.12345678901"), value.format("41395")
    assert read_first_sheet(f'<row r="1"><c r="A1">{long}</c><c r="B1" s="1">{dated}</c></row>').rows == [
        ("0.12345678901", "2013-05-01")
    ]


def test_numbers_among_formulas_errors_and_styles_stay_exact() -> None:
    cells = [number_cell("A1", "19.989999999999998"), number_cell("B1", "1E-9"), '<c r="C1"><f>1</f><v>1</v></c>']
    sheet = read_first_sheet(row_xml(1, *cells, number_cell("D1", "1.23456789012E-7", 3)))
    assert sheet.rows == [("19.99", "0.000000001", "1", "0.000000123456789012")]
