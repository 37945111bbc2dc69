"""Defines the amount of data of a benchmark run, as a share of the full amount."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """Share of the full amount of data that a benchmark run uses.

    A share below 1 only shows that the benchmarks work; no goal is checked.
    """

    size: float = 1

    def row_count(self, full: int) -> int:
        return max(1, int(full * self.size))

    @property
    def is_full(self) -> bool:
        return self.size >= 1

    @property
    def turns(self) -> int:
        return 5 if self.is_full else 2
