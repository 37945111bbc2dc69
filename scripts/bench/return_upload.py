"""Benchmarks of reading and storing a workbook, compared with openpyxl and django-import-export."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.db import connection, models, transaction
from django.db.models import F
from django.test import override_settings
from import_export import resources
from openpyxl import load_workbook
from tablib import Dataset as Tablib

from enterprises.intake_processing_trade_sheet import PROCESSING_TRADE
from hunan_trade.intake import datasets, return_sheets
from hunan_trade.intake.models import MonthlyReturn, Row, Upload
from hunan_trade.intake.return_checks import check_return
from hunan_trade.workbooks import upload_reader
from scripts.bench import benchmark_data, sample_returns
from scripts.bench.scale_factor import Scale
from scripts.bench.timing import Case, benchmark

COLUMNS = ("customs_code", "name", "mode", "last_export", "last_import", "exports", "imports", "ytd", "reason")
AMOUNTS = {"last_export", "last_import", "exports", "imports", "ytd"}
WIDE = replace(  # twelve columns: the form's nine and three more amounts
    PROCESSING_TRADE,
    columns=(
        *PROCESSING_TRADE.columns,
        *(replace(PROCESSING_TRADE.column("ytd"), key=f"more_{n}", title=f"其他金额{n}") for n in (1, 2, 3)),
    ),
)


class PlainTrade(models.Model):
    """Simple model of a row of the return workbook's trade sheet, for comparison with django-import-export.

    The customs code identifies a row.
    """

    customs_code = models.CharField(max_length=10, unique=True)
    name = models.CharField(max_length=120)
    mode = models.CharField(max_length=4)
    last_export = models.DecimalField(max_digits=17, decimal_places=2, null=True)
    last_import = models.DecimalField(max_digits=17, decimal_places=2, null=True)
    exports = models.DecimalField(max_digits=17, decimal_places=2, null=True)
    imports = models.DecimalField(max_digits=17, decimal_places=2, null=True)
    ytd = models.DecimalField(max_digits=17, decimal_places=2, null=True)
    reason = models.CharField(max_length=200, null=True)  # noqa: DJ001 - as the default import leaves it

    class Meta:
        app_label = "enterprises"  # django-import-export asks for an installed app
        db_table = "bench_plain_trade"

    def __str__(self) -> str:
        return self.customs_code


class PlainTradeResource(resources.ModelResource):
    class Meta:
        model = PlainTrade
        import_id_fields = ("customs_code",)
        fields = COLUMNS
        use_transactions = True


@benchmark("return", "return of 10,000 rows: workbook, checked, stored", database="returns")
def store_return(scale: Scale) -> Iterator[Sequence[Case]]:
    data, monthly_return = (
        sample_returns.filled_workbook(benchmark_data.SMALL),
        benchmark_data.return_of_city(benchmark_data.SMALL),
    )
    with connection.schema_editor() as editor:
        editor.create_model(PlainTrade)
    previewed: list[Upload] = []

    def preview() -> None:
        _delete_rows_and_uploads(monthly_return)
        previewed[:] = [sample_returns.upload_for_preview(monthly_return, data)]

    yield [
        Case("ours", lambda: sample_returns.confirm_upload(previewed[0]), before=preview),
        Case("its preview before", preview),
        Case(
            "openpyxl + bulk_create, unchecked",
            lambda: _bulk_create_from_workbook(data),
            before=_truncate_plain_trade,
            goal=1 / 2.5,
        ),
        Case(
            "django-import-export",
            lambda: _import_with_import_export(data),
            before=_truncate_plain_trade,
            goal=1 / 30,
            runs=1,
        ),
    ]
    with connection.schema_editor() as editor:
        editor.delete_model(PlainTrade)


@benchmark("read-check", "read and check 100,000 × 12", database="returns")
def read_and_check_sheet(scale: Scale) -> Iterator[Sequence[Case]]:
    form = sample_returns.filled_sheets(benchmark_data.LARGE)
    with _only_wide_dataset():
        texts = {WIDE.code: {key: _with_more_amounts(typed) for key, typed in form.texts[WIDE.code].items()}}
        data = replace(form, texts=texts).workbook(version=1, demo=True)

        def ours() -> None:
            checked = check_return(
                return_sheets.sheets_from_workbook(upload_reader.read(data), form), form.contexts, form.month
            )
            assert not checked.blocking, checked.blocking[:3]

        yield [Case("ours", ours), Case("openpyxl reading alone", lambda: _openpyxl_rows(data), goal=1 / 3, runs=2)]


@contextmanager
def _only_wide_dataset() -> Iterator[None]:
    with override_settings(DATASETS=[f"{__name__}.WIDE"]):
        datasets.declared.cache_clear()
        yield
    datasets.declared.cache_clear()


def _with_more_amounts(typed: Mapping[str, str]) -> dict[str, str]:
    return {**typed, **{f"more_{n}": typed["export"] for n in (1, 2, 3)}}


def _delete_rows_and_uploads(monthly_return: MonthlyReturn) -> None:
    """Delete a monthly return's rows and uploads, so that the next upload writes all rows as new."""
    Row.objects.filter(monthly_return=monthly_return).delete()
    MonthlyReturn.objects.filter(pk=monthly_return.pk).update(version=F("version") + 1)
    monthly_return.refresh_from_db(fields=["version"])
    Upload.objects.filter(monthly_return=monthly_return).delete()
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM {Row._meta.db_table}")


def _truncate_plain_trade() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {PlainTrade._meta.db_table}")


def _openpyxl_rows(data: bytes) -> list[tuple[Any, ...]]:
    sheet = load_workbook(io.BytesIO(data), read_only=True, data_only=True).worksheets[0]
    return [row for row in sheet.iter_rows(min_row=4, values_only=True) if row[0]]


def _bulk_create_from_workbook(data: bytes) -> None:
    records = [_field_values(row) for row in _openpyxl_rows(data)]
    with transaction.atomic():
        PlainTrade._default_manager.bulk_create((PlainTrade(**record) for record in records), batch_size=2000)


def _field_values(row: Sequence[Any]) -> dict[str, Any]:
    return {
        name: Decimal(str(value)) if name in AMOUNTS and value is not None else value
        for name, value in zip(COLUMNS, row, strict=False)
    }


def _import_with_import_export(data: bytes) -> None:
    """Import the trade sheet of a return's workbook as `PlainTrade` rows with django-import-export."""
    table = Tablib(*(row[: len(COLUMNS)] for row in _openpyxl_rows(data)), headers=COLUMNS)
    assert not PlainTradeResource().import_data(table, raise_errors=True).has_errors()
