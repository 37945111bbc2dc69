"""Loads the data from which the workflow decides whether a return's state may be changed."""

from __future__ import annotations

from datetime import datetime

from hunan_trade import clock
from hunan_trade.audit.models import Event
from hunan_trade.intake.models import Exemption, MonthlyReturn, Row
from hunan_trade.intake.return_checks import CheckedReturn
from hunan_trade.intake.rules_workflow_guards import ReturnGuardData

FILLING = ("return.filled", "return.imported", "return.declared_nil")


def load_guard_data(
    monthly_return: MonthlyReturn, checked: CheckedReturn | None = None, at: datetime | None = None
) -> ReturnGuardData:
    """Load the facts on which it depends whether a monthly return's state may be changed at the time `at`.

    `at` is now if left out.

    Without `checked`, completeness is not judged.
    """
    granted = (
        Exemption.objects.filter(monthly_return=monthly_return, granted=True)
        .order_by("-until")
        .values_list("until", flat=True)
        .first()
    )
    latest = monthly_return.rounds.order_by("-number").first()
    return ReturnGuardData(
        status=monthly_return.status,
        region=monthly_return.region_id,
        now=at or clock.now(),
        opens_at=monthly_return.opens_at,
        locks_at=monthly_return.locks_at,
        open_until=granted,
        editors=_editors(monthly_return),
        signed_by=latest.signed_by_id if latest else None,
        blocking=None if checked is None else len(checked.blocking),
        unexplained=None if checked is None else len(checked.unexplained),
    )


def _editors(monthly_return: MonthlyReturn) -> frozenset[int]:
    """Return the ids of the users who edited a monthly return's figures or last submitted it for signing."""
    rows = Row.objects.filter(monthly_return=monthly_return).order_by().values_list("edited_by_id")
    wrote = (
        Event.objects.of(monthly_return._meta.label_lower, monthly_return.pk)
        .filter(verb__in=FILLING)
        .values_list("actor_id")
    )
    hands = {pk for (pk,) in rows.union(wrote)} | {monthly_return.handed_up_by_id}
    return frozenset(pk for pk in hands if pk is not None)
