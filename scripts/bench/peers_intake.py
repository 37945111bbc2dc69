"""What a Django user gets by default for workbooks and for many rows: openpyxl, django-import-export, the ORM."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from django.db import connection, models, transaction
from import_export import resources
from openpyxl import load_workbook
from tablib import Dataset as Tablib

from enterprises.models import ProcessingTrade

_HEAD = ("customs_code", "name", "mode", "last_export", "last_import", "exports", "imports", "ytd", "reason")
_AMOUNTS = {"last_export", "last_import", "exports", "imports", "ytd"}
Rows = Sequence[tuple[object, ...]]


class Plain(models.Model):
    """The sheet as the nearest table: one column each, and the code as a key to find the row by."""

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
        app_label = "enterprises"  # import-export looks the model up; here it is, and only in this process
        db_table = "bench_plain"

    def __str__(self) -> str:
        return self.customs_code


class PlainResource(resources.ModelResource):
    class Meta:
        model = Plain
        import_id_fields = ("customs_code",)
        fields = _HEAD
        use_transactions = True


class Tables:
    """The peers' table, there as long as somebody measures."""

    def __init__(self) -> None:
        with connection.schema_editor() as editor:
            editor.create_model(Plain)

    def emptied(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {Plain._meta.db_table}")

    def dropped(self) -> None:
        with connection.schema_editor() as editor:
            editor.delete_model(Plain)


def openpyxl_rows(data: bytes) -> list[tuple[Any, ...]]:
    sheet = load_workbook(io.BytesIO(data), read_only=True, data_only=True).worksheets[0]
    return [row for row in sheet.iter_rows(min_row=4, values_only=True) if row[0]]


def _records(data: bytes) -> Iterator[dict[str, Any]]:
    for row in openpyxl_rows(data):
        named = dict(zip(_HEAD, row, strict=False))
        yield {
            name: Decimal(str(value)) if name in _AMOUNTS and value is not None else value
            for name, value in named.items()
        }


def bulk_created(data: bytes) -> None:
    with transaction.atomic():
        Plain._default_manager.bulk_create([Plain(**record) for record in _records(data)], batch_size=2000)


def imported(data: bytes) -> None:
    """As its admin does with an .xlsx: every row found, compared, cleaned and saved."""
    rows = Tablib(*(row[: len(_HEAD)] for row in openpyxl_rows(data)), headers=_HEAD)
    result = PlainResource().import_data(rows, raise_errors=True)
    assert not result.has_errors()


def bulk_upserted(rows: Rows, key: Sequence[str], fields: Sequence[str]) -> None:
    with transaction.atomic():
        ProcessingTrade.objects.bulk_create(
            [_trade(row, (*key, *fields)) for row in rows],
            update_conflicts=True,
            unique_fields=list(key),
            update_fields=list(fields),
            batch_size=2000,
        )


def one_by_one(rows: Rows, key: Sequence[str], fields: Sequence[str]) -> None:
    columns = [_attribute(name) for name in (*key, *fields)]
    with transaction.atomic():
        for row in rows:
            values: dict[str, Any] = dict(zip(columns, row, strict=True))
            known: dict[str, Any] = {_attribute(name): values.pop(_attribute(name)) for name in key}
            ProcessingTrade.objects.update_or_create(defaults=values, **known)


def _attribute(name: str) -> str:
    return str(ProcessingTrade._meta.get_field(name).attname)  # type: ignore[union-attr]


def _trade(row: tuple[object, ...], names: Iterable[str]) -> ProcessingTrade:
    return ProcessingTrade(**dict(zip(map(_attribute, names), row, strict=True)))


class Unlogged:
    """The floor of storing: rows, ready as text, into a table without key or log."""

    def __init__(self) -> None:
        self.text = ""
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE UNLOGGED TABLE bench_unlogged AS SELECT {_COLUMNS} FROM {_TRADE} WITH NO DATA")

    def copy(self, rows: Rows) -> None:
        self.text = self.text or "".join("\t".join(map(str, row)) + "\n" for row in rows)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.copy_expert("COPY bench_unlogged FROM STDIN", io.StringIO(self.text))

    def emptied(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE bench_unlogged")

    def dropped(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE bench_unlogged")


_TRADE = ProcessingTrade._meta.db_table
_COLUMNS = "enterprise_id, month, mode, export_usd, import_usd, round_id, row_number"
