"""Limits how many workbooks are read a day, and deletes unconfirmed uploads."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.conf import settings
from django.db import transaction

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.files import actions as files
from hunan_trade.intake.actions.locking import locked
from hunan_trade.intake.models import MonthlyReturn, Upload, WorkbookReading
from hunan_trade.workflow import MoveRefused

_COUNTED = "试传、重看和带批注的文件都计入。改在网页上填，或明天再传"
_READINGS_KEPT = timedelta(days=2)


def count_reading(monthly_return: MonthlyReturn, by: User) -> None:
    """Record that a workbook is read for this person. Raises MoveRefused, recording nothing, above the limit.

    It is noted before the count, so that those who ask at once see each other.
    """
    noted = WorkbookReading.objects.create(read_by=by, region=monthly_return.region, read_at=clock.now())
    try:
        permit_readings(monthly_return, by)
    except MoveRefused:
        noted.delete()
        raise


def permit_readings(monthly_return: MonthlyReturn, by: User) -> None:
    """Raise MoveRefused when the person, or the whole city, reached the daily limit."""
    today = WorkbookReading.objects.filter(
        read_at__gte=datetime.combine(clock.today(), time.min, tzinfo=clock.SHANGHAI), read_at__lte=clock.now()
    )
    if today.filter(read_by=by).count() > settings.UPLOADS_A_DAY:
        raise MoveRefused(f"今天已上传 {settings.UPLOADS_A_DAY} 次，到了本账号一天的上限。{_COUNTED}")
    if today.filter(region=monthly_return.region_id).count() > settings.CITY_UPLOADS_A_DAY:
        name = monthly_return.region.common_name
        raise MoveRefused(f"{name}今天已上传 {settings.CITY_UPLOADS_A_DAY} 次，到了一个市州一天的上限。{_COUNTED}")


def forget_unconfirmed() -> int:
    """Delete uploads not confirmed within UPLOADS_KEPT, with files that nothing else refers to.

    The event log keeps who uploaded what under which SHA-256; a workbook that was taken over or sent stays for ever. So goes
    the meter of readings, once no day counts it any more.
    """
    WorkbookReading.objects.filter(read_at__lt=clock.now() - _READINGS_KEPT).delete()
    old = Upload.objects.filter(confirmed_at=None, received_at__lt=clock.now() - settings.UPLOADS_KEPT)
    removed = 0
    for return_id in sorted(set(old.values_list("monthly_return_id", flat=True))):
        with transaction.atomic():
            locked(return_id)  # whoever uploads the same bytes at this moment waits, and stores them anew
            gone = old.filter(monthly_return=return_id)
            contents = set(gone.values_list("file_id", flat=True))
            removed += gone.delete()[0]
            for sha256 in contents:
                files.delete_unreferenced(sha256)
    return removed
