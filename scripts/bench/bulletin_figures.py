"""Benchmarks of computing a bulletin's figures, compared with one ORM query for each sum.

One benchmark runs with ten times the data.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from django.db import connection
from django.db.models import Sum

from enterprises import queries as enterprises
from enterprises.models import ProcessingTrade
from hunan_trade.indicators import queries_observations as observations
from hunan_trade.regions.models import Region
from reporting import kinds
from reporting.content_gathering_and_hashing import gather_content
from scripts.bench.benchmark_data import MONTH
from scripts.bench.scale_factor import Scale
from scripts.bench.timing import Case, benchmark


@benchmark("figures", "a bulletin's figures, 20,000 enterprises × 60 months", database="figures")
def gather_figures(scale: Scale) -> Iterator[Sequence[Case]]:
    yield [
        Case("ours", _gather_content),
        Case("ORM, sum by sum, one indicator", _sum_city_by_city, goal=1 / 20, runs=2),
    ]


@benchmark("figures-anew", "the same for the first time after an acceptance", database="figures")
def gather_figures_uncached(scale: Scale) -> Iterator[Sequence[Case]]:
    yield [
        Case("ours", _gather_content, before=_change_versions),
        Case("ORM, sum by sum, one indicator", _sum_city_by_city, runs=1),
    ]


@benchmark("figures-tenfold", "the same with ten times the enterprises", database="figures")
def gather_figures_of_tenfold_data(scale: Scale) -> Iterator[Sequence[Case]]:
    yield [
        Case("ours at 200,000", _gather_content, database="figures-tenfold"),
        Case("ours at 20,000", _gather_content, database="figures", goal=1.3),
    ]


def _gather_content() -> None:
    gather_content(kinds.get("monthly-bulletin"), MONTH)


def _sum_city_by_city() -> list[Decimal]:
    """Return sums of every city's exports, computed with one ORM query for each sum.

    The sums are of the month and the year to date, now and a year ago.
    """
    spans = [(MONTH, MONTH), (MONTH.months_to_date[0], MONTH)]
    spans += [(first.year_ago, last.year_ago) for first, last in spans]
    return [
        ProcessingTrade.objects.of_city(city.code)
        .between(first, last)
        .aggregate(exports=Sum("export_usd"), imports=Sum("import_usd"))["exports"]
        for city in Region.objects.cities()
        for first, last in spans
    ]


def _change_versions() -> None:
    """Change the version numbers of tables, as accepting a return does, so that cached figures expire."""
    with connection.cursor() as cursor:
        for version_table in (*observations.VERSION_TABLES, *enterprises.VERSION_TABLES):
            cursor.execute(f"UPDATE {version_table} SET mark = mark + 1")
