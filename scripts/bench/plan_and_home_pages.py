"""Benchmarks of the plan and home pages with many more enterprises and projects than the demo has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scripts.bench.scale_factor import Scale
from scripts.bench.signed_in_requests import UserPage
from scripts.bench.timing import Case, benchmark


@benchmark("page-plan", "the plan with its target ledger", database="demo")
def plan_page(scale: Scale) -> Iterator[Sequence[Case]]:
    yield _cases_by_data_size(UserPage("/plan/", "officer1"))


@benchmark("page-home-province", "home page of the province", database="demo")
def home_page_of_province(scale: Scale) -> Iterator[Sequence[Case]]:
    yield _cases_by_data_size(UserPage("/", "officer1"))


@benchmark("page-home-city", "home page of a city", database="demo")
def home_page_of_city(scale: Scale) -> Iterator[Sequence[Case]]:
    yield _cases_by_data_size(UserPage("/", "changsha-reporter"))


def _cases_by_data_size(page: UserPage) -> list[Case]:
    return [
        Case(
            "ours with 20,000 enterprises and 100,000 projects",
            page.get,
            before=page.sign_in,
            times=20,
            database="demo-crowded",
        ),
        Case("ours on the demo year", page.get, before=page.sign_in, times=20, database="demo", goal=1.5),
    ]
