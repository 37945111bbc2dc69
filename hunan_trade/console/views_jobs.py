"""Views that show a background job and retry a failed job.

Users see the jobs they requested, administrators see all and retry failed ones.
"""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from hunan_trade.accounts.roles import Permission
from hunan_trade.console.job_progress_bar import job_progress_bar
from hunan_trade.jobs import actions
from hunan_trade.jobs.models import Job
from hunan_trade.web.access_decorators import get_visible, mark_as_polled, requires, signed_in
from hunan_trade.web.request_type import PortalRequest


@signed_in("whoever asked for a job follows it")
@require_safe
def job(request: PortalRequest, pk: int) -> HttpResponse:
    found = get_visible(Job.objects.select_related("requested_by"), request.user, pk=pk)
    page = {
        "job": job_progress_bar(found),
        "row": found,
        "may_retry": found.may_be_retried and request.user.may(Permission.SEE_JOBS),
        "trace": found.trace if request.user.may(Permission.MANAGE_ACCOUNTS) else "",
    }
    return render(request, "console/job.html", page)


@mark_as_polled
@signed_in("whoever asked for a job follows it")
@require_safe
def job_progress(request: PortalRequest, pk: int) -> HttpResponse:
    """Return the HTML of a background job's progress bar, which the job's page polls until the job ends."""
    found = get_visible(Job.objects.all(), request.user, pk=pk)
    response = render(request, "components/job.html", {"job": job_progress_bar(found)})
    if found.state == Job.State.DONE:
        response["HX-Refresh"] = "true"  # the page that asks can now show what the job has made
    return response


@requires(Permission.SEE_JOBS)
@require_POST
def job_retry(request: PortalRequest, pk: int) -> HttpResponse:
    found = actions.retry_job(get_visible(Job.objects.all(), request.user, pk=pk), by=request.user)
    messages.success(request, f"已重新办理“{found.title}”。")
    return redirect("console:job", pk=pk)
