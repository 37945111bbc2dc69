"""Reads the classification of industries, and caches it until somebody changes it."""

from __future__ import annotations

from collections.abc import Iterable

from hunan_trade.industries.models import Industry
from hunan_trade.table_versions import VersionedCache

_cache: VersionedCache[None, tuple[Industry, ...]] = VersionedCache("industries_change", max_entries=1)


def industries() -> tuple[Industry, ...]:
    """Return all industries in the order of GB/T 4754 (C, 13, 131), cached: callers must not change them."""
    return _cache.get(None, _read_industries)


def _read_industries() -> tuple[Industry, ...]:
    found = Industry.objects.all()
    sections = section_letter_by_industry(found)
    return tuple(sorted(found, key=lambda each: (sections[each.code], each.level != "section", each.code)))


def section_letter_by_industry(classification: Iterable[Industry]) -> dict[str, str]:
    """Return a dict from industry code to the letter of the section that contains it, such as 391 → C."""
    parents = {each.code: each.parent_id or each.code for each in classification}
    return {code: parents[parent] for code, parent in parents.items()}
