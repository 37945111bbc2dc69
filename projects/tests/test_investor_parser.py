"""Tests how investors and their shares are read from a line of text."""

from __future__ import annotations

import contextlib
import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hunan_trade.text_cleaning import normal_form_for_comparison
from projects import investor_parser as rules
from projects.investor_parser import HoldingText

BOTH = (HoldingText("甲公司", Decimal(60)), HoldingText("乙公司", Decimal(40)))
NAMES = st.text("甲乙丙丁戊（）香港AZ&.", min_size=2, max_size=8).filter(
    lambda name: name.isprintable() and name.count("（") == name.count("）") == 0
)
SHARES = st.none() | st.decimals("0.01", 100, places=2)
HOLDINGS = st.lists(
    st.builds(HoldingText, NAMES, SHARES),
    max_size=5,
    unique_by=lambda holding: normal_form_for_comparison(holding.name),
).filter(lambda holdings: sum(holding.share or 0 for holding in holdings) <= 100)


@pytest.mark.parametrize(
    "text",
    [
        "甲公司 60%、乙公司 40%",
        "甲公司60%，乙公司40%",
        "甲公司（60%）、乙公司（40%）",
        "甲公司(持股60％); 乙公司(持股40％)",
        "甲公司：60%\n乙公司：40%\n",
        "甲公司占60%,乙公司占 40%",
        "甲公司出资比例为 60%；乙公司占股 40.00%",
        "　甲公司\u200b 60 %、、乙公司 ４０％；",
    ],
)
def test_the_spellings_of_the_office_name_the_same_investors(text: str) -> None:
    assert rules.parse_holdings(text) == BOTH


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("九兴控股、深圳某某投资 30%", ["九兴控股", "深圳某某投资"]),
        ("富士康（香港、台湾）有限公司 60%，58同城", ["富士康（香港、台湾）有限公司", "58同城"]),
        ("Acme Co., Ltd. 60%, Beta Inc. 40%", ["Acme Co., Ltd.", "Beta Inc."]),
        ("甲公司（香港、乙公司 40%", ["甲公司（香港", "乙公司"]),
        ("", []),
    ],
)
def test_a_name_stays_as_it_is_typed(text: str, names: list[str]) -> None:
    assert [holding.name for holding in rules.parse_holdings(text)] == names


def test_a_share_of_each_holds_for_the_names_before_it() -> None:
    found = rules.parse_holdings("甲公司 40%、乙公司、丙公司各占30%")
    assert [(holding.name, holding.share) for holding in found] == [
        ("甲公司", Decimal(40)),
        ("乙公司", Decimal(30)),
        ("丙公司", Decimal(30)),
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("甲公司 60%、乙公司 40.01%", "各投资方比例合计 100.01%，超过 100%。核对比例"),
        ("甲公司、乙公司各占60%", "各投资方比例合计 120%，超过 100%。核对比例"),
        ("甲公司 0%", "“甲公司 0%”的比例要大于 0、不超过 100，最多两位小数。核对比例"),
        ("甲公司 101%", "“甲公司 101%”的比例要大于 0、不超过 100，最多两位小数。核对比例"),
        ("甲公司 -5%", "“甲公司 -5%”的比例要大于 0、不超过 100，最多两位小数。核对比例"),
        ("甲公司 33.333%", "“甲公司 33.333%”的比例要大于 0、不超过 100，最多两位小数。核对比例"),
        ("甲公司 60", "“甲公司 60”的比例没有写百分号。写成 甲公司 60%、乙公司 40%"),
        ("60%甲公司", "没有看懂投资方“60%甲公司”。写成 甲公司 60%、乙公司 40%"),
        ("60%", "没有看懂投资方“60%”。写成 甲公司 60%、乙公司 40%"),
        ("Ａ公司 10%、a 公司 20%", "投资方“a 公司”写了两次，合成一个"),
    ],
)
def test_a_text_that_makes_no_sense_is_refused_with_what_to_do(text: str, sentence: str) -> None:
    with pytest.raises(ValueError) as refused:
        rules.parse_holdings(text)
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    "text", ["甲" + " " * 20_000 + "乙%", "（" * 20_000, "、" * 20_000, "，".join(["甲（"] * 9_999)]
)
def test_a_long_text_is_read_or_refused_at_once(text: str) -> None:
    started = time.process_time()
    with contextlib.suppress(ValueError):
        rules.parse_holdings(text)
    assert time.process_time() - started < 2


@given(HOLDINGS)
def test_the_usual_spelling_is_read_back(holdings: list[HoldingText]) -> None:
    texts = (each.name if each.share is None else f"{each.name} {each.share}%" for each in holdings)
    assert rules.parse_holdings("、".join(texts)) == tuple(holdings)
