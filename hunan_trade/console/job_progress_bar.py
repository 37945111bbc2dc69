"""Computes the progress bar for the page of a background job."""

from __future__ import annotations

from django.urls import reverse

from hunan_trade.jobs.models import Job
from hunan_trade.ui.component_data import JobProgress
from hunan_trade.ui.job_progress_data import progress_bar


def job_progress_bar(job: Job) -> JobProgress:
    """Return the data of a job's progress bar, with the URL from which the job's page keeps reloading it."""
    return progress_bar(job, poll_url=reverse("console:job-progress", args=[job.pk]))
