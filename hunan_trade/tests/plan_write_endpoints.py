"""Describes requests that change drafts of work plans, for the tests of write endpoints."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from hunan_trade.tests.write_endpoint_requests import Body, WriteEndpoint, WriteRequest
from targets.drafting.draft_to_plan import draft_items
from targets.drafting.models import PlanDraft
from targets.drafting.node_edits import NEW_ITEM
from targets.models import WorkPlan
from targets.tests.test_plan_drafts import PLAN, filled_node_form

_DRAFT = "/plan/drafts/<int:pk>/"
_NODE = _DRAFT + "nodes/<int:node>/"
_PROVINCE = ("officer", "province_lead")
_TRACES = {f"targets.PlanDraft.{name}" for name in ("version", "changed_by", "changed_at")}
_EDIT_FIELDS = frozenset(_TRACES | {"targets.PlanDraft.nodes"})


def _open_draft(request: WriteRequest) -> PlanDraft:
    return PlanDraft.objects.open().earliest("pk")


def _draft_keys(request: WriteRequest) -> dict[str, Any]:
    return {"pk": _open_draft(request).pk}


def _node_keys(request: WriteRequest) -> dict[str, Any]:
    return _draft_keys(request) | {"node": _node_index(request) + 1}


def _node_index(request: WriteRequest) -> int:
    """Return the index of the last node below level 1 of an open draft."""
    nodes = _open_draft(request).nodes
    return max(at for at, node in enumerate(nodes) if node["level"] > 1)


def _version_body(request: WriteRequest) -> Body:
    return {"version": _open_draft(request).version}


def _head_body(request: WriteRequest) -> Body:
    names = ("year", "title", "issuer", "number", "issued_on", "addressees")
    values = {name: getattr(_open_draft(request), name) or "" for name in names}
    return _version_body(request) | values | {"number": "湘商〔2013〕1号", "title": "2013年要点"}


def _node_body(request: WriteRequest) -> Body:
    return filled_node_form(_open_draft(request), _node_index(request), title="另写的标题")


def _split_body(request: WriteRequest) -> Body:
    title = _open_draft(request).nodes[_node_index(request)]["text"].index("。") + 1
    return _version_body(request) | {"place": title, "words": ""}


def _continued_body(request: WriteRequest) -> Body:
    return _version_body(request) | {f"item-{item.at}": NEW_ITEM for item in draft_items(_open_draft(request).nodes)}


PLAN_WRITE_ENDPOINTS = [
    WriteEndpoint(
        "/plan/drafts/new/", _PROVINCE, lambda request: {"file": SimpleUploadedFile("要点.txt", PLAN.encode())},
        frozenset({"targets.PlanDraft"}), foreign=lambda request: {"file": [SimpleUploadedFile("x.txt", b"\x00")]},
    ),
    WriteEndpoint(
        "/plan/versions/<int:pk>/amend/", _PROVINCE, lambda request: {}, frozenset({"targets.PlanDraft"}),
        lambda request: {"pk": WorkPlan.objects.get(year=2014).pk},
    ),
    WriteEndpoint(
        _DRAFT + "head/", _PROVINCE, _head_body, frozenset(_TRACES | {f"targets.PlanDraft.{name}" for name in ("number", "title")}), _draft_keys,
        foreign=lambda request: {"version": [999, "x"], "year": ["1999"]},
    ),
    WriteEndpoint(_NODE, _PROVINCE, _node_body, _EDIT_FIELDS, _node_keys, foreign=lambda request: {"version": [999], "kind": ["nobody"], "q-0-op": ["nobody"]}),
    WriteEndpoint(_NODE + "split/", _PROVINCE, _split_body, _EDIT_FIELDS, _node_keys, foreign=lambda request: {"version": [999], "place": ["x", 0, 99999]}),
    WriteEndpoint(_NODE + "join/", _PROVINCE, _version_body, _EDIT_FIELDS, _node_keys, foreign=lambda request: {"version": [999]}),
    WriteEndpoint(
        _NODE + "shift/", _PROVINCE, lambda request: _version_body(request) | {"step": "-1"}, _EDIT_FIELDS, _node_keys,
        foreign=lambda request: {"version": [999], "step": ["2", "0", "x"]},
    ),
    WriteEndpoint(
        _DRAFT + "continued/", _PROVINCE, _continued_body, _EDIT_FIELDS, _draft_keys,
        foreign=lambda request: {"version": [999], next(reversed(_continued_body(request))): ["999999", "x"]},
    ),
    WriteEndpoint(
        _DRAFT + "publish/", _PROVINCE, lambda request: _version_body(request) | {"over": 0},
        frozenset(
            _TRACES | {"targets.PlanDraft.state", "targets.PlanDraft.plan", "lists.Act"}
            | {f"targets.{name}" for name in ("WorkPlan", "PlanSection", "ItemIdentity", "PlanItem", "Quantity", "PlanDate", "TaskState")}
        ),
        _draft_keys, foreign=lambda request: {"version": [999], "over": [1, "x"]},
    ),
    WriteEndpoint(
        _DRAFT + "discard/", _PROVINCE, _version_body, frozenset(_TRACES | {"targets.PlanDraft.state"}), _draft_keys,
        foreign=lambda request: {"version": [999]},
    ),
]  # fmt: skip
