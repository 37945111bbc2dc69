"""Tests that typed amounts are shown with thousands commas."""

from __future__ import annotations

import pytest

from hunan_trade.quantities import add_commas_to_typed


@pytest.mark.parametrize(
    ("text", "shown"),
    [("13517", "13,517"), ("434.90", "434.90"), ("-1200.5", "−1,200.5"), ("停产", "停产"), ("1e9", "1e9"), ("", "")],
)
def test_with_commas_groups_digits_and_keeps_decimals(text: str, shown: str) -> None:
    assert add_commas_to_typed(text) == shown
