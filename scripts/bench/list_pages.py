"""Benchmarks of the pages and imports of the register of enterprises, with different numbers of records.

The list is also compared with a page by django-filter and django-tables2.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import urlencode

from enterprises.models import Mode
from enterprises.tables import ENTERPRISES
from hunan_trade.lists.imports import actions as imports
from hunan_trade.lists.imports.models import Import
from scripts.bench import benchmark_data, plain_django_list_page
from scripts.bench.enterprise_data import workbook_of_enterprises
from scripts.bench.plain_django_application import PlainDjangoApplication
from scripts.bench.scale_factor import Scale
from scripts.bench.signed_in_requests import UserPage
from scripts.bench.timing import Case, benchmark

CITY, MODE = "430100", Mode.PURCHASED.value
PATH = f"/enterprises/?{urlencode({'city': CITY, 'mode': MODE, 'closed_on': 'no'})}"
STOCK_PATH = f"{plain_django_list_page.PATH}?{urlencode({'region': CITY, 'mode': MODE, 'is_open': 'true'})}"


@benchmark("list-page", "list page, 50 of 100,000, filtered, chosen columns", database="enterprises")
def list_page(scale: Scale) -> Iterator[Sequence[Case]]:
    ours = _page(PATH)
    stock = UserPage(STOCK_PATH, ours.username, PlainDjangoApplication(plain_django_list_page.__name__))
    yield [
        Case("ours", ours.get, before=ours.sign_in, times=10),
        Case("django-filter + django-tables2", stock.get, before=stock.sign_in, times=5, goal=0.25),
    ]


@benchmark("list-page-tenfold", "the same at 1,000,000", database="enterprises")
def list_page_of_a_million(scale: Scale) -> Iterator[Sequence[Case]]:
    page = _page(PATH)
    yield [
        Case("ours at 1,000,000", page.get, before=page.sign_in, times=20, database="enterprises-tenfold"),
        Case("ours at 100,000", page.get, before=page.sign_in, times=20, database="enterprises", goal=1.3),
    ]


@benchmark("record-page", "page of one record of 100,000", database="enterprises")
def record_page(scale: Scale) -> Iterator[Sequence[Case]]:
    page = _page(f"/enterprises/{scale.row_count(5_000)}/")
    yield [
        Case("ours at 100,000", page.get, before=page.sign_in, times=20, database="enterprises"),
        Case("ours at 10,000", page.get, before=page.sign_in, times=20, database="enterprises-tenth", goal=1.5),
    ]


@benchmark("import-into", "check of an import of 5,000 rows into 100,000 records", database="enterprises")
def check_import(scale: Scale) -> Iterator[Sequence[Case]]:
    data = workbook_of_enterprises(scale.row_count(5_000))

    def check() -> None:
        _upload_and_check(data)

    yield [
        Case("ours at 100,000", check, runs=3, database="enterprises"),
        Case("ours at 10,000", check, runs=3, database="enterprises-tenth", goal=1.5),
    ]


def _page(path: str) -> UserPage:
    return UserPage(path, benchmark_data.province_officer().username)


def _upload_and_check(data: bytes) -> None:
    """Upload a file of enterprises to import and check it, also for duplicates of registered enterprises."""
    officer = benchmark_data.province_officer()
    found = imports.receive(ENTERPRISES, data, "企业.xlsx", by=officer)
    problems = imports.check(ENTERPRISES, found, by=officer, seen=found.version)
    assert not problems and not found.result["counts"]["refused"], (problems, found.result)
    Import.objects.all().delete()
