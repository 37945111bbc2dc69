"""Describes requests that change records of registers, for the tests of write endpoints."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from hunan_trade.lists import bulk_edit
from hunan_trade.lists.models import Act, Attachment, BulkEdit
from hunan_trade.lists.tests.attachment_files import PDF
from hunan_trade.tests.write_endpoint_requests import Body, WriteEndpoint, WriteRequest
from parks.models import Park
from parks.tables import PARKS
from targets.models import RosterEntry

_PROVINCE = ("officer", "province_lead")
_PARK, _API = "/parks/<int:pk>/", "/api/v1/parks/"
_FOREIGN_OPERATIONS: dict[str, list[Any]] = {"kind__how": ["nobody", "clear"], "level": ["nobody"], "kind": ["nobody"]}
_HISTORY = {"parks.ParkHistory", "parks.ParkHistory.valid_to", "parks.ParkHistory.ended_xid", "lists.Act"}
_ENTRY = "/rosters/<int:pk>/"
_ENTRY_CHANGES = frozenset(
    {"targets.RosterEntry.name", "targets.RosterEntry.version", "targets.Roster.version", "lists.Act"}
    | {f"targets.RosterEntryHistory{part}" for part in ("", ".valid_to", ".ended_xid")}
)


def _edited_park(request: WriteRequest) -> Park:
    """Return a park that was edited once."""
    return Park.objects.get(version=2)


def _attachment_keys(request: WriteRequest) -> dict[str, Any]:
    return _park_keys(request) | {"attachment": Attachment.objects.get().pk}


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


def _operations(request: WriteRequest) -> Body:
    """Return what the form of a bulk edit sends: each field stays, is set or emptied."""
    names = ("kind", "level", "approved", "as_of_2013", "certainty", "source", "note")
    stay = dict.fromkeys((*names, *(f"{name}__how" for name in names)), "")
    return stay | {"level__how": "set", "level": "county", "note__how": "clear", "reason": "核对"}


def _bulk_edit(request: WriteRequest) -> BulkEdit:
    """Return a bulk edit of the note of the first park, prepared by who asks."""
    rows = Park.objects.filter(pk=_edited_park(request).pk)
    operations, by = {"note": ["set", "批量"]}, request.data.people[request.who]
    return bulk_edit.prepare(PARKS, rows, by=by, operations=operations, reason="核对", query="")


def _stale_bulk_edit(request: WriteRequest) -> BulkEdit:
    """Return a bulk edit of a park that was changed after it was prepared."""
    edit = _bulk_edit(request)
    edit.versions = [1]
    edit.save(update_fields=["versions"])
    return edit


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


REGISTER_WRITE_ENDPOINTS = [
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
        _API + "<int:pk>/attachments/", _PROVINCE, lambda request: {"file": SimpleUploadedFile("批复.pdf", PDF)},
        frozenset({"lists.Attachment", "lists.Act", "files.StoredFile"}), _park_keys, token=True, scope="register", refuses_unknown=True,
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
    WriteEndpoint(
        _PARK + "attachments/", _PROVINCE, lambda request: {"file": SimpleUploadedFile("批复.pdf", PDF)},
        frozenset({"lists.Attachment", "lists.Act", "files.StoredFile"}), _park_keys,
    ),
    WriteEndpoint(
        _PARK + "attachments/<uuid:attachment>/remove/", _PROVINCE, lambda request: {"reason": "传错了"},
        frozenset({"lists.Attachment.removed", "lists.Act"}), _attachment_keys,
        foreign=lambda request: {"reason": ["", " "]},
    ),
    WriteEndpoint(
        "/parks/bulk/", _PROVINCE, lambda request: _operations(request) | {"pick": _edited_park(request).pk},
        frozenset({"lists.BulkEdit"}), foreign=lambda request: _FOREIGN_OPERATIONS | {"pick": [999999999, "x", ""]},
    ),
    WriteEndpoint(
        "/parks/bulk/all/", _PROVINCE, _operations, frozenset({"lists.BulkEdit"}),
        foreign=lambda request: _FOREIGN_OPERATIONS,
    ),
    WriteEndpoint(
        "/parks/bulk/<int:pk>/", _PROVINCE, lambda request: {},
        frozenset({"parks.Park.note", "parks.Park.version", "lists.BulkEdit"} | _HISTORY), lambda request: {"pk": _bulk_edit(request).pk},
    ),
    WriteEndpoint(
        "/parks/bulk/<int:pk>/again/", _PROVINCE, lambda request: {}, frozenset({"lists.BulkEdit"}),
        lambda request: {"pk": _stale_bulk_edit(request).pk},
    ),
]  # fmt: skip
