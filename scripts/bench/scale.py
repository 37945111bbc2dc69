"""Says how much data a run of the benchmarks measures."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """The share of the full data; below 1 shows only that the benchmarks run, and no goal is judged."""

    size: float = 1

    def row_count(self, full: int) -> int:
        return max(1, int(full * self.size))

    @property
    def is_full(self) -> bool:
        return self.size >= 1

    @property
    def turns(self) -> int:
        return 5 if self.is_full else 2
