"""Functions that lock a return's database row, and check whether the user may change the return's state."""

from __future__ import annotations

from datetime import datetime

from hunan_trade.accounts.models import User
from hunan_trade.audit import actions_state_changes
from hunan_trade.audit.actions_state_changes import AllowedMove
from hunan_trade.intake.models import MonthlyReturn
from hunan_trade.intake.queries_workflow_guards import load_guard_data
from hunan_trade.intake.return_checks import CheckedReturn
from hunan_trade.intake.workflow import RETURN


def select_return_for_update(return_id: int) -> MonthlyReturn:
    """Lock a monthly return's database row until the transaction ends, and return the monthly return."""
    return actions_state_changes.lock_row(MonthlyReturn.objects.with_region(), return_id)


def check_move(name: str, monthly_return: MonthlyReturn, by: User) -> None:
    """Raise MoveRefused if the user may not make the state change `name`, such as "sign", on this return now.

    The exception's message is for the user.
    """
    RETURN.check(name, load_guard_data(monthly_return), by, may=by.may)


def prepare_move(
    name: str,
    monthly_return: MonthlyReturn,
    *,
    by: User,
    seen: int | str | None,
    reason: str = "",
    checked: CheckedReturn | None = None,
    at: datetime | None = None,
) -> AllowedMove[MonthlyReturn]:
    """Check that the user may change a monthly return's state; return the object that will save the new state.

    Raises Stale or MoveRefused. What counts for a deadline is the instant at which the move holds the return, not the
    one at which its button was pressed: whoever waits behind somebody else until the lock second is over finds the
    return locked. `at` is that instant where the move also writes it down, so that no receipt shows a time at which
    sending was shut.
    """
    facts = load_guard_data(monthly_return, checked, at)
    return actions_state_changes.check_state_change(
        monthly_return, name, RETURN, by=by, seen=seen, reason=reason, facts=facts
    )
