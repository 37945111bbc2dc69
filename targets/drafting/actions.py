"""Writing a draft: reading it in, mending its nodes, publishing it as the year's next version, discarding it.

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
from hunan_trade.files import actions as files
from hunan_trade.periods import moment_label
from hunan_trade.regions.models import Region
from hunan_trade.typed_text import tidy
from hunan_trade.workflow import MoveRefused, Stale
from targets.actions import held_plan, store_plan
from targets.drafting import nodes as moves
from targets.drafting import publishing
from targets.drafting.checking import blocking, problems
from targets.drafting.document import reading_of
from targets.drafting.models import HEAD, PlanDraft
from targets.drafting.nodes import Nodes
from targets.drafting.queries import published
from targets.models import Mention, WorkPlan

_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_NAME = 60  # characters of a mention


def known_names() -> dict[str, str]:
    """What is looked for in a document: name → kind of mention. What floors above know, settings.PLAN_NAMES ask them."""
    found: dict[str, str] = {}
    for names in Region.objects.exclude(level=Region.Level.PROVINCE).values_list("name", "short_name"):
        found |= dict.fromkeys(names, Mention.Kind.PLACE.value)
    for path in settings.PLAN_NAMES:
        found |= {name: kind for kind, name in import_string(path)()}
    return {name: kind for name, kind in found.items() if 1 < len(name) <= _NAME}


def read_document(*, data: bytes, name: str, by: User) -> PlanDraft:
    """The proposal that this file makes. Raises DocumentRefused, and ReadersBusy."""
    answer = reading_of(data, sorted(known_names()))
    year = publishing.year_of(answer["title"], answer["issued_on"])
    earlier = WorkPlan.objects.current(year) if year else None
    nodes = publishing.as_before(moves.proposed(answer["nodes"]), earlier)
    now = clock.now()
    with transaction.atomic():
        draft = PlanDraft.objects.create(
            year=year,
            title=answer["title"][:200],
            issuer=(answer["issuer"] or "")[:60],
            number=(answer["number"] or "")[:60],
            addressees=publishing.addressees(nodes),
            issued_on=date.fromisoformat(answer["issued_on"]) if answer["issued_on"] and year else None,
            source=files.store_file(data, content_type=_DOCX if data.startswith(b"PK") else "text/plain"),
            source_name=tidy(name)[:255] or "未命名",
            nodes=nodes,
            text_digest=moves.digest(nodes),
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
    """A draft that begins with what the plan's own draft said when it was published. Raises MoveRefused."""
    earlier = PlanDraft.objects.filter(plan=plan).order_by("-pk").first()
    if plan != held_plan(plan.year):
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
    held = _held(draft, seen, by, at)
    return _mended(held, moves.split(held.nodes, at, place, held.year), "draft.split", at, by)


@transaction.atomic
def join_node(*, draft: PlanDraft, seen: int, at: int, by: User) -> PlanDraft:
    """With the one before it."""
    held = _held(draft, seen, by, at)
    return _mended(held, moves.join(held.nodes, at, held.year), "draft.joined", at, by)


@transaction.atomic
def shift_level(*, draft: PlanDraft, seen: int, at: int, step: int, by: User) -> PlanDraft:
    held = _held(draft, seen, by, at)
    return _mended(held, moves.shift(held.nodes, at, step, held.year), "draft.shifted", at, by)


@transaction.atomic
def edit_node(
    *, draft: PlanDraft, seen: int, at: int, changed: Mapping[str, Any], by: User, state: str = ""
) -> PlanDraft:
    """What a person says of the piece. `state`: that in which the page showed it, where others may change other pieces.

    `changed`: title, kind, scope, quantities, deadlines, units, names of the node, in the shapes of docs/plan-reading.md."""
    held = _open(draft)
    place = at if held.version == seen else moves.found_again(held.nodes, at, state)
    if place is None or not 0 < seen <= held.version:
        raise _stale(held, by)
    _refuse_nowhere(held, place)
    return _mended(held, moves.edit(held.nodes, place, changed), "draft.edited", place, by)


@transaction.atomic
def edit_head(*, draft: PlanDraft, seen: int, head: Mapping[str, Any], by: User, state: str = "") -> PlanDraft:
    """`head`: the fields of HEAD. `state`: that in which the page showed them, where others may change the pieces."""
    held = _open(draft)
    before = held.head
    if held.version != seen and (moves.state_of(before) != state or not 0 < seen <= held.version):
        raise _stale(held, by)
    for field in HEAD:
        setattr(held, field, head[field])
    if held.year != before["year"]:
        held.follows = WorkPlan.objects.current(held.year) if held.year else None
    _write(held, by)
    after = {field: head[field] for field in HEAD if head[field] != before[field]}
    old = {field: before[field] for field in after}
    record("draft.headed", by=by, subject=held, before=_plain(old), after=_plain(after))
    return held


