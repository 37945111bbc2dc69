"""The addresses of a list's other pages, seen from the page that is asked for."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from hunan_trade.web.request import PortalRequest


def page_address(request: PortalRequest, name: str, *keys: Any) -> str:
    """Return the address of a page of the same list: `page_address(request, "detail", 12)` is /parks/12/."""
    assert request.resolver_match is not None
    return reverse(f"{request.resolver_match.namespace}:{name}", args=keys)
