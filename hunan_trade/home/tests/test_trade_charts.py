"""Tests of the charts of processing trade by month."""

from __future__ import annotations

from decimal import Decimal

import pytest

from enterprises.indicator_declarations import TOTAL
from hunan_trade.accounts.tests.factories import CHANGSHA
from hunan_trade.home import trade_charts
from hunan_trade.home.tests.factories import record_settled_months
from hunan_trade.indicators.queries_observations import monthly_values_of_region, panel_data_of_indicator
from hunan_trade.periods import Month
from hunan_trade.regions import actions_load_reference_tables as regions

pytestmark = pytest.mark.django_db
MAY, JUNE = Month(2013, 5), Month(2013, 6)


@pytest.fixture(autouse=True)
def load_cities() -> None:
    regions.load_regions()


def test_the_provinces_charts_show_this_year_last_year_and_the_target_path() -> None:
    record_settled_months(MAY, {})
    may = panel_data_of_indicator(TOTAL.code, MAY)
    months, sums = (
        trade_charts.monthly_chart(may, Decimal(2_000_000)),
        trade_charts.cumulative_chart(may, Decimal(12_000_000)),
    )
    assert months.series[0].values == (Decimal("0.014"),) * 5 + (None,) * 7  # 14 cities × 10 万, in 亿
    assert [series.role for series in months.series] == ["now", "last", "need"]
    assert months.series[2].values == (None,) * 5 + (Decimal("0.02"),) * 7
    assert sums.series[0].values[4] == Decimal("0.07") and sums.series[0].values[5] is None
    first, *_, last = sums.series[2].values
    assert first and last and (round(first, 6), round(last, 6)) == (Decimal("0.01"), Decimal("0.12"))


def test_a_city_chart_shows_an_unaccepted_month_as_a_series_of_its_own() -> None:
    record_settled_months(MAY, {})
    known = monthly_values_of_region([TOTAL.code], CHANGSHA, JUNE)[TOTAL.code]
    chart = trade_charts.city_chart(known, 2013, (JUNE, Decimal(11)))
    assert chart and [series.role for series in chart.series] == ["now", "unaccepted", "last"]
    assert chart.series[1].values == (None,) * 5 + (Decimal(11),) + (None,) * 6
    again = trade_charts.city_chart(known, 2013, (MAY, Decimal(11)))
    assert again and [series.role for series in again.series] == ["now", "last"]
    assert trade_charts.city_chart({}, 2013, None) is None
