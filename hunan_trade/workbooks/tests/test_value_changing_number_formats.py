"""Tests that a cell is recognised whose number format shows another number than the one that is stored."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hunan_trade.workbooks.number_formats import parse_format

_SETTINGS = settings(max_examples=300, derandomize=True)
_VALUES = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=4)
_WORDS = st.sampled_from(["", '"元"', '"万美元"', "\\$", "¥", "_ ", "* ", "[Red]", "[$￥-804]", "_)", '"days"'])
_PLACES = st.integers(0, 6)


@st.composite
def value_preserving_format(draw: st.DrawFn) -> tuple[str, int]:
    """Draw a format that only rounds, groups and adds words; returns it with its number of decimals."""
    places = draw(_PLACES)
    body = draw(st.sampled_from(["0", "#,##0", "#", "00", "#,###", "??0", "# ##0"])) + (
        "." + "0" * places if places else ""
    )
    code = draw(_WORDS) + body + draw(_WORDS)
    return draw(st.sampled_from([code, f"{code};-{code}", f"{code};({code});0", f'{code};[Red]-{code};"-";@'])), places


@given(value_preserving_format(), _VALUES)
@_SETTINGS
def test_rounding_separators_and_words_show_the_number_itself(made: tuple[str, int], value: Decimal) -> None:
    code, places = made
    assert not parse_format(code).shows_different_number(value), parse_format(code).show(value)
    digits = "".join(c for c in parse_format(code).show(value) if c.isdecimal() or c == ".")
    shown = abs(Decimal(digits if digits not in ("", ".") else "0"))
    assert abs(shown - abs(value)) <= Decimal("0.5").scaleb(-places)


@given(st.sampled_from(["0", "#,##0", "0.00", "¥0.0", '#,##0.0{}"万"', "0{}_);[Red](0{})"]), st.integers(1, 3), _VALUES)
@_SETTINGS
def test_commas_behind_the_digits_show_another_number(body: str, commas: int, value: Decimal) -> None:
    code = body.replace("{}", "," * commas) if "{}" in body else body + "," * commas
    if abs(value) >= 1:
        assert parse_format(code).shows_different_number(value)


@given(st.sampled_from(["!{}", "\\{}", '"{}"', "{}"]), st.sampled_from(".-·/:万"), st.integers(1, 4), _VALUES)
@_SETTINGS
def test_a_sign_between_the_digits_shows_another_number(written: str, sign: str, behind: int, value: Decimal) -> None:
    code = "0" + written.format(sign) + "0" * behind
    if written == "{}" and sign in "./":
        return  # a decimal point, a fraction
    rounded = value.quantize(Decimal(1), rounding="ROUND_HALF_UP")
    if rounded or sign != ".":
        assert parse_format(code).shows_different_number(value)


@given(
    st.sampled_from(['{}"5"', '"1"{}', '{}"０"', '{}"00"', '0"2"{}', "{}\\5"]), st.sampled_from(["0", "#,##0"]), _VALUES
)
@_SETTINGS
def test_digits_that_the_cell_does_not_hold_show_another_number(written: str, body: str, value: Decimal) -> None:
    if abs(value) >= 1:
        assert parse_format(written.format(body)).shows_different_number(value)


@pytest.mark.parametrize(
    ("code", "value", "shown", "another"),
    [
        ("0!.0,", "103760000", "10376.0", True),
        ('[>=10000]0!.0,"万";0', "103760000", "10376.0万", True),
        ('[>=10000]0!.0,"万";0', "55", "55", False),
        ("0.00,,", "103760000", "103.76", True),
        ("0.00,,", "0", "0.00", False),
        ("#,##0.00", "1234567.891", "1,234,567.89", False),
        ("General", "0.1", "0.1", False),
        ("# ?/?", "100.25", "100 1/4", False),
        ("0.00E+00", "103760000", "1.04E+08", False),
        ("0.0,E+00", "103760000", "1.0E+05", True),
        ('0.0"%"', "12.5", "12.5%", True),
        ('0"²"', "5", "5²", True),
        (";;;", "5", "", True),
        (";;;", "0", "", False),
        ('[=1]"是";[=2]"否"', "1", "是", True),
        ("0;0", "-5", "5", True),
        ("0;[Red]0", "-5", "5", False),
        ('"-"0', "5", "-5", True),
        ("00", "1", "01", False),
        ("0.00_);[Red]\\(0.00\\)", "-5", "(5.00)", False),
    ],
)
def test_what_a_cell_shows(code: str, value: str, shown: str, another: bool) -> None:
    parsed = parse_format(code)
    assert (parsed.show(Decimal(value)), parsed.shows_different_number(Decimal(value))) == (shown, another)


@pytest.mark.parametrize(
    ("code", "serial", "shown"),
    [
        ('m"月"d"日"', "41460", "7月5日"),
        ("yyyy-mm-dd", "41460", "2013-07-05"),
        ("yyyy/m/d h:mm", "41460.75", "2013/7/5 18:00"),
        ("h:mm AM/PM", "41460.75", "6:00 PM"),
        ("[h]:mm", "1.5", "36:00"),
        ("mm:ss", "0.5006944", "01:00"),
        ("[$-804]aaaa", "41460", "星期五"),
        ("d-mmm-yy", "41460", "5-Jul-13"),
    ],
)
def test_what_a_date_shows(code: str, serial: str, shown: str) -> None:
    assert parse_format(code).is_date and parse_format(code).show(Decimal(serial)) == shown


_CODES = st.text(st.sampled_from('0#?.,;%!\\"_*[]@/<>=-()eE+ymdhsaGenral万元5 $Red'), max_size=14)


@given(_CODES, _VALUES)
@settings(_SETTINGS, max_examples=2000)
def test_a_format_that_is_plain_for_all_numbers_is_so_for_each(code: str, value: Decimal) -> None:
    """Any format code raises no error, and a plain one shows every number as itself."""
    parsed = parse_format(code)
    shown = parsed.show(value)
    assert isinstance(shown, str)
    if parsed.never_shows_different_number:
        assert not parsed.shows_different_number(value), (code, shown)
