"""Describes requests that change records of registers, for the tests of write endpoints."""

from __future__ import annotations

from typing import Any

from hunan_trade.tests.write_endpoint_requests import Body, WriteEndpoint, WriteRequest
from parks.models import Park

_PROVINCE = ("officer", "province_lead")
_PARK = "/parks/<int:pk>/"
_HISTORY = {"parks.ParkHistory", "parks.ParkHistory.valid_to", "lists.Act"}


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


REGISTER_WRITE_ENDPOINTS = [
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
]  # fmt: skip
