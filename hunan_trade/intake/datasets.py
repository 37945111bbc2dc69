"""Defines `Dataset`, the class that declares one sheet of the monthly return, and lists all datasets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from hunan_trade.periods import Month
from hunan_trade.tabular.rule_threshold_declaration import RuleThreshold
from hunan_trade.tabular.table_types import Register, TableSpec

Past = Mapping[str, Mapping[Month, Mapping[str, Decimal]]]  # key → month → month column → 万 or count


class DatasetContext(Register, Protocol):
    """Interface of what the checks of a city's sheet need: the city's registered records and past figures."""

    @property
    def past(self) -> Past:
        """The accepted figures of earlier months as nested dicts: record key → month → column key → value.

        From the same month of last year to last month.
        """
        ...


@dataclass(frozen=True)
class StoredFigure:
    """An indicator's value summed up from cells of a sheet, with their addresses, such as 加工贸易企业!F4:F31."""

    indicator: str
    value: Any  # Decimal
    cells: str  # 加工贸易企业!F4:F31


@dataclass(frozen=True, kw_only=True)
class Dataset(TableSpec):
    """Declaration of one sheet of the monthly return: its columns, and the functions that load and store its data."""

    load: Callable[
        [str, Month, datetime | None], DatasetContext
    ]  # region code, month, what was registered until then or None
    size: Callable[[str, Month], int]  # how many rows `load` gives at most; quick
    store: Callable[..., Iterator[StoredFigure]]  # (table, *, round_, by): writes the facts, yields what to observe
    add_page: tuple[str, str] | None = None  # title and URL name of the page where records are added to the list
    finding_labels: Mapping[str, str] = field(default_factory=dict)  # of the codes that its `rules` give
    thresholds: tuple[RuleThreshold, ...] = ()  # of its `rules`, which the province may decide otherwise
    version_tables: tuple[str, ...]  # the versions (ADR 11) of all tables that `load` reads
    lock: Callable[[str], None] | None = None  # region code; holds what `load` reads while a return is handed up
    first_month: Month | None = None  # the first month whose return has the sheet; None: every return has it


@cache
def declared() -> tuple[Dataset, ...]:
    """Return the declarations of all sheets of the monthly return, in the order of `settings.DATASETS`."""
    return tuple(import_string(name) for name in settings.DATASETS)


def of_month(month: Month) -> tuple[Dataset, ...]:
    """Return the `Dataset` declarations of the sheets that a month's return has, in the order of the sheets.

    A return keeps its sheets for ever: a dataset that begins later is no part of it.
    """
    return tuple(each for each in declared() if each.first_month is None or each.first_month <= month)


def titles() -> dict[str, str]:
    """Return a dict from dataset code to the title of the dataset's sheet."""
    return {dataset.code: dataset.sheet for dataset in declared()}


def get(code: str, month: Month | None = None) -> Dataset:
    """Return the sheet declaration with this code; raise KeyError if there is none or `month`'s return lacks it.

    Raises KeyError for an unknown code.
    """
    known = declared() if month is None else of_month(month)
    found = next((dataset for dataset in known if dataset.code == code), None)
    if found is None:
        raise KeyError(code)
    return found
