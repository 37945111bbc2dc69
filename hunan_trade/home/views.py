"""View of the home page, which differs by the user's role."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from hunan_trade.home.administration import administration_home
from hunan_trade.home.city import city_home
from hunan_trade.home.province import province_home
from hunan_trade.home.tables import LARGEST_ENTERPRISES, remarked_cells_html, sheet_progress_html
from hunan_trade.web.access_decorators import signed_in
from hunan_trade.web.request_type import PortalRequest


@signed_in("everybody has a home")
@require_safe
def home(request: PortalRequest) -> HttpResponse:
    """Show the user's home page: that of the province, of a city or of an administrative role."""
    if request.user.is_province:
        province = province_home(request.user)
        largest = LARGEST_ENTERPRISES.html(province.figures.largest)
        return render(request, "home/province.html", {"page": province, "largest": largest})
    if request.user.is_city:
        city = city_home(request.user)
        tables = {"cells": remarked_cells_html(city.own), "sheets": sheet_progress_html(city.own)} if city.own else {}
        return render(request, "home/city.html", {"page": city, **tables})
    return render(request, "home/administration.html", {"page": administration_home(request.user)})
