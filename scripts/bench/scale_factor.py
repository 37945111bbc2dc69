"""Defines the amount of data of a benchmark run, as a share of the full amount."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """Share of the full amount of data that a benchmark run uses, such as 0.01.

    A share below 1 only shows that the benchmarks work; no goal is checked.
    """

    size: float = 1

    def row_count(self, full: int) -> int:
        return max(1, int(full * self.size))

    @property
    def is_full(self) -> bool:
        return self.size >= 1

    def repetitions_of_case(self, seconds: float) -> int:
        """Return how often to time each piece of work, given the seconds that the slowest one takes.

        The median of five short runs still varies by some per cent from one to the next.
        """
        if not self.is_full:
            return 2
        return 15 if seconds < 2 else 5
