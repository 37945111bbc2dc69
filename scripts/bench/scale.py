"""How much data a run measures."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """`size` is the share of the full data; less than all only shows that the lines run, and no goal is judged."""

    size: float = 1

    def rows(self, full: int) -> int:
        return max(1, int(full * self.size))

    @property
    def full(self) -> bool:
        return self.size >= 1

    @property
    def turns(self) -> int:
        return 5 if self.full else 2
