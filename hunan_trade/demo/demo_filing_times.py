"""Pure functions that compute when each demo city files its monthly returns.

A few returns are late.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from hunan_trade import clock
from hunan_trade.demo.demo_figures import SEED, City
from hunan_trade.intake.rules_workflow_guards import ReturnDates
from hunan_trade.periods import is_working_day

LATE = {
    ("zhangjiajie", "2012-03"),
    ("xiangxi", "2012-06"),
    ("shaoyang", "2012-11"),
    ("loudi", "2013-03"),
    ("xiangxi", "2013-05"),
}
LATE |= {("zhangjiajie", "2013-04"), ("yiyang", "2012-08")}


@dataclass(frozen=True)
class FilingTimes:
    """Times at which a demo return is filled in, handed up, signed, and decided on by the province."""

    filled_at: datetime
    handed_up_at: datetime
    signed_at: datetime
    decided_at: datetime


def filing_times(city: City, dates: ReturnDates, month: str) -> FilingTimes:
    """Return the times at which a demo city files its return of a month, on time or late.

    A late return is sent after it is due and before it locks.
    """
    draw = random.Random(f"{SEED}hours{city.code}{month}")
    if (city.username_prefix, month) in LATE:
        days = working_days(dates.due_at.date() + timedelta(days=1), dates.locks_at.date())
    else:
        days = working_days(dates.opens_at.date(), dates.due_at.date())
    day = draw.choice(days[:-1] or days)
    filled = clock.at(day, draw.randint(9, 11), draw.randint(0, 59))
    handed = filled + timedelta(minutes=draw.randint(35, 90))
    signed = handed + timedelta(minutes=draw.randint(20, 170))
    following = working_days(day + timedelta(days=1), day + timedelta(days=9))[0]
    return FilingTimes(filled, handed, signed, clock.at(following, draw.randint(8, 11), draw.randint(0, 59)))


def working_days(first: date, last: date) -> list[date]:
    """Return the working days from `first` to `last`, both included."""
    return [day for n in range((last - first).days + 1) if is_working_day(day := first + timedelta(days=n))]
