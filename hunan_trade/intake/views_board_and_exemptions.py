"""Views that show the returns of all cities in a year, and that grant or refuse an exemption."""

from __future__ import annotations

import re
from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from hunan_trade.accounts.roles import Permission
from hunan_trade.intake import queries_board_and_review_queue
from hunan_trade.intake.actions import deciding
from hunan_trade.intake.models import Exemption, MonthlyReturn
from hunan_trade.intake.tables import OPEN_AND_RECENT_EXEMPTIONS, decision_buttons
from hunan_trade.periods import Month
from hunan_trade.web.access_decorators import get_visible, requires
from hunan_trade.web.request_type import PortalRequest
from hunan_trade.web.unknown_query_parameters import reject_unknown_params


@requires(Permission.SEE_FIGURES)
@require_safe
def returns_board(request: PortalRequest) -> HttpResponse:
    reject_unknown_params(request, "year")
    text = request.GET.get("year", "")
    year = int(text) if re.fullmatch("20[0-9]{2}", text) else queries_board_and_review_queue.latest_year(request.user)
    page = queries_board_and_review_queue.load_board_page(year, request.user)
    exemptions = OPEN_AND_RECENT_EXEMPTIONS.html(page.exemptions, row_end=partial(decision_buttons, request.user))
    return render(request, "intake/board.html", {"page": page, "exemptions": exemptions})


@requires(Permission.SEE_FIGURES)
@require_safe
def redirect_home(request: PortalRequest) -> HttpResponse:
    """Redirect a city's user to the city's current return, and others to the overview of all cities' returns."""
    own = queries_board_and_review_queue.current_return_of_city(request.user)
    return redirect("intake:return", own.region_id, own.period) if own else redirect("intake:returns")


@requires(Permission.DECIDE_EXEMPTION)
@require_POST
def decide_exemption(request: PortalRequest, pk: int) -> HttpResponse:
    exemption = get_visible(Exemption.objects.with_people(), request.user, pk=pk)
    granted = request.POST.get("granted") == "yes"
    deciding.decide_exemption(exemption.pk, granted=granted, by=request.user)
    done = (
        f"已{'批准' if granted else '驳回'}{exemption.monthly_return.region.name_in_text}{exemption.get_kind_display()}"
    )
    messages.success(request, done)
    return redirect("intake:returns")


def get_return_or_404(request: PortalRequest, region: str, month: Month) -> MonthlyReturn:
    """Return the monthly return that the URL names; raise Http404 if this user may not see that return."""
    return get_visible(
        MonthlyReturn.objects.with_region().select_related("handed_up_by"),
        request.user,
        region=region,
        month=month.first,
    )
