"""Views that show a report, request a draft, and change the state of a report."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from hunan_trade.accounts.roles import Permission
from hunan_trade.web.access_decorators import get_visible, requires
from hunan_trade.web.conflict_detecting_forms import DigestForm, ReasonForm
from hunan_trade.web.request_type import PortalRequest
from hunan_trade.workflow import MoveRefused, Stale
from reporting import actions, queries, report_downloads, report_page
from reporting.forms import DraftRequestForm, IssueForm, WordingForm
from reporting.models import Report
from reporting.provenance import NoSuchFigure


@requires(Permission.PREPARE_REPORT)
@require_POST
def request_draft(request: PortalRequest) -> HttpResponse:
    form = DraftRequestForm(request.POST)
    if not form.is_valid():
        raise MoveRefused("选好种类和月份再起草")
    job = actions.request_draft(form.cleaned_data["kind"], form.cleaned_data["month"], by=request.user)
    messages.success(request, f"已开始{job.title}，办好后在此列出")
    return redirect("reports:home")


@requires(Permission.SEE_REPORTS)
@require_safe
def report(request: PortalRequest, pk: int) -> HttpResponse:
    return _render_report_page(request, pk)


@requires(Permission.PREPARE_REPORT)
@require_POST
def edit_wording(request: PortalRequest, pk: int) -> HttpResponse:
    found = _visible_report(request, pk)
    form = WordingForm(request.POST)
    if not form.is_valid():
        raise MoveRefused("段落不能为空，也不能超过 4000 字")
    at, text = form.other_values["at"], form.other_values["text"]
    try:
        actions.edit_wording(found.pk, at, text, by=request.user, seen=form.seen)
    except (MoveRefused, Stale) as refused:
        return _render_report_page(request, pk, edit=at, typed=text, refused=refused)
    return redirect(f"{reverse('reporting:report', args=[pk])}#p{at}")


@requires(Permission.PREPARE_REPORT)
@require_POST
def request_review(request: PortalRequest, pk: int) -> HttpResponse:
    actions.request_review(_visible_report(request, pk).pk, by=request.user, seen=_posted_digest(request))
    messages.success(request, "已送审核，须由他人审核")
    return redirect("reporting:report", pk)


@requires(Permission.REVIEW_REPORT)
@require_POST
def review(request: PortalRequest, pk: int) -> HttpResponse:
    actions.review(_visible_report(request, pk).pk, by=request.user, seen=_posted_digest(request))
    messages.success(request, "已审核，待省厅负责人签发")
    return redirect("reporting:report", pk)


@requires(Permission.REVIEW_REPORT)
@require_POST
def give_back(request: PortalRequest, pk: int) -> HttpResponse:
    actions.give_back(
        _visible_report(request, pk).pk, _posted_reason(request), by=request.user, seen=_posted_digest(request)
    )
    messages.success(request, "已退回草稿")
    return redirect("reporting:report", pk)


@requires(Permission.ISSUE_REPORT)
@require_POST
def issue(request: PortalRequest, pk: int) -> HttpResponse:
    form = IssueForm(request.POST)
    if not form.is_valid():
        raise MoveRefused("发文字号不超过 60 字；重新打开本页再签发")
    issued = actions.issue(_visible_report(request, pk).pk, by=request.user, seen=form.seen, **form.other_values)
    messages.success(request, f"已签发，编为{issued.issue}")
    if mended := queries.issue_counter_correction(issued):
        messages.warning(request, "期号计数停在第{}期，已从签发过的第{}期接着编".format(*mended))
    return redirect("reporting:report", pk)


@requires(Permission.ISSUE_REPORT)
@require_POST
def void(request: PortalRequest, pk: int) -> HttpResponse:
    actions.void(
        _visible_report(request, pk).pk, _posted_reason(request), by=request.user, seen=_posted_digest(request)
    )
    messages.success(request, "已作废，期号保留")
    return redirect("reporting:report", pk)


@requires(Permission.SEE_REPORTS)
@require_safe
def download(request: PortalRequest, pk: str, format_: str) -> HttpResponse:
    return report_downloads.download_response(_visible_report(request, int(pk)), format_, by=request.user)


def _visible_report(request: PortalRequest, pk: int) -> Report:
    people = Report.objects.select_related("drafted_by", "reviewed_by", "issued_by", "voiding__decided_by")
    return get_visible(people, request.user, pk=pk)


def _render_report_page(
    request: PortalRequest, pk: int, edit: int | None = None, typed: str = "", refused: Exception | None = None
) -> HttpResponse:
    try:
        page = report_page.build_report_page(
            _visible_report(request, pk), request.user, _page_parameters(request, edit)
        )
    except NoSuchFigure:
        raise Http404 from None
    stale = isinstance(refused, Stale)
    context = {
        "page": page,
        "title": report_page.report_title(page.report),
        "typed": typed,
        "refusal": refused,
        "stale": stale,
    }
    return render(request, "reporting/report.html", context, status=409 if stale else 422 if refused else 200)


def _page_parameters(request: PortalRequest, edit: int | None) -> report_page.PageParameters:
    return report_page.PageParameters(
        figure=request.GET.get("figure", "")[:200],
        place=_parse_small_number(request.GET.get("at")),
        edit=_parse_small_number(request.GET.get("edit")) if edit is None else edit,
    )


def _parse_small_number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 6 else None


def _posted_digest(request: PortalRequest) -> str:
    form = DigestForm(request.POST)
    if not form.is_valid():
        raise MoveRefused("重新打开本页再办")
    return form.seen


def _posted_reason(request: PortalRequest) -> str:
    form = ReasonForm(request.POST)
    return str(form.cleaned_data["reason"]) if form.is_valid() else ""
