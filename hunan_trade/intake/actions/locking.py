"""The return under its lock, as the guards see it."""

from __future__ import annotations

from datetime import datetime

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.audit.models import Event
from hunan_trade.intake.checking import Checked
from hunan_trade.intake.models import Exemption, MonthlyReturn, Row
from hunan_trade.intake.rules import GuardFacts
from hunan_trade.intake.workflow import RETURN
from hunan_trade.workflow import Move, Stale

FILLING = ("return.filled", "return.imported", "return.declared_nil")


def locked(return_id: int) -> MonthlyReturn:
    """The row, held until the transaction ends. An action goes on with this one, not with what the page had."""
    return MonthlyReturn.objects.select_for_update(of=("self",)).select_related("region").get(pk=return_id)


def standing(monthly_return: MonthlyReturn, checked: Checked | None = None, at: datetime | None = None) -> GuardFacts:
    """What the guards look at, `at` an instant or now. Without `checked`, completeness is not asked."""
    granted = (
        Exemption.objects.filter(monthly_return=monthly_return, granted=True)
        .order_by("-until")
        .values_list("until", flat=True)
        .first()
    )
    latest = monthly_return.rounds.order_by("-number").first()
    return GuardFacts(
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
    """Everybody who had a hand in the figures, also in cells that somebody else typed over; and who handed them up."""
    rows = Row.objects.filter(monthly_return=monthly_return).order_by().values_list("edited_by_id")
    wrote = (
        Event.objects.of(monthly_return._meta.label_lower, monthly_return.pk)
        .filter(verb__in=FILLING)
        .values_list("actor_id")
    )
    hands = {pk for (pk,) in rows.union(wrote)} | {monthly_return.handed_up_by_id}
    return frozenset(pk for pk in hands if pk is not None)


def permit(
    name: str, monthly_return: MonthlyReturn, by: User, checked: Checked | None = None, at: datetime | None = None
) -> Move:
    """The move, or MoveRefused with the sentence for the user.

    What counts for a deadline is the instant at which the move holds the return, not the one at which its button was
    pressed: whoever waits behind somebody else until the lock second is over finds the return locked. `at` is that
    instant where the move also writes it down, so that no receipt shows a time at which sending was shut.
    """
    return RETURN.check(name, standing(monthly_return, checked, at), by, may=by.may)


def expect(monthly_return: MonthlyReturn, version: int) -> None:
    """Refuse to go on from an older state than the one that stands."""
    if monthly_return.version != version:
        raise Stale(f"{monthly_return}已被他人改动。看过现在的内容后再办")


def turn(monthly_return: MonthlyReturn, status: str, *fields: str) -> None:
    """Set the state and raise the version."""
    monthly_return.status = status
    monthly_return.version += 1
    monthly_return.save(update_fields=["status", "version", *fields])
