"""Views of one return: its sheets, the actions of the city's users, and its rounds of review."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from hunan_trade.accounts.roles import Permission
from hunan_trade.intake import datasets, grid_html, grid_save_responses, receipts, return_page, return_sheets
from hunan_trade.intake.actions import deciding, filling, sending
from hunan_trade.intake.download_workbook_response import workbook_response
from hunan_trade.intake.forms import ExemptionForm, MalformedRequest, OptionalReasonForm, parse_typed_rows
from hunan_trade.intake.models import MonthlyReturn, Round, Status
from hunan_trade.intake.tables import ROUNDS
from hunan_trade.intake.views_board_and_exemptions import get_return_or_404
from hunan_trade.periods import Month
from hunan_trade.web import error_responses
from hunan_trade.web.access_decorators import get_visible, requires
from hunan_trade.web.conflict_detecting_forms import VersionForm
from hunan_trade.web.request_type import PortalRequest
from hunan_trade.workflow import MoveRefused


@requires(Permission.SEE_FIGURES)
@require_safe
def monthly_return(request: PortalRequest, region: str, month: Month) -> HttpResponse:
    monthly_return = get_return_or_404(request, region, month)
    page = return_page.return_page(monthly_return, request.user, _requested_sheet(request, month))
    first = page.sheet.lines[0].key if page.sheet.lines else ""
    accepted = monthly_return.status == Status.ACCEPTED
    history = (
        return_page.load_history_of_record(page.form, page.sheet.dataset, first, accepted=accepted) if first else None
    )
    context = {"page": page, "monthly_return": monthly_return, "history": history, "exemption": ExemptionForm()}
    return render(request, "intake/return.html", context | {"rows": grid_html.rows_as_html(page.sheet.lines)})


@requires(Permission.SEE_FIGURES)
@require_safe
def show_history_of_record(request: PortalRequest, region: str, month: Month) -> HttpResponse:
    """Render the chart, shown beside the grid, of one record's totals over thirteen months."""
    monthly_return, key = get_return_or_404(request, region, month), request.GET.get("key", "")
    form, dataset, accepted = (
        return_sheets.stored_sheets(monthly_return),
        datasets.get(_requested_sheet(request, month)),
        monthly_return.status == Status.ACCEPTED,
    )
    try:
        found = return_page.load_history_of_record(form, dataset, key, accepted=accepted) if key else None
    except KeyError:
        raise Http404 from None
    return render(request, "intake/_history.html", {"history": found})


@requires(Permission.FILL_RETURN)
@require_POST
def save_grid_rows(request: PortalRequest, region: str, month: Month) -> HttpResponse:
    """Save the rows that a user edited in the grid, even if invalid, and return the checks' findings as JSON."""
    found = get_return_or_404(request, region, month)
    try:
        sent = parse_typed_rows(request.body, month)
        versions = filling.save_rows(found.pk, sent.dataset, sent.edits, by=request.user)
    except MalformedRequest:
        return error_responses.error_response(request, 400, "内容不完整，没有保存。刷新页面再试。")
    except KeyError:
        return error_responses.conflict_response(request, "这一行已不在名录中，没有保存。刷新页面后再填。")
    except filling.RowConflict as conflict:
        return JsonResponse(grid_save_responses.row_conflict_json(request, sent, conflict), status=409)
    return JsonResponse(
        grid_save_responses.saved_rows_json(request, get_return_or_404(request, region, month), sent, versions)
    )


@requires(Permission.SEE_FIGURES)
@require_safe
def download_workbook(request: PortalRequest, region: str, month: Month) -> HttpResponse:
    found = get_return_or_404(request, region, month)
    form = return_sheets.stored_sheets(found)
    version = max(found.version, form.since)  # somebody may have saved since the return was read
    data = form.workbook(version=version, demo=settings.DEMO)
    return workbook_response(request, found, data, f"{found.region.name_in_text}{month.label}月报.xlsx")


@requires(Permission.FILL_RETURN)
@require_POST
def declare_nil(request: PortalRequest, region: str, month: Month) -> HttpResponse:
    found = get_return_or_404(request, region, month)
    filling.declare_nil(found.pk, _posted_reason(request), by=request.user, seen=_posted_version(request))
    return _redirect_with_message(request, found, "已按零报告填好，可以送市州负责人")


