"""Facts that are all there already and all change; beside bulk_create(update_conflicts)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import cycle

from django.db import connection, transaction

from enterprises.models import Enterprise, Mode, ProcessingTrade
from hunan_trade.tabular.upsert import upsert_rows
from scripts.bench import filled_forms, rows
from scripts.bench.measuring import Case, line
from scripts.bench.scale import Scale

KEY = ["enterprise", "month", "mode"]
FIELDS = ["export_usd", "import_usd", "round", "row_number"]
Amounts = list[tuple[Decimal, Decimal]]


@line("upsert", "upsert of 100,000 facts, all of them changed", database="upsert")
def upsert_of_facts(scale: Scale) -> Iterator[Sequence[Case]]:
    ids = list(Enterprise.objects.of_city(rows.LARGE).order_by("customs_code").values_list("pk", flat=True))
    round_ = rows.accepted_round(rows.return_of(rows.LARGE))
    round_.save()
    amounts = cycle([_amounts(len(ids), shift) for shift in (1, 2)])
    _ours(ids, next(amounts), round_.pk)
    yield [
        Case("ours", lambda: _ours(ids, next(amounts), round_.pk), before=_vacuum),
        Case(
            "bulk_create(update_conflicts)",
            lambda: _bulk_create(ids, next(amounts), round_.pk),
            before=_vacuum,
            goal=1 / 10,
            runs=2,
        ),
    ]


def _amounts(count: int, shift: int) -> Amounts:
    typed = [filled_forms.figures(at, shift) for at in range(count)]
    return [(Decimal(exports) * 10_000, Decimal(imports) * 10_000) for exports, imports in typed]


def _ours(ids: Sequence[int], amounts: Amounts, round_id: int) -> None:
    exports, imports = zip(*amounts, strict=True)
    columns = {
        "enterprise": ids,
        "mode": [Mode.PURCHASED.value] * len(ids),
        "export_usd": exports,
        "import_usd": imports,
        "row_number": range(4, 4 + len(ids)),
    }
    fixed = {"month": rows.MONTH.first, "round": round_id}
    with transaction.atomic():
        upsert_rows(ProcessingTrade, KEY, columns, fixed=fixed, compared_fields=["export_usd", "import_usd"])


def _bulk_create(ids: Sequence[int], amounts: Amounts, round_id: int) -> None:
    facts = [
        ProcessingTrade(
            enterprise_id=pk,
            month=rows.MONTH.first,
            mode=Mode.PURCHASED.value,
            export_usd=exports,
            import_usd=imports,
            round_id=round_id,
            row_number=at,
        )
        for at, (pk, (exports, imports)) in enumerate(zip(ids, amounts, strict=True), 4)
    ]
    with transaction.atomic():
        ProcessingTrade.objects.bulk_create(
            facts, update_conflicts=True, unique_fields=KEY, update_fields=FIELDS, batch_size=2000
        )


def _vacuum() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM {ProcessingTrade._meta.db_table}")
