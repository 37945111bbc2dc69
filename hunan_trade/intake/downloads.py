"""Workbooks handed out: named in Chinese, never cached, and told to the log."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from hunan_trade.audit.actions import record
from hunan_trade.intake.actions.filling import XLSX
from hunan_trade.intake.models import Return
from hunan_trade.web.request import PortalRequest


def handed_out(request: PortalRequest, return_: Return, data: bytes, name: str) -> HttpResponse:
    """`data` as a file to save. Who took which file is kept."""
    record("file.downloaded", by=request.user, subject=return_, region=return_.region_id, after={"name": name})
    response = HttpResponse(data, content_type=XLSX)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response
