"""Benchmarks of importing a spreadsheet into a register, compared with django-import-export."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import xlsxwriter
from django.db import connection, models
from import_export import resources
from openpyxl import load_workbook
from tablib import Dataset as Tablib

from hunan_trade.lists.imports import actions as imports
from hunan_trade.lists.imports.models import Import
from hunan_trade.regions.models import Region
from parks.models import Park
from parks.tables import PARKS
from scripts.bench import benchmark_data
from scripts.bench.scale_factor import Scale
from scripts.bench.timing import Case, benchmark

TENTH = 10  # the library imports a tenth of the rows, this many times
FIELDS = ("name", "city", "kind", "level", "approved", "as_of_2013", "certainty", "source", "note")
HEADS = ("园区名称", "市州", "类型", "级别", "批准时间", "2013年在册", "依据", "出处", "说明")


class PlainPark(models.Model):
    """Minimal model of a park into which django-import-export imports, so that the portal's import can be compared."""

    name = models.CharField(max_length=60, unique=True)
    city = models.CharField(max_length=20)
    kind = models.CharField(max_length=10)
    level = models.CharField(max_length=10)
    approved = models.CharField(max_length=20, blank=True)
    as_of_2013 = models.CharField(max_length=2)
    certainty = models.CharField(max_length=10)
    source = models.CharField(max_length=80, blank=True)
    note = models.CharField(max_length=120, blank=True)

    class Meta:
        app_label = "parks"  # django-import-export asks for an installed app
        db_table = "bench_plain_park"

    def __str__(self) -> str:
        return self.name


class PlainParkResource(resources.ModelResource):
    class Meta:
        model = PlainPark
        import_id_fields = ("name",)
        fields = FIELDS
        use_transactions = True
        skip_unchanged = True


@benchmark("import-check", "check of an import of 50,000 new records, from bytes", database="register")
def check_import(scale: Scale) -> Iterator[Sequence[Case]]:
    data = _park_workbook(scale.row_count(50_000))
    tenth = _park_workbook(scale.row_count(50_000) // TENTH)
    with _plain_park_table():
        yield [
            Case("ours", lambda: _upload_and_check(data), before=_empty_register),
            Case("django-import-export", lambda: _import_tenfold(tenth, dry_run=True), goal=1 / 30, runs=1),
        ]


@benchmark("import-run", "import of 50,000 new records that were checked", database="register")
def run_import(scale: Scale) -> Iterator[Sequence[Case]]:
    data = _park_workbook(scale.row_count(50_000))
    tenth = _park_workbook(scale.row_count(50_000) // TENTH)
    checked: list[Import] = []

    def check() -> None:
        _empty_register()
        checked[:] = [_upload_and_check(data)]

    with _plain_park_table():
        yield [
            Case("ours", lambda: _write_import(checked[0]), before=check),
            Case("django-import-export", lambda: _import_tenfold(tenth, dry_run=False), goal=1 / 30, runs=1),
        ]


@benchmark("import-again", "check of the same file of 50,000 records a second time", database="register")
def check_import_again(scale: Scale) -> Iterator[Sequence[Case]]:
    data = _park_workbook(scale.row_count(50_000))

    def import_first() -> None:
        _empty_register()
        _write_import(_upload_and_check(data))

    yield [
        Case("ours again", lambda: _upload_and_check(data), before=import_first),
        Case(
            "its first check and import",
            lambda: _write_import(_upload_and_check(data)),
            before=_empty_register,
            goal=0.3,
        ),
    ]


def _upload_and_check(data: bytes) -> Import:
    """Upload a spreadsheet of parks to the portal, check it, and return the checked `Import`."""
    officer = benchmark_data.province_officer()
    found = imports.receive(PARKS, data, "园区.xlsx", by=officer)
    problems = imports.check(PARKS, found, by=officer, seen=found.version)
    assert not problems and not found.result["counts"]["refused"], (problems, found.result)
    return found


def _write_import(found: Import) -> None:
    imports.write(PARKS, found, by=benchmark_data.province_officer(), seen=found.version)


def _empty_register() -> None:
    """Delete all parks and imports, but not the history of the parks."""
    Import.objects.all().delete()
    Park.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM ANALYZE {Park._meta.db_table}")


@contextmanager
def _plain_park_table() -> Iterator[None]:
    with connection.schema_editor() as editor:
        editor.create_model(PlainPark)
    yield
    with connection.schema_editor() as editor:
        editor.delete_model(PlainPark)


def _import_tenfold(data: bytes, *, dry_run: bool) -> None:
    """Import a spreadsheet of parks ten times with django-import-export, each time into an empty table."""
    for _ in range(TENTH):
        PlainPark._default_manager.all().delete()
        sheet = load_workbook(io.BytesIO(data), read_only=True, data_only=True).worksheets[0]
        rows = list(sheet.iter_rows(min_row=2, values_only=True))
        table = Tablib(*rows, headers=FIELDS)
        assert not PlainParkResource().import_data(table, dry_run=dry_run, raise_errors=True).has_errors()


def _park_workbook(rows: int) -> bytes:
    """Return the bytes of a spreadsheet with `rows` parks, as an office would write it."""
    cities = [city.name for city in Region.objects.cities()]
    kinds, levels, certainties = (
        [label for _, label in choices.choices] for choices in (Park.Kind, Park.Level, Park.Certainty)
    )
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"constant_memory": True})
    sheet = book.add_worksheet("园区")
    sheet.write_row(0, 0, HEADS)
    for at in range(1, rows + 1):
        sheet.write_row(
            at,
            0,
            (
                f"演示{at:05}号园区",
                cities[at % len(cities)],
                kinds[at % len(kinds)],
                levels[at % len(levels)],
                f"{1990 + at % 23}年{at % 12 + 1}月",
                "是",
                certainties[at % len(certainties)],
                f"演示文件{at % 97}号",
                f"说明{at}",
            ),
        )
    book.close()
    return stream.getvalue()
