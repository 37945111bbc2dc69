"""Closes plan years and reopens them."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Permission
from hunan_trade.audit.actions import record
from hunan_trade.intake.models import MonthlyReturn
from hunan_trade.text_cleaning import tidy
from hunan_trade.workflow import MoveRefused, Stale
from projects.choices import REGISTER_COMPLETE_FROM, WAITING_STATES
from projects.closed_years.models import YearClosing
from projects.closed_years.queries import newest_closings
from projects.fortune_500.verdicts import lock_fortune_verdicts
from projects.models import Project, StageEntry
from projects.stages.actions import reset_stage_steps_awaiting_lead


@transaction.atomic
def decide_closing(*, year: int, closed: bool, reason: str, by: User) -> YearClosing:
    """Close or reopen a past plan year, and return the stored decision.

    A year is closed when all its returns are accepted, since an acceptance observes the month's counts, and no step in it
    waits any more. Once it is open again, steps that waited for the lead wait for their return or the province. Raises
    MoveRefused, and Stale if somebody decided meanwhile.
    """
    if not by.may(Permission.DECIDE_COUNTING):
        raise MoveRefused("没有年度关账的权限")
    if closed and not REGISTER_COMPLETE_FROM <= year < clock.today().year:
        raise MoveRefused(f"只有 {REGISTER_COMPLETE_FROM}年起已经过完的年度可以关账。改写年度再定")
    if not (reason := tidy(reason)):
        raise MoveRefused("写明理由")
    lock_fortune_verdicts()
    # Whoever enters a step locks its project first: having waited for all of them, none comes in behind the closing.
    list(Project.objects.order_by("pk").select_for_update(no_key=True).values_list("pk"))
    before = newest_closings().get(year)
    if (before is not None and before.closed) == closed:
        raise MoveRefused(f"{year}年{'已经关账' if closed else '没有关账'}，不用再定")
    if closed and (returns := _unaccepted_returns(year)):
        raise MoveRefused(f"{year}年还有 {len(returns)} 份月报没有核定（{_returns_text(returns)}），核定以后再关账")
    if closed and (waiting := waiting_steps(year).count()):
        raise MoveRefused(f"{year}年还有 {waiting} 步没有办完，核定、确认或者作废以后再关账")
    decided = _store_closing(year, closed, before.version + 1 if before else 1, reason, by)
    if not closed:
        reset_stage_steps_awaiting_lead(year, by=by, reason=reason)
    record(
        "counting.year_closed" if closed else "counting.year_opened",
        by=by,
        subject=decided,
        reason=reason,
        after={"year": year},
    )
    return decided


def waiting_steps(year: int) -> QuerySet[StageEntry]:
    """Return the stage steps (签约, 投产 …) dated in a year that still wait for acceptance or confirmation."""
    return StageEntry.objects.filter(effective_on__year=year, state__in=WAITING_STATES)


def _unaccepted_returns(year: int) -> list[MonthlyReturn]:
    """Return the cities' monthly returns of a year that are not accepted, in the order of months and cities."""
    return list(MonthlyReturn.objects.of_year(year).unaccepted().with_region().order_by("month", "region"))


def _returns_text(returns: Sequence[MonthlyReturn], most: int = 14) -> str:
    """List the city and month of up to `most` monthly returns as a Chinese text, such as 长沙12月、郴州12月."""
    names = "、".join(f"{each.region.short_name}{each.month.month}月" for each in returns[:most])
    return names + ("等" if len(returns) > most else "")


def _store_closing(year: int, closed: bool, version: int, reason: str, by: User) -> YearClosing:
    try:
        with transaction.atomic():
            return YearClosing.objects.create(
                year=year, closed=closed, version=version, reason=reason, decided_by=by, decided_at=clock.now()
            )
    except IntegrityError:
        raise Stale(f"刚有人定了{year}年是否关账。看过现在的情况再定") from None
