"""Benchmark of accepting a return, compared with saving each row by save()."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import Sum

from enterprises.intake_processing_trade_sheet import PROCESSING_TRADE
from enterprises.models import Enterprise, IndicatorCode, ProcessingTrade
from hunan_trade import clock, quantities
from hunan_trade.audit.actions import record
from hunan_trade.indicators.models import Observation
from hunan_trade.indicators.registry import Source
from hunan_trade.intake import datasets, return_sheets
from hunan_trade.intake.actions import deciding
from hunan_trade.intake.models import MonthlyReturn, Posting, Round, Status
from hunan_trade.tabular.table_types import ParsedTable
from scripts.bench import benchmark_data, sample_returns
from scripts.bench.scale_factor import Scale
from scripts.bench.timing import Case, benchmark


@benchmark("acceptance", "acceptance of a return of 300 rows, with its roll-ups", database="acceptance")
def accept_return(scale: Scale) -> Iterator[Sequence[Case]]:
    monthly_return, by = benchmark_data.return_of_city(benchmark_data.LARGE), benchmark_data.province_officer()
    sample_returns.upload_and_confirm(monthly_return, sample_returns.filled_workbook(benchmark_data.LARGE))
    round_ = sample_returns.submit_and_sign_return(monthly_return)
    yield [
        Case(
            "ours",
            lambda: _run_and_roll_back(lambda: deciding.accept(monthly_return.pk, by=by, seen=round_.digest)),
            before=_vacuum_written_tables,
        ),
        Case(
            "ORM, save() by save()",
            lambda: _run_and_roll_back(lambda: _accept_by_save(round_.pk)),
            before=_vacuum_written_tables,
            goal=1 / 5,
        ),
    ]


def _run_and_roll_back(action: Callable[[], object]) -> None:
    """Run `action` in a transaction and roll it back, so that every run starts from the same data."""
    with transaction.atomic():
        action()
        transaction.set_rollback(True)


def _vacuum_written_tables() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM {ProcessingTrade._meta.db_table}")
        cursor.execute(f"VACUUM {Observation._meta.db_table}")


def _accept_by_save(round_id: int) -> None:
    """Accept a monthly return's submission as the portal does, but write each row with Django's save()."""
    by = benchmark_data.province_officer()
    round_ = Round.objects.select_for_update().get(pk=round_id)
    monthly_return = MonthlyReturn.objects.select_for_update().get(pk=round_.monthly_return_id)
    checked = return_sheets.stored_sheets(monthly_return).check()
    assert not checked.blocking
    _save_trade_rows(checked.tables[PROCESSING_TRADE.code], round_)
    totals = ProcessingTrade.objects.of_city(monthly_return.region_id).between(
        monthly_return.period, monthly_return.period
    )
    sums = totals.aggregate(exports=Sum("export_usd"), imports=Sum("import_usd"))
    totals_by_indicator = {IndicatorCode.EXPORT.value: sums["exports"], IndicatorCode.IMPORT.value: sums["imports"]}
    summary = datasets.get("city_summary")
    for stored in summary.store(checked.tables[summary.code], round_=round_, by=by):
        totals_by_indicator[stored.indicator] = stored.value
    for code, value in totals_by_indicator.items():
        _save_observation(code, value, round_)
    round_.decision, round_.decided_by, round_.decided_at = Round.Decision.ACCEPTED, by, clock.now()
    round_.save()
    monthly_return.status = Status.ACCEPTED
    monthly_return.version += 1
    monthly_return.save()
    record(
        "return.accepted",
        by=by,
        subject=monthly_return,
        region=monthly_return.region_id,
        after={"receipt": round_.receipt},
    )


def _save_trade_rows(table: ParsedTable, round_: Round) -> None:
    for at, code in enumerate(table.values["customs_code"]):
        ProcessingTrade(
            enterprise=Enterprise.objects.get(customs_code=code),
            month=table.month.first,
            mode=table.values["mode"][at],
            export_usd=quantities.wan_to_money(table.values["export"][at]),
            import_usd=quantities.wan_to_money(table.values["import"][at]),
            round=round_,
            row_number=table.numbers[at],
        ).save()


def _save_observation(code: str, value: Decimal, round_: Round) -> None:
    monthly_return = round_.monthly_return
    known = Observation.objects.filter(
        indicator=code, region=monthly_return.region, month=monthly_return.month
    ).order_by("-version")
    latest = known.first()
    observation = Observation(
        indicator=code,
        region=monthly_return.region,
        month=monthly_return.month,
        source=Source.RETURN,
        version=latest.version + 1 if latest else 1,
        value=value,
        known_at=clock.now(),
    )
    observation.save()
    Posting(observation=observation, round=round_, cells="").save()
