"""Creates, edits, publishes and discards drafts of work plans.

Each action takes the version of the draft that the page showed. Raises Stale where it has changed since.
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
from hunan_trade.audit.actions_state_changes import AllowedMove, check_state_change, lock_row
from hunan_trade.files import actions as files
from hunan_trade.lists.models import Act
from hunan_trade.regions.models import Region
from hunan_trade.text_cleaning import tidy
from hunan_trade.workflow import MoveRefused, Stale
from targets.actions import lock_current_plan, store_plan
from targets.continued_items import newest_rows_by_identity
from targets.drafting import draft_to_plan, node_edits
from targets.drafting.draft_problems import blocking_problems, find_problems
from targets.drafting.isolated_document_reader import parse_document_in_child_process
from targets.drafting.models import HEAD_FIELDS, PlanDraft
from targets.drafting.node_edits import Nodes
from targets.drafting.queries_draft_page import published_by_text
from targets.drafting.workflow import DRAFT, edit_conflict_message
from targets.models import Mention, WorkPlan

_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_NAME = 60  # characters of a mention


def names_to_look_for() -> dict[str, str]:
    """Return a dict from each name to search for in a plan document to its kind, such as place or park.

    They are the regions' names and those of the functions in settings.PLAN_NAMES.
    """
    found: dict[str, str] = {}
    for names in Region.objects.exclude(level=Region.Level.PROVINCE).values_list("name", "short_name"):
        found |= dict.fromkeys(names, Mention.Kind.PLACE.value)
    for path in settings.PLAN_NAMES:
        found |= {name: kind for kind, name in import_string(path)()}
    return {name: kind for name, kind in found.items() if 1 < len(name) <= _NAME}


def create_draft_from_document(*, data: bytes, name: str, by: User) -> PlanDraft:
    """Save a draft parsed from an uploaded document; raise DocumentRefused or, if too many are read, ReadersBusy."""
    answer = parse_document_in_child_process(data, sorted(names_to_look_for()))
    year = draft_to_plan.plan_year(answer["title"], answer["issued_on"])
    earlier = WorkPlan.objects.current(year) if year else None
    nodes = draft_to_plan.with_earlier_scopes(node_edits.with_kind_and_scope(answer["nodes"]), earlier)
    now = clock.now()
    with transaction.atomic():
        draft = PlanDraft.objects.create(
            year=year,
            title=answer["title"][:200],
            issuer=(answer["issuer"] or "")[:60],
            number=(answer["number"] or "")[:60],
            addressees=draft_to_plan.find_addressees(nodes),
            issued_on=date.fromisoformat(answer["issued_on"]) if answer["issued_on"] and year else None,
            source=files.store_file(data, content_type=_DOCX if data.startswith(b"PK") else "text/plain"),
            source_name=tidy(name)[:255] or "未命名",
            nodes=nodes,
            text_digest=node_edits.text_digest(nodes),
            follows=earlier,
            made_by=by,
            made_at=now,
            changed_by=by,
            changed_at=now,
        )
        record("draft.read", by=by, subject=draft, after={"name": draft.source_name, "sha256": draft.source_id})
    return draft


@transaction.atomic
def create_amendment_draft(*, plan: WorkPlan, by: User) -> PlanDraft:
    """Create a draft for amending a published work plan, copied from the draft that became this plan."""
    earlier = PlanDraft.objects.filter(plan=plan).order_by("-pk").first()
    if plan != lock_current_plan(plan.year):
        raise MoveRefused("这一版已有新版，修订要从现行的一版开始")
    if earlier is None:
        raise MoveRefused("这一版不是从文件读入的，修订要先读入文件")
    now = clock.now()
    copied = {field: getattr(earlier, field) for field in (*HEAD_FIELDS, "source_id", "source_name", "text_digest")}
    copied["nodes"] = draft_to_plan.with_continued_items(earlier.nodes, plan)
    draft = PlanDraft.objects.create(**copied, follows=plan, made_by=by, made_at=now, changed_by=by, changed_at=now)
    record("draft.read", by=by, subject=draft, after={"plan": plan.pk, "version": plan.version})
    return draft


@transaction.atomic
def split_node(*, draft: PlanDraft, seen: int, at: int, place: int, by: User) -> PlanDraft:
    """Split the draft's node (section or item) with index `at` in two at position `place` of its text."""
    move = _lock_for_node_edit(draft, seen, by, at)
    return _save_nodes(move, node_edits.split_node(move.row.nodes, at, place, move.row.year), "draft.split", at)


