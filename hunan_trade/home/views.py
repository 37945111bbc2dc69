"""Home: one address, and what stands there depends on who asks."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from hunan_trade.home.city import city_desk
from hunan_trade.home.keepers import keeper_desk
from hunan_trade.home.province import province_desk
from hunan_trade.web.access import signed_in
from hunan_trade.web.request import PortalRequest


@signed_in("everybody has a home")
@require_safe
def home(request: PortalRequest) -> HttpResponse:
    """Who reports or reviews sees what there is to do; the keepers of the system see what they keep."""
    if request.user.is_province:
        return render(request, "home/province.html", {"page": province_desk(request.user)})
    if request.user.is_city:
        return render(request, "home/city.html", {"page": city_desk(request.user)})
    return render(request, "home/keeper.html", {"page": keeper_desk(request.user)})
