"""Builds the responses for downloading workbooks of returns, and records each download in the audit log."""

from __future__ import annotations

from django.http import HttpResponse

from hunan_trade.audit.actions import record
from hunan_trade.intake.actions.filling import XLSX
from hunan_trade.intake.models import MonthlyReturn
from hunan_trade.web.download_response import file_response, safe_file_name
from hunan_trade.web.request_type import PortalRequest


def workbook_response(request: PortalRequest, monthly_return: MonthlyReturn, data: bytes, name: str) -> HttpResponse:
    """Return a response that downloads `data` as an .xlsx file, and record the download in the audit log."""
    name = safe_file_name(name, nameless="月报")
    record(
        "file.downloaded",
        by=request.user,
        subject=monthly_return,
        region=monthly_return.region_id,
        after={"name": name},
    )
    return file_response(data, name, content_type=XLSX)
