"""Views of the pages of one enterprise and of its registration."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from enterprises import actions, queries
from enterprises.forms import RegistrationForm
from enterprises.models import Enterprise
from hunan_trade.accounts.roles import Permission
from hunan_trade.web.access import get_visible, requires
from hunan_trade.web.request import PortalRequest


@requires(Permission.SEE_FIGURES)
@require_safe
def detail(request: PortalRequest, code: str) -> HttpResponse:
    enterprise = get_visible(Enterprise.objects.select_related("region", "county"), request.user, customs_code=code)
    return render(
        request, "enterprises/detail.html", {"enterprise": enterprise, "lines": queries.trade_history(enterprise)}
    )


@requires(Permission.REGISTER_ENTERPRISE)
def register(request: PortalRequest) -> HttpResponse:
    region = request.user.region
    if region is None:
        return render(request, "enterprises/by_city.html")
    form = RegistrationForm(request.POST or None, region=region)
    if request.method == "POST" and form.is_valid():
        county = form.cleaned_data.pop("county")
        enterprise = actions.register(
            **form.cleaned_data, county=county.code if county else None, region=region.code, by=request.user
        )
        messages.success(request, f"已登记 {enterprise.name}，当月月报已列出")
        return redirect("enterprises:detail", enterprise.customs_code)
    return render(request, "enterprises/register.html", {"form": form, "region": region})
