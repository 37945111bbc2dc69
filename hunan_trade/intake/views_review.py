"""The province's desk: what waits, one round beside what was, and the decision."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from hunan_trade.accounts.roles import Permission
from hunan_trade.intake import queries, reviewing
from hunan_trade.intake.actions import deciding
from hunan_trade.intake.forms import DecisionForm
from hunan_trade.intake.models import Return
from hunan_trade.intake.views import asked_return
from hunan_trade.periods import Month
from hunan_trade.web.access import requires
from hunan_trade.web.filters import only
from hunan_trade.web.request import PortalRequest
from hunan_trade.workflow import MoveRefused


@requires(Permission.ACCEPT_RETURN)
@require_safe
def queue(request: PortalRequest) -> HttpResponse:
    only(request)
    waiting = queries.awaiting_review()
    context = {"outstanding": [q for q in waiting if not q.plain], "plain": [q for q in waiting if q.plain]}
    return render(request, "intake/queue.html", context | {"waiting": waiting})


@requires(Permission.ACCEPT_RETURN)
@require_POST
def accept_many(request: PortalRequest) -> HttpResponse:
    """Those that were ticked, each with the hash that the list showed; all of them or none."""
    picks = [pick.partition("|") for pick in request.POST.getlist("pick")]
    asked = {pk: digest for pk, _, digest in picks if pk.isdecimal() and len(pk) < 18}
    seen = Return.objects.visible_to(request.user).filter(pk__in=asked)
    if not picks or seen.count() != len(picks):  # also one that is no return, or the same one twice
        raise MoveRefused("没有选中待审核的月报，或选中的有误，一份也没有核定")
    accepted = deciding.accept_many({int(pk): digest for pk, digest in asked.items()}, by=request.user)
    messages.success(request, f"已核定 {len(accepted)} 份月报")
    return redirect("intake:review-queue")


@requires(Permission.ACCEPT_RETURN)
@require_safe
def review(request: PortalRequest, region: str, month: Month) -> HttpResponse:
    return_ = asked_return(request, region, month)
    page = reviewing.review_page(return_, request.user, request.GET.get("show", ""))
    if page is None:
        return redirect("intake:return", region, month)
    return render(request, "intake/review.html", {"page": page, "return_": return_})


@requires(Permission.ACCEPT_RETURN)
@require_POST
def accept(request: PortalRequest, region: str, month: Month) -> HttpResponse:
    return_, form = asked_return(request, region, month), _decision(request)
    deciding.accept(return_.pk, by=request.user, shown=form.cleaned_data["shown"])
    messages.success(request, f"已核定{return_}")
    return _next(return_)


@requires(Permission.GIVE_BACK_RETURN)
@require_POST
def give_back(request: PortalRequest, region: str, month: Month) -> HttpResponse:
    return_, form = asked_return(request, region, month), _decision(request)
    cells = form.cells(request.POST.getlist("pick"))
    reason, shown = form.cleaned_data["reason"], form.cleaned_data["shown"]
    deciding.give_back(return_.pk, reason, by=request.user, cells=cells, shown=shown)
    messages.success(request, f"已退回{return_}，指出 {len(cells)} 格")
    return _next(return_)


def _decision(request: PortalRequest) -> DecisionForm:
    form = DecisionForm(request.POST)
    if not form.is_valid():
        raise MoveRefused("原因不超过 500 字，并须从审核页办理")
    return form


def _next(return_: Return) -> HttpResponse:
    """To the one that has waited longest, or back to the queue when none is left."""
    waiting = Return.objects.awaiting_review().order_by("first_sent_at", "region").first()
    return redirect("intake:review", waiting.region_id, waiting.period) if waiting else redirect("intake:review-queue")
