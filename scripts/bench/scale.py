"""How much data a run measures."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """`size` is the share of the full data; anything below 1 only shows that the lines run."""

    size: float = 1

    def rows(self, full: int) -> int:
        return max(1, int(full * self.size))

    @property
    def turns(self) -> int:
        return 5 if self.size == 1 else 2
