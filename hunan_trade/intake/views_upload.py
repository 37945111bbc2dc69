"""Views for filling in a return by workbook: the upload, its preview and its confirmation."""

from __future__ import annotations

from itertools import islice
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from hunan_trade.accounts.roles import Permission
from hunan_trade.intake import merge_conflicts, return_page
from hunan_trade.intake.actions import filling
from hunan_trade.intake.actions.return_state_change_checks import check_move
from hunan_trade.intake.download_workbook_response import workbook_response
from hunan_trade.intake.forms import ConfirmUploadForm, UploadForm
from hunan_trade.intake.models import MonthlyReturn, Upload
from hunan_trade.intake.views_board_and_exemptions import get_return_or_404
from hunan_trade.intake.workbook_size_limits import workbook_size_limits
from hunan_trade.periods import Month
from hunan_trade.web.access_decorators import get_visible, requires
from hunan_trade.web.request_type import PortalRequest
from hunan_trade.workbooks.sheet_types import WorkbookRefused
from hunan_trade.workbooks.workbook_annotation import annotate
from hunan_trade.workflow import MoveRefused

SHOWN = 300  # changes listed one by one


@requires(Permission.FILL_RETURN)
def upload(request: PortalRequest, region: str, month: Month) -> HttpResponse:
    monthly_return = get_return_or_404(request, region, month)
    check_move("fill", monthly_return, request.user)
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            received = filling.receive_upload(monthly_return.pk, file.read(), file.name, by=request.user)
            return redirect("intake:upload-preview", region, month, received.upload.pk)
        except WorkbookRefused as refused:
            form.add_error("file", refused.message)
    context = {"form": form, "monthly_return": monthly_return, "head": return_page.return_header(monthly_return)}
    return render(request, "intake/upload.html", context, status=422 if form.errors else 200)


@requires(Permission.FILL_RETURN)
@require_safe
def preview(request: PortalRequest, region: str, month: Month, pk: UUID) -> HttpResponse:
    monthly_return = get_return_or_404(request, region, month)
    return _render_preview(
        request, monthly_return, filling.preview_upload(_get_upload(request, monthly_return, pk), by=request.user)
    )


def _render_preview(
    request: PortalRequest, monthly_return: MonthlyReturn, received: filling.UploadPreview, status: int = 200
) -> HttpResponse:
    """Render the preview page of an uploaded workbook: its changes, and a choice for each conflicting cell."""
    stale = received.upload.base_version != received.version and received.upload.confirmed_at is None
    context = {"monthly_return": monthly_return, "received": received, "stale": stale, "tried": status != 200}
    merge = received.merge
    context |= {"changes": list(islice(merge.changes, SHOWN)), "more_changes": max(0, len(merge.changes) - SHOWN)}
    context |= {"kept": list(islice(merge.kept_cells, SHOWN)), "more_kept": max(0, len(merge.kept_cells) - SHOWN)}
    shown = merge_conflicts.first_conflicts(merge, monthly_return)
    context |= {"shown_conflicts": shown, "more_conflicts": len(merge.conflicts) - len(shown)}
    return render(request, "intake/preview.html", context, status=status)


@requires(Permission.FILL_RETURN)
@require_POST
def confirm(request: PortalRequest, region: str, month: Month, pk: UUID) -> HttpResponse:
    """Merge a previewed upload into its monthly return; if it has conflicts or errors, show the preview again."""
    found = _get_upload(request, monthly_return := get_return_or_404(request, region, month), pk)
    form = ConfirmUploadForm(request.POST)
    if not form.is_valid():
        raise MoveRefused("须从检查文件的页面写入，重新打开该页再办")
    seen, choices = form.cleaned_data["version"], form.conflict_choices()
    try:
        filling.confirm_upload(found.pk, form.cleaned_data["sha256"], by=request.user, seen=seen, choices=choices)
    except (filling.UndecidedConflicts, filling.BlockingFindings) as refused:
        again = filling.preview_upload(found, choices, by=request.user)
        return _render_preview(
            request, monthly_return, again, 422 if isinstance(refused, filling.UndecidedConflicts) else 409
        )
    messages.success(request, f"已写入“{found.name}”")
    return redirect("intake:return", region, month)


@requires(Permission.FILL_RETURN)
@require_safe
def download_annotated(request: PortalRequest, region: str, month: Month, pk: UUID) -> HttpResponse:
    """Download a copy of an uploaded workbook that has the checks' findings as cell comments."""
    monthly_return = get_return_or_404(request, region, month)
    found = _get_upload(request, monthly_return, pk)
    received = filling.preview_upload(found, by=request.user)
    conflicts = merge_conflicts.conflict_findings(received.merge, monthly_return)
    marked = annotate(found.file.read(), [*conflicts, *received.checked.findings], workbook_size_limits(monthly_return))
    return workbook_response(request, monthly_return, marked, f"{found.name.removesuffix('.xlsx')}-检查结果.xlsx")


def _get_upload(request: PortalRequest, monthly_return: MonthlyReturn, pk: UUID) -> Upload:
    everything = Upload.objects.select_related("file", "monthly_return__region", "received_by")
    return get_visible(everything, request.user, monthly_return=monthly_return, pk=pk)
