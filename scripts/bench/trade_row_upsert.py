"""Benchmark of updating trade rows by upsert, compared with Django's bulk_create."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import cycle

from django.db import connection, transaction

from enterprises.models import Enterprise, Mode, ProcessingTrade
from hunan_trade.tabular.upsert import upsert_rows
from scripts.bench import benchmark_data, sample_returns
from scripts.bench.scale_factor import Scale
from scripts.bench.timing import Case, benchmark

KEY = ["enterprise", "month", "mode"]
FIELDS = ["export_usd", "import_usd", "round", "row_number"]
Amounts = tuple[Sequence[Decimal], Sequence[Decimal]]  # exports and imports, as an acceptance has them from its sheet


@benchmark("upsert", "upsert of 100,000 facts, all of them changed", database="upsert")
def upsert_trade_rows(scale: Scale) -> Iterator[Sequence[Case]]:
    ids = list(Enterprise.objects.of_city(benchmark_data.LARGE).order_by("customs_code").values_list("pk", flat=True))
    round_ = benchmark_data.unsaved_accepted_round(benchmark_data.return_of_city(benchmark_data.LARGE))
    round_.save()
    amounts = cycle([_sample_amounts_in_dollars(len(ids), shift) for shift in (1, 2)])
    _upsert_amounts(ids, next(amounts), round_.pk)
    yield [
        Case("ours", lambda: _upsert_amounts(ids, next(amounts), round_.pk), before=_vacuum_facts),
        Case(
            "bulk_create(update_conflicts)",
            lambda: _bulk_create_amounts(ids, next(amounts), round_.pk),
            before=_vacuum_facts,
            goal=1 / 10,
            runs=2,
        ),
    ]


def _sample_amounts_in_dollars(count: int, shift: int) -> Amounts:
    typed = [sample_returns.sample_exports_and_imports(at, shift) for at in range(count)]
    exports, imports = ([Decimal(pair[at]) * 10_000 for pair in typed] for at in (0, 1))
    return exports, imports


def _upsert_amounts(ids: Sequence[int], amounts: Amounts, round_id: int) -> None:
    exports, imports = amounts
    columns = {
        "enterprise": ids,
        "mode": [Mode.PURCHASED.value] * len(ids),
        "export_usd": exports,
        "import_usd": imports,
        "row_number": range(4, 4 + len(ids)),
    }
    fixed = {"month": benchmark_data.MONTH.first, "round": round_id}
    with transaction.atomic():
        upsert_rows(ProcessingTrade, KEY, columns, fixed=fixed, compared_fields=["export_usd", "import_usd"])


def _bulk_create_amounts(ids: Sequence[int], amounts: Amounts, round_id: int) -> None:
    facts = [
        ProcessingTrade(
            enterprise_id=pk,
            month=benchmark_data.MONTH.first,
            mode=Mode.PURCHASED.value,
            export_usd=exports,
            import_usd=imports,
            round_id=round_id,
            row_number=at,
        )
        for at, (pk, (exports, imports)) in enumerate(zip(ids, zip(*amounts, strict=True), strict=True), 4)
    ]
    with transaction.atomic():
        ProcessingTrade.objects.bulk_create(
            facts, update_conflicts=True, unique_fields=KEY, update_fields=FIELDS, batch_size=2000
        )


def _vacuum_facts() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM {ProcessingTrade._meta.db_table}")
