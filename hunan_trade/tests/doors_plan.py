"""The doors through which a plan's draft is read in, mended and published."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from hunan_trade.tests.door import Body, Door, Knock
from targets.drafting.models import PlanDraft
from targets.models import WorkPlan
from targets.tests.test_drafts import PLAN, filled

_DRAFT = "/plan/drafts/<int:pk>/"
_NODE = _DRAFT + "nodes/<int:node>/"
_PROVINCE = ("officer", "province_lead")
_TRACES = {f"targets.PlanDraft.{name}" for name in ("version", "changed_by", "changed_at")}
_MENDED = frozenset(_TRACES | {"targets.PlanDraft.nodes"})


def _draft(knock: Knock) -> PlanDraft:
    return PlanDraft.objects.open().earliest("pk")


def _keys(knock: Knock) -> dict[str, Any]:
    return {"pk": _draft(knock).pk}


def _node_keys(knock: Knock) -> dict[str, Any]:
    return _keys(knock) | {"node": _at(knock) + 1}


def _at(knock: Knock) -> int:
    """The last task, which stands beside others and has a text behind its title."""
    nodes = _draft(knock).nodes
    return max(at for at, node in enumerate(nodes) if node["level"] > 1)


def _version(knock: Knock) -> Body:
    return {"version": _draft(knock).version}


def _head(knock: Knock) -> Body:
    names = ("year", "title", "issuer", "number", "issued_on", "addressees")
    kept = {name: getattr(_draft(knock), name) or "" for name in names}
    return _version(knock) | kept | {"number": "湘商〔2013〕1号", "title": "2013年要点"}


def _node(knock: Knock) -> Body:
    return filled(_draft(knock), _at(knock), title="另写的标题")


def _split(knock: Knock) -> Body:
    title = _draft(knock).nodes[_at(knock)]["text"].index("。") + 1
    return _version(knock) | {"place": title, "words": ""}


PLAN_DOORS = [
    Door(
        "/plan/drafts/new/", _PROVINCE, lambda knock: {"file": SimpleUploadedFile("要点.txt", PLAN.encode())},
        frozenset({"targets.PlanDraft"}), foreign=lambda knock: {"file": [SimpleUploadedFile("x.txt", b"\x00")]},
    ),
    Door(
        "/plan/versions/<int:pk>/amend/", _PROVINCE, lambda knock: {}, frozenset({"targets.PlanDraft"}),
        lambda knock: {"pk": WorkPlan.objects.get(year=2014).pk},
    ),
    Door(
        _DRAFT + "head/", _PROVINCE, _head, frozenset(_TRACES | {f"targets.PlanDraft.{name}" for name in ("number", "title")}), _keys,
        foreign=lambda knock: {"version": [999, "x"], "year": ["1999"]},
    ),
    Door(_NODE, _PROVINCE, _node, _MENDED, _node_keys, foreign=lambda knock: {"version": [999], "kind": ["nobody"], "q-0-op": ["nobody"]}),
    Door(_NODE + "split/", _PROVINCE, _split, _MENDED, _node_keys, foreign=lambda knock: {"version": [999], "place": ["x", 0, 99999]}),
    Door(_NODE + "join/", _PROVINCE, _version, _MENDED, _node_keys, foreign=lambda knock: {"version": [999]}),
    Door(
        _NODE + "shift/", _PROVINCE, lambda knock: _version(knock) | {"step": "-1"}, _MENDED, _node_keys,
        foreign=lambda knock: {"version": [999], "step": ["2", "0", "x"]},
    ),
    Door(
        _DRAFT + "publish/", _PROVINCE, lambda knock: _version(knock) | {"over": 0},
        frozenset(
            _TRACES | {"targets.PlanDraft.state", "targets.PlanDraft.plan"}
            | {f"targets.{name}" for name in ("WorkPlan", "PlanSection", "PlanItem", "Quantity", "PlanDate", "TaskState")}
        ),
        _keys, foreign=lambda knock: {"version": [999], "over": [1, "x"]},
    ),
    Door(
        _DRAFT + "discard/", _PROVINCE, _version, frozenset(_TRACES | {"targets.PlanDraft.state"}), _keys,
        foreign=lambda knock: {"version": [999]},
    ),
]  # fmt: skip
