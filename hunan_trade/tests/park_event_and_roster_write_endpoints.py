"""Describes example requests that change parks, events and roster names, for the tests of write endpoints."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from events.models import Event
from events.tables import EVENTS
from hunan_trade.lists.declaration import Listing
from hunan_trade.lists.editing import bulk_edit
from hunan_trade.lists.models import Act, BulkEdit
from hunan_trade.tests.saved_view_and_download_write_endpoints import attachment_endpoints
from hunan_trade.tests.write_endpoint_requests import Body, WriteEndpoint, WriteRequest
from parks.models import Park
from parks.tables import PARKS
from targets.models import ItemIdentity, RosterEntry
from targets.tables_rosters_and_item_page import ROSTERS

_PROVINCE = ("officer", "province_lead")
_PARK, _API = "/parks/<int:pk>/", "/api/v1/parks/"
_HISTORY = {"parks.ParkHistory", "parks.ParkHistory.valid_to", "parks.ParkHistory.ended_xid", "lists.Act"}
_ENTRY = "/rosters/<int:pk>/"
_ENTRY_TRACES = frozenset(
    {"targets.RosterEntry.version", "targets.Roster.version", "lists.Act"}
    | {f"targets.RosterEntryHistory{part}" for part in ("", ".valid_to", ".ended_xid")}
)
_ENTRY_CHANGES = _ENTRY_TRACES | {f"targets.RosterEntry.{name}" for name in ("name", "search_text", "name_order")}


def _edited_park(request: WriteRequest) -> Park:
    """Return a park that was edited once."""
    return Park.objects.get(version=2)


def _park_keys(request: WriteRequest) -> dict[str, Any]:
    return {"pk": _edited_park(request).pk}


def _new_park(request: WriteRequest) -> Body:
    values = {"name": "另一园区", "city": "430100", "kind": "park", "level": "county", "approved": "2012"}
    return values | {"as_of_2013": "on", "certainty": "seen", "source": "来函", "note": "新登记"}


def _edited_values(request: WriteRequest) -> Body:
    park = _edited_park(request)
    names = ("name", "kind", "level", "approved", "certainty", "source")
    values = {name: getattr(park, name) for name in names} | {"city": park.city_id}
    registered = {"as_of_2013": "on"} if park.as_of_2013 else {}
    return values | registered | {"note": "另写的说明", "version": park.version, "reason": "来函"}


def _new_park_of_api(request: WriteRequest) -> Body:
    return _new_park(request) | {"as_of_2013": True, "reason": "来函"}


def _seen(request: WriteRequest) -> dict[str, str]:
    return {"If-Match": f'"{_edited_park(request).version}"'}


def _seen_entry(request: WriteRequest) -> dict[str, str]:
    return {"If-Match": f'"{_edited_entry(request).version}"'}


def _edited_entry(request: WriteRequest) -> RosterEntry:
    """Return a name on a roster that was edited once."""
    return RosterEntry.objects.current().get(version=2)


def _entry_keys(request: WriteRequest) -> dict[str, Any]:
    return {"pk": _edited_entry(request).pk}


def _entry_values(request: WriteRequest) -> Body:
    entry = _edited_entry(request)
    values = {"roster": entry.roster_id, "region": entry.region_id or "", "name": "再改的名称"}
    return values | {"version": entry.version, "reason": "来函"}


def _item_key(number: int) -> int:
    """Return the key of the item of the plan of 2013 that has this number now."""
    return ItemIdentity.objects.get(year=2013, number=number, in_force=True).pk


def _new_event(request: WriteRequest) -> Body:
    return {"name": "另一会议", "year": "2013", "kind": "meeting", "item": _item_key(20), "starts_on": "2013-09-01",
            "ends_on": "2013-09-02", "whole_month": "on", "place": "长沙", "target_region": "香港", "note": "新登记"}  # fmt: skip


def _edited_event(request: WriteRequest) -> Event:
    """Return an event that was edited once."""
    return Event.objects.get(version=2)


def _event_keys(request: WriteRequest) -> dict[str, Any]:
    return {"pk": _edited_event(request).pk}


def _event_values(request: WriteRequest) -> Body:
    event = _edited_event(request)
    names = ("name", "year", "kind", "item_id", "starts_on", "ends_on", "place", "target_region")
    values = {name.removesuffix("_id"): getattr(event, name) or "" for name in names}
    ticked = {"whole_month": "on"} if event.whole_month else {}
    return values | ticked | {"note": "另写的说明", "version": event.version, "reason": "来函"}


def _bulk_endpoints(
    listing: Listing, edited: Callable[[WriteRequest], Any], name: str, value: Any, changes: frozenset[str]
) -> Iterator[WriteEndpoint]:
    """Yield the pages of a bulk edit of the field `name`, of which each test edits the record `edited`."""
    home = f"/{listing.code}/bulk/"
    bulk = listing.editing.bulk if listing.editing else ()
    stay = dict.fromkeys((*bulk, *(f"{field}__how" for field in bulk)), "")

    def form(request: WriteRequest) -> Body:
        return stay | {f"{name}__how": "set", name: value, "reason": "核对"}

    def prepared(request: WriteRequest) -> BulkEdit:
        rows = listing.rows().filter(pk=edited(request).pk)
        by = request.data.people[request.who]
        return bulk_edit.prepare(listing, rows, by=by, operations={name: ["set", value]}, reason="核对", query="")

    def stale(request: WriteRequest) -> BulkEdit:
        edit = prepared(request)
        edit.versions = [1]
        edit.save(update_fields=["versions"])
        return edit

    wrong: dict[str, list[Any]] = {f"{name}__how": ["nobody"]}
    picked = frozenset({"lists.BulkEdit"})
    yield WriteEndpoint(
        home, _PROVINCE, lambda request: form(request) | {"pick": edited(request).pk}, picked,
        foreign=lambda request: wrong | {"pick": [999999999, "x", ""]},
    )  # fmt: skip
    yield WriteEndpoint(f"{home}all/", _PROVINCE, form, picked, foreign=lambda request: wrong)
    yield WriteEndpoint(
        f"{home}<int:pk>/",
        _PROVINCE,
        lambda request: {},
        changes | picked,
        lambda request: {"pk": prepared(request).pk},
    )
    yield WriteEndpoint(
        f"{home}<int:pk>/again/", _PROVINCE, lambda request: {}, picked, lambda request: {"pk": stale(request).pk}
    )


_EVENT, _NEW_EVENT = "/events/<int:pk>/", frozenset({"events.Event", "events.EventHistory", "lists.Act"})
_EVENT_HISTORY = frozenset(
    {"events.EventHistory", "events.EventHistory.valid_to", "events.EventHistory.ended_xid", "lists.Act"}
)
_EVENT_PLACE = _EVENT_HISTORY | {"events.Event.place", "events.Event.search_text", "events.Event.version"}
_EVENT_NOTE = _EVENT_HISTORY | {"events.Event.note", "events.Event.version"}
REGISTER_WRITE_ENDPOINTS = [
    WriteEndpoint(
        "/events/new/", _PROVINCE, _new_event, _NEW_EVENT,
        foreign=lambda request: {
            "year": ["1999", "x"], "kind": ["nobody"], "item": ["999999", "x"], "ends_on": ["2013-08-31"],
        },
    ),
    WriteEndpoint(
        _EVENT + "edit/", _PROVINCE, _event_values, _EVENT_NOTE, _event_keys,
        foreign=lambda request: {"version": [1, 999, "x"], "kind": ["nobody"], "item": ["999999"]},
    ),
    WriteEndpoint(
        _EVENT + "versions/<int:number>/take-back/", _PROVINCE, lambda request: {"reason": "录错"}, _EVENT_PLACE,
        lambda request: _event_keys(request) | {"number": 2}, foreign=lambda request: {"reason": ["", " "]},
    ),
    WriteEndpoint(
        "/events/undo/<str:reference>/", _PROVINCE, lambda request: {"reason": "录错"}, _EVENT_PLACE,
        lambda request: {"reference": f"act:{Act.objects.get(kind='edited', listing='events').pk}"},
        foreign=lambda request: {"reason": ["", " "]},
    ),
    *_bulk_endpoints(ROSTERS, _edited_entry, "region", "430100", _ENTRY_TRACES | {"targets.RosterEntry.region"}),
    *_bulk_endpoints(EVENTS, _edited_event, "note", "批量", _EVENT_NOTE),
    WriteEndpoint(
        "/api/v1/events/", _PROVINCE,
        lambda request: _new_event(request) | {"year": 2013, "whole_month": True, "reason": "来函"},
        _NEW_EVENT, token=True, scope="register", as_json=True, refuses_unknown=True,
        foreign=lambda request: {"year": ["2013", 1999], "kind": ["nobody", None], "item": [999_999, "x"]},
    ),
    WriteEndpoint(
        "/api/v1/events/<int:pk>/", _PROVINCE, lambda request: {"note": "另写的说明", "reason": "来函"}, _EVENT_NOTE,
        _event_keys, method="patch", token=True, scope="register", as_json=True, refuses_unknown=True,
        headers=lambda request: {"If-Match": f'"{_edited_event(request).version}"'},
        foreign=lambda request: {"version": [2], "id": [1], "kind": ["nobody"], "when": ["6月"]},
    ),
    WriteEndpoint(
        "/rosters/new/", _PROVINCE,
        lambda request: {"roster": _edited_entry(request).roster_id, "name": "新列的名称", "region": "430100"},
        frozenset({"targets.RosterEntry", "targets.RosterEntryHistory", "targets.Roster.version", "lists.Act"}),
        foreign=lambda request: {"roster": [999_999, "x"], "region": ["x"], "name": [_edited_entry(request).name]},
    ),
    WriteEndpoint(
        _ENTRY + "edit/", _PROVINCE, _entry_values, _ENTRY_CHANGES, _entry_keys,
        foreign=lambda request: {"version": [1, 999, "x"], "roster": [999_999], "region": ["x"]},
    ),
    WriteEndpoint(
        _ENTRY + "versions/<int:number>/take-back/", _PROVINCE, lambda request: {"reason": "录错"}, _ENTRY_CHANGES,
        lambda request: _entry_keys(request) | {"number": 2}, foreign=lambda request: {"reason": ["", " "]},
    ),
    WriteEndpoint(
        "/rosters/undo/<str:reference>/", _PROVINCE, lambda request: {"reason": "录错"}, _ENTRY_CHANGES,
        lambda request: {"reference": f"act:{Act.objects.get(kind='edited', listing='rosters').pk}"},
        foreign=lambda request: {"reason": ["", " "]},
    ),
    WriteEndpoint(
        "/api/v1/rosters/", _PROVINCE,
        lambda request: {"roster": _edited_entry(request).roster_id, "name": "新列的名称", "region": "430100", "reason": "来函"},
        frozenset({"targets.RosterEntry", "targets.RosterEntryHistory", "targets.Roster.version", "lists.Act"}),
        token=True, scope="register", as_json=True, refuses_unknown=True,
        foreign=lambda request: {"roster": [999_999, "x"], "region": ["x"], "name": [_edited_entry(request).name]},
    ),
    WriteEndpoint(
        "/api/v1/rosters/<int:pk>/", _PROVINCE, lambda request: {"name": "再改的名称", "reason": "来函"},
        _ENTRY_CHANGES, _entry_keys, method="patch",
        token=True, scope="register", as_json=True, refuses_unknown=True, headers=_seen_entry,
        foreign=lambda request: {"version": [2], "id": [1], "roster": [999_999, "x"], "region": ["x"]},
    ),
    WriteEndpoint(
        _API, _PROVINCE, _new_park_of_api, frozenset({"parks.Park", "parks.ParkHistory", "lists.Act"}),
        token=True, scope="register", as_json=True, refuses_unknown=True,
        foreign=lambda request: {
            "city": ["430000", "430102", "x", 430100], "kind": ["nobody", None], "level": ["nobody"],
            "certainty": ["nobody"], "name": [_edited_park(request).name], "as_of_2013": ["on", 1],
        },
    ),
    WriteEndpoint(
        _API + "<int:pk>/", _PROVINCE, lambda request: {"note": "另写的说明", "reason": "来函"},
        frozenset({"parks.Park.note", "parks.Park.version"} | _HISTORY), _park_keys, method="patch",
        token=True, scope="register", as_json=True, refuses_unknown=True, headers=_seen,
        foreign=lambda request: {"version": [2], "id": [1], "city": ["430000"], "kind": ["nobody"], "status": ["在册"]},
    ),
    WriteEndpoint(
        "/parks/new/", _PROVINCE, _new_park, frozenset({"parks.Park", "parks.ParkHistory", "lists.Act"}),
        foreign=lambda request: {
            "city": ["430000", "430102", "x"], "kind": ["nobody"], "level": ["nobody"], "certainty": ["nobody"],
            "name": [_edited_park(request).name],
        },
    ),
    WriteEndpoint(
        _PARK + "edit/", _PROVINCE, _edited_values,
        frozenset({"parks.Park.note", "parks.Park.version"} | _HISTORY), _park_keys,
        foreign=lambda request: {"version": [1, 999, "x"], "city": ["430000"], "kind": ["nobody"]},
    ),
    WriteEndpoint(
        _PARK + "versions/<int:number>/take-back/", _PROVINCE, lambda request: {"reason": "录错"},
        frozenset({"parks.Park.note", "parks.Park.version"} | _HISTORY),
        lambda request: _park_keys(request) | {"number": 2}, foreign=lambda request: {"reason": ["", " "]},
    ),
    WriteEndpoint(
        "/parks/undo/<str:reference>/", _PROVINCE, lambda request: {"reason": "录错"},
        frozenset({"parks.Park.note", "parks.Park.version"} | _HISTORY),
        lambda request: {"reference": f"act:{Act.objects.get(kind='edited', listing='parks').pk}"},
        foreign=lambda request: {"reason": ["", " "]},
    ),
    *attachment_endpoints(PARKS, _PROVINCE, _edited_park),
    *attachment_endpoints(EVENTS, _PROVINCE, _edited_event),
    *_bulk_endpoints(
        PARKS, _edited_park, "note", "批量", frozenset({"parks.Park.note", "parks.Park.version"} | _HISTORY)
    ),
]  # fmt: skip
