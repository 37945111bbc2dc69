"""Registers the indicators that the apps declare in `settings.INDICATORS`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.conf import settings
from django.db import models
from django.utils.module_loading import import_string

from hunan_trade.indicators.computed_values import Unit, Value
from hunan_trade.periods import Month


class Source(models.TextChoices):
    """The origin of a statistical value, such as a city's monthly return or customs statistics."""

    RETURN = "return", "市州月报"
    CUSTOMS = "customs", "海关统计"
    PLAN = "plan", "工作要点"
    ESTIMATE = "estimate", "厅内测算"
    REGISTER = "register", "项目库"


@dataclass(frozen=True)
class Indicator:
    """Declaration of an indicator: a quantity measured every month, by city or only for the whole province.

    `sources` in the order in which a published value takes them. `switchable` are the sources of which the province may
    decide that a plan year is published from that one alone. `parts` makes it the sum of other indicators, never
    stored itself; `measure` (month, as_of) → Value makes it a figure of the province that the declaring app counts.
    `definition` says what counts.
    """

    code: str  # app.measure
    title: str
    unit: Unit
    definition: str
    sources: tuple[Source, ...] = (Source.RETURN,)
    switchable: tuple[Source, ...] = ()
    parts: tuple[str, ...] = ()
    measure: Callable[[Month, datetime | None], Value] | None = None
    version_tables: tuple[str, ...] = ()  # the versions (ADR 11) of the tables that `measure` reads


@cache
def _indicators_by_code() -> dict[str, Indicator]:
    found: dict[str, Indicator] = {}
    for name in settings.INDICATORS:
        declared: Iterable[Indicator] = import_string(name)
        for indicator in declared:
            if indicator.code in found:
                raise ValueError(f"{indicator.code} is declared twice")
            found[indicator.code] = indicator
    return found


def declared() -> tuple[Indicator, ...]:
    """Return all statistical indicators that the apps declare in `settings.INDICATORS`."""
    return tuple(_indicators_by_code().values())


def switchable() -> tuple[Indicator, ...]:
    """Return the indicators for which the province may decide which source's values are published."""
    return tuple(indicator for indicator in declared() if indicator.switchable)


def switchable_sources() -> list[Source]:
    """Return every source that can be chosen as the one from which some indicator is published."""
    offered = {source for indicator in switchable() for source in indicator.switchable}
    return [source for source in Source if source in offered]


def titles() -> dict[str, str]:
    """Return a dict from indicator code to the indicator's Chinese title."""
    return {indicator.code: indicator.title for indicator in declared()}


def unit_names() -> dict[str, str]:
    """Return a dict from unit code to unit name, for all units in which indicators are measured."""
    return {indicator.unit.code: indicator.unit.name for indicator in declared()}


def get(code: str) -> Indicator:
    """Return the statistical indicator with this code, or raise KeyError.

    Raises KeyError where it is not declared.
    """
    return _indicators_by_code()[code]
