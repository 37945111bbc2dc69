"""What is thrown away by the hour: rows and files that nobody can ask for any more.

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


def tidy(lease: Lease) -> dict[str, int]:
    """One transaction for each, so that a fault undoes no other. Run twice, it finds nothing."""
    removed = {}
    for done, (name, path) in enumerate(settings.HOUSEKEEPING.items()):
        lease.advance(done, len(settings.HOUSEKEEPING), name)
        with lease.fenced():
            removed[name] = import_string(path)()
    return removed


def forget_old_jobs() -> int:
    """Jobs that ended more than JOBS_KEPT ago, with the calendar's note of having asked for them."""
    limit = Now() - models.Value(settings.JOBS_KEPT, output_field=models.DurationField())
    _, by_model = Job.objects.finished().filter(finished_at__lt=limit).delete()
    return by_model.get(Job._meta.label, 0)
