"""Actions that create the monthly returns of all cities once the month's opening time has come."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction

from hunan_trade import clock
from hunan_trade.audit.actions import Actor, System, record
from hunan_trade.intake.models import MonthlyReturn
from hunan_trade.intake.rules_workflow_guards import monthly_return_dates
from hunan_trade.jobs.lease import Lease
from hunan_trade.periods import Month
from hunan_trade.regions.models import Region


@transaction.atomic
def open_month(month: Month, *, by: Actor) -> list[MonthlyReturn]:
    """Create the monthly returns of a month for all cities that have none yet, and return the new ones.

    Each gets its opening, due and lock times.
    """
    dates = monthly_return_dates(month, settings.RETURN_CALENDAR)
    # Whoever opens it at the same moment waits, and finds it opened.
    cities = list(Region.objects.cities().select_for_update(no_key=True))
    there = set(MonthlyReturn.objects.of_month(month).values_list("region_id", flat=True))
    added = MonthlyReturn.objects.bulk_create(
        [
            MonthlyReturn(
                region=city, month=month.first, opens_at=dates.opens_at, due_at=dates.due_at, locks_at=dates.locks_at
            )
            for city in cities
            if city.code not in there
        ],
        ignore_conflicts=True,
    )
    for monthly_return in MonthlyReturn.objects.of_month(month).with_region() if added else ():
        if monthly_return.region_id not in there:
            record("return.opened", by=by, subject=monthly_return, region=monthly_return.region_id)
    return added


def open_due_months(lease: Lease) -> None:
    """Background job that creates all cities' returns for last month once their opening time has come.

    Called by the scheduler.
    """
    month = Month.of(clock.today()).previous
    if clock.now() >= monthly_return_dates(month, settings.RETURN_CALENDAR).opens_at:
        with lease.fenced():
            open_month(month, by=System("月报日历"))