@transaction.atomic
def join_node_with_previous(*, draft: PlanDraft, seen: int, at: int, by: User) -> PlanDraft:
    """Append the draft's node (section or item) with index `at` to the node before it."""
    move = _lock_for_node_edit(draft, seen, by, at)
    return _save_nodes(move, node_edits.join_with_previous(move.row.nodes, at, move.row.year), "draft.joined", at)


@transaction.atomic
def shift_node_level(*, draft: PlanDraft, seen: int, at: int, step: int, by: User) -> PlanDraft:
    """Move a draft's node (section or item) and all below it one level up (`step` -1) or down (`step` 1)."""
    move = _lock_for_node_edit(draft, seen, by, at)
    return _save_nodes(move, node_edits.shift_level(move.row.nodes, at, step, move.row.year), "draft.shifted", at)


@transaction.atomic
def edit_node(
    *, draft: PlanDraft, seen: int, at: int, changed: Mapping[str, Any], by: User, shown_hash: str = ""
) -> PlanDraft:
    """Save a user's corrections of one section or item of a draft, such as its title and quantities.

    `changed` holds them in the shapes of docs/plan-reading.md. With `shown_hash` the edit is accepted where only other
    nodes have changed since.
    """
    move = _lock_and_check_move("edit", draft, None, by)
    held = move.row
    place = at if held.version == seen else node_edits.find_node_by_hash(held.nodes, at, shown_hash)
    if place is None or not 0 < seen <= held.version:
        raise Stale(edit_conflict_message(held, by))
    _require_node(held, place)
    return _save_nodes(move, node_edits.edit_node(held.nodes, place, changed), "draft.edited", place)


@transaction.atomic
def edit_head(*, draft: PlanDraft, seen: int, head: Mapping[str, Any], by: User, shown_hash: str = "") -> PlanDraft:
    """Save a user's corrections of the document data of a draft, such as the plan's title, issuer and date.

    With `shown_hash` the edit is accepted where only nodes have changed since.
    """
    move = _lock_and_check_move("edit", draft, None, by)
    held, before = move.row, move.row.head_fields
    if held.version != seen and (node_edits.values_hash(before) != shown_hash or not 0 < seen <= held.version):
        raise Stale(edit_conflict_message(held, by))
    for field in HEAD_FIELDS:
        setattr(held, field, head[field])
    if held.year != before["year"]:
        held.follows = WorkPlan.objects.current(held.year) if held.year else None
    _save_change(move)
    after = {field: head[field] for field in HEAD_FIELDS if head[field] != before[field]}
    old = {field: before[field] for field in after}
    move.record("draft.headed", before=_dates_as_text(old), after=_dates_as_text(after))
    return held


@transaction.atomic
def save_continued_item_choices(
    *, draft: PlanDraft, seen: int, choices: Mapping[int, int | str], by: User
) -> PlanDraft:
    """Save a user's choices of the earlier plan item, if any, that each item of the draft continues.

    `choices` holds the identity of the earlier item, or "new", by the place of the node.
    """
    move = _lock_and_check_move("edit", draft, seen, by)
    held = move.row
    items = {item.at: item for item in draft_to_plan.draft_items(held.nodes)}
    rows: dict[int | str, str] = {key: str(row) for key, row in newest_rows_by_identity(held.year or 0).items()}
    rows[node_edits.NEW_ITEM] = "新增"
    if not choices.keys() <= items.keys() or not set(choices.values()) <= rows.keys():
        raise MoveRefused("没有这一条，重新打开发布页再办")
    held.nodes = [
        {**node, node_edits.CONTINUES: choices[at]} if at in choices else node for at, node in enumerate(held.nodes)
    ]
    _save_change(move)
    words = [f"第{items[at].number}条：{rows[choice]}" for at, choice in choices.items()]
    move.record("draft.continued", after={"continued": words})
    return held


