"""Search of a list: part of any of its searched fields, in the form in which texts are compared."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet

from hunan_trade.tabular.parsers import to_half_width
from hunan_trade.text_cleaning import tidy


def matching(rows: QuerySet[Any], fields: tuple[str, ...], typed: str) -> QuerySet[Any]:
    """Filter the records of which one of `fields` contains the typed words; all of them where nothing is typed."""
    words = tidy(to_half_width(typed))
    if not words or not fields:
        return rows
    return rows.filter(reduce(or_, (Q(**{f"{name}__icontains": words}) for name in fields)))
