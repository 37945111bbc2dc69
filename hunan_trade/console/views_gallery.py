"""View of the gallery page that shows all user-interface components."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from hunan_trade.lists.gallery_examples import list_gallery_context
from hunan_trade.ui.gallery_examples import gallery_context
from hunan_trade.web.access_decorators import signed_in
from hunan_trade.web.request_type import PortalRequest


@signed_in("the parts pages are made of, for those who draw them")
@require_safe
def gallery(request: PortalRequest) -> HttpResponse:
    return render(request, "gallery.html", gallery_context() | list_gallery_context())
