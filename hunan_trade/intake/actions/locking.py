"""The return under its lock, as the guards see it."""

from __future__ import annotations

from datetime import datetime

from hunan_trade.accounts.models import User
from hunan_trade.intake.checking import Checked
from hunan_trade.intake.guard_facts import guard_facts
from hunan_trade.intake.models import MonthlyReturn
from hunan_trade.intake.workflow import RETURN
from hunan_trade.workflow import Move, Stale


def locked(return_id: int) -> MonthlyReturn:
    """The row, held until the transaction ends. An action goes on with this one, not with what the page had."""
    return MonthlyReturn.objects.select_for_update(of=("self",)).select_related("region").get(pk=return_id)


def permit(
    name: str, monthly_return: MonthlyReturn, by: User, checked: Checked | None = None, at: datetime | None = None
) -> Move:
    """The move, or MoveRefused with the sentence for the user.

    What counts for a deadline is the instant at which the move holds the return, not the one at which its button was
    pressed: whoever waits behind somebody else until the lock second is over finds the return locked. `at` is that
    instant where the move also writes it down, so that no receipt shows a time at which sending was shut.
    """
    return RETURN.check(name, guard_facts(monthly_return, checked, at), by, may=by.may)


def expect(monthly_return: MonthlyReturn, version: int) -> None:
    """Refuse to go on from an older state than the one that stands."""
    if monthly_return.version != version:
        raise Stale(f"{monthly_return}已被他人改动。看过现在的内容后再办")


def turn(monthly_return: MonthlyReturn, status: str, *fields: str) -> None:
    """Set the state and raise the version."""
    monthly_return.status = status
    monthly_return.version += 1
    monthly_return.save(update_fields=["status", "version", *fields])
