"""The page that lists the year's activities, fairs and meetings."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from events import queries
from events.models import Event
from hunan_trade import clock
from hunan_trade.accounts.roles import Permission
from hunan_trade.web.access import requires
from hunan_trade.web.filters import reject_unknown_params
from hunan_trade.web.request import PortalRequest


@requires(Permission.SEE_PLAN)
@require_safe
def home(request: PortalRequest) -> HttpResponse:
    reject_unknown_params(request)
    today = clock.today()
    page = queries.year_calendar(Event.objects.visible_to(request.user), today.year, today)
    return render(request, "events/home.html", {"page": page})
