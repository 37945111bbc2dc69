"""Searches texts for names from a fixed list, preferring the longest of overlapping names."""

from __future__ import annotations

import re
from collections.abc import Sequence


class NameFinder:
    """Finds which of a fixed list of names, such as companies and places, occur in a text."""

    def __init__(self, known: Sequence[str]) -> None:
        wanted = sorted({name.strip() for name in known if len(name.strip()) > 1}, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, wanted))) if wanted else None

    def find_names(self, text: str) -> tuple[str, ...]:
        """Return the names of the fixed list that occur in a text, each once, in text order."""
        return tuple(dict.fromkeys(self._pattern.findall(text))) if self._pattern else ()
