"""View of /robots.txt, which asks search engines to stay away."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from hunan_trade.web.access_decorators import public


@public("what makes a search engine stay away has to be readable by it")
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Return robots.txt, which forbids all pages to search engines."""
    return HttpResponse("User-agent: *\nDisallow: /\n", content_type="text/plain")
