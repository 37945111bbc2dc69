"""Registers enterprises and stores their accepted processing trade."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from django.db import IntegrityError, transaction

from enterprises import rules
from enterprises.models import Enterprise, IndicatorCode, ProcessingTrade, ReplacedTrade
from hunan_trade import clock, quantities
from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Permission
from hunan_trade.audit.actions import Actor, record
from hunan_trade.intake.datasets import StoredFigure
from hunan_trade.intake.models import Round
from hunan_trade.regions.models import Region
from hunan_trade.tabular.table_types import FIRST_ROW, ParsedTable
from hunan_trade.tabular.upsert import insert_rows, upsert_rows
from hunan_trade.workflow import MoveRefused

_HISTORY_FIELDS = (
    "enterprise",
    "mode",
    "export_usd",
    "import_usd",
    "round",
    "row_number",
)  # of a fact, kept in its history


@transaction.atomic
def register(
    *, customs_code: str, name: str, region: str, modes: Sequence[str], by: User, county: str | None = None
) -> Enterprise:
    """Register an enterprise in a city and return the new row.

    The city's later monthly forms list the enterprise.
    """
    if not by.may(Permission.REGISTER_ENTERPRISE) or not by.sees_region(region):
        raise MoveRefused("没有登记该市州企业的权限")
    if not rules.has_city_prefix(customs_code, region) or not Region.objects.cities().filter(pk=region).exists():
        raise MoveRefused(f"海关编码 {customs_code} 不是该市州的，企业由所在市州登记")
    if county is not None and not Region.objects.counties_of(region).filter(pk=county).exists():
        raise MoveRefused("所选县市区不在该市州")
    enterprise = Enterprise(
        customs_code=customs_code,
        name=name,
        region_id=region,
        county_id=county,
        modes=list(modes),
        registered_by=by,
        registered_at=clock.now(),
    )
    try:
        with transaction.atomic():
            enterprise.save(force_insert=True)
    except IntegrityError as taken:  # pressed twice, or by two people at once
        raise MoveRefused(f"海关编码 {customs_code} 已登记，不要重复登记") from taken
    record(
        "enterprise.registered",
        by=by,
        subject=enterprise,
        region=region,
        after={"customs_code": customs_code, "name": name, "modes": list(modes)},
    )
    return enterprise


def store_processing_trade(table: ParsedTable, *, round_: Round, by: Actor) -> Iterator[StoredFigure]:
    """Store an accepted processing-trade sheet and yield the city's total exports and imports.

    In the acceptance's transaction. Rows that are replaced or left out move to history; rows that did not change keep the round that first brought them.
    """
    region, month = round_.monthly_return.region_id, table.month
    ids = dict(Enterprise.objects.of_city(region).values_list("customs_code", "id"))
    enterprises, modes = [ids[code] for code in table.values["customs_code"]], table.values["mode"]
    exported, imported = (list(map(quantities.wan_to_money, table.values[column])) for column in ("export", "import"))
    amounts = dict(zip(zip(enterprises, modes, strict=True), zip(exported, imported, strict=True), strict=True))
    replaced = [
        fact
        for fact in ProcessingTrade.objects.of_city(region).between(month, month).values_list(*_HISTORY_FIELDS)
        if amounts.get(fact[:2]) != fact[2:4]
    ]
    if replaced:
        columns = dict(zip(_HISTORY_FIELDS, zip(*replaced, strict=True), strict=True))
        insert_rows(ReplacedTrade, columns, fixed={"month": month.first, "replaced_by": round_.pk})
        deleted_keys = [(fact[0], month.first, fact[1]) for fact in replaced if fact[:2] not in amounts]
        ProcessingTrade.objects.filter(pk__in=deleted_keys).delete()
    upsert_rows(
        ProcessingTrade,
        ["enterprise", "month", "mode"],
        {
            "enterprise": enterprises,
            "mode": modes,
            "export_usd": exported,
            "import_usd": imported,
            "row_number": table.numbers,
        },
        fixed={"month": month.first, "round": round_.pk},
        compared_fields=["export_usd", "import_usd"],
    )
    for indicator, column, figures in (
        (IndicatorCode.EXPORT, "export", exported),
        (IndicatorCode.IMPORT, "import", imported),
    ):
        total = sum(figures, Decimal(0))
        letter = table.spec.letter(column)
        last = max(table.numbers, default=FIRST_ROW)
        yield StoredFigure(indicator.value, total, f"{table.spec.sheet}!{letter}{FIRST_ROW}:{letter}{last}")
