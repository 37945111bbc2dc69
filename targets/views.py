"""工作要点: the plan as a tree with its targets, and one page an item."""

from __future__ import annotations

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from hunan_trade import clock
from hunan_trade.accounts.roles import Permission
from hunan_trade.periods import Month
from hunan_trade.web.access import get_visible, requires
from hunan_trade.web.filters import only
from hunan_trade.web.request import PortalRequest
from targets import actions, queries
from targets.drafting.models import PlanDraft
from targets.forms import EntriesForm, LeadForm, MilestoneForm, StateForm
from targets.models import PlanItem, Roster, Target, TaskState, WorkPlan


@requires(Permission.SEE_PLAN)
@require_safe
def home(request: PortalRequest) -> HttpResponse:
    only(request, "month")
    month = asked_month(request)
    plan = WorkPlan.objects.visible_to(request.user).current(month.year)
    page = queries.plan_page(plan, month) if plan else None
    context = {
        "page": page,
        "month": month,
        "later": month < Month.of(clock.today()),
        "plan": plan,
        "versions": queries.versions(request.user),
        "may_keep": request.user.may(Permission.KEEP_PLAN),
        "amendable": PlanDraft.objects.visible_to(request.user).filter(plan=plan).exclude(plan=None).exists(),
    }
    return render(request, "targets/home.html", context)


@requires(Permission.SEE_PLAN)
@require_safe
def version(request: PortalRequest, year: int, version: int) -> HttpResponse:
    plan = get_visible(WorkPlan.objects.all(), request.user, year=year, version=version)
    context = {"tree": queries.tree_of(plan), "versions": queries.versions(request.user)}
    return render(request, "targets/version.html", context)


@requires(Permission.SEE_PLAN)
@require_safe
def item(request: PortalRequest, year: int, number: int) -> HttpResponse:
    row = get_visible(PlanItem.objects.current(year), request.user, number=number)
    page = queries.item_page(row, asked_month(request, year))
    may_keep = request.user.may(Permission.KEEP_PLAN)
    return render(request, "targets/item.html", {"page": page, "may_keep": may_keep})


@requires(Permission.KEEP_PLAN)
def report_state(request: PortalRequest, pk: int) -> HttpResponse:
    task = get_visible(TaskState.objects.select_related("item__plan", "region"), request.user, pk=pk)
    form = StateForm(request.POST or None, initial={"state": task.state, "text": task.text, "reason": task.reason})
    if request.method == "POST" and form.is_valid():
        actions.report_state(task=task, by=request.user, **form.cleaned_data)
        messages.success(request, f"已更新第{task.item.number}条进展")
        return redirect("targets:item", task.item.plan.year, task.item.number)
    return _ask(request, form, task.item, f"更新第{task.item.number}条进展：{task.region.short_name}", "更新进展")


@requires(Permission.KEEP_PLAN)
def assign_lead(request: PortalRequest, pk: int) -> HttpResponse:
    item = get_visible(PlanItem.objects.select_related("plan"), request.user, pk=pk)
    form = LeadForm(request.POST or None, initial={"unit": item.lead_id})
    if request.method == "POST" and form.is_valid():
        actions.assign_lead(item=item, unit=form.cleaned_data["unit"], by=request.user)
        messages.success(request, f"已定第{item.number}条牵头单位")
        return redirect("targets:item", item.plan.year, item.number)
    return _ask(request, form, item, f"定第{item.number}条牵头单位", "定牵头单位")


@requires(Permission.KEEP_PLAN)
def reach_milestone(request: PortalRequest, pk: int) -> HttpResponse:
    target = get_visible(Target.objects.milestones(), request.user, pk=pk)
    form = MilestoneForm(request.POST or None, initial={"reached_on": target.reached_on or clock.today()})
    if request.method == "POST" and form.is_valid():
        actions.reach_milestone(target=target, on=form.cleaned_data["reached_on"], by=request.user)
        messages.success(request, f"已登记{target.title}达成日期")
        return redirect("targets:item", target.item.plan.year, target.item.number)
    return _ask(request, form, target.item, f"登记达成日期：{target.title}", "登记日期")


@requires(Permission.KEEP_PLAN)
def list_entries(request: PortalRequest, pk: int) -> HttpResponse:
    roster = get_visible(Roster.objects.select_related("item__plan"), request.user, pk=pk)
    form = EntriesForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        added = actions.list_entries(roster=roster, names=form.cleaned_data["names"], by=request.user)
        messages.success(request, f"{roster.title}新列 {added} 个")
        return redirect("targets:item", roster.item.plan.year, roster.item.number)
    return _ask(request, form, roster.item, f"补列名单：{roster.title}，应列 {roster.required}", "补列名单")


def asked_month(request: PortalRequest, year: int | None = None) -> Month:
    """?month=2013-05; else, or when that has not begun, the last settled month. December of a plan of another year."""
    try:
        asked = Month.parse(request.GET.get("month", ""))
    except ValueError:
        asked = None
    month = asked if asked and asked <= Month.of(clock.today()) else queries.settled_month()
    return month if year in (None, month.year) else Month(year, 12)


def _ask(request: PortalRequest, form: Form, item: PlanItem, title: str, button: str) -> HttpResponse:
    return render(request, "targets/edit.html", {"form": form, "item": item, "title": title, "button": button})
