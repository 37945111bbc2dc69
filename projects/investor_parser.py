"""Pure functions that read the investors of a project from one line of text, such as 甲公司 60%、乙公司 40%.

A text that is not understood raises ValueError with a Chinese sentence for its author.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from hunan_trade.quantities import format_plain
from hunan_trade.text_cleaning import normal_form_for_comparison, tidy

ALL = Decimal(100)
EXAMPLE = "甲公司 60%、乙公司 40%"
# An English legal form belongs to the name before its comma: Acme Co., Ltd.
_SEPARATOR = re.compile(r"[、；;，\n]|,(?!\s*(?:ltd|limited|inc|llc|corp|co|s\.\s?a|gmbh)\b)", re.IGNORECASE)
_BRACKETS = re.compile(r"[（(][^（()）]*[）)]")
# The bounds keep a long row of blanks from being tried in every way.
# 甲公司 60%、甲公司（60%）、甲公司：持股60%、甲公司出资比例为 60％; with 各, of all names before it that have no share.
_SHARE = re.compile(
    r"(?P<name>.*?)[\s:：]{0,3}(?P<each>各)?\s{0,3}[（(]?(?:(?:持股|占股|出资|占)(?:比例)?)?[\s:：为]{0,3}"
    r"(?P<share>[-−]?\d{1,9}(?:\.\d{1,9})?)\s{0,3}[%％]\s{0,3}[)）]?"
)
_BARE_NUMBER = re.compile(r".*[\s:：（(]\d{1,2}(?:\.\d+)?[)）]?")


@dataclass(frozen=True)
class HoldingText:
    """An investor named in a text, with the share in % if the text states one."""

    name: str
    share: Decimal | None = None


def parse_holdings(text: str) -> tuple[HoldingText, ...]:
    """Parse investors and shares from a text such as 甲公司 60%、乙公司 40%; raise ValueError if that is impossible."""
    found: list[HoldingText] = []
    for item in _items(text):
        holding, for_each = _parse_holding_and_for_each(item)
        if for_each:
            found = [replace(other, share=holding.share) if other.share is None else other for other in found]
        found.append(holding)
    _check_holdings(found)
    return tuple(found)


def _items(text: str) -> Iterator[str]:
    """Split a text of investors at 、；， and line breaks outside brackets, and yield the text of each investor."""
    start = 0
    for match in _SEPARATOR.finditer(_BRACKETS.sub(lambda found: "_" * len(found[0]), text)):
        yield from filter(None, [tidy(text[start : match.start()])])
        start = match.end()
    yield from filter(None, [tidy(text[start:])])


def _parse_holding_and_for_each(item: str) -> tuple[HoldingText, bool]:
    """Return the investor in a text such as 乙公司各 30%, and whether 各 gives earlier investors the same share."""
    if match := _SHARE.fullmatch(item):
        share = Decimal(match["share"].replace("−", "-"))
        if not 0 < share <= ALL or share != round(share, 2):
            raise ValueError(f"“{item}”的比例要大于 0、不超过 100，最多两位小数。核对比例")
        return HoldingText(_checked_name(match["name"], item), share), match["each"] is not None
    if _BARE_NUMBER.fullmatch(item):
        raise ValueError(f"“{item}”的比例没有写百分号。写成 {EXAMPLE}")
    return HoldingText(_checked_name(item, item)), False


def _checked_name(name: str, item: str) -> str:
    name = tidy(name)
    if not name or "%" in normal_form_for_comparison(name):
        raise ValueError(f"没有看懂投资方“{item}”。写成 {EXAMPLE}")
    return name


def _check_holdings(holdings: Iterable[HoldingText]) -> None:
    """Raise ValueError if an investor is named twice or the shares add up to more than 100 %."""
    seen: set[str] = set()
    total = Decimal(0)
    for holding in holdings:
        if (key := normal_form_for_comparison(holding.name)) in seen:
            raise ValueError(f"投资方“{holding.name}”写了两次，合成一个")
        seen.add(key)
        total += holding.share or 0
    if total > ALL:
        raise ValueError(f"各投资方比例合计 {_percent(total)}，超过 100%。核对比例")


def _percent(share: Decimal) -> str:
    text = format_plain(share, 2).rstrip("0").rstrip(".")
    return f"{text}%"
