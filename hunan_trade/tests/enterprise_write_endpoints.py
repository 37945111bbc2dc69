"""Describes requests that change enterprises, for the tests of write endpoints."""

from __future__ import annotations

from typing import Any

from enterprises.models import Enterprise
from enterprises.tables import ENTERPRISES
from hunan_trade.lists.editing import bulk_edit
from hunan_trade.lists.models import Act, BulkEdit
from hunan_trade.tests.saved_view_and_download_write_endpoints import attachment_endpoints
from hunan_trade.tests.write_endpoint_data import OURS, THEIRS
from hunan_trade.tests.write_endpoint_requests import Body, WriteEndpoint, WriteRequest

_WHO = ("reporter", "officer", "province_lead")
_PAGE, _API = "/enterprises/<int:pk>/", "/api/v1/enterprises/"
_HISTORY = {f"enterprises.EnterpriseHistory{part}" for part in ("", ".valid_to", ".ended_xid")} | {"lists.Act"}
_RENAMED = frozenset(
    {f"enterprises.Enterprise.{name}" for name in ("name", "name_order", "search_text", "version")} | _HISTORY
)
_CREATED = frozenset({"enterprises.Enterprise", "enterprises.EnterpriseHistory", "lists.Act"})


def _firm(request: WriteRequest) -> Enterprise:
    """Return the enterprise of the asking city that was renamed once."""
    return Enterprise.objects.get(customs_code=request.data.firms[request.city])


def _keys(request: WriteRequest) -> dict[str, Any]:
    return {"pk": _firm(request).pk}


def _new(request: WriteRequest) -> Body:
    prefix = request.city[:4]
    values = {"customs_code": f"{prefix}967777", "name": "新厂", "modes": ["进料加工"]}
    return values | {"region": request.city, "county": f"{prefix}02", "closed_on": ""}


def _new_of_api(request: WriteRequest) -> Body:
    return _new(request) | {"closed_on": None, "reason": "来函"}


def _foreign(request: WriteRequest) -> dict[str, list[Any]]:
    other = THEIRS if request.city == OURS else OURS
    return {
        "customs_code": [f"{other[:4]}967777", request.data.firms[other]],
        "region": [other, "430000", f"{other[:4]}02", "x"],
        "county": [f"{other[:4]}02", other, "430000", request.city, "999999"],
        "modes": [["一般贸易"]],
    }


def _edited(request: WriteRequest) -> Body:
    firm = _firm(request)
    values = {"customs_code": firm.customs_code, "name": "又改名厂", "region": firm.region_id, "modes": firm.modes}
    return values | {"county": "", "closed_on": "", "version": firm.version, "reason": "更名"}


def _seen(request: WriteRequest) -> dict[str, str]:
    return {"If-Match": f'"{_firm(request).version}"'}


def _operations(request: WriteRequest) -> Body:
    """Return what the form of a bulk edit sends: another mode is added, the end of reporting is emptied."""
    stay = {f"{name}{part}": "" for name in ("county", "modes", "closed_on") for part in ("", "__how")}
    del stay["modes"]
    return stay | {"modes__how": "add", "modes": ["来料加工"], "closed_on__how": "clear", "reason": "核对"}


def _foreign_operations(request: WriteRequest) -> dict[str, list[Any]]:
    return {"modes__how": ["nobody", "clear"], "modes": [["一般贸易"]], "county": ["430000", "999999"]}


def _bulk_edit(request: WriteRequest) -> BulkEdit:
    """Return a bulk edit of the modes of one enterprise, prepared by who asks."""
    rows, by = Enterprise.objects.filter(pk=_firm(request).pk), request.data.people[request.who]
    operations = {"modes": ["add", ["来料加工"]]}
    return bulk_edit.prepare(ENTERPRISES, rows, by=by, operations=operations, reason="核对", query="")


def _stale_bulk_edit(request: WriteRequest) -> BulkEdit:
    """Return a bulk edit of an enterprise that was changed after it was prepared."""
    edit = _bulk_edit(request)
    edit.versions = [1]
    edit.save(update_fields=["versions"])
    return edit


def _reference(request: WriteRequest) -> dict[str, Any]:
    acts = Act.objects.filter(kind=Act.Kind.EDITED, listing="enterprises", by__region=request.city)
    return {"reference": f"act:{acts.get().pk}"}


ENTERPRISE_WRITE_ENDPOINTS = [
    WriteEndpoint(
        "/enterprises/new/", _WHO, _new, _CREATED,
        foreign=lambda request: {**_foreign(request), "customs_code": list(request.data.firms.values())},
    ),
    WriteEndpoint(
        _PAGE + "edit/", _WHO, _edited, _RENAMED, _keys,
        foreign=lambda request: {"version": [1, 999, "x"], **_foreign(request)},
    ),
    WriteEndpoint(
        _PAGE + "versions/<int:number>/take-back/", _WHO, lambda request: {"reason": "录错"}, _RENAMED,
        lambda request: _keys(request) | {"number": 2}, foreign=lambda request: {"reason": ["", " "]},
    ),
    WriteEndpoint(
        "/enterprises/undo/<str:reference>/", _WHO, lambda request: {"reason": "录错"}, _RENAMED, _reference,
        foreign=lambda request: {"reason": ["", " "]},
    ),
    WriteEndpoint(
        "/enterprises/bulk/", _WHO, lambda request: _operations(request) | {"pick": _firm(request).pk},
        frozenset({"lists.BulkEdit"}),
        foreign=lambda request: _foreign_operations(request) | {"pick": [999999999, "x", ""]},
    ),
    WriteEndpoint(
        "/enterprises/bulk/all/", _WHO, _operations, frozenset({"lists.BulkEdit"}), foreign=_foreign_operations,
    ),
    WriteEndpoint(
        "/enterprises/bulk/<int:pk>/", _WHO, lambda request: {},
        frozenset({"enterprises.Enterprise.modes", "enterprises.Enterprise.version", "lists.BulkEdit"} | _HISTORY),
        lambda request: {"pk": _bulk_edit(request).pk},
    ),
    WriteEndpoint(
        "/enterprises/bulk/<int:pk>/again/", _WHO, lambda request: {}, frozenset({"lists.BulkEdit"}),
        lambda request: {"pk": _stale_bulk_edit(request).pk},
    ),
    *attachment_endpoints(ENTERPRISES, _WHO, _firm),
    WriteEndpoint(
        _API, _WHO, _new_of_api, _CREATED,
        token=True, scope="register", as_json=True, refuses_unknown=True, foreign=_foreign,
    ),
    WriteEndpoint(
        _API + "<int:pk>/", _WHO, lambda request: {"name": "又改名厂", "reason": "更名"},
        _RENAMED, _keys, method="patch", token=True, scope="register", as_json=True, refuses_unknown=True, headers=_seen,
        foreign=lambda request: {"version": [2], "id": [1], "total_usd": ["1"], "region": [THEIRS, "430000"]},
    ),
]  # fmt: skip
