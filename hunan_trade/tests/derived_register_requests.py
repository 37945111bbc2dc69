"""Derives the example requests of a register's write endpoints from a few values of one record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from hunan_trade.lists.declaration import Editing, Listing
from hunan_trade.lists.editing import bulk_edit
from hunan_trade.lists.models import Act, BulkEdit
from hunan_trade.lists.record_keys import key_of, key_url_pattern
from hunan_trade.tests.saved_view_and_download_write_endpoints import attachment_endpoints
from hunan_trade.tests.write_endpoint_requests import Body, WriteEndpoint, WriteRequest

Wrong = Callable[[WriteRequest], dict[str, list[Any]]]


@dataclass(frozen=True)
class RegisterCase:
    """The register of a list with one record of the asking city that was edited once, in the field `edited`.

    `new` gives the values of a new record as a form sends them, `new_json` those that the API is sent beside or otherwise. `change`
    is a field with its next value, `bulk` one of the fields that may be changed in many records. `wrong` gives values
    that are refused, by field.
    """

    listing: Listing
    who: tuple[str, ...]
    record: Callable[[WriteRequest], Any]
    edited: str
    new: Callable[[WriteRequest], Body]
    new_json: Callable[[WriteRequest], Body]
    created: frozenset[str]
    change: tuple[str, Any]
    bulk: tuple[str, Any]
    wrong: Wrong

    @property
    def editing(self) -> Editing:
        assert self.listing.editing is not None
        return self.listing.editing

    @property
    def history(self) -> set[str]:
        label = f"{self.listing.model._meta.label}History"
        return {label, f"{label}.valid_to", f"{label}.ended_xid", "lists.Act"}

    def changed(self, name: str) -> frozenset[str]:
        """Return the names of what a change of this field writes; the search text and the order follow a name."""
        label = self.listing.model._meta.label
        computed = ["search_text", "name_order"] if name == "name" else []
        return frozenset({f"{label}.{field}" for field in (name, "version", *computed)} | self.history)

    def keys(self, request: WriteRequest) -> dict[str, Any]:
        return {"pk": key_of(self.listing, self.record(request))}

    def form(self, request: WriteRequest) -> Body:
        """Return what the edit form sends when the change is typed."""
        record, (name, value) = self.record(request), self.change
        held = {each: getattr(record, record._meta.get_field(each).attname) for each in self.blank_form}
        filled = {each: "" if text is None else text for each, text in held.items()}
        return filled | {name: value, "version": record.version, "reason": "来函"}

    @property
    def blank_form(self) -> Body:
        """Return what a form of a new record sends when nothing is typed."""
        return {name: "" for group in self.editing.groups for name in group.fields}

    def wrong_edits(self, request: WriteRequest) -> dict[str, list[Any]]:
        return {"version": [1, 999, "x"], **self.wrong(request)}


def _no_reasons(request: WriteRequest) -> dict[str, list[Any]]:
    return {"reason": ["", " "]}


def register_endpoints(case: RegisterCase) -> Iterator[WriteEndpoint]:
    """Yield the endpoints that add, edit, take back and attach to records of a register, by page and API."""
    page, api = f"/{case.listing.code}/{key_url_pattern(case.listing)}/", f"/api/v1/{case.listing.code}/"
    name, value = case.change
    by_token: Any = {"token": True, "scope": "register", "as_json": True, "refuses_unknown": True}

    def act(request: WriteRequest) -> dict[str, Any]:
        acts = Act.objects.filter(kind=Act.Kind.EDITED, listing=case.listing.code)
        acts = acts.filter(by__region=request.city) if "reporter" in case.who else acts
        return {"reference": f"act:{acts.get().pk}"}

    yield WriteEndpoint(
        f"/{case.listing.code}/new/", case.who, lambda request: case.blank_form | case.new(request), case.created,
        foreign=case.wrong,
    )  # fmt: skip
    yield WriteEndpoint(f"{page}edit/", case.who, case.form, case.changed(name), case.keys, foreign=case.wrong_edits)
    yield WriteEndpoint(
        f"{page}versions/<int:number>/take-back/", case.who, lambda request: {"reason": "录错"},
        case.changed(case.edited), lambda request: case.keys(request) | {"number": 2}, foreign=_no_reasons,
    )  # fmt: skip
    yield WriteEndpoint(
        f"/{case.listing.code}/undo/<str:reference>/", case.who, lambda request: {"reason": "录错"},
        case.changed(case.edited), act, foreign=_no_reasons,
    )  # fmt: skip
    yield from _bulk_endpoints(case)
    if case.listing.attachments:
        yield from attachment_endpoints(case.listing, case.who, case.record)
    yield WriteEndpoint(
        api, case.who, lambda request: case.new(request) | case.new_json(request) | {"reason": "来函"}, case.created,
        foreign=case.wrong, **by_token,
    )  # fmt: skip
    yield WriteEndpoint(
        f"/api/v1{page}", case.who, lambda request: {name: value, "reason": "来函"}, case.changed(name), case.keys,
        method="patch", headers=lambda request: {"If-Match": f'"{case.record(request).version}"'},
        foreign=lambda request: {"version": [2], "id": [1], **case.wrong(request)}, **by_token,
    )  # fmt: skip


def _bulk_endpoints(case: RegisterCase) -> Iterator[WriteEndpoint]:
    """Yield the pages of a bulk edit of one field."""
    home, picked = f"/{case.listing.code}/bulk/", frozenset({"lists.BulkEdit"})
    name, value = case.bulk
    stay = dict.fromkeys((*case.editing.bulk, *(f"{field}__how" for field in case.editing.bulk)), "")

    def form(request: WriteRequest) -> Body:
        return stay | {f"{name}__how": "set", name: value, "reason": "核对"}

    def prepared(request: WriteRequest) -> BulkEdit:
        rows, by = case.listing.rows().filter(pk=case.record(request).pk), request.data.people[request.who]
        operations = {name: ["set", value]}
        return bulk_edit.prepare(case.listing, rows, by=by, operations=operations, reason="核对", query="")

    def stale(request: WriteRequest) -> BulkEdit:
        edit = prepared(request)
        edit.versions = [1]
        edit.save(update_fields=["versions"])
        return edit

    def wrong(request: WriteRequest) -> dict[str, list[Any]]:
        return {f"{name}__how": ["nobody"]}

    yield WriteEndpoint(
        home, case.who, lambda request: form(request) | {"pick": key_of(case.listing, case.record(request))}, picked,
        foreign=lambda request: wrong(request) | {"pick": [999999999, "x", ""]},
    )  # fmt: skip
    yield WriteEndpoint(f"{home}all/", case.who, form, picked, foreign=wrong)
    yield WriteEndpoint(
        f"{home}<int:pk>/", case.who, lambda request: {}, case.changed(name) | picked,
        lambda request: {"pk": prepared(request).pk},
    )  # fmt: skip
    yield WriteEndpoint(
        f"{home}<int:pk>/again/", case.who, lambda request: {}, picked, lambda request: {"pk": stale(request).pk}
    )
