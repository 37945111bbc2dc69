"""Accepting a return with its facts and roll-ups; beside the same where every row is saved by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import Sum

from enterprises.intake import PROCESSING_TRADE
from enterprises.models import Enterprise, Measure, ProcessingTrade
from hunan_trade import clock, quantities
from hunan_trade.audit.actions import record
from hunan_trade.indicators.models import Observation
from hunan_trade.indicators.registry import Source
from hunan_trade.intake import datasets, sheets
from hunan_trade.intake.actions import deciding
from hunan_trade.intake.datasets import Table
from hunan_trade.intake.models import Posting, Return, Round, Status
from scripts.bench import filled_forms, rows
from scripts.bench.measuring import Case, line
from scripts.bench.scale import Scale


@line("acceptance", "acceptance of a return of 300 rows, with its roll-ups", database="acceptance")
def acceptance(scale: Scale) -> Iterator[Sequence[Case]]:
    return_, by = rows.return_of(rows.LARGE), rows.officer()
    filled_forms.upload(return_, filled_forms.workbook(rows.LARGE))
    round_ = filled_forms.send(return_)
    yield [
        Case("ours", lambda: _undone(lambda: deciding.accept(return_.pk, by=by, shown=round_.digest)), before=_vacuum),
        Case("ORM, save() by save()", lambda: _undone(lambda: _accept_by_save(round_.pk)), before=_vacuum, goal=1 / 5),
    ]


def _undone(action: Callable[[], object]) -> None:
    """Run in a transaction that is taken back, so that every turn finds the same state."""
    with transaction.atomic():
        action()
        transaction.set_rollback(True)


def _vacuum() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM {ProcessingTrade._meta.db_table}")
        cursor.execute(f"VACUUM {Observation._meta.db_table}")


def _accept_by_save(round_id: int) -> None:
    """The same checks, facts, observations, postings and event, written as a first version in Django would be."""
    by = rows.officer()
    round_ = Round.objects.select_for_update().get(pk=round_id)
    return_ = Return.objects.select_for_update().get(pk=round_.return_ref_id)
    checked = sheets.stored(return_).check()
    assert not checked.blocking
    _save_facts(checked.tables[PROCESSING_TRADE.code], round_)
    totals = ProcessingTrade.objects.of_city(return_.region_id).between(return_.period, return_.period)
    sums = totals.aggregate(exports=Sum("export_usd"), imports=Sum("import_usd"))
    found = {Measure.EXPORT.value: sums["exports"], Measure.IMPORT.value: sums["imports"]}
    summary = next(dataset for dataset in datasets.every() if dataset.code != PROCESSING_TRADE.code)
    for stored in summary.store(checked.tables[summary.code], round_=round_, by=by):
        found[stored.indicator] = stored.value
    for code, value in found.items():
        _save_observation(code, value, round_)
    round_.decision, round_.decided_by, round_.decided_at = Round.Decision.ACCEPTED, by, clock.now()
    round_.save()
    return_.status = Status.ACCEPTED
    return_.version += 1
    return_.save()
    record("return.accepted", by=by, subject=return_, region=return_.region_id, after={"receipt": round_.receipt})


def _save_facts(table: Table, round_: Round) -> None:
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
    return_ = round_.return_ref
    known = Observation.objects.filter(indicator=code, region=return_.region, month=return_.month).order_by("-version")
    latest = known.first()
    observation = Observation(
        indicator=code,
        region=return_.region,
        month=return_.month,
        source=Source.RETURN,
        version=latest.version + 1 if latest else 1,
        value=value,
        known_at=clock.now(),
    )
    observation.save()
    Posting(observation=observation, round=round_, cells="").save()
