"""Tests how a city's rank has changed since the month before, and the map of the cities' growth."""

from __future__ import annotations

import pytest

from enterprises.indicator_declarations import TOTAL
from hunan_trade.accounts.tests.factories import CHANGSHA, CHENZHOU
from hunan_trade.home import city_ranking
from hunan_trade.home.tests.factories import record_settled_months, record_trade
from hunan_trade.indicators.queries_observations import panel_data_of_indicator
from hunan_trade.periods import Month
from hunan_trade.regions import actions_load_reference_tables as regions

pytestmark = pytest.mark.django_db
APRIL, MAY = Month(2013, 4), Month(2013, 5)


@pytest.fixture(autouse=True)
def load_cities() -> None:
    regions.load_regions()


def test_rank_changes_are_measured_against_the_month_before() -> None:
    record_settled_months(APRIL, {CHANGSHA: 30, CHENZHOU: 25})
    for city in panel_data_of_indicator(TOTAL.code, APRIL).cities:
        record_trade(city.code, MAY, 90 if city.code == CHENZHOU else 12)
    may = panel_data_of_indicator(TOTAL.code, MAY)
    assert [city_ranking.rank_change(may, code) for code in (CHENZHOU, CHANGSHA, "430200")] == ["升 1", "降 1", "平"]


def test_january_and_a_city_without_a_rank_have_no_rank_change() -> None:
    record_settled_months(Month(2013, 1), {})
    assert city_ranking.rank_change(panel_data_of_indicator(TOTAL.code, Month(2013, 1)), CHANGSHA) == "—"
    assert city_ranking.rank_change(panel_data_of_indicator(TOTAL.code, Month(2013, 2)), CHANGSHA) == "—"


def test_the_growth_map_names_the_fastest_and_slowest_city_without_a_verdict() -> None:
    record_settled_months(MAY, {CHANGSHA: 15, CHENZHOU: 5})
    drawn = city_ranking.growth_map(panel_data_of_indicator(TOTAL.code, MAY))
    assert drawn and "长沙最高 +50.0%，郴州最低 −50.0%" in drawn.finding
    assert drawn.table.heads == ("市州", "%")
    assert city_ranking.growth_map(panel_data_of_indicator(TOTAL.code, Month(2020, 5))) is None
