"""Describes example requests that change batches of Xiangnan and their projects, for tests of write endpoints."""

from __future__ import annotations

from typing import Any

from hunan_trade.lists.models import Act
from hunan_trade.tests.derived_move_requests import MoveCase, move_endpoints, record_changes
from hunan_trade.tests.write_endpoint_data import THEIRS
from hunan_trade.tests.write_endpoint_requests import Body, WriteEndpoint, WriteRequest
from projects.models import Batch, Project
from projects.tables import PROJECTS

_LEAD, _PROVINCE = ("province_lead",), ("officer", "province_lead")
_PAGE, _API = "/projects/batches/", "/api/v1/batches/"
_CREATED = frozenset({"projects.Batch", "projects.BatchHistory", "lists.Act"})
_CHANGED = record_changes("projects.Batch", "note")
_NEW = {"number": "9", "name": "湘南第九批", "planned_size": "30", "opened_on": "2013-06-18", "item": "", "note": ""}
_MEMBERSHIP = frozenset({"projects.BatchMembership", "projects.BatchMembershipHistory"})
_LEFT = record_changes("projects.BatchMembership", "left_on", "left_reason", "left_by", "left_at")
_BATCH = record_changes("projects.Project", "batch")


def _batch(request: WriteRequest) -> Batch:
    """Return the batch that was edited once."""
    return Batch.objects.get(version=2)


def _keys(request: WriteRequest) -> dict[str, Any]:
    return {"pk": _batch(request).pk}


def _form(request: WriteRequest) -> Body:
    batch = _batch(request)
    names = ("number", "name", "planned_size", "opened_on")
    values = {name: str(getattr(batch, name)) for name in names}
    return values | {"item": "", "note": "另写的说明", "version": batch.version, "reason": "来函"}


def _seen(request: WriteRequest) -> dict[str, str]:
    return {"If-Match": f'"{_batch(request).version}"'}


def _project(request: WriteRequest, *, is_listed: bool) -> Project:
    """Return the project of 郴州 that is in the batch, or the one that may join it."""
    projects = Project.objects.filter(city=THEIRS, project_class="infrastructure")
    return projects.get(batch__isnull=not is_listed)


_WRONG_BATCH: dict[str, list[Any]] = {"number": ["0", "x"], "item": ["999999", "x"], "opened_on": ["x"]}
_BY_PERSON: dict[str, Any] = {"as_json": True, "refuses_unknown": True}
BATCH_WRITE_ENDPOINTS = [
    WriteEndpoint(f"{_PAGE}new/", _LEAD, lambda request: dict(_NEW), _CREATED, foreign=lambda request: _WRONG_BATCH),
    WriteEndpoint(
        f"{_PAGE}<int:pk>/edit/", _LEAD, _form, _CHANGED, _keys,
        foreign=lambda request: {"version": [1, 999, "x"], **_WRONG_BATCH},
    ),
    WriteEndpoint(
        f"{_PAGE}<int:pk>/versions/<int:number>/take-back/", _LEAD, lambda request: {"reason": "录错"}, _CHANGED,
        lambda request: _keys(request) | {"number": 2}, foreign=lambda request: {"reason": ["", " "]},
    ),
    WriteEndpoint(
        f"{_PAGE}undo/<str:reference>/", _LEAD, lambda request: {"reason": "录错"}, _CHANGED,
        lambda request: {"reference": f"act:{Act.objects.get(kind='edited', listing='batches').pk}"},
        foreign=lambda request: {"reason": ["", " "]},
    ),
    WriteEndpoint(
        _API, _LEAD,
        lambda request: {"number": 9, "name": "湘南第九批", "planned_size": 30, "opened_on": "2013-06-18", "reason": "来函"},
        _CREATED, foreign=lambda request: {"number": [0, "x"], "item": [999_999, "x"]}, **_BY_PERSON,
    ),
    WriteEndpoint(
        f"{_API}<int:pk>/", _LEAD, lambda request: {"note": "另写的说明", "reason": "来函"}, _CHANGED, _keys,
        method="patch", headers=_seen, foreign=lambda request: {"version": [2], "id": [1], "number": [0]}, **_BY_PERSON,
    ),
    *(
        endpoint
        for case in (
            MoveCase(
                PROJECTS, "join_batch", _PROVINCE, lambda request: _project(request, is_listed=False),
                _BATCH | _MEMBERSHIP, {"joined_on": "2013-02-04"},
                {"joined_on": ["2013-02-03", "2030-01-01", "x", ""], "batch": [999_999, "x", ""]},
                lambda request: {"batch": _batch(request).pk},
            ),
            MoveCase(
                PROJECTS, "leave_batch", _PROVINCE, lambda request: _project(request, is_listed=True), _BATCH | _LEFT,
                {"left_on": "2013-02-04"}, {"left_on": ["2013-02-03", "2030-01-01", "x", ""]},
            ),
        )
        for endpoint in move_endpoints(case)
    ),
]  # fmt: skip
BATCH_THRESHOLD_ENDPOINT = WriteEndpoint(
    "/projects/batches/thresholds/decide/",
    _LEAD,
    lambda request: {"holds_from": "2014-01-01", "least_usd": "6000", "reason": "提高门槛"},
    frozenset({"projects.BatchThreshold"}),
    foreign=lambda request: {"holds_from": ["x", ""], "least_usd": ["0", "-1", "x"]},
)
