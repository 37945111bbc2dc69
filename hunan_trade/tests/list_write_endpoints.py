"""Example requests for saved views, columns and downloads of lists, for tests of endpoints that write."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import reverse

from hunan_trade.accounts.roles import GRANTS, Role
from hunan_trade.lists.declaration import Listing, declared
from hunan_trade.lists.models import SavedView
from hunan_trade.tests.write_endpoint_requests import WriteEndpoint, WriteRequest

_PEOPLE = {
    "reporter": Role.CITY_REPORTER,
    "lead": Role.CITY_LEAD,
    "officer": Role.PROVINCE_OFFICER,
    "province_lead": Role.PROVINCE_LEAD,
    "admin": Role.ADMINISTRATOR,
    "security": Role.SECURITY_OFFICER,
    "auditor": Role.AUDITOR,
}


def _endpoints(listing: Listing) -> Iterator[WriteEndpoint]:
    route = reverse(f"{listing.code}:home")
    readers = tuple(who for who, role in _PEOPLE.items() if listing.own_rows or listing.see in GRANTS[role])
    first, second = (column.key for column in listing.columns[:2])
    unknown = ["?unknown=1", "?sort=nobody"]

    def own_view(request: WriteRequest) -> dict[str, Any]:
        return {"pk": SavedView.objects.get(owner=request.data.people[request.who], listing=listing.code).pk}

    yield WriteEndpoint(
        f"{route}views/",
        readers,
        lambda request: {"query": "?sort=" + first, "title": "新视图", "shared": "", "is_default": ""},
        frozenset({"lists.SavedView"}),
        foreign=lambda request: {"shared": ["x"], "is_default": ["x"], "query": unknown},
    )
    yield WriteEndpoint(
        f"{route}views/<int:pk>/",
        readers,
        lambda request: {"query": "?sort=" + first, "act": "update"},
        frozenset({"lists.SavedView.parameters", "lists.SavedView.words"}),
        own_view,
        foreign=lambda request: {"act": ["nobody", "default"], "query": unknown},
    )
    yield WriteEndpoint(
        f"{route}columns/",
        readers,
        lambda request: {"query": "", "order": [first, second], "shown": [second], "move": "", "reset": ""},
        frozenset({"lists.ColumnChoice"}),
        foreign=lambda request: {"order": [["nobody"]], "shown": [["nobody"]], "move": ["nobody:1"], "reset": ["x"]},
    )
    yield WriteEndpoint(f"{route}download/", readers, lambda request: {}, frozenset({"lists.ListDownload", "jobs.Job"}))


LIST_WRITE_ENDPOINTS = [endpoint for listing in declared() for endpoint in _endpoints(listing)]
