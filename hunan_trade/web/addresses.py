"""Addresses of pages, each worked out once: a board has hundreds, and working one out takes as long as drawing ten."""

from __future__ import annotations

from functools import lru_cache

from django.urls import get_script_prefix, get_urlconf, reverse


def address(name: str, *args: str) -> str:
    """As `reverse`; it depends on nothing but the name, the keys and where the portal is mounted."""
    return _reversed(get_urlconf(), get_script_prefix(), name, args)


@lru_cache(maxsize=20_000)
def _reversed(urlconf: str | None, prefix: str, name: str, args: tuple[str, ...]) -> str:
    return reverse(name, urlconf, args)
