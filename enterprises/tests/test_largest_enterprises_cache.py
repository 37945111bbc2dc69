"""Tests that the cached list of largest enterprises is reloaded after the trade changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import count

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enterprises import queries
from enterprises.change_counter_compaction import compact_version_tables
from enterprises.models import Enterprise, ProcessingTrade
from enterprises.tests import return_factories
from hunan_trade import clock, table_versions
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.periods import Month
from hunan_trade.regions.models import Region

pytestmark = pytest.mark.django_db
JANUARY = Month(2013, 1)


@pytest.fixture(autouse=True)
def accepted() -> Iterator[None]:
    with clock.frozen_at(clock.at(date(2013, 2, 4), 10)):
        officer, reporter, lead = cast.officer(), cast.reporter("430100"), cast.lead("430100")
        firms = [return_factories.enterprise(reporter) for _ in range(2)]
        january = return_factories.opened("430100", JANUARY)
        figures = {firm.customs_code: (str(100 + at), "40") for at, firm in enumerate(firms)}
        return_factories.filled(january, reporter, figures, i06="3", i08="9")
        return_factories.accepted(january, reporter, lead, officer)
        yield


def count_sum_queries() -> int:
    """Return the number of SQL SUM queries that are sent while both cached results are read."""
    with CaptureQueriesContext(connection) as asked:
        queries.largest_enterprises(JANUARY, 2)
        queries.count_enterprises_above(JANUARY, threshold=Decimal(1_405_000))
    return sum("GROUP BY" in query["sql"] for query in asked.captured_queries)


def read_amounts() -> tuple[list[Decimal | None], Decimal | None]:
    largest = [leader.total.amount for leader in queries.largest_enterprises(JANUARY, 2)]
    return largest, queries.count_enterprises_above(JANUARY, threshold=Decimal(1_405_000)).amount


def test_facts_are_summed_again_only_when_they_changed() -> None:
    assert (count_sum_queries(), count_sum_queries()) == (2, 0)
    compact_version_tables()
    assert count_sum_queries() == 0 and read_amounts() == ([Decimal(1_410_000), Decimal(1_400_000)], Decimal(1))
    smaller = ProcessingTrade.objects.get(export_usd=1_000_000)
    ProcessingTrade.objects.filter(enterprise=smaller.enterprise_id).update(export_usd=9_000_000)
    assert read_amounts() == ([Decimal(9_400_000), Decimal(1_410_000)], Decimal(2))
    ProcessingTrade.objects.filter(enterprise=smaller.enterprise_id).delete()
    assert read_amounts() == ([Decimal(1_410_000)], Decimal(1))


def test_an_enterprise_exactly_at_the_threshold_is_not_counted_above_it() -> None:
    assert queries.count_enterprises_above(JANUARY, threshold=Decimal(1_400_000)).amount == 1
    assert queries.count_enterprises_above(JANUARY, threshold=Decimal(1_399_999)).amount == 2


def test_the_largest_enterprise_is_shown_under_its_current_name() -> None:
    first = queries.largest_enterprises(JANUARY, 1)[0].enterprise
    Enterprise.objects.filter(pk=first.pk).update(name="演示更名企业")
    Region.objects.filter(pk=first.region_id).update(short_name="星城")
    renamed = queries.largest_enterprises(JANUARY, 1)[0].enterprise
    assert (renamed.name, renamed.region.short_name) == ("演示更名企业", "星城")


def test_a_result_read_during_a_write_is_not_cached(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = count()
    monkeypatch.setattr(table_versions, "read_version", lambda *version_tables: f"being written {next(numbers)}")
    queries.largest_enterprises(JANUARY, 2)
    assert not [key for key in queries._largest_cache._answers if key[0].startswith("being written")]
