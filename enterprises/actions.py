"""Saves enterprises of the register and stores their accepted processing trade."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from django.db import transaction

from enterprises import queries, rules_processing_trade
from enterprises.models import Enterprise, IndicatorCode, ProcessingTrade, ReplacedTrade
from hunan_trade import clock, quantities
from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Permission
from hunan_trade.audit.actions import Actor
from hunan_trade.intake.datasets import StoredFigure
from hunan_trade.intake.models import Round
from hunan_trade.lists import record_writing
from hunan_trade.lists.models import Act
from hunan_trade.lists.record_change_preparation import Outcome, RecordChange
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
def save_enterprises(
    *, changes: Sequence[RecordChange], by: User, kind: Act.Kind, reason: str = "", reference: str = ""
) -> list[Outcome]:
    """Save new and changed enterprises from a form, a bulk edit, an import or the API.

    The city's later monthly forms list them as they stand then.
    """
    if not by.may(Permission.REGISTER_ENTERPRISE):
        raise MoveRefused("没有登记和修改企业的权限")

    def registration_errors(enterprise: Enterprise) -> Mapping[str, str]:
        if not by.sees_region(enterprise.region_id):
            return {"region": "没有这个市州，或不在您的范围内。"}
        return rules_processing_trade.location_errors(
            enterprise.customs_code, enterprise.region_id, enterprise.county_id
        )

    registered = {"registered_at": clock.now()}
    return record_writing.write_changes(
        Enterprise.objects.visible_to(by),
        [replace(each, values={**registered, **each.values}) if each.pk is None else each for each in changes],
        listing="enterprises",
        by=by,
        kind=kind,
        reason=reason,
        reference=reference,
        judge=registration_errors,
    )


def register_enterprise(
    *, customs_code: str, name: str, region: str, modes: Sequence[str], by: User, county: str | None = None
) -> Enterprise:
    """Register a new enterprise in a city and return it, or raise MoveRefused with the reason."""
    values = {"customs_code": customs_code, "name": name, "region": region, "county": county, "modes": list(modes)}
    (outcome,) = save_enterprises(changes=[RecordChange(values)], by=by, kind=Act.Kind.CREATED)
    if outcome.refused:
        raise MoveRefused("".join(sentence for sentences in outcome.errors.values() for sentence in sentences))
    return Enterprise.objects.get(customs_code=customs_code)


def store_processing_trade(table: ParsedTable, *, round_: Round, by: Actor) -> Iterator[StoredFigure]:
    """Store the trade amounts of an accepted processing-trade sheet; yield the city's total exports and imports.

    In the acceptance's transaction. Rows that are replaced or left out move to history; rows that did not change keep
    the round that first brought them.
    """
    region, month = round_.monthly_return.region_id, table.month
    register = queries.enterprises_of_city(region, round_.monthly_return.handed_up_at)  # as the form was filled in
    ids = {enterprise.customs_code: enterprise.id for enterprise in register}
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