@transaction.atomic
def publish(*, draft: PlanDraft, seen: int, over: int, by: User) -> WorkPlan:
    """The year's next version. What was recorded on its current one passes on. Raises MoveRefused while anything blocks.

    `over`: the number of the current version that the page showed, 0 for none. Raises Stale when it is another one by now.
    """
    held = _held(draft, seen, by)
    if found := blocking(problems(held)):
        raise MoveRefused(f"还有 {len(found)} 处要改：{found[0].text}")
    assert held.year is not None  # one of the problems
    earlier = held_plan(held.year)
    if over != (earlier.version if earlier else 0):
        raise Stale(f"{published(earlier) if earlier else f'{held.year}年还没有工作要点'}。看过再发布")
    moved = publishing.numbers(publishing.items_of(held.nodes), earlier)
    stored = store_plan(publishing.facts(held, earlier, known_names()), moved=moved)
    if stored == earlier:
        raise MoveRefused(f"内容和现行的第{stored.version}版一样，不用再发布")
    held.state, held.plan = PlanDraft.State.PUBLISHED, stored
    _write(held, by)
    told = {"year": stored.year, "version": stored.version, "digest": stored.digest, "draft": held.pk}
    record("plan.published", by=by, subject=stored, after=told)
    return stored


@transaction.atomic
def discard(*, draft: PlanDraft, seen: int, by: User) -> PlanDraft:
    held = _held(draft, seen, by)
    held.state = PlanDraft.State.DISCARDED
    _write(held, by)
    record("draft.discarded", by=by, subject=held)
    return held


def forget_discarded() -> int:
    """Drafts that were discarded longer than DRAFTS_KEPT ago, with their documents where nothing else refers to them.

    An open draft is somebody's work, and a published one says where its plan comes from: both stay.
    """
    old = PlanDraft.objects.filter(state=PlanDraft.State.DISCARDED, changed_at__lt=clock.now() - settings.DRAFTS_KEPT)
    documents = set(old.values_list("source_id", flat=True))
    removed = old.delete()[0]
    for sha256 in documents:
        files.delete_unreferenced(sha256)
    return removed


def _held(draft: PlanDraft, seen: int, by: User, at: int = 0) -> PlanDraft:
    """The draft's row as the page showed it, held until the transaction ends. Raises MoveRefused, Stale."""
    held = _open(draft)
    if held.version != seen:
        raise _stale(held, by)
    _refuse_nowhere(held, at)
    return held


def _open(draft: PlanDraft) -> PlanDraft:
    held = PlanDraft.objects.select_for_update().get(pk=draft.pk)
    if not held.is_open:
        raise MoveRefused(f"这份校核稿{held.get_state_display()}，不能再改")
    return held


def _stale(held: PlanDraft, by: User) -> Stale:
    who = "您" if held.changed_by_id == by.pk else held.changed_by.name
    return Stale(f"{who} {moment_label(held.changed_at.astimezone(clock.SHANGHAI))} 改过这份校核稿，您的没有保存")


def _refuse_nowhere(held: PlanDraft, at: int) -> None:
    if not 0 <= at < len(held.nodes):
        raise MoveRefused("没有这一条")


def _mended(held: PlanDraft, nodes: Nodes, verb: str, at: int, by: User) -> PlanDraft:
    if moves.digest(nodes) != held.text_digest:
        raise MoveRefused("改动会丢失或增加原文，没有保存")
    before, held.nodes = held.nodes, nodes
    _write(held, by)
    after = {"at": at + 1, **_told(nodes, min(at, len(nodes) - 1))}
    record(verb, by=by, subject=held, before=_told(before, at), after=after)
    return held


def _told(nodes: Nodes, at: int) -> dict[str, Any]:
    """The node for the log, its quantities and deadlines in words."""
    node = nodes[at]
    return {
        "title": node["title"],
        "level": node["level"],
        "kind": moves.KINDS[node["kind"]],
        "scope": moves.SCOPES[node["scope"]],
        "quantities": [moves.spelled(quantity) for quantity in node["quantities"]],
        "deadlines": [f"{row['text']} {row['start'] or ''}—{row['end'] or ''}" for row in node["deadlines"]],
        "units": node["units"],
        "names": node["names"],
    }


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {field: value.isoformat() if isinstance(value, date) else value for field, value in values.items()}


def _write(held: PlanDraft, by: User) -> None:
    held.version += 1
    held.changed_by, held.changed_at = by, clock.now()
    held.save()
