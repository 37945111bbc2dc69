"""Derives example requests that change a record's state, by page, API and bulk form, from one record each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse

from hunan_trade.lists.declaration import Listing
from hunan_trade.lists.record_keys import key_of, key_url_pattern
from hunan_trade.tests.write_endpoint_requests import Body, WriteEndpoint, WriteRequest


@dataclass(frozen=True)
class MoveCase:
    """A move of a list's records, with a record of the asking city that can be moved.

    `values` are those of the move's fields, `linked` those that are keys of other records, `wrong` values of them that are
    refused. `writes` is what the move changes.
    """

    listing: Listing
    name: str
    who: tuple[str, ...]
    record: Callable[[WriteRequest], Any]
    writes: frozenset[str]
    values: Body = field(default_factory=dict)
    wrong: dict[str, list[Any]] = field(default_factory=dict)
    linked: Callable[[WriteRequest], Body] = lambda request: {}

    def given(self, request: WriteRequest) -> Body:
        return self.values | self.linked(request)


def record_changes(label: str, *fields: str) -> frozenset[str]:
    """Return the names of what a change of a record's fields writes, with its history."""
    history = {f"{label}History", f"{label}History.valid_to", f"{label}History.ended_xid", "lists.Act"}
    return frozenset({*history, f"{label}.version", *(f"{label}.{name}" for name in fields)})


def move_endpoints(case: MoveCase) -> Iterator[WriteEndpoint]:
    """Yield the endpoints that make a move: the record's page, the API, and the pages of many records if there are any."""
    listing, moves = case.listing, case.listing.moves_by_name[case.name]
    needs_reason = bool(moves.workflow.moves[case.name].needs_reason)
    reasons: dict[str, list[Any]] = {"reason": ["", " "]} if needs_reason else {}
    by_token = case.name not in moves.by_person
    page = reverse(f"{listing.code}:home")

    def keys(request: WriteRequest) -> dict[str, Any]:
        return {"pk": key_of(listing, case.record(request))}

    def chosen(request: WriteRequest) -> Body:
        record = case.record(request)
        return case.given(request) | {"versions": f"{key_of(listing, record)}:{record.version}", "reason": "来函"}

    yield WriteEndpoint(
        f"{page}{key_url_pattern(listing)}/moves/{case.name}/", case.who,
        lambda request: case.given(request) | {"version": case.record(request).version, "reason": "来函"}, case.writes, keys,
        foreign=lambda request: {"version": [999, "x"], **case.wrong, **reasons},
    )  # fmt: skip
    yield WriteEndpoint(
        f"/api/v1/{listing.code}/{key_url_pattern(listing)}/moves/{case.name}/", case.who,
        lambda request: case.given(request) | {"reason": "来函"}, case.writes, keys, as_json=True, token=by_token,
        scope="register", refuses_unknown=True,
        headers=lambda request: {"If-Match": f'"{case.record(request).version}"'},
        foreign=lambda request: {"version": [1], **case.wrong, **reasons},
    )  # fmt: skip
    for begin in ("bulk/moves/", "bulk/all/moves/") if case.name in moves.bulk else ():
        yield WriteEndpoint(
            f"{page}{begin}{case.name}/", case.who, chosen, case.writes,
            foreign=lambda request: {"versions": ["999999999:1", "x", ""], **case.wrong, **reasons},
        )  # fmt: skip
