"""Guards that decide whether a return's state may be changed, and the deadlines of a month's returns.

`ReturnGuardData` carries what the guards depend on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from hunan_trade import clock
from hunan_trade.periods import Month, format_chinese_datetime, working_day_from

LONGEST_EXEMPTION = timedelta(days=31)  # the next return comes within that time, and takes what is late then


@dataclass(frozen=True)
class ReturnGuardData:
    """The facts about a monthly return that decide whether its state may be changed, such as its lock time."""

    status: str
    region: str
    now: datetime
    opens_at: datetime
    locks_at: datetime
    open_until: datetime | None  # a granted exemption
    editors: frozenset[int]  # who typed or uploaded any figure of this round
    signed_by: int | None
    blocking: int | None = None  # None: not checked for this move
    unexplained: int | None = None


def require_own_city(facts: Any, by: Any) -> str | None:
    return None if by.region_id == facts.region else "只能办理本市州的月报"


def require_open(facts: Any, by: Any) -> str | None:
    return lock_reason(facts)


def lock_reason(facts: ReturnGuardData) -> str | None:
    """Return a Chinese sentence that says why a return cannot be edited (not open yet, or locked), or None.

    The lock second is still open.
    """
    if facts.now < facts.opens_at:
        return f"{format_chinese_datetime(facts.opens_at)}开始填报"
    since = max(facts.locks_at, facts.open_until or facts.locks_at)
    if not clock.is_past(since, facts.now):
        return None
    return f"{format_chinese_datetime(since)}起已锁定。确需补报，请省厅经办提出、省厅负责人批准延期"


def require_complete(facts: Any, by: Any) -> str | None:
    if facts.blocking:
        return f"还有 {facts.blocking} 处必须改"
    return f"还有 {facts.unexplained} 处要说明" if facts.unexplained else None


def require_signer_did_not_fill(facts: Any, by: Any) -> str | None:
    return "本轮数据有您填报的内容，须由另一位负责人签发" if by.pk in facts.editors else None


def require_reviewer_did_not_edit_or_sign(facts: Any, by: Any) -> str | None:
    return "您填报或签发的月报须由他人审核" if by.pk in facts.editors | {facts.signed_by} else None


@dataclass(frozen=True)
class ExemptionGuardData:
    """The facts about a late-filing or reopening request that decide whether a user may grant or refuse it."""

    state: str
    asked_by: int
    until: datetime
    now: datetime


def require_decider_did_not_ask(facts: Any, by: Any) -> str | None:
    return "提出人不能批准自己提出的例外" if facts.asked_by == by.pk else None


def require_future_deadline(facts: Any, by: Any) -> str | None:
    if not clock.is_past(facts.until, facts.now):
        return None
    return f"申请的期限{format_chinese_datetime(facts.until)}已过，不能批准。请省厅经办重新提出"


def exemption_too_long(until: datetime, now: datetime) -> bool:
    """Return whether a requested deadline lies further ahead than LONGEST_EXEMPTION (31 days) allows."""
    return until.astimezone(clock.SHANGHAI).date() > now.astimezone(clock.SHANGHAI).date() + LONGEST_EXEMPTION


@dataclass(frozen=True)
class ReturnDates:
    """The times at which a monthly return opens, is due and gets locked."""

    opens_at: datetime
    due_at: datetime
    locks_at: datetime


def monthly_return_dates(month: Month, calendar: Mapping[str, tuple[int, time]]) -> ReturnDates:
    """Return the opening, due and lock time of a month's returns.

    Each falls on a working day of the next month.

    Closed intervals: the due second is on time, the lock second still open.
    """

    def instant(name: str) -> datetime:
        day, at = calendar[name]
        working = working_day_from(date(month.next.year, month.next.month, day))
        return datetime.combine(working, at, tzinfo=clock.SHANGHAI)

    return ReturnDates(instant("opens"), instant("due"), instant("locks"))
