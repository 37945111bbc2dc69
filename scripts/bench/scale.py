"""Holds the size of the data that a benchmark run uses, as a share of the full size."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """The share of the full data to use; below 1 the run only shows that the benchmarks work, and checks no goal."""

    size: float = 1

    def row_count(self, full: int) -> int:
        return max(1, int(full * self.size))

    @property
    def is_full(self) -> bool:
        return self.size >= 1

    @property
    def turns(self) -> int:
        return 5 if self.is_full else 2
