"""Responses that download workbooks under Chinese file names; each download is recorded in the audit log."""

from __future__ import annotations

import re

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from hunan_trade.audit.actions import record
from hunan_trade.intake.actions.filling import XLSX
from hunan_trade.intake.models import MonthlyReturn
from hunan_trade.web.request import PortalRequest

_FORBIDDEN_CHARACTERS = re.compile(
    r'[\x00-\x1f\x7f\\/:*?"<>|\u202a-\u202e\u2066-\u2069]+'
)  # what some system takes for more than a name
_DEVICES = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\.|$)")
_LONGEST_NAME = 80  # characters, 240 bytes where each is Chinese


def workbook_response(request: PortalRequest, monthly_return: MonthlyReturn, data: bytes, name: str) -> HttpResponse:
    """Return a response that downloads the bytes as a workbook file, and record an audit event of it."""
    name = _safe_name(name)
    record(
        "file.downloaded",
        by=request.user,
        subject=monthly_return,
        region=monthly_return.region_id,
        after={"name": name},
    )
    response = HttpResponse(data, content_type=XLSX)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


def _safe_name(name: str) -> str:
    """Return the file name without characters that file systems forbid, with its suffix."""
    stem, dot, suffix = _FORBIDDEN_CHARACTERS.sub("_", name).strip(". ").rpartition(".")
    stem = stem[: _LONGEST_NAME - len(suffix) - 1].strip(". ") or "月报"
    return ("_" if _DEVICES.match(stem) else "") + stem + dot + suffix
