"""Daily limits on the number of workbooks that the portal reads for one user and for one city."""

from __future__ import annotations

from datetime import datetime, time

from django.conf import settings

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.intake.models import MonthlyReturn, WorkbookReading
from hunan_trade.workflow import MoveRefused

_WHAT_COUNTS = "试传、重看和带批注的文件都计入。改在网页上填，或明天再传"


def record_workbook_reading(monthly_return: MonthlyReturn, by: User) -> None:
    """Count one parsing of a workbook towards the daily limits of user and city; raise MoveRefused beyond a limit.

    A refused reading is not recorded.

    It is noted before the count, so that those who ask at once see each other.
    """
    reading = WorkbookReading.objects.create(read_by=by, region=monthly_return.region, read_at=clock.now())
    try:
        check_daily_readings(monthly_return, by)
    except MoveRefused:
        reading.delete()
        raise


def check_daily_readings(monthly_return: MonthlyReturn, by: User) -> None:
    """Raise MoveRefused if today more workbooks were parsed for the user or the city than the daily limits allow."""
    today = WorkbookReading.objects.filter(
        read_at__gte=datetime.combine(clock.today(), time.min, tzinfo=clock.SHANGHAI), read_at__lte=clock.now()
    )
    if today.filter(read_by=by).count() > settings.UPLOADS_A_DAY:
        raise MoveRefused(f"今天已上传 {settings.UPLOADS_A_DAY} 次，到了本账号一天的上限。{_WHAT_COUNTS}")
    if today.filter(region=monthly_return.region_id).count() > settings.CITY_UPLOADS_A_DAY:
        name = monthly_return.region.name_in_text
        raise MoveRefused(f"{name}今天已上传 {settings.CITY_UPLOADS_A_DAY} 次，到了一个市州一天的上限。{_WHAT_COUNTS}")
