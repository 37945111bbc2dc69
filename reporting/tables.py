"""Declares the list of reports: its columns, its filters, and the panel of drafts above the list."""

from __future__ import annotations

from django.urls import reverse

from hunan_trade.accounts.roles import Permission
from hunan_trade.lists import column_kinds
from hunan_trade.lists.columns import Column, field
from hunan_trade.lists.declaration import Action, Listing, Panel, SightLink, View
from hunan_trade.ui.component_data import StateKind
from reporting import kinds as report_kinds
from reporting import queries
from reporting.filters import ReportListFilter
from reporting.models import Format, Report, Status, Voiding
from reporting.report_downloads import api_file_url

_STATE_WORDS = {**dict(Status.choices), "voided": "已作废"}
_LIGHTS: dict[str, StateKind] = {
    Status.DRAFT: "now",
    Status.REVIEWING: "now",
    Status.REVIEWED: "now",
    Status.ISSUED: "ok",
    "voided": "bad",
}


def _report_page_url(report: Report) -> str:
    return reverse("reporting:report", args=[report.pk])


def _download_links(report: Report) -> list[tuple[str, str]]:
    """Return (label, URL) of an issued report's .docx, .pdf and .xlsx files, or [] for a report not issued."""
    formats = (Format.DOCX, Format.PDF, Format.XLSX) if report.frozen else ()
    return [(each.label, reverse("reporting:report-download", args=[report.pk, each.value])) for each in formats]


def _api_download_links(report: Report) -> list[tuple[str, str]]:
    """Return (label, API URL) of every file of an issued report, or [] for a report not issued."""
    return [(each.label, api_file_url(report, each)) for each in Format if report.frozen]


REPORTS = Listing(
    code="reports",
    title="通报调度",
    noun="件",
    see=Permission.SEE_REPORTS,
    rows=lambda: Report.objects.without_content().select_related("reviewed_by", "issued_by"),
    columns=(
        Column(
            "period", "期间", column_kinds.TEXT, value=str, link=_report_page_url, sort=("month", "kind", "edition")
        ),
        field(Report, "kind", kind=column_kinds.choice({each.code: each.title for each in report_kinds.declared()})),
        Column("issue", "期号", column_kinds.CODE, sort=("year", "number")),
        field(Report, "document_number", kind=column_kinds.CODE),
        Column(
            "state",
            "状态",
            column_kinds.state(_LIGHTS, _STATE_WORDS),
            value=lambda report: "voided" if report.voided else report.status,
            sort=("status",),
        ),
        field(Report, "reviewed_by", source="reviewed_by.name", kind=column_kinds.CODE, sort=("reviewed_by__name",)),
        field(Report, "issued_by", source="issued_by.name", kind=column_kinds.CODE, sort=("issued_by__name",)),
        field(Report, "issued_at"),
        Column(
            "files",
            "文件",
            column_kinds.LINKS,
            value=_download_links,
            api_value=_api_download_links,
            narrow=False,
            help="签发后才有",
        ),
        field(Report, "month", kind=column_kinds.MONTH, narrow=False, default=False),
        field(Report, "edition", narrow=False, default=False),
        field(Report, "content_sha256", kind=column_kinds.CODE, narrow=False, default=False),
    ),
    filters=ReportListFilter,
    ordering=("-month", "kind", "-edition"),
    search=("document_number",),
    reads=(Report, Voiding, "accounts_change"),
    views=tuple(View(each.title, f"kind={each.code}") for each in report_kinds.declared()),
    above=Panel("reporting/_drafting.html", queries.drafting_panel),
    actions=(Action("公布口径", "source-decisions:home", Permission.SEE_FIGURES),),
    empty=("还没有通报调度", "末份月报核定后自动起草，签发后市州可见。"),
    seen_through=(SightLink(Voiding, "report"),),
)
