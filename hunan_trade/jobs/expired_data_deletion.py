"""Hourly job that deletes the expired rows and files of all apps.

Each app declares its own in settings.HOUSEKEEPING, a function without arguments that answers how many it removed. What
stands in the event log, in facts and in reports is never among it.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.module_loading import import_string

from hunan_trade.jobs.lease import Lease
from hunan_trade.jobs.models import Job


def delete_expired_data(lease: Lease) -> dict[str, int]:
    """Run each deletion function in settings.HOUSEKEEPING; return a dict from its name to its number of deletions.

    Each runs in a transaction of its own.
    """
    removed = {}
    for done, (name, path) in enumerate(settings.HOUSEKEEPING.items()):
        lease.advance(done, len(settings.HOUSEKEEPING), name)
        with lease.fenced():
            removed[name] = import_string(path)()
    return removed


def delete_old_jobs() -> int:
    """Delete the background jobs that ended longer ago than JOBS_KEPT, and return their number.

    Their scheduled runs are deleted, too.
    """
    limit = Now() - models.Value(settings.JOBS_KEPT, output_field=models.DurationField())
    _, by_model = Job.objects.finished().filter(finished_at__lt=limit).delete()
    return by_model.get(Job._meta.label, 0)
