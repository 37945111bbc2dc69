"""Finds names from a given list in a text; of overlapping names the longest is returned."""

from __future__ import annotations

import re
from collections.abc import Sequence


class NameFinder:
    """Finds the names of a fixed list in texts."""

    def __init__(self, known: Sequence[str]) -> None:
        wanted = sorted({name.strip() for name in known if len(name.strip()) > 1}, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, wanted))) if wanted else None

    def find_names(self, text: str) -> tuple[str, ...]:
        """Return the names found in the text, in text order, each once."""
        return tuple(dict.fromkeys(self._pattern.findall(text))) if self._pattern else ()