@requires(Permission.HAND_UP_RETURN)
@require_POST
def submit_to_city_lead(request: PortalRequest, region: str, month: Month) -> HttpResponse:
    found = get_return_or_404(request, region, month)
    sending.submit_to_city_lead(found.pk, by=request.user, seen=_posted_version(request))
    return _redirect_with_message(request, found, "已送市州负责人，等签发")


@requires(Permission.HAND_BACK_RETURN)
@require_POST
def hand_back_to_reporter(request: PortalRequest, region: str, month: Month) -> HttpResponse:
    found = get_return_or_404(request, region, month)
    sending.hand_back_to_reporter(found.pk, _posted_reason(request), by=request.user, seen=_posted_version(request))
    return _redirect_with_message(request, found, "已退给填报人")


@requires(Permission.SIGN_RETURN)
@require_POST
def sign(request: PortalRequest, region: str, month: Month) -> HttpResponse:
    found = get_return_or_404(request, region, month)
    sent = sending.sign(found.pk, by=request.user, seen=_posted_version(request))
    messages.success(request, f"已签发送省厅，回执 {sent.receipt}")
    return redirect("intake:return-receipt", region, month, sent.number)


@requires(Permission.ASK_EXEMPTION)
@require_POST
def ask_exemption(request: PortalRequest, region: str, month: Month) -> HttpResponse:
    found = get_return_or_404(request, region, month)
    form = ExemptionForm(request.POST)
    if not form.is_valid():
        raise MoveRefused("理由和期限都要写，理由不超过 500 字")
    sent = form.cleaned_data
    deciding.ask_exemption(found.pk, sent["kind"], sent["reason"], form.until_moment(), by=request.user)
    return _redirect_with_message(request, found, "已提出，等省厅负责人批准")


@requires(Permission.SEE_FIGURES)
@require_safe
def rounds(request: PortalRequest, region: str, month: Month) -> HttpResponse:
    found = get_return_or_404(request, region, month)
    sent = return_page.rounds_of(found)
    context = {
        "monthly_return": found,
        "head": return_page.return_header(found),
        "rounds": ROUNDS.html(sent),
        "count": len(sent),
        "log": return_page.return_history_entries(found, sent),
    }
    return render(request, "intake/rounds.html", context)


@requires(Permission.SEE_FIGURES)
@require_safe
def receipt(request: PortalRequest, region: str, month: Month, number: int) -> HttpResponse:
    sent = _get_round(request, get_return_or_404(request, region, month), number)
    return render(request, "intake/receipt.html", {"receipt": receipts.build_receipt(sent)})


@requires(Permission.SEE_FIGURES)
@require_safe
def download_round_workbook(request: PortalRequest, region: str, month: Month, number: int) -> HttpResponse:
    found = get_return_or_404(request, region, month)
    sent = _get_round(request, found, number)
    return workbook_response(
        request, found, sent.workbook.read(), f"{found.region.name_in_text}{month.label}月报-第{number}轮.xlsx"
    )


def _get_round(request: PortalRequest, monthly_return: MonthlyReturn, number: int) -> Round:
    everybody = Round.objects.select_related(
        "monthly_return__region", "workbook", "filled_by", "signed_by", "decided_by"
    )
    return get_visible(everybody, request.user, monthly_return=monthly_return, number=number)


def _requested_sheet(request: PortalRequest, month: Month) -> str:
    """Return the sheet code given in the URL, or the first sheet's code if no valid code is given."""
    code = request.GET.get("sheet", "")
    known = {dataset.code for dataset in datasets.of_month(month)}
    return code if code in known else return_page.first_sheet_code(month)


def _posted_reason(request: PortalRequest) -> str:
    form = OptionalReasonForm(request.POST)
    if not form.is_valid():
        raise MoveRefused("原因不超过 500 字。缩短后再办")
    return str(form.cleaned_data["reason"])


def _posted_version(request: PortalRequest) -> int:
    """Return the version of the monthly return that the user saw, as posted by the page.

    Raises MoveRefused if the form has no version. A newer version refuses the move.
    """
    form = VersionForm(request.POST)
    if not form.is_valid():
        raise MoveRefused("须从月报页办理，重新打开本页再办")
    return form.seen


def _redirect_with_message(request: PortalRequest, monthly_return: MonthlyReturn, words: str) -> HttpResponse:
    messages.success(request, words)
    return redirect("intake:return", monthly_return.region_id, monthly_return.period)
