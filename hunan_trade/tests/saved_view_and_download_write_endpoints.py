"""Describes example requests for a list's saved views, columns, downloads and attachments, for tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from hunan_trade.accounts.roles import GRANTS, Role
from hunan_trade.lists.declaration import Listing, declared
from hunan_trade.lists.models import Attachment, SavedView
from hunan_trade.lists.record_keys import key_of, key_url_pattern
from hunan_trade.lists.tests.attachment_files import PDF
from hunan_trade.tests.write_endpoint_requests import Body, WriteEndpoint, WriteRequest

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


def attachment_endpoints(
    listing: Listing, who: tuple[str, ...], record: Callable[[WriteRequest], Any]
) -> Iterator[WriteEndpoint]:
    """Yield the endpoints that add and remove attachments of a list's records.

    `record` gives the record, to which one file is attached.
    """
    page, one = f"/{listing.code}/{key_url_pattern(listing)}/attachments/", "<uuid:attachment>/"
    api = f"/api/v1{page}"
    added, removed = {"lists.Attachment", "lists.Act", "files.StoredFile"}, {"lists.Attachment.removed", "lists.Act"}

    def keys(request: WriteRequest) -> dict[str, Any]:
        return {"pk": key_of(listing, record(request))}

    def attachment_keys(request: WriteRequest) -> dict[str, Any]:
        found = Attachment.objects.get(listing=listing.code, record=record(request).pk, document="")
        return keys(request) | {"attachment": found.pk}

    def new_file(request: WriteRequest) -> Body:
        document = {"document": listing.documents[0].code} if listing.documents else {}
        return {"file": SimpleUploadedFile("批复.pdf", PDF), **document}

    def reason(request: WriteRequest) -> Body:
        return {"reason": "传错了"}

    def no_reasons(request: WriteRequest) -> dict[str, list[Any]]:
        return {"reason": ["", " "]}

    yield WriteEndpoint(page, who, new_file, frozenset(added), keys)
    yield WriteEndpoint(f"{page}{one}remove/", who, reason, frozenset(removed), attachment_keys, foreign=no_reasons)
    yield WriteEndpoint(api, who, new_file, frozenset(added), keys, token=True, scope="register", refuses_unknown=True)
    yield WriteEndpoint(
        f"{api}{one}", who, reason, frozenset(removed), attachment_keys,
        foreign=no_reasons, method="delete",
        token=True, scope="register", as_json=True, refuses_unknown=True,
    )  # fmt: skip


LIST_WRITE_ENDPOINTS = [endpoint for listing in declared() for endpoint in _endpoints(listing)]
