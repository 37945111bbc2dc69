"""Page of the register of parks and zones (园区平台)."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from hunan_trade import clock
from hunan_trade.accounts.roles import Permission
from hunan_trade.web.access import requires
from hunan_trade.web.filters import apply_filters
from hunan_trade.web.request import PortalRequest
from parks import queries
from parks.filters import ParkFilter
from parks.models import Park


@requires(Permission.SEE_FIGURES)
@require_safe
def home(request: PortalRequest) -> HttpResponse:
    chosen = apply_filters(request, ParkFilter, Park.objects.visible_to(request.user).in_order())
    page = queries.park_register(chosen.qs, clock.today())
    return render(request, "parks/home.html", {"form": chosen.form, "page": page, "filtered": request.GET.urlencode()})
