"""Datasets: each sheet of the return declared once, for the workbook, the grid, the API and the checks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from hunan_trade.periods import Month
from hunan_trade.tabular.tables import Register, TableSpec

Past = Mapping[str, Mapping[Month, Mapping[str, Decimal]]]  # key → month → month column → 万 or count


class Known(Register, Protocol):
    """What a dataset loads once for a region and month, before any row is looked at."""

    @property
    def past(self) -> Past:
        """What was accepted in the months before, from the same month last year on, as it was typed."""
        ...


@dataclass(frozen=True)
class Stored:
    """A figure to observe, and the cells it is the sum of."""

    indicator: str
    value: Any  # Decimal
    cells: str  # 加工贸易企业!F4:F31


@dataclass(frozen=True, kw_only=True)
class Dataset(TableSpec):
    """A sheet of the return: a table whose rows are known by region and month, and whose facts are stored."""

    load: Callable[[str, Month, datetime | None], Known]  # region code, month, what was registered until then or None
    size: Callable[[str, Month], int]  # how many rows `load` gives at most; quick
    store: Callable[..., Iterator[Stored]]  # (table, *, round_, by): writes the facts, yields what to observe
    version_tables: tuple[str, ...]  # the versions (ADR 11) of all tables that `load` reads


@cache
def declared() -> tuple[Dataset, ...]:
    """The sheets of a return, in the order of `settings.DATASETS`."""
    return tuple(import_string(name) for name in settings.DATASETS)


def get(code: str) -> Dataset:
    """KeyError for a code nobody declared."""
    found = next((dataset for dataset in declared() if dataset.code == code), None)
    if found is None:
        raise KeyError(code)
    return found
