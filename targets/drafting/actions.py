"""Writes of drafts: reading a document, correcting nodes, publishing and discarding.

Each names the version of the draft that its page showed; whoever was slower is told so and changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.audit.actions import record
from hunan_trade.audit.state_changes import AllowedMove, allow, lock
from hunan_trade.files import actions as files
from hunan_trade.regions.models import Region
from hunan_trade.text_cleaning import tidy
from hunan_trade.workflow import MoveRefused, Stale
from targets.actions import lock_current_plan, store_plan
from targets.drafting import node_edits as moves
from targets.drafting import draft_to_plan
from targets.drafting.draft_problems import blocking_problems, find_problems
from targets.drafting.isolated_reader import read_isolated
from targets.drafting.models import HEAD, PlanDraft
from targets.drafting.node_edits import Nodes
from targets.drafting.queries import publication_text
from targets.drafting.workflow import DRAFT
from targets.drafting.workflow import changed as changed_by_others
from targets.models import Mention, WorkPlan

_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_NAME = 60  # characters of a mention


def known_names() -> dict[str, str]:
    """Collect the names to look for in a document, each with its kind, also from settings.PLAN_NAMES."""
    found: dict[str, str] = {}
    for names in Region.objects.exclude(level=Region.Level.PROVINCE).values_list("name", "short_name"):
        found |= dict.fromkeys(names, Mention.Kind.PLACE.value)
    for path in settings.PLAN_NAMES:
        found |= {name: kind for kind, name in import_string(path)()}
    return {name: kind for name, kind in found.items() if 1 < len(name) <= _NAME}


def read_document(*, data: bytes, name: str, by: User) -> PlanDraft:
    """Store an uploaded file and the draft proposed from it. Raises DocumentRefused, and ReadersBusy."""
    answer = read_isolated(data, sorted(known_names()))
    year = draft_to_plan.year_of(answer["title"], answer["issued_on"])
    earlier = WorkPlan.objects.current(year) if year else None
    nodes = draft_to_plan.with_earlier_scopes(moves.with_kind_and_scope(answer["nodes"]), earlier)
    now = clock.now()
    with transaction.atomic():
        draft = PlanDraft.objects.create(
            year=year,
            title=answer["title"][:200],
            issuer=(answer["issuer"] or "")[:60],
            number=(answer["number"] or "")[:60],
            addressees=draft_to_plan.addressees(nodes),
            issued_on=date.fromisoformat(answer["issued_on"]) if answer["issued_on"] and year else None,
            source=files.store_file(data, content_type=_DOCX if data.startswith(b"PK") else "text/plain"),
            source_name=tidy(name)[:255] or "未命名",
            nodes=nodes,
            text_digest=moves.text_digest(nodes),
            follows=earlier,
            made_by=by,
            made_at=now,
            changed_by=by,
            changed_at=now,
        )
        record("draft.read", by=by, subject=draft, after={"name": draft.source_name, "sha256": draft.source_id})
    return draft


@transaction.atomic
def amend(*, plan: WorkPlan, by: User) -> PlanDraft:
    """Create a draft from the nodes that the plan was published from. Raises MoveRefused."""
    earlier = PlanDraft.objects.filter(plan=plan).order_by("-pk").first()
    if plan != lock_current_plan(plan.year):
        raise MoveRefused("这一版已有新版，修订要从现行的一版开始")
    if earlier is None:
        raise MoveRefused("这一版不是从文件读入的，修订要先读入文件")
    now = clock.now()
    kept = {field: getattr(earlier, field) for field in (*HEAD, "source_id", "source_name", "nodes", "text_digest")}
    draft = PlanDraft.objects.create(**kept, follows=plan, made_by=by, made_at=now, changed_by=by, changed_at=now)
    record("draft.read", by=by, subject=draft, after={"plan": plan.pk, "version": plan.version})
    return draft


@transaction.atomic
def split_node(*, draft: PlanDraft, seen: int, at: int, place: int, by: User) -> PlanDraft:
    move = _edit(draft, seen, by, at)
    return _save_nodes(move, moves.split(move.row.nodes, at, place, move.row.year), "draft.split", at)


@transaction.atomic
def join_node(*, draft: PlanDraft, seen: int, at: int, by: User) -> PlanDraft:
    """Join the node with the one before it."""
    move = _edit(draft, seen, by, at)
    return _save_nodes(move, moves.join(move.row.nodes, at, move.row.year), "draft.joined", at)


@transaction.atomic
def shift_level(*, draft: PlanDraft, seen: int, at: int, step: int, by: User) -> PlanDraft:
    move = _edit(draft, seen, by, at)
    return _save_nodes(move, moves.shift(move.row.nodes, at, step, move.row.year), "draft.shifted", at)


@transaction.atomic
def edit_node(
    *, draft: PlanDraft, seen: int, at: int, changed: Mapping[str, Any], by: User, state: str = ""
) -> PlanDraft:
    """Change what the node says; `state` lets the edit stand where only other nodes changed meanwhile.

    `changed`: title, kind, scope, quantities, deadlines, units, names of the node, in the shapes of docs/plan-reading.md."""
    move = _allow("edit", draft, None, by)
    held = move.row
    place = at if held.version == seen else moves.find_unchanged(held.nodes, at, state)
    if place is None or not 0 < seen <= held.version:
        raise Stale(changed_by_others(held, by))
    _require_node(held, place)
    return _save_nodes(move, moves.edit(held.nodes, place, changed), "draft.edited", place)


@transaction.atomic
def edit_head(*, draft: PlanDraft, seen: int, head: Mapping[str, Any], by: User, state: str = "") -> PlanDraft:
    """Change the fields HEAD of the document; `state` lets the edit stand where only nodes changed meanwhile."""
    move = _allow("edit", draft, None, by)
    held, before = move.row, move.row.head
    if held.version != seen and (moves.state_hash(before) != state or not 0 < seen <= held.version):
        raise Stale(changed_by_others(held, by))
    for field in HEAD:
        setattr(held, field, head[field])
    if held.year != before["year"]:
        held.follows = WorkPlan.objects.current(held.year) if held.year else None
    _save(move)
    after = {field: head[field] for field in HEAD if head[field] != before[field]}
    old = {field: before[field] for field in after}
    move.record("draft.headed", before=_plain(old), after=_plain(after))
    return held


@transaction.atomic
def publish(*, draft: PlanDraft, seen: int, over: int, by: User) -> WorkPlan:
    """Publish the draft as the year's next version. Raises MoveRefused while a problem blocks it.

    `over`: the number of the current version that the page showed, 0 for none. Raises Stale when it is another one by now.
    """
    move = _allow("publish", draft, seen, by)
    held = move.row
    if found := blocking_problems(find_problems(held)):
        raise MoveRefused(f"还有 {len(found)} 处要改：{found[0].text}")
    assert held.year is not None  # one of the problems
    earlier = lock_current_plan(held.year)
    if over != (earlier.version if earlier else 0):
        raise Stale(f"{publication_text(earlier) if earlier else f'{held.year}年还没有工作要点'}。看过再发布")
    moved = draft_to_plan.new_numbers(draft_to_plan.draft_items(held.nodes), earlier)
    stored = store_plan(draft_to_plan.plan_facts(held, earlier, known_names()), moved=moved)
    if stored == earlier:
        raise MoveRefused(f"内容和现行的第{stored.version}版一样，不用再发布")
    _save(move, plan=stored)
    told = {"year": stored.year, "version": stored.version, "digest": stored.digest, "draft": held.pk}
    move.record(about=stored, after=told)
    return stored


@transaction.atomic
def discard(*, draft: PlanDraft, seen: int, by: User) -> PlanDraft:
    move = _allow("discard", draft, seen, by)
    _save(move)
    move.record()
    return move.row


def delete_discarded() -> int:
    """Delete drafts discarded longer than DRAFTS_KEPT ago, and their documents unless referred to elsewhere.

    An open draft is somebody's work, and a published one says where its plan comes from: both stay.
    """
    old = PlanDraft.objects.filter(state=PlanDraft.State.DISCARDED, changed_at__lt=clock.now() - settings.DRAFTS_KEPT)
    documents = set(old.values_list("source_id", flat=True))
    removed = old.delete()[0]
    for sha256 in documents:
        files.delete_unreferenced(sha256)
    return removed


def _allow(name: str, draft: PlanDraft, seen: int | None, by: User) -> AllowedMove[PlanDraft]:
    return allow(lock(PlanDraft.objects.all(), draft.pk), name, DRAFT, by=by, seen=seen)


def _edit(draft: PlanDraft, seen: int, by: User, at: int) -> AllowedMove[PlanDraft]:
    """Allow to change the node `at` of the draft as the page showed it. Raises MoveRefused, Stale."""
    move = _allow("edit", draft, seen, by)
    _require_node(move.row, at)
    return move


def _save(move: AllowedMove[PlanDraft], **set_: Any) -> None:
    move.save(changed_by=move.by, changed_at=clock.now(), **set_)


def _require_node(held: PlanDraft, at: int) -> None:
    if not 0 <= at < len(held.nodes):
        raise MoveRefused("没有这一条")


def _save_nodes(move: AllowedMove[PlanDraft], nodes: Nodes, verb: str, at: int) -> PlanDraft:
    held = move.row
    if moves.text_digest(nodes) != held.text_digest:
        raise MoveRefused("改动会丢失或增加原文，没有保存")
    before, held.nodes = held.nodes, nodes
    _save(move)
    after = {"at": at + 1, **_node_facts(nodes, min(at, len(nodes) - 1))}
    move.record(verb, before=_node_facts(before, at), after=after)
    return held


def _node_facts(nodes: Nodes, at: int) -> dict[str, Any]:
    """Return the node for the audit record, its quantities and deadlines as text."""
    node = nodes[at]
    return {
        "title": node["title"],
        "level": node["level"],
        "kind": moves.KINDS[node["kind"]],
        "scope": moves.SCOPES[node["scope"]],
        "quantities": [moves.quantity_text(quantity) for quantity in node["quantities"]],
        "deadlines": [f"{row['text']} {row['start'] or ''}—{row['end'] or ''}" for row in node["deadlines"]],
        "units": node["units"],
        "names": node["names"],
    }


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {field: value.isoformat() if isinstance(value, date) else value for field, value in values.items()}
