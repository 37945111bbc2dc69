"""Tests that a column parsed as a whole gives the same values as its cells parsed one by one."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hunan_trade.tabular.column_parsers import MAX_DIGITS, number_parser

# A word that no column takes for a number: with it every cell is looked at by itself.
WORD = "无"
TEXTS = st.lists(st.one_of(st.text("0123456789.", max_size=18), st.text("09.,-+eE_ \n５Nn", max_size=6)), max_size=6)


@pytest.mark.parametrize("places", [0, 2, 6])
@given(texts=TEXTS)
@example(texts=["1.1234567"])
@example(texts=["1.10000000"])
@example(texts=["1234567890.5"])
@example(texts=["5.", ".5", ".", "", "007"])
@example(texts=["1,5"])
@example(texts=["1\n", " 2"])
@example(texts=["1_0"])
@example(texts=["５", "1e2"])
@example(texts=["1.2.3"])
def test_parsing_a_column_equals_parsing_its_cells(places: int, texts: list[str]) -> None:
    parse = number_parser(places)
    whole, apart = parse(texts), parse([*texts, WORD])
    assert whole.values == apart.values[:-1]
    assert whole.faults == apart.faults[:-1]
    assert [str(value) for value in whole.values] == [str(value) for value in apart.values[:-1]]


def test_the_longest_number_is_accepted_and_a_longer_one_refused() -> None:
    places = 6
    longest = "9" * (MAX_DIGITS - places)
    assert not number_parser(places)([longest]).faults
    assert [fault.code for fault in number_parser(places)([longest + "9"]).faults] == ["number.digits"]
