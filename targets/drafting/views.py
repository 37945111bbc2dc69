"""Views for uploading, correcting and publishing drafts of work plans."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from hunan_trade.accounts.roles import Permission
from hunan_trade.web.access_decorators import get_visible, requires
from hunan_trade.web.conflict_detecting_forms import VersionForm
from hunan_trade.web.request_type import PortalRequest
from hunan_trade.web.unknown_query_parameters import reject_unknown_params
from hunan_trade.workflow import MoveRefused, Stale
from targets.drafting import actions, queries_draft_page
from targets.drafting.forms import (
    REMOVED_NODE,
    ContinuedItemsForm,
    DocumentForm,
    DocumentHeadForm,
    NodeFormGroup,
    PublishForm,
    ShiftForm,
    SplitForm,
    find_shown_node,
)
from targets.drafting.isolated_document_reader import DocumentRefused
from targets.drafting.models import PlanDraft
from targets.drafting.publish_page_data import publish_page
from targets.models import WorkPlan
from targets.tables_rosters_and_item_page import DROPPED_ITEMS

UNSEEN = "须从校核稿的页面办理，重新打开该页再办"


@requires(Permission.MAINTAIN_PLAN)
def upload_document(request: PortalRequest) -> HttpResponse:
    reject_unknown_params(request)
    form = DocumentForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            draft = actions.create_draft_from_document(data=file.read(), name=file.name, by=request.user)
            return redirect("targets:draft", draft.pk)
        except DocumentRefused as refused:
            form.add_error("file", str(refused))
    drafts = queries_draft_page.list_open_drafts(PlanDraft.objects.visible_to(request.user))
    return render(
        request, "targets/drafts/read.html", {"form": form, "drafts": drafts}, status=422 if form.errors else 200
    )


@requires(Permission.MAINTAIN_PLAN)
@require_POST
def amend_plan(request: PortalRequest, pk: int) -> HttpResponse:
    plan = get_visible(WorkPlan.objects.all(), request.user, pk=pk)
    return redirect("targets:draft", actions.create_amendment_draft(plan=plan, by=request.user).pk)


@requires(Permission.MAINTAIN_PLAN)
@require_safe
def draft(request: PortalRequest, pk: int) -> HttpResponse:
    reject_unknown_params(request, "node", "only")
    node = request.GET.get("node", "")
    if request.GET.get("only", queries_draft_page.UNREAD) != queries_draft_page.UNREAD or not (
        node.isdecimal() or node == ""
    ):
        raise BadRequest("no such piece")
    page = _draft_page(request, _visible_draft(request, pk), int(node[:6]) - 1 if node else None)
    page["HX-Push-Url"] = request.get_full_path()
    return page


@requires(Permission.MAINTAIN_PLAN)
@require_POST
def edit_head(request: PortalRequest, pk: int) -> HttpResponse:
    found = _visible_draft(request, pk)
    form = DocumentHeadForm(request.POST, row=found)
    if not form.is_valid():
        return _draft_page(request, found, None, head=form)
    try:
        actions.edit_head(draft=found, seen=form.seen, head=form.values, shown_hash=form.shown_hash, by=request.user)
    except Stale as stale:
        now = _visible_draft(request, pk)
        return _draft_page(request, now, None, head=form.rebased(now), conflict=str(stale), sides=form.conflicts(now))
    messages.success(request, "已保存文件信息")
    return _redirect_to_draft(request, found, None)


@requires(Permission.MAINTAIN_PLAN)
@require_POST
def edit_node(request: PortalRequest, pk: int, node: int) -> HttpResponse:
    found = _visible_draft(request, pk)
    at = find_shown_node(found, node - 1, request.POST)
    forms = NodeFormGroup(REMOVED_NODE if at is None else found.nodes[at], found.version, request.POST)
    if not forms.is_valid():
        return _draft_page(request, found, at, forms=forms)
    change: dict[str, Any] = {"seen": forms.seen, "shown_hash": forms.shown_hash, "changed": forms.submitted_values}
    try:
        actions.edit_node(draft=found, at=node - 1 if at is None else at, by=request.user, **change)
    except Stale as stale:
        return _node_conflict_page(request, _visible_draft(request, pk), node - 1, forms, str(stale))
    return _redirect_to_draft(request, found, node if at is None else at + 1)


@requires(Permission.MAINTAIN_PLAN)
@require_POST
def split_node(request: PortalRequest, pk: int, node: int) -> HttpResponse:
    found = _visible_draft(request, pk)
    form = SplitForm(request.POST, _get_node(found, node)["text"])
    if not form.is_valid():
        return _draft_page(request, found, node - 1, split=form)
    seen, place = form.seen, form.cleaned_data["place"]
    act = partial(actions.split_node, draft=found, seen=seen, at=node - 1, place=place, by=request.user)
    return _run_action_and_redirect(request, found, act, node + 1, split=form)


@requires(Permission.MAINTAIN_PLAN)
@require_POST
def join_node_with_previous(request: PortalRequest, pk: int, node: int) -> HttpResponse:
    found = _visible_draft(request, pk)
    act = partial(
        actions.join_node_with_previous, draft=found, seen=_seen_version(request), at=node - 1, by=request.user
    )
    return _run_action_and_redirect(request, found, act, node - 1)


@requires(Permission.MAINTAIN_PLAN)
@require_POST
def shift_level(request: PortalRequest, pk: int, node: int) -> HttpResponse:
    found = _visible_draft(request, pk)
    form = ShiftForm(request.POST)
    if not form.is_valid():
        raise MoveRefused("只能上移或下移一级")
    seen, step = form.seen, form.cleaned_data["step"]
    act = partial(actions.shift_node_level, draft=found, seen=seen, at=node - 1, step=step, by=request.user)
    return _run_action_and_redirect(request, found, act, node)


@requires(Permission.MAINTAIN_PLAN)
@require_POST
def save_continued_item_choices(request: PortalRequest, pk: int) -> HttpResponse:
    found = _visible_draft(request, pk)
    form = ContinuedItemsForm(publish_page(found), request.POST)
    if not form.is_valid():
        return _publish_page(request, found, form=form)
    try:
        actions.save_continued_item_choices(draft=found, seen=form.seen, choices=form.choices, by=request.user)
    except Stale as stale:
        return _publish_page(request, _visible_draft(request, pk), conflict=str(stale))
    messages.success(request, "已保存承接的条目")
    return redirect("targets:draft-publish", found.pk)


@requires(Permission.MAINTAIN_PLAN)
def publish(request: PortalRequest, pk: int) -> HttpResponse:
    reject_unknown_params(request)
    found = _visible_draft(request, pk)
    if request.method != "POST":
        return _publish_page(request, found) if found.is_open else redirect("targets:draft", found.pk)
    form = PublishForm(request.POST)
    if not form.is_valid():
        raise MoveRefused(UNSEEN)
    try:
        plan = actions.publish(draft=found, seen=form.seen, replaced_version=form.cleaned_data["over"], by=request.user)
    except Stale as stale:
        return _draft_page(request, _visible_draft(request, pk), None, conflict=str(stale))
    messages.success(request, f"已发布为{plan.year}年工作要点第{plan.version}版")
    return redirect("targets:draft", found.pk)


@requires(Permission.MAINTAIN_PLAN)
@require_POST
def discard(request: PortalRequest, pk: int) -> HttpResponse:
    found = _visible_draft(request, pk)
    try:
        actions.discard(draft=found, seen=_seen_version(request), by=request.user)
    except Stale as stale:
        return _draft_page(request, _visible_draft(request, pk), None, conflict=str(stale))
    messages.success(request, "已弃用这份校核稿")
    return redirect("targets:draft-read")


def _visible_draft(request: PortalRequest, pk: int) -> PlanDraft:
    return get_visible(PlanDraft.objects.select_related("plan", "made_by", "changed_by"), request.user, pk=pk)


def _get_node(draft: PlanDraft, number: int) -> dict[str, Any]:
    if not 0 < number <= len(draft.nodes):
        raise MoveRefused("没有这一条")
    node: dict[str, Any] = draft.nodes[number - 1]
    return node


def _seen_version(request: PortalRequest) -> int:
    form = VersionForm(request.POST)
    if not form.is_valid():
        raise MoveRefused(UNSEEN)
    return form.seen


def _draft_page(request: PortalRequest, draft: PlanDraft, at: int | None, **bound: Any) -> HttpResponse:
    """Render the page of a draft, optionally with invalid forms or an edit conflict."""
    shown = queries_draft_page.draft_page(draft, at, queries_draft_page.UNREAD if request.GET.get("only") else "")
    context = {
        "page": shown,
        "head": DocumentHeadForm(row=draft),
        "forms": NodeFormGroup(shown.current_node, draft.version),
        "left": queries_draft_page.count_unmeasured_quantities(draft),
    }
    status = 409 if "conflict" in bound else 422 if bound else 200
    page = render(request, "targets/drafts/draft.html", context | bound, status=status)
    if status == 409:
        page["HX-Reswap"] = "outerHTML show:#told:top"
    return page


def _publish_page(
    request: PortalRequest, draft: PlanDraft, form: ContinuedItemsForm | None = None, conflict: str = ""
) -> HttpResponse:
    """Render the page for publishing a draft, optionally with an invalid form or an edit conflict."""
    shown = publish_page(draft)
    context = {
        "page": shown.page,
        "publishing": shown,
        "form": form or ContinuedItemsForm(shown),
        "dropped": DROPPED_ITEMS.html(shown.dropped),
        "conflict": conflict,
    }
    status = 409 if conflict else 422 if form else 200
    return render(request, "targets/drafts/publish.html", context, status=status)


def _run_action_and_redirect(
    request: PortalRequest, draft: PlanDraft, act: Callable[[], object], to: int, **bound: Any
) -> HttpResponse:
    """Call `act` and redirect to the draft's page; on an edit conflict, show the page with the conflict instead."""
    try:
        act()
    except Stale as stale:
        return _draft_page(request, _visible_draft(request, draft.pk), None, conflict=str(stale), **bound)
    return _redirect_to_draft(request, draft, to)


def _node_conflict_page(
    request: PortalRequest, now: PlanDraft, at: int, forms: NodeFormGroup, conflict: str
) -> HttpResponse:
    """Show the user's unsaved input beside the draft's section or item, which another user has changed meanwhile."""
    place = find_shown_node(now, at, request.POST)
    if place is None:
        conflict = f"{conflict}。这一段已断开或并入别处"
        return _draft_page(request, now, at, conflict=conflict, sides=forms.conflicts(None))
    node = now.nodes[place]
    return _draft_page(
        request,
        now,
        place,
        forms=forms.rebased(node, now.version),
        conflict=conflict,
        sides=forms.conflicts(node),
    )


def _redirect_to_draft(request: PortalRequest, draft: PlanDraft, node: int | None) -> HttpResponse:
    address = reverse("targets:draft", args=[draft.pk])
    only = f"&only={queries_draft_page.UNREAD}" if request.GET.get("only") else ""
    return redirect(f"{address}?node={node}{only}#n{node}" if node else address)
