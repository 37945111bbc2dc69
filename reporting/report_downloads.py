"""Serves a report's files for download: stored files if issued, newly rendered files if a draft."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpResponse
from django.urls import reverse

from hunan_trade.accounts.models import User
from hunan_trade.audit.actions import record
from hunan_trade.web.download_response import file_response
from hunan_trade.workflow import MoveRefused
from reporting import wording_edits
from reporting.file_rendering import CONTENT_TYPES, render
from reporting.issue_number_and_date_insertion import IssueNumberAndDate, add_issue_number_and_date
from reporting.models import Report
from reporting.renderers.text_for_all_formats import UnprintableCharacter
from reporting.report_page import report_title


@transaction.atomic
def download_response(report: Report, format_: str, *, by: User) -> HttpResponse:
    """Return a response that downloads a report's file under a Chinese name, and log the download.

    Raises MoveRefused for a draft with a character that cannot be printed.
    """
    issue = report.issue.replace(f"{report.year}年", "") or "草稿"
    name = f"{report_title(report)}（{issue}）.{format_}"
    record("file.downloaded", by=by, subject=report, after={"name": name})
    return file_response(_file_bytes(report, format_), name, content_type=CONTENT_TYPES[format_])


def api_file_url(report: Report, format_: str) -> str:
    """Return the URL of a report's file in the REST API."""
    return reverse("api-report-file", args=[report.pk, str(format_)])


def _file_bytes(report: Report, format_: str) -> bytes:
    if report.frozen:
        return report.files.select_related("file").get(format=format_).file.read()
    document = wording_edits.apply_edits(report.report_kind.compose(report.content), report.content["words"])
    try:
        return render(add_issue_number_and_date(document, IssueNumberAndDate(report.year)), format_)
    except UnprintableCharacter as unprintable:
        raise MoveRefused(str(unprintable).rstrip("。")) from None
