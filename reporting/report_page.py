"""Builds the data for a report's page, such as the document with linked figures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from hunan_trade import clock, periods
from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Permission
from hunan_trade.audit.models import Event
from hunan_trade.intake.models import Round
from hunan_trade.periods import Month
from hunan_trade.ui.component_data import HistoryEntry, Stage, StageState
from reporting import queries, wording_edits
from reporting.document_parts import Paragraph
from reporting.issue_number_and_date_insertion import IssueNumberAndDate, add_issue_number_and_date
from reporting.models import Report, Status
from reporting.provenance import ProvenanceChain, trace_figure
from reporting.renderers.text_for_all_formats import Item, PrintedTable, PrintedText, Span, printed_text
from reporting.workflow import REPORT

_EVENT_NAMES = {
    "report.drafted": "起草",
    "report.edited": "改文字",
    "report.review_asked": "送审核",
    "report.reviewed": "审核通过",
    "report.given_back": "退回草稿",
    "report.counter_mended": "期号计数落后，接着签发过的编",
    "report.issued": "签发",
    "report.voided": "作废",
}


@dataclass(frozen=True)
class TextRun:
    """A piece of text on a report's page, with the figure code and a running number if it is a figure."""

    text: str
    code: str
    lead: bool
    place: int
    current: bool


@dataclass(frozen=True)
class DocumentBlock:
    """A heading, paragraph or table of a report's document, prepared for the report's page."""

    kind: str  # heading1, heading2, heading3, text, table
    index: int
    runs: tuple[TextRun, ...] = ()
    table: PrintedTable | None = None
    rows: tuple[tuple[bool, tuple[TextRun, ...]], ...] = ()  # (summary row, cells)
    edited: bool = False
    text: str = ""  # as it is edited; "" where it may not be


@dataclass(frozen=True)
class AnnexPart:
    """An annex of a report's document, prepared for the report's page."""

    label: str
    title: tuple[str, ...]
    blocks: tuple[DocumentBlock, ...]


@dataclass(frozen=True)
class DocumentView:
    """A report's whole document, prepared for the report's page, with the figures numbered."""

    printed_text: PrintedText
    blocks: tuple[DocumentBlock, ...]
    annexes: tuple[AnnexPart, ...]
    figure_count: int


@dataclass(frozen=True)
class PageParameters:
    """Query parameters of a report's page, such as the figure to trace back to its sources."""

    figure: str = ""
    place: int | None = None
    edit: int | None = None


@dataclass(frozen=True)
class ReportPage:
    report: Report
    paper: DocumentView
    stages: tuple[Stage, ...]
    history: tuple[HistoryEntry, ...]
    moves: dict[str, str | None]  # move → None when open, else why it is shut
    chain: ProvenanceChain | None
    changes: queries.ChangesSinceDraft
    pending_draft: queries.PendingDraft | None  # the draft that is to replace it
    period_returns: int  # of the period itself
    earlier_returns: int  # of the months it is compared with
    previous: Report | None
    parameters: PageParameters
    issue_or_state: str  # how the paper names what it is called


def build_report_page(report: Report, user: User, parameters: PageParameters) -> ReportPage:
    """Return all data for a report's page as this user may see it.

    The error is raised for a figure that the user may not see.
    """
    prepares = user.may(Permission.PREPARE_REPORT)
    moves = REPORT.refusals_by_move(report, user, may=user.may) if prepares else {}
    editable = moves.get("edit", "") is None
    rounds = Round.objects.filter(pk__in=report.content["rounds"]).values_list("monthly_return__month", flat=True)
    period = [month for month in rounds if month > report.period.plus(-report.report_kind.months).first]
    return ReportPage(
        report=report,
        paper=build_document_view(report, parameters, editable),
        stages=tuple(_workflow_stages(report)),
        history=tuple(_history(report)) if prepares else (),
        moves=moves,
        chain=trace_figure(report, parameters.figure, user) if parameters.figure else None,
        changes=queries.changes_since_draft(report) if prepares and not report.frozen else queries.ChangesSinceDraft(),
        pending_draft=queries.pending_drafts(user).get(queries.kind_and_last_month(report)),
        period_returns=len(period),
        earlier_returns=len(rounds) - len(period),
        previous=queries.previous_issued_report(report, user),
        parameters=parameters,
        issue_or_state=report.issue or report.state.label,
    )


