"""Tests the changes of ranks, the growth map and the charts."""

from __future__ import annotations

from decimal import Decimal

import pytest

from enterprises.indicators import TOTAL
from hunan_trade.accounts.tests.factories import CHANGSHA, CHENZHOU
from hunan_trade.home import ranking
from hunan_trade.home.tests.factories import observed, settled
from hunan_trade.indicators.queries import history, panel
from hunan_trade.periods import Month
from hunan_trade.regions import actions as regions

pytestmark = pytest.mark.django_db
APRIL, MAY, JUNE = Month(2013, 4), Month(2013, 5), Month(2013, 6)


@pytest.fixture(autouse=True)
def cities() -> None:
    regions.load_regions()


def test_a_rank_moves_against_the_month_before() -> None:
    settled(APRIL, {CHANGSHA: 30, CHENZHOU: 25})
    for city in panel(TOTAL.code, APRIL).cities:
        observed(city.code, MAY, 90 if city.code == CHENZHOU else 12)
    may = panel(TOTAL.code, MAY)
    assert [ranking.rank_change(may, code) for code in (CHENZHOU, CHANGSHA, "430200")] == ["升 1", "降 1", "平"]


def test_january_and_a_city_without_a_rank_did_not_move() -> None:
    settled(Month(2013, 1), {})
    assert ranking.rank_change(panel(TOTAL.code, Month(2013, 1)), CHANGSHA) == "—"
    assert ranking.rank_change(panel(TOTAL.code, Month(2013, 2)), CHANGSHA) == "—"


def test_the_map_says_who_grew_most_and_judges_nobody() -> None:
    settled(MAY, {CHANGSHA: 15, CHENZHOU: 5})
    drawn = ranking.growth_map(panel(TOTAL.code, MAY))
    assert drawn and "长沙最高 +50.0%，郴州最低 −50.0%" in drawn.finding
    assert drawn.table.heads == ("市州", "%")
    assert ranking.growth_map(panel(TOTAL.code, Month(2020, 5))) is None


def test_the_year_is_drawn_beside_the_last_one_and_the_path() -> None:
    settled(MAY, {})
    may = panel(TOTAL.code, MAY)
    months, sums = ranking.monthly_chart(may, Decimal(2_000_000)), ranking.cumulative_chart(may, Decimal(12_000_000))
    assert months.series[0].values == (Decimal("0.014"),) * 5 + (None,) * 7  # 14 cities × 10 万, in 亿
    assert [series.role for series in months.series] == ["now", "last", "need"]
    assert months.series[2].values == (None,) * 5 + (Decimal("0.02"),) * 7
    assert sums.series[0].values[4] == Decimal("0.07") and sums.series[0].values[5] is None
    first, *_, last = sums.series[2].values
    assert first and last and (round(first, 6), round(last, 6)) == (Decimal("0.01"), Decimal("0.12"))


def test_a_month_nobody_has_accepted_stands_apart_and_an_accepted_one_does_not() -> None:
    settled(MAY, {})
    known = history([TOTAL.code], CHANGSHA, JUNE)[TOTAL.code]
    chart = ranking.city_chart(known, 2013, (JUNE, Decimal(11)))
    assert chart and [series.role for series in chart.series] == ["now", "unaccepted", "last"]
    assert chart.series[1].values == (None,) * 5 + (Decimal(11),) + (None,) * 6
    again = ranking.city_chart(known, 2013, (MAY, Decimal(11)))
    assert again and [series.role for series in again.series] == ["now", "last"]
    assert ranking.city_chart({}, 2013, None) is None
