"""View of the funnel of project stages."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from hunan_trade.web.request_type import PortalRequest
from projects.funnel.funnel_page import funnel_page, project_list_url
from projects.funnel.funnel_query import FunnelQuery
from projects.tables import PROJECTS


@PROJECTS.guard
@require_safe
def stage_funnel(request: PortalRequest) -> HttpResponse:
    """Show how many of the filtered projects reached each stage and how long they took, by group."""
    query = FunnelQuery(PROJECTS, request.user, request.GET)
    if not query.is_valid:
        return redirect(project_list_url(query))  # where the sentences stand beside the fields
    return render(request, "projects/funnel.html", {"page": funnel_page(query)})
