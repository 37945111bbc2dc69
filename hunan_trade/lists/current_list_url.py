"""Makes URLs of pages that belong to the same list as the page of the current request."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from hunan_trade.web.request_type import PortalRequest


def current_list_url(request: PortalRequest, name: str, *keys: Any) -> str:
    """Return the URL of a page of the list that the request is for, such as /parks/12/ for `"detail", 12`."""
    assert request.resolver_match is not None
    return reverse(f"{request.resolver_match.namespace}:{name}", args=keys)
