"""Values of one indicator for all cities up to a month, with growth rates, shares and ranks.

Pure over the loaded values.

A city without an accepted return of the month: its month is unknown, its cumulative stops at its last complete month
and says so, it is not ranked, and the province leaves it out of month and cumulative in both years, so that growth
and shares compare the same cities.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from hunan_trade.indicators import computed_values
from hunan_trade.indicators.computed_values import PERCENT, FigureKey, Value
from hunan_trade.indicators.models_source_and_exchange_rate import SourceDecision
from hunan_trade.indicators.registry import Indicator
from hunan_trade.periods import Month
from hunan_trade.regions.models import PROVINCE, Region

NONE_ACCEPTED = "各市州均未核定"


@dataclass(frozen=True)
class PanelData:
    """One indicator's monthly values for all cities up to a month, with methods for sums, growth, shares and ranks.

    `decision` names the one source that all values are from, None where nobody decided on it.
    """

    indicator: Indicator
    month: Month
    cities: tuple[Region, ...]
    cells: Mapping[tuple[str, Month], Value]  # known months only
    decision: SourceDecision | None = None

    @cached_property
    def names(self) -> dict[str, str]:
        return {PROVINCE: "全省"} | {city.code: city.short_name for city in self.cities}

    @cached_property
    def cities_with_all_months(self) -> tuple[Region, ...]:
        """Return the cities that have a value for every month from January to `self.month`."""
        return tuple(city for city in self.cities if self.complete_through(city.code) == self.month)

    @cached_property
    def cities_with_missing_months(self) -> tuple[Region, ...]:
        return tuple(city for city in self.cities if city not in self.cities_with_all_months)

    @cached_property
    def exclusion_note(self) -> str:
        """Return a Chinese note that names the cities left out of the province's totals, such as 不含郴州、怀化.

        Empty when all are included, 各市州均未核定 when none is.
        """
        if not self.cities_with_all_months:
            return NONE_ACCEPTED
        return (
            "不含" + "、".join(city.short_name for city in self.cities_with_missing_months)
            if self.cities_with_missing_months
            else ""
        )

    @cached_property
    def derived_results_cache(self) -> dict[str, Any]:
        """Return a dict, empty at first, in which callers cache what they compute from the indicator's values."""
        return {}

    @cached_property
    def month_before(self) -> PanelData:
        """Return the same indicator's PanelData for the previous month, without loading values anew.

        In January there is no year to date before it.
        """
        return replace(self, month=self.month.previous)

    def complete_through(self, region: str) -> Month | None:
        """Return the last month up to which a city has a value for every month since January, or None."""
        return self._last_complete_month_by_city.get(region)

    @cached_property
    def _last_complete_month_by_city(self) -> dict[str, Month]:
        found = {}
        for city in self.cities:
            for month in self.month.months_to_date:
                if (city.code, month) not in self.cells:
                    break
                found[city.code] = month
        return found

    def _key(self, region: str, month: Month, *steps: str) -> FigureKey:
        return FigureKey(self.indicator.code, month, region, steps)

    def _label(self, region: str, span: str) -> str:
        return f"{self.names[region]}{self.indicator.title}{span}"

    def month_value(self, region: str, month: Month | None = None) -> Value:
        """Return the value of one month for a city or the province; if there is none, a value that says why."""
        month = month or self.month
        if (region, month) in self.cells:
            return self.cells[region, month]
        key, label = self._key(region, month), self._label(region, f"{month.label}当月")
        if region == PROVINCE:
            parts = [self.month_value(city.code, month) for city in self.cities_with_all_months]
            return computed_values.total(key, label, parts, self.indicator.unit, note=self.exclusion_note)
        return computed_values.missing_value(key, label, self.indicator.unit, self._missing_note(region, month))

    def _missing_note(self, region: str, month: Month) -> str:
        """Return a Chinese note that says why a city has no value for a month, such as 长沙6月数未核定."""
        if self.decision and month.year != self.month.year:
            return f"{self.decision.get_source_display()}{month.year}年数不全"
        return f"{self.names[region]}{month.month}月数未核定"

    def cumulative(self, region: str, last_year: bool = False) -> Value:
        """Return a region's sum from January to `self.month`, or for the same months of last year if `last_year`.

        For a city that has not reported, to its last complete month, as `note` says.
        """
        key = (region, last_year)
        if key not in self._cumulative_cache:
            self._cumulative_cache[key] = self._cumulative(*key)
        return self._cumulative_cache[key]

    @cached_property
    def _cumulative_cache(self) -> dict[tuple[str, bool], Value]:
        """Return the dict that caches the results of `cumulative`, keyed by its arguments (region, last_year)."""
        return {}

    def _cumulative(self, region: str, last_year: bool) -> Value:
        shift = -12 if last_year else 0
        through = self.month if region == PROVINCE else self.complete_through(region)
        if through is None:
            return computed_values.missing_value(
                self._key(region, self.month.plus(shift), "ytd"),
                self._label(region, "累计"),
                self.indicator.unit,
                f"{self.names[region]}本年无核定数",
            )
        span = through.plus(shift)
        key, label = self._key(region, span, "ytd"), self._label(region, f"{span.year}年{span.range_in_digits}累计")
        if region == PROVINCE:
            parts = [self.cumulative(city.code, last_year) for city in self.cities_with_all_months]
            return computed_values.total(key, label, parts, self.indicator.unit, note=self.exclusion_note)
        months = [self.month_value(region, month) for month in span.months_to_date]
        note = "" if through == self.month else through.range_in_digits
        return computed_values.total(key, label, months, self.indicator.unit, note=note)

    def year_on_year(self, region: str, cumulative: bool = True) -> Value:
        """Return a region's growth in % over the same period of last year (同比).

        `cumulative` compares the sums since January, else the single month.
        """
        key = (region, cumulative)
        if key not in self._growth_cache:
            self._growth_cache[key] = self._growth(*key)
        return self._growth_cache[key]

    @cached_property
    def _growth_cache(self) -> dict[tuple[str, bool], Value]:
        """Return the dict that caches the results of `year_on_year`, keyed by its arguments (region, cumulative)."""
        return {}

    def _growth(self, region: str, cumulative: bool) -> Value:
        if cumulative:
            now, base = self.cumulative(region), self.cumulative(region, last_year=True)
        else:
            now, base = self.month_value(region), self.month_value(region, self.month.year_ago)
        return computed_values.growth(now.key.with_steps("yoy"), f"{now.label}同比", now, base)

    def month_on_month(self, region: str) -> Value:
        """Return a region's growth in % over the previous month (环比)."""
        now, before = self.month_value(region), self.month_value(region, self.month.previous)
        return computed_values.growth(now.key.with_steps("mom"), f"{now.label}环比", now, before)

    def share(self, region: str) -> Value:
        """Return a region's share in % of the province's sum since January.

        Unknown for a city that the province leaves out.
        """
        own = self.cumulative(region)
        key, label = own.key.with_steps("share"), f"{own.label}占全省"
        if not self._is_complete(region):
            return computed_values.missing_value(key, label, PERCENT, own.note)
        return computed_values.ratio(key, label, own, self.cumulative(PROVINCE))

    def rank(self, region: str) -> Value:
        """Return a city's rank by its sum since January (1 is the largest), among the cities without missing months."""
        own = self.cumulative(region)
        return self._rank(
            region,
            own.key.with_steps("rank"),
            f"{own.label}总量位次",
            own,
            [self.cumulative(city.code) for city in self.cities_with_all_months],
        )

    def growth_rank(self, region: str) -> Value:
        """Return a city's rank by its year-on-year growth since January, among the cities without missing months."""
        own = self.year_on_year(region)
        return self._rank(
            region,
            own.key.with_steps("rank"),
            f"{own.label}增幅位次",
            own,
            [self.year_on_year(city.code) for city in self.cities_with_all_months],
        )

    def city_group_sum_growth_share(
        self, name: str, subject: str, regions: Sequence[str]
    ) -> tuple[Value, Value, Value]:
        """Return a city group's sum since January, its year-on-year growth, and its share of the province's sum.

        Cities with incomplete months are left out.
        """
        members = [region for region in regions if self._is_complete(region)]
        key = self._key(subject, self.month, "ytd")
        left_out = [self.names[region] for region in regions if region not in members]
        note = ("不含" + "、".join(left_out) if members else NONE_ACCEPTED) if left_out else ""
        unit = self.indicator.unit
        label = f"{name}{self.indicator.title}{self.month.year}年{self.month.range_in_digits}累计"
        now = computed_values.total(key, label, [self.cumulative(region) for region in members], unit, note=note)
        base_key = self._key(subject, self.month.year_ago, "ytd")
        base = computed_values.total(
            base_key, f"{label}（上年同期）", [self.cumulative(region, True) for region in members], unit, note=note
        )
        return (
            now,
            computed_values.growth(key.with_steps("yoy"), f"{label}同比", now, base),
            computed_values.ratio(key.with_steps("share"), f"{label}占全省", now, self.cumulative(PROVINCE)),
        )

    def monthly_values(self, region: str, year: int) -> tuple[Value, ...]:
        """Return a region's values for the months of a year, leaving out the months that have no value."""
        months = [Month(year, number) for number in range(1, 13)]
        if region == PROVINCE:
            return tuple(
                self.month_value(PROVINCE, month)
                for month in months
                if all((city.code, month) in self.cells for city in self.cities_with_all_months)
            )
        return tuple(self.cells[region, month] for month in months if (region, month) in self.cells)

    def _is_complete(self, region: str) -> bool:
        """Return whether a city has a value for every month from January to `self.month`; True for the province."""
        return region == PROVINCE or self.complete_through(region) == self.month

    def _rank(self, region: str, key: FigureKey, label: str, own: Value, others: list[Value]) -> Value:
        if region == PROVINCE or not self._is_complete(region):
            return computed_values.missing_value(
                key, label, computed_values.RANK, "" if region == PROVINCE else "未报送，不排名"
            )
        return computed_values.rank(key, label, own, others)