@transaction.atomic
def publish(*, draft: PlanDraft, seen: int, replaced_version: int, by: User) -> WorkPlan:
    """Publish a draft as the next version of its year's work plan.

    Raises MoveRefused while a problem blocks publishing.
    `replaced_version`: the number of the current version that the page showed, 0 for none. Raises Stale when it is
    another one by now.
    """
    move = _lock_and_check_move("publish", draft, seen, by)
    held = move.row
    if found := blocking_problems(find_problems(held)):
        raise MoveRefused(f"还有 {len(found)} 处要改：{found[0].text}")
    assert held.year is not None  # one of the problems
    earlier = lock_current_plan(held.year)
    if replaced_version != (earlier.version if earlier else 0):
        raise Stale(f"{published_by_text(earlier) if earlier else f'{held.year}年还没有工作要点'}。看过再发布")
    continued = draft_to_plan.find_continued_items(draft_to_plan.draft_items(held.nodes), earlier)
    facts = draft_to_plan.build_plan_data(held, continued, names_to_look_for())
    stored = store_plan(facts, earlier=earlier, continued=continued, by=by, kind=Act.Kind.PUBLISHED)
    if stored == earlier:
        raise MoveRefused(f"内容和现行的第{stored.version}版一样，不用再发布")
    _save_change(move, plan=stored)
    published = {"year": stored.year, "version": stored.version, "digest": stored.digest, "draft": held.pk}
    move.record(about=stored, after=published)
    return stored


@transaction.atomic
def discard(*, draft: PlanDraft, seen: int, by: User) -> PlanDraft:
    """Mark a work plan draft as discarded."""
    move = _lock_and_check_move("discard", draft, seen, by)
    _save_change(move)
    move.record()
    return move.row


def delete_discarded() -> int:
    """Delete drafts discarded longer than settings.DRAFTS_KEPT ago, and documents that nothing uses any more.

    Drafts are kept for settings.DRAFTS_KEPT; documents in use are kept.
    Returns the number of deleted rows. Open drafts are somebody's work, published ones the source of a plan: both stay.
    """
    old = PlanDraft.objects.filter(state=PlanDraft.State.DISCARDED, changed_at__lt=clock.now() - settings.DRAFTS_KEPT)
    documents = set(old.values_list("source_id", flat=True))
    removed = old.delete()[0]
    for sha256 in documents:
        files.delete_if_unreferenced(sha256)
    return removed


def _lock_and_check_move(name: str, draft: PlanDraft, seen: int | None, by: User) -> AllowedMove[PlanDraft]:
    """Lock a work plan draft, and check that the user may do `name` with it, such as edit or publish."""
    return check_state_change(lock_row(PlanDraft.objects.all(), draft.pk), name, DRAFT, by=by, seen=seen)


def _lock_for_node_edit(draft: PlanDraft, seen: int, by: User, at: int) -> AllowedMove[PlanDraft]:
    """Lock a work plan draft, and check that the user may edit its node (section or item) with index `at`."""
    move = _lock_and_check_move("edit", draft, seen, by)
    _require_node(move.row, at)
    return move


def _save_change(move: AllowedMove[PlanDraft], **set_: Any) -> None:
    """Save a draft with new field values, the user who changed it and the time of the change."""
    move.save_row_with_new_state(changed_by=move.by, changed_at=clock.now(), **set_)


def _require_node(held: PlanDraft, at: int) -> None:
    if not 0 <= at < len(held.nodes):
        raise MoveRefused("没有这一条")


def _save_nodes(move: AllowedMove[PlanDraft], nodes: Nodes, verb: str, at: int) -> PlanDraft:
    """Save a draft's edited nodes (sections and items); raise MoveRefused if the edit lost or added text."""
    held = move.row
    if node_edits.text_digest(nodes) != held.text_digest:
        raise MoveRefused("改动会丢失或增加原文，没有保存")
    before, held.nodes = held.nodes, nodes
    _save_change(move)
    after = {"at": at + 1, **_node_for_audit(nodes, min(at, len(nodes) - 1))}
    move.record(verb, before=_node_for_audit(before, at), after=after)
    return held


def _node_for_audit(nodes: Nodes, at: int) -> dict[str, Any]:
    """Return the values of a draft's node (section or item) that an audit event stores, such as its title."""
    node = nodes[at]
    return {
        "title": node["title"],
        "level": node["level"],
        "kind": node_edits.KINDS[node["kind"]],
        "scope": node_edits.SCOPES[node["scope"]],
        "quantities": [node_edits.quantity_text(quantity) for quantity in node["quantities"]],
        "deadlines": [f"{row['text']} {row['start'] or ''}—{row['end'] or ''}" for row in node["deadlines"]],
        "units": node["units"],
        "names": node["names"],
    }


def _dates_as_text(values: Mapping[str, Any]) -> dict[str, Any]:
    return {field: value.isoformat() if isinstance(value, date) else value for field, value in values.items()}
