"""Views of the work plan (工作要点), its versions and items, and its edit forms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from hunan_trade import clock
from hunan_trade.accounts.roles import Permission
from hunan_trade.lists.pages.linked_blocks import linked_blocks
from hunan_trade.periods import Month
from hunan_trade.web.access_decorators import get_visible, requires
from hunan_trade.web.conflict_detecting_forms import EditForm
from hunan_trade.web.request_type import PortalRequest
from hunan_trade.web.unknown_query_parameters import reject_unknown_params
from hunan_trade.workflow import Stale
from targets import actions, actions_rosters, queries
from targets.drafting.models import PlanDraft
from targets.dropped_items import items_dropped_so_far, records_linked_to_dropped_items
from targets.forms_plan_item_progress import LeadUnitForm, MilestoneForm, RosterNamesForm, TaskStateForm
from targets.models import ItemIdentity, PlanItem, Roster, Target, TaskState, WorkPlan
from targets.tables_rosters_and_item_page import DROPPED_ITEMS, ITEM_ROSTERS, MEASURED_TARGETS, MILESTONES


@requires(Permission.SEE_PLAN)
@require_safe
def home(request: PortalRequest) -> HttpResponse:
    reject_unknown_params(request, "month")
    month = chosen_month(request)
    plan = WorkPlan.objects.visible_to(request.user).current(month.year)
    page = queries.plan_page(plan, month) if plan else None
    context = {
        "page": page,
        "month": month,
        "later": month < Month.of(clock.today()),
        "plan": plan,
        "versions": queries.plan_versions(request.user),
        "dropped": ItemIdentity.objects.visible_to(request.user).filter(year=month.year, in_force=False).count(),
        "amendable": PlanDraft.objects.visible_to(request.user).filter(plan=plan).exclude(plan=None).exists(),
    }
    return render(request, "targets/home.html", context)


@requires(Permission.SEE_PLAN)
@require_safe
def plan_version(request: PortalRequest, year: int, version: int) -> HttpResponse:
    plan = get_visible(WorkPlan.objects.all(), request.user, year=year, version=version)
    context = {"tree": queries.plan_tree(plan), "versions": queries.plan_versions(request.user)}
    return render(request, "targets/version.html", context)


@requires(Permission.SEE_PLAN)
@require_safe
def dropped_items(request: PortalRequest, year: int) -> HttpResponse:
    reject_unknown_params(request)
    get_visible(WorkPlan.objects.filter(year=year, version=1), request.user)
    found = items_dropped_so_far(year)
    linked = records_linked_to_dropped_items(year, request.user)
    context = {"year": year, "number": len(found), "table": DROPPED_ITEMS.html(found), "linked": linked}
    return render(request, "targets/dropped.html", context)


@requires(Permission.SEE_PLAN)
@require_safe
def item(request: PortalRequest, year: int, number: int) -> HttpResponse:
    row = get_visible(PlanItem.objects.current(year), request.user, number=number)
    page = queries.item_page(row, chosen_month(request, year))
    tables = {
        "measured": MEASURED_TARGETS.html(page.statuses_without_card),
        "milestones": MILESTONES.html(page.milestones, user=request.user),
        "rosters": ITEM_ROSTERS.html(page.item.rosters, user=request.user),
    }
    linked = [block for block in linked_blocks(ItemIdentity, row.identity_id, request.user) if block.count]
    return render(request, "targets/item.html", {"page": page, "linked": linked, **tables})


@requires(Permission.MAINTAIN_PLAN)
def record_task_state(request: PortalRequest, pk: int) -> HttpResponse:
    task = get_visible(TaskState.objects.select_related("item__plan", "region"), request.user, pk=pk)
    form = TaskStateForm(request.POST or None, row=task)
    title, button = f"更新第{task.item.number}条进展：{task.region.short_name}", "更新进展"

    def save() -> str:
        actions.record_task_state(task=task, seen=form.seen, by=request.user, **form.values)
        return f"已更新第{task.item.number}条进展"

    return _save_or_show_edit_form(request, task, form, save, title, button)


@requires(Permission.MAINTAIN_PLAN)
def assign_lead(request: PortalRequest, pk: int) -> HttpResponse:
    item = get_visible(PlanItem.objects.select_related("plan"), request.user, pk=pk)
    form = LeadUnitForm(request.POST or None, row=item)

    def save() -> str:
        actions.assign_lead(item=item, seen=form.seen, by=request.user, **form.values)
        return f"已定第{item.number}条牵头单位"

    return _save_or_show_edit_form(request, item, form, save, f"定第{item.number}条牵头单位", "定牵头单位")


@requires(Permission.MAINTAIN_PLAN)
def record_milestone_reached(request: PortalRequest, pk: int) -> HttpResponse:
    target = get_visible(Target.objects.milestones(), request.user, pk=pk)
    form = MilestoneForm(request.POST or None, row=target)

    def save() -> str:
        actions.record_milestone_reached(target=target, on=form.values["reached_on"], seen=form.seen, by=request.user)
        return f"已登记{target.title}达成日期"

    return _save_or_show_edit_form(request, target, form, save, f"登记达成日期：{target.title}", "登记日期")


@requires(Permission.MAINTAIN_PLAN)
def add_roster_names(request: PortalRequest, pk: int) -> HttpResponse:
    roster = get_visible(Roster.objects.select_related("item__plan"), request.user, pk=pk)
    form = RosterNamesForm(request.POST or None, row=roster)

    def save() -> str:
        added = actions_rosters.add_roster_names(roster=roster, seen=form.seen, by=request.user, **form.values)
        return f"{roster.title}新列 {added} 个"

    return _save_or_show_edit_form(
        request, roster, form, save, f"补列名单：{roster.title}，应列 {roster.required}", "补列名单"
    )


def chosen_month(request: PortalRequest, year: int | None = None) -> Month:
    """Return the month in the query string, or else the month that `default_month` returns.

    For a plan of another year the month is its December.
    """
    try:
        chosen = Month.parse(request.GET.get("month", ""))
    except ValueError:
        chosen = None
    month = chosen if chosen and chosen <= Month.of(clock.today()) else queries.default_month()
    return month if year in (None, month.year) else Month(year, 12)


def _save_or_show_edit_form(
    request: PortalRequest, row: queries.EditableRow, form: EditForm, save: Callable[[], str], title: str, button: str
) -> HttpResponse:
    """Show the form for editing a task state, plan item, target or roster; save submitted values if valid."""
    item = row if isinstance(row, PlanItem) else row.item
    page = {"item": item, "title": title, "button": button, "action": request.path}
    if request.method == "POST" and form.is_valid():
        try:
            messages.success(request, save())
        except Stale as stale:
            return _conflict_page(request, row, form, page, str(stale))
        return redirect("targets:item", item.plan.year, item.number)
    if request.method != "POST" and (now := queries.row_in_current_version(row)) != row:
        gone = f"第{item.plan.version}版已不再更新"
        return redirect(_form_url(request, now)) if now else _conflict_page(request, row, form, page, gone)
    return render(request, "targets/edit.html", page | {"form": form})


def _conflict_page(
    request: PortalRequest, row: queries.EditableRow, form: EditForm, page: dict[str, Any], conflict: str
) -> HttpResponse:
    """Show an edit conflict with each field's old value, current value and user input.

    The response has status 409.
    """
    now = queries.row_in_current_version(row)
    if now is None:
        context = {"form": form, "conflict": f"{conflict}；现行版里已没有这一条", "gone": True}
        return render(request, "targets/edit.html", page | context, status=409)
    sides = form.conflicts(now)
    if not sides:
        messages.info(request, "已有人填了同样的内容")
        return redirect("targets:item", page["item"].plan.year, page["item"].number)
    context = {"form": form.rebased(now), "conflict": conflict, "sides": sides, "action": _form_url(request, now)}
    return render(request, "targets/edit.html", page | context, status=409)


def _form_url(request: PortalRequest, row: queries.EditableRow) -> str:
    assert request.resolver_match is not None
    return reverse(request.resolver_match.view_name, args=[row.pk])
