"""How many workbooks may be uploaded a day, and what becomes of those that nobody took over."""

from __future__ import annotations

from datetime import datetime, time

from django.conf import settings
from django.db import transaction

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.files import actions as files
from hunan_trade.intake.actions.locking import locked
from hunan_trade.intake.models import Return, Upload
from hunan_trade.workflow import MoveRefused


def permit_another(return_: Return, by: User) -> None:
    """MoveRefused when the person, or all of the city together, have uploaded as much as a day allows."""
    today = Upload.objects.filter(
        received_at__gte=datetime.combine(clock.today(), time.min, tzinfo=clock.SHANGHAI),
        received_at__lte=clock.now(),
    )
    if today.filter(received_by=by).count() >= settings.UPLOADS_A_DAY:
        raise MoveRefused(f"今天已上传 {settings.UPLOADS_A_DAY} 次，到了本账号一天的上限。改在网页上填，或明天再传")
    if today.filter(return_ref__region=return_.region_id).count() >= settings.CITY_UPLOADS_A_DAY:
        name = return_.region.common_name
        raise MoveRefused(
            f"{name}今天已上传 {settings.CITY_UPLOADS_A_DAY} 次，到了一个市州一天的上限。改在网页上填，或明天再传"
        )


def forget_unconfirmed() -> int:
    """Uploads that nobody took over within UPLOADS_KEPT, with their files where nothing else refers to them.

    The event log keeps who uploaded what under which SHA-256; a workbook that was taken over or sent stays for ever.
    """
    old = Upload.objects.filter(confirmed_at=None, received_at__lt=clock.now() - settings.UPLOADS_KEPT)
    removed = 0
    for return_id in sorted(set(old.values_list("return_ref_id", flat=True))):
        with transaction.atomic():
            locked(return_id)  # whoever uploads the same bytes at this moment waits, and stores them anew
            gone = old.filter(return_ref=return_id)
            contents = set(gone.values_list("file_id", flat=True))
            removed += gone.delete()[0]
            for sha256 in contents:
                files.discard(sha256)
    return removed
