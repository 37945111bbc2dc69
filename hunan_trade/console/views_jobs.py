"""Views of the list of background jobs, of one job, and of retrying a failed job.

Users see the jobs they requested, administrators see all and retry failed ones.
"""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from hunan_trade.accounts.roles import Permission
from hunan_trade.console.job_progress import progress
from hunan_trade.jobs import actions, system_health
from hunan_trade.jobs.models import Job, JobQuerySet
from hunan_trade.quantities import thousands
from hunan_trade.ui.components import Tab
from hunan_trade.ui.pagination import paginate
from hunan_trade.web.access import get_visible, polling, requires, signed_in
from hunan_trade.web.filters import reject_unknown_params
from hunan_trade.web.request import PortalRequest

VIEWS: MappingProxyType[str, tuple[str, Callable[[JobQuerySet], JobQuerySet]]] = MappingProxyType(
    {
        "unfinished": ("在办", JobQuerySet.unfinished),
        "trouble": ("没办成", JobQuerySet.in_trouble),
        "all": ("全部", JobQuerySet.all),
    }
)


@signed_in("whoever asked for a job follows it; the rows are their own", all_rows=Permission.SEE_JOBS)
@require_safe
def jobs(request: PortalRequest) -> HttpResponse:
    reject_unknown_params(request, "view", "page")
    view = request.GET.get("view", "")
    view = view if view in VIEWS else "unfinished"
    chosen = VIEWS[view][1](Job.objects.visible_to(request.user))
    rows = paginate(request, chosen.select_related("requested_by").newest_first())
    counts = system_health.job_counts(request.user)
    workers = system_health.workers() if request.user.may(Permission.SEE_JOBS) else []
    page = {"rows": rows, "tabs": _tabs(view, counts), "view": view, "counts": counts}
    return render(request, "console/jobs.html", {**page, "workers": workers})


@signed_in("whoever asked for a job follows it")
@require_safe
def job(request: PortalRequest, pk: int) -> HttpResponse:
    found = get_visible(Job.objects.select_related("requested_by"), request.user, pk=pk)
    page = {
        "job": progress(found),
        "row": found,
        "may_retry": found.may_be_retried and request.user.may(Permission.SEE_JOBS),
        "trace": found.trace if request.user.may(Permission.MANAGE_ACCOUNTS) else "",
    }
    return render(request, "console/job.html", page)


@polling
@signed_in("whoever asked for a job follows it")
@require_safe
def job_progress(request: PortalRequest, pk: int) -> HttpResponse:
    """Return the HTML of a job's progress bar, which the page polls until the job ends."""
    found = get_visible(Job.objects.all(), request.user, pk=pk)
    response = render(request, "components/job.html", {"job": progress(found)})
    if found.state == Job.State.DONE:
        response["HX-Refresh"] = "true"  # the page that asks can now show what the job has made
    return response


@requires(Permission.SEE_JOBS)
@require_POST
def job_retry(request: PortalRequest, pk: int) -> HttpResponse:
    found = actions.retry_job(get_visible(Job.objects.all(), request.user, pk=pk), by=request.user)
    messages.success(request, f"已重新办理“{found.title}”。")
    return redirect("console:job", pk=pk)


def _tabs(view: str, counts: system_health.JobCounts) -> list[Tab]:
    numbers = {"unfinished": counts.unfinished, "trouble": counts.in_trouble}
    return [
        Tab(title, f"?view={name}", thousands(numbers[name]) if numbers.get(name) else "", name == view)
        for name, (title, _) in VIEWS.items()
    ]
