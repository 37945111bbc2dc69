"""Pages of the board of a year, and of the exceptions that a lead decides."""

from __future__ import annotations

import re

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from hunan_trade.accounts.roles import Permission
from hunan_trade.intake import queries
from hunan_trade.intake.actions import deciding
from hunan_trade.intake.models import Exemption, MonthlyReturn
from hunan_trade.periods import Month
from hunan_trade.web.access import get_visible, requires
from hunan_trade.web.filters import reject_unknown_params
from hunan_trade.web.request import PortalRequest


@requires(Permission.SEE_FIGURES)
@require_safe
def returns(request: PortalRequest) -> HttpResponse:
    reject_unknown_params(request, "year")
    asked = request.GET.get("year", "")
    year = int(asked) if re.fullmatch("20[0-9]{2}", asked) else queries.latest_year(request.user)
    return render(request, "intake/board.html", {"page": queries.board(year, request.user)})


@requires(Permission.SEE_FIGURES)
@require_safe
def home(request: PortalRequest) -> HttpResponse:
    """Redirect a city to its current return, others to the board."""
    own = queries.current_return(request.user)
    return redirect("intake:return", own.region_id, own.period) if own else redirect("intake:returns")


@requires(Permission.DECIDE_EXCEPTION)
@require_POST
def exception_decide(request: PortalRequest, pk: int) -> HttpResponse:
    exemption = get_visible(Exemption.objects.with_people(), request.user, pk=pk)
    granted = request.POST.get("granted") == "yes"
    deciding.decide_exception(exemption.pk, granted=granted, by=request.user)
    done = (
        f"已{'批准' if granted else '驳回'}{exemption.monthly_return.region.common_name}{exemption.get_kind_display()}"
    )
    messages.success(request, done)
    return redirect("intake:returns")


def asked_return(request: PortalRequest, region: str, month: Month) -> MonthlyReturn:
    """Return the return of the URL; 404 where it does not exist for this user."""
    return get_visible(
        MonthlyReturn.objects.with_region().select_related("handed_up_by"),
        request.user,
        region=region,
        month=month.first,
    )
