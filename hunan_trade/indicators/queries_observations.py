"""Reads the observations of one or several indicators in a single query."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from hunan_trade import table_versions
from hunan_trade.indicators import computed_values, registry
from hunan_trade.indicators.computed_values import Derivation, FigureKey, Value
from hunan_trade.indicators.models import Observation
from hunan_trade.indicators.queries_source_and_exchange_rate import source_decisions
from hunan_trade.indicators.registry import Indicator, Source
from hunan_trade.indicators.values_by_city import PanelData
from hunan_trade.periods import Month
from hunan_trade.regions.models import Region

VERSION_TABLES = (
    "indicators_change",
    "regions_change",
)  # the version of the observations, and of the names that they are told by
_panels: table_versions.VersionedCache[tuple[str, Month], PanelData] = table_versions.VersionedCache(
    *VERSION_TABLES, max_entries=64
)


def panel_data_of_indicator(code: str, month: Month, as_of: datetime | None = None) -> PanelData:
    """Return one indicator's values for all cities, from January of last year to `month`.

    `as_of` is business time.
    """
    return panel_data_by_indicator([code], month, as_of)[code]


def panel_data_by_indicator(codes: Iterable[str], month: Month, as_of: datetime | None = None) -> dict[str, PanelData]:
    """Return a dict from indicator code to the indicator's values for all cities, up to `month`.

    Without `as_of`, from a cache that lasts until an observation is written or a source decided on.
    """
    indicators = [registry.get(code) for code in codes]
    if as_of is not None or not indicators:
        return _read_panels(indicators, month, as_of)

    def read(missing: list[tuple[str, Month]]) -> dict[tuple[str, Month], PanelData]:
        found = _read_panels([registry.get(code) for code, _ in missing], month, None)
        return {(code, month): panel for code, panel in found.items()}

    cached = _panels.get_many([(indicator.code, month) for indicator in indicators], read)
    return {indicator.code: cached[indicator.code, month] for indicator in indicators}


def _read_panels(indicators: list[Indicator], month: Month, as_of: datetime | None) -> dict[str, PanelData]:
    places = tuple(Region.objects.cities())
    names = {city.code: city.short_name for city in places}
    stored = {code for indicator in indicators for code in (indicator.parts or (indicator.code,))}
    decisions = source_decisions(stored, month.year, as_of)
    sources = _declared_sources(stored) | {code: (Source(each.source),) for code, each in decisions.items()}
    observed = _values_from_first_available_source(sources, month, as_of, names)
    return {
        indicator.code: PanelData(
            indicator,
            month,
            places,
            _sum_of_parts(indicator, observed, names) if indicator.parts else observed[indicator.code],
            decisions.get(indicator.code),
        )
        for indicator in indicators
    }


def panel_data_by_source(code: str, month: Month) -> dict[Source, PanelData]:
    """Return an indicator's values for all cities by source, for each source from which it may be published."""
    indicator, places = registry.get(code), tuple(Region.objects.cities())
    names = {city.code: city.short_name for city in places}
    return {
        source: PanelData(
            indicator, month, places, _values_from_first_available_source({code: (source,)}, month, None, names)[code]
        )
        for source in indicator.switchable
    }


def monthly_values_of_region(codes: Iterable[str], region: str, month: Month) -> dict[str, dict[Month, Value]]:
    """Return a region's monthly values by indicator code and month, from January of last year to `month`.

    As reported, whatever source was decided on: the region's next return goes on from these values.
    """
    indicators = [registry.get(code) for code in codes]
    names = dict(Region.objects.filter(code=region).values_list("code", "short_name"))
    stored = {code for indicator in indicators for code in (indicator.parts or (indicator.code,))}
    observed = _values_from_first_available_source(_declared_sources(stored), month, None, names)
    found = {}
    for indicator in indicators:
        cells = _sum_of_parts(indicator, observed, names) if indicator.parts else observed[indicator.code]
        found[indicator.code] = {when: value for (_, when), value in cells.items()}
    return found


def version() -> str:
    """Return the version of the observation table, a text that changes whenever an observation is committed.

    Read it before the rows.
    """
    return table_versions.read_version("indicators_change")


def _declared_sources(codes: Iterable[str]) -> dict[str, Sequence[Source]]:
    return {code: registry.get(code).sources for code in codes}


def _values_from_first_available_source(
    sources: Mapping[str, Sequence[Source]], month: Month, as_of: datetime | None, names: Mapping[str, str]
) -> dict[str, dict[tuple[str, Month], Value]]:
    """Return observed values by indicator, region and month, each from the first listed source that has one.

    `sources` are those of each indicator in their order. Months that none of them has are left out.
    """
    first = Month(month.year - 1, 1).first
    rows = (
        Observation.objects.known_as_of(as_of)
        .filter(indicator__in=list(sources), region__in=list(names), month__range=(first, month.first))
        .ordered_newest_versions()
    )
    order: dict[tuple[str, str], int] = {
        (code, source): place for code, ordered in sources.items() for place, source in enumerate(ordered)
    }
    best: dict[tuple[str, str, date], tuple[int, int, Decimal]] = {}
    for pk, code, region, day, source, value in rows.values_list(
        "pk", "indicator", "region_id", "month", "source", "value"
    ):
        place, key = order.get((code, source)), (code, region, day)
        if value is not None and place is not None and (key not in best or place < best[key][0]):
            best[key] = (place, pk, value)
    found: dict[str, dict[tuple[str, Month], Value]] = {code: {} for code in sources}
    months = {day: Month.of(day) for _, _, day in best}
    for (code, region, day), (_, pk, value) in best.items():
        when, indicator = months[day], registry.get(code)
        found[code][region, when] = Value(
            FigureKey(code, when, region),
            f"{names[region]}{indicator.title}{when.label}当月",
            value,
            indicator.unit,
            Derivation.OBSERVED,
            observation=pk,
        )
    return found


def _sum_of_parts(
    indicator: Indicator, observed: dict[str, dict[tuple[str, Month], Value]], names: dict[str, str]
) -> dict[tuple[str, Month], Value]:
    """Return the values, by region and month, of an indicator that is the sum of other indicators.

    A value is returned only where all parts are known.
    """
    keys = set.intersection(*(set(observed[part]) for part in indicator.parts))
    return {
        (region, month): computed_values.total(
            FigureKey(indicator.code, month, region),
            f"{names[region]}{indicator.title}{month.label}当月",
            [observed[part][region, month] for part in indicator.parts],
            indicator.unit,
        )
        for region, month in keys
    }
