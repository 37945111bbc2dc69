"""Pure functions that compare names and investors of projects to find possible duplicates."""

from __future__ import annotations

import re

from rapidfuzz import fuzz

from hunan_trade.lists.imports.similar_names import LIKENESS
from hunan_trade.text_cleaning import normal_form_for_comparison
from projects.investor_parser import parse_holdings

# 一期 and 二期, 3号厂房 and 4号厂房 are different projects, however alike the rest of their names.
_NUMBER = re.compile(r"\d+|[一二三四五六七八九十]+(?=[期号标])")


def investor_keys(investors: str) -> list[str]:
    """Return the normalised names of a project's investors without their shares, or [] if there are none."""
    try:
        names = [holding.name for holding in parse_holdings(investors)]
    except ValueError:  # shares that nobody understands: the text is compared as a whole
        names = [investors]
    return sorted({normal_form_for_comparison(name) for name in names} - {""})


def names_alike(one: str, other: str) -> bool:
    """Return whether the names of two projects are similar and contain the same numbers."""
    one, other = normal_form_for_comparison(one), normal_form_for_comparison(other)
    return _NUMBER.findall(one) == _NUMBER.findall(other) and fuzz.ratio(one, other) >= LIKENESS
