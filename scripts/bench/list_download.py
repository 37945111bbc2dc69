"""Benchmark of downloading a list as .xlsx, compared with openpyxl's write-only mode."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BytesIO
from tempfile import TemporaryFile
from typing import Any

from django.db import connection, models
from django.http import QueryDict
from openpyxl import Workbook

from hunan_trade import clock
from hunan_trade.accounts.roles import Permission
from hunan_trade.lists import column_kinds
from hunan_trade.lists.columns import field
from hunan_trade.lists.declaration import Listing
from hunan_trade.lists.downloads import list_file_writer
from hunan_trade.lists.downloads.list_file_writer import DownloadQuery
from hunan_trade.lists.filters import ListFilterSet
from hunan_trade.lists.list_query import ListQuery
from scripts.bench import benchmark_data
from scripts.bench.scale_factor import Scale
from scripts.bench.timing import Case, benchmark

TEXTS, AMOUNTS, DAYS, COUNTS = (
    tuple(f"{kind}_{number}" for number in range(5)) for kind in ("text", "amount", "day", "count")
)
FIELDS: dict[str, models.Field[object, object]] = {
    **{name: models.CharField(name, max_length=60) for name in TEXTS},
    **{name: models.DecimalField(name, max_digits=17, decimal_places=2) for name in AMOUNTS},
    **{name: models.DateField(name) for name in DAYS},
    **{name: models.IntegerField(name) for name in COUNTS},
}
Wide: Any = type(
    "Wide",
    (models.Model,),
    {"__module__": __name__, "Meta": type("Meta", (), {"app_label": "accounts", "db_table": "bench_wide"}), **FIELDS},
)


class WideFilter(ListFilterSet):
    pass


WIDE = Listing(
    code="wide",
    title="清单",
    noun="条",
    see=Permission.SEE_FIGURES,
    rows=lambda: Wide._default_manager.all(),
    reference=True,
    columns=tuple(field(Wide, name, **({"kind": column_kinds.WAN_USD} if name in AMOUNTS else {})) for name in FIELDS),
    filters=WideFilter,
    ordering=("pk",),
)


@benchmark("download", "download of 100,000 × 20 as .xlsx", database="downloads")
def download(scale: Scale) -> Iterator[Sequence[Case]]:
    with connection.schema_editor() as editor:
        editor.create_model(Wide)
    _insert_rows(scale.row_count(100_000))
    asked = DownloadQuery(ListQuery(WIDE, benchmark_data.province_officer(), QueryDict()), "xlsx", all_columns=True)
    yield [
        Case("ours", lambda: _write_list_file(asked)),
        Case("openpyxl write-only from values_list", _write_with_openpyxl, goal=0.5, runs=2),
    ]
    with connection.schema_editor() as editor:
        editor.delete_model(Wide)


def _write_list_file(asked: DownloadQuery) -> None:
    with TemporaryFile() as stream:
        list_file_writer.write_list_file(asked, stream, moment=clock.now())


def _write_with_openpyxl() -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append([*FIELDS])
    for row in Wide._default_manager.order_by("pk").values_list(*FIELDS).iterator(chunk_size=2000):
        sheet.append(row)
    book.save(BytesIO())


def _insert_rows(count: int) -> None:
    values = [
        *("'演示企业第' || n || '号有限公司'" for _ in TEXTS),
        *("n * 1.25" for _ in AMOUNTS),
        *("date '2013-01-01' + n % 365" for _ in DAYS),
        *("n % 1000" for _ in COUNTS),
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO bench_wide ({', '.join(FIELDS)}) SELECT {', '.join(values).replace('%', '%%')}"
            " FROM generate_series(1, %s) n",
            [count],
        )
