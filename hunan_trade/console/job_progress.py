"""Converts a background job into the progress bar that its own page shows, and pages above link to."""

from __future__ import annotations

from django.urls import reverse

from hunan_trade.jobs.models import Job
from hunan_trade.ui.components import JobProgress
from hunan_trade.ui.progress_bar import progress_bar


def progress(job: Job) -> JobProgress:
    """Return the data of the job's progress bar, which the page of the job polls."""
    return progress_bar(job, poll_url=reverse("console:job-progress", args=[job.pk]))
