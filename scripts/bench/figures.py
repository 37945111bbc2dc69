"""All figures of a bulletin from the database; beside one indicator summed city by city, and with ten times the facts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from django.db import connection
from django.db.models import Sum

from enterprises import queries as enterprises
from enterprises.models import ProcessingTrade
from hunan_trade.indicators import queries as observations
from hunan_trade.regions.models import Region
from reporting import kinds
from reporting.frozen_content import gather_content
from scripts.bench.measuring import Case, line
from scripts.bench.rows import MONTH
from scripts.bench.scale import Scale


@line("figures", "a bulletin's figures, 20,000 enterprises × 60 months", database="figures")
def figures(scale: Scale) -> Iterator[Sequence[Case]]:
    yield [Case("ours", _gather), Case("ORM, sum by sum, one indicator", _sum_by_sum, goal=1 / 20, runs=2)]


@line("figures-anew", "the same for the first time after an acceptance", database="figures")
def figures_anew(scale: Scale) -> Iterator[Sequence[Case]]:
    yield [
        Case("ours", _gather, before=_change_versions),
        Case("ORM, sum by sum, one indicator", _sum_by_sum, runs=1),
    ]


@line("figures-tenfold", "the same with ten times the enterprises", database="figures")
def figures_tenfold(scale: Scale) -> Iterator[Sequence[Case]]:
    yield [
        Case("ours at 200,000", _gather, database="figures-tenfold"),
        Case("ours at 20,000", _gather, database="figures", goal=1.3),
    ]


def _gather() -> None:
    gather_content(kinds.get("monthly-bulletin"), MONTH)


def _sum_by_sum() -> list[Decimal]:
    """Each city's month, year to date and both a year ago, asked of the facts one by one."""
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
    """Change the versions of the tables, as an acceptance does, so that nothing cached is valid."""
    with connection.cursor() as cursor:
        for version_table in (*observations.VERSION_TABLES, *enterprises.VERSION_TABLES):
            cursor.execute(f"UPDATE {version_table} SET mark = mark + 1")
