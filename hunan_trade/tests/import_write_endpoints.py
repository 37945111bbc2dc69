"""Example requests to the pages of an import, for the tests of endpoints that write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from hunan_trade.lists.models import Import
from hunan_trade.lists.tests.import_factories import NEW_PARK, csv_file
from hunan_trade.tests.write_endpoint_requests import Body, WriteEndpoint, WriteRequest

_PROVINCE = ("officer", "province_lead")
_PAGE = "/parks/import/<uuid:pk>/"
_CHECK = frozenset(f"lists.Import.{name}" for name in ("version", "state", "facts", "result"))
_REGISTER = frozenset({"parks.Park", "parks.ParkHistory", "lists.Act"})


def _own(state: str) -> Callable[[WriteRequest], dict[str, Any]]:
    return lambda request: {"pk": _import(request, state).pk}


def _import(request: WriteRequest, state: str) -> Import:
    return Import.objects.get(by=request.data.people[request.who], state=state)


def _with_version(state: str, **more: Any) -> Callable[[WriteRequest], Body]:
    return lambda request: {"version": _import(request, state).version, **more}


def _stale(request: WriteRequest) -> dict[str, list[Any]]:
    return {"version": [999, "x"]}


IMPORT_WRITE_ENDPOINTS = [
    WriteEndpoint(
        "/parks/import/", _PROVINCE, lambda request: {"file": SimpleUploadedFile("园区.csv", csv_file(NEW_PARK))},
        frozenset({"lists.Import"}),
    ),
    WriteEndpoint(
        _PAGE + "table/", _PROVINCE,
        _with_version("mapping", sheet="园区", head_row="1", depth="1", without_hidden=""),
        frozenset({"lists.Import.version", "lists.Import.table"}), _own("mapping"),
        foreign=lambda request: {"version": [999, "x"], "sheet": ["nobody"], "head_row": ["9", "x"], "depth": ["9"]},
    ),
    WriteEndpoint(
        _PAGE + "check/", _PROVINCE, _with_version("mapping"),
        _CHECK | {"lists.Import.mapping", "lists.Import.fills"}, _own("mapping"),
        foreign=_stale,
    ),
    WriteEndpoint(
        _PAGE + "map/", _PROVINCE, _with_version("checked"),
        frozenset({"lists.Import.version", "lists.Import.state"}), _own("checked"), foreign=_stale,
    ),
    WriteEndpoint(
        _PAGE + "write/", _PROVINCE, _with_version("checked", reason="来函"),
        _CHECK | {"lists.Import.reason", "lists.Import.written_at"} | _REGISTER, _own("checked"), foreign=_stale,
    ),
    WriteEndpoint(
        _PAGE + "drop/", _PROVINCE, _with_version("checked"), _CHECK | {"lists.Import.fills"}, _own("checked"),
        foreign=_stale,
    ),
    WriteEndpoint(
        _PAGE + "undo/", _PROVINCE, _with_version("written", reason="传错了"),
        frozenset({"lists.Import.version", "lists.Import.state", "lists.Import.result"}) | _REGISTER
        | {"parks.ParkHistory.valid_to", "parks.ParkHistory.ended_xid"},
        _own("written"), foreign=lambda request: {"version": [999, "x"], "reason": ["", " "]},
    ),
]  # fmt: skip
