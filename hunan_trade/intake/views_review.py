"""Views for the province's reviewers: the review queue, the review page of a return, and the decision."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from hunan_trade.accounts.roles import Permission
from hunan_trade.intake import queries_board_and_review_queue, review_page
from hunan_trade.intake.actions import deciding
from hunan_trade.intake.forms import ReviewDecisionForm
from hunan_trade.intake.models import MonthlyReturn
from hunan_trade.intake.tables import CONSPICUOUS_RETURNS, PLAIN_RETURNS
from hunan_trade.intake.views_board_and_exemptions import get_return_or_404
from hunan_trade.periods import Month
from hunan_trade.web.access_decorators import requires
from hunan_trade.web.request_type import PortalRequest
from hunan_trade.web.unknown_query_parameters import reject_unknown_params
from hunan_trade.workflow import MoveRefused


@requires(Permission.ACCEPT_RETURN)
@require_safe
def review_queue(request: PortalRequest) -> HttpResponse:
    reject_unknown_params(request)
    waiting = queries_board_and_review_queue.review_queue()
    plain = [item for item in waiting if item.has_no_outlier_or_explanation]
    conspicuous = [item for item in waiting if not item.has_no_outlier_or_explanation]
    context = {
        "waiting": waiting,
        "conspicuous": conspicuous,
        "conspicuous_table": CONSPICUOUS_RETURNS.html(conspicuous),
        "plain": plain,
        "plain_table": PLAIN_RETURNS.html(plain),
    }
    return render(request, "intake/queue.html", context)


@requires(Permission.ACCEPT_RETURN)
@require_POST
def accept_many(request: PortalRequest) -> HttpResponse:
    """Accept all monthly returns that the user ticked in the review queue.

    Only if their workbooks are those that the list showed.
    """
    picks = [pick.partition("|") for pick in request.POST.getlist("pick")]
    digests = {pk: digest for pk, _, digest in picks if pk.isdecimal() and len(pk) < 18}
    seen = MonthlyReturn.objects.visible_to(request.user).filter(pk__in=digests)
    if not picks or seen.count() != len(picks):  # also one that is no return, or the same one twice
        raise MoveRefused("没有选中待审核的月报，或选中的有误，一份也没有核定")
    accepted = deciding.accept_many({int(pk): digest for pk, digest in digests.items()}, by=request.user)
    messages.success(request, f"已核定 {len(accepted)} 份月报")
    return redirect("intake:review-queue")


@requires(Permission.ACCEPT_RETURN)
@require_safe
def review(request: PortalRequest, region: str, month: Month) -> HttpResponse:
    monthly_return = get_return_or_404(request, region, month)
    page = review_page.review_page(monthly_return, request.user, request.GET.get("show", ""))
    if page is None:
        return redirect("intake:return", region, month)
    return render(request, "intake/review.html", {"page": page, "monthly_return": monthly_return})


@requires(Permission.ACCEPT_RETURN)
@require_POST
def accept(request: PortalRequest, region: str, month: Month) -> HttpResponse:
    monthly_return, form = get_return_or_404(request, region, month), _valid_decision_form(request)
    deciding.accept(monthly_return.pk, by=request.user, seen=form.seen)
    messages.success(request, f"已核定{monthly_return}")
    return _redirect_to_next(monthly_return)


@requires(Permission.GIVE_BACK_RETURN)
@require_POST
def give_back(request: PortalRequest, region: str, month: Month) -> HttpResponse:
    monthly_return, form = get_return_or_404(request, region, month), _valid_decision_form(request)
    cells = form.remarked_cells(request.POST.getlist("pick"))
    reason = form.cleaned_data["reason"]
    deciding.give_back(monthly_return.pk, reason, by=request.user, cells=cells, seen=form.seen)
    messages.success(request, f"已退回{monthly_return}，指出 {len(cells)} 格")
    return _redirect_to_next(monthly_return)


def _valid_decision_form(request: PortalRequest) -> ReviewDecisionForm:
    form = ReviewDecisionForm(request.POST)
    if not form.is_valid():
        raise MoveRefused("原因不超过 500 字，并须从审核页办理")
    return form


def _redirect_to_next(monthly_return: MonthlyReturn) -> HttpResponse:
    """Redirect to the review page of the waiting return that was first sent earliest, or else to the review queue."""
    waiting = MonthlyReturn.objects.awaiting_review().order_by("first_sent_at", "region").first()
    return redirect("intake:review", waiting.region_id, waiting.period) if waiting else redirect("intake:review-queue")