def build_document_view(report: Report, parameters: PageParameters, editable: bool) -> DocumentView:
    """Return a report's document for its page, with the figures numbered so that links can point to each."""
    drafted, edited = report.report_kind.compose(report.content), report.content["words"]
    signed_on = report.issued_at.astimezone(clock.SHANGHAI).date() if report.issued_at else None
    official = IssueNumberAndDate(report.year, report.number, report.document_number, signed_on)
    content = printed_text(add_issue_number_and_date(wording_edits.apply_edits(drafted, edited), official))
    places = count(1)
    blocks = []
    for at, (item, block) in enumerate(zip(content.items, drafted.blocks, strict=True)):
        text = ""
        if editable and isinstance(block, Paragraph):
            text = edited.get(
                wording_edits.text_with_bracketed_figures(block), wording_edits.text_with_bracketed_figures(block)
            )
        was_edited = isinstance(block, Paragraph) and wording_edits.text_with_bracketed_figures(block) in edited
        blocks.append(_build_block(item, at, parameters, places, text=text, edited=was_edited))
    annexes = tuple(
        AnnexPart(
            annex.label,
            annex.title,
            tuple(_build_block(item, at, parameters, places) for at, item in enumerate(annex.items)),
        )
        for annex in content.annexes
    )
    return DocumentView(content, tuple(blocks), annexes, figure_count=next(places) - 1)


def _build_block(
    item: Item, at: int, parameters: PageParameters, places: Iterator[int], *, text: str = "", edited: bool = False
) -> DocumentBlock:
    if isinstance(item, PrintedTable):
        rows = tuple(
            (n in item.summary_rows, _number_figures(row, parameters, places)) for n, row in enumerate(item.rows)
        )
        return DocumentBlock("table", at, table=item, rows=rows)
    return DocumentBlock(item.part, at, _number_figures(item.spans, parameters, places), edited=edited, text=text)


def _number_figures(spans: Iterable[Span], parameters: PageParameters, places: Iterator[int]) -> tuple[TextRun, ...]:
    runs = []
    for span in spans:
        place = next(places) if span.code else 0
        is_chosen = bool(span.code) and span.code == parameters.figure and parameters.place in (None, place)
        runs.append(TextRun(span.text, span.code, span.lead, place, is_chosen))
    return tuple(runs)


def _workflow_stages(report: Report) -> Iterable[Stage]:
    order = [Status.DRAFT, Status.REVIEWING, Status.REVIEWED, Status.ISSUED]
    reached = order.index(report.state)
    written = f"{_short_day(report.written_at)} 起草"
    by = report.drafted_by.name if report.drafted_by else ""
    edits = f"，{by}改 {report.edits} 段" if report.edits else ""
    reviewer = (
        f"{report.reviewed_by.name} {periods.format_chinese_datetime(report.reviewed_at)}"
        if report.reviewed_by and report.reviewed_at
        else "由他人审核"
    )
    issuer = (
        f"{report.issued_by.name} {periods.format_chinese_datetime(report.issued_at)}，{report.issue}"
        if report.issued_by and report.issued_at
        else "省厅负责人，签发时编号"
    )
    notes = (written + edits, reviewer, issuer)
    for place, (title, note) in enumerate(zip(("草稿", "审核", "签发编号"), notes, strict=True)):
        state: StageState = "done" if reached > place else "here" if reached == place else ""
        if report.status == Status.DRAFT and report.note and place == 0:
            state, note = "stop", f"退回：{report.note}"
        yield Stage(title, note, state)


def _history(report: Report) -> Iterable[HistoryEntry]:
    """Yield the newest 30 audit events of a report, newest first, for the report's page.

    At most 30 events are shown.
    """
    events = Event.objects.filter(object_type="reporting.report", object_id=str(report.pk), verb__in=_EVENT_NAMES)
    for place, event in enumerate(events.order_by("-seq")[:30]):
        quote = event.reason if event.verb in ("report.given_back", "report.voided") else ""
        day = periods.format_chinese_date(event.business_on, with_year=False)
        yield HistoryEntry(
            day, f"{_EVENT_NAMES[event.verb]}，{event.actor_name}", quote=quote, state="" if place else "now"
        )


def _short_day(at: datetime) -> str:
    return periods.format_chinese_date(at.astimezone(clock.SHANGHAI).date(), with_year=False)


def report_title(report: Report) -> str:
    """Return the report's title, such as 2013年1—6月情况通报."""
    month: Month = report.period
    if report.report_kind.months == 1:
        return f"{month.year}年{month.range_in_digits.replace('-', '—')}{report.report_kind.series}"
    return str(report)
