"""Deletes uploads that nobody confirmed in time."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import transaction

from hunan_trade import clock
from hunan_trade.files import actions as files
from hunan_trade.intake.actions.return_state_change_checks import select_return_for_update
from hunan_trade.intake.models import Upload, WorkbookReading

_READINGS_STORED_FOR = timedelta(days=2)


def delete_unconfirmed_uploads() -> int:
    """Delete workbook uploads that stayed unconfirmed for longer than UPLOADS_KEPT, and return their number.

    Files that nothing else refers to go with them.

    The event log keeps who uploaded what under which SHA-256; a workbook that was taken over or sent stays for ever.
    Readings that no daily limit counts any more are deleted too.
    """
    WorkbookReading.objects.filter(read_at__lt=clock.now() - _READINGS_STORED_FOR).delete()
    old = Upload.objects.filter(confirmed_at=None, received_at__lt=clock.now() - settings.UPLOADS_KEPT)
    removed = 0
    for return_id in sorted(set(old.values_list("monthly_return_id", flat=True))):
        with transaction.atomic():
            select_return_for_update(
                return_id
            )  # whoever uploads the same bytes at this moment waits, and stores them anew
            expired = old.filter(monthly_return=return_id)
            contents = set(expired.values_list("file_id", flat=True))
            removed += expired.delete()[0]
            for sha256 in contents:
                files.delete_if_unreferenced(sha256)
    return removed
