"""Functions that change reports, from requesting a draft to issuing and voiding a report."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Max

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Permission
from hunan_trade.audit.actions import Actor, System, record
from hunan_trade.audit.actions_state_changes import change_state, check_state_change, lock_row
from hunan_trade.files import actions as files
from hunan_trade.intake.models import MonthlyReturn
from hunan_trade.jobs.actions import enqueue
from hunan_trade.jobs.models import Job
from hunan_trade.periods import Month
from hunan_trade.text_cleaning import tidy
from hunan_trade.workflow import MoveRefused
from reporting import kinds, queries, wording_edits
from reporting.content_gathering_and_hashing import add_printed_texts, content_sha256
from reporting.document_parts import Document, Paragraph
from reporting.file_rendering import CONTENT_TYPES, render
from reporting.issue_number_and_date_insertion import IssueNumberAndDate, add_issue_number_and_date
from reporting.models import Format, IssueCounter, Report, ReportFile, Source, Status, Voiding
from reporting.renderers.fonts import document_fonts
from reporting.renderers.text_for_all_formats import UnprintableCharacter
from reporting.shared_report_data import Content
from reporting.workflow import REPORT


@transaction.atomic
def request_draft(kind: str, month: Month, *, by: User | System) -> Job:
    """Enqueue and return a job that drafts the report of this kind on the period that contains `month`.

    The job gathers what is accepted at the time it runs.
    """
    declared = kinds.get(kind)
    month = declared.last_month_of_period(month)
    if isinstance(by, User) and not by.may(Permission.PREPARE_REPORT):
        raise MoveRefused("没有起草通报的权限")
    if month >= Month.of(clock.today()):
        raise MoveRefused(f"{declared.period_label(month)}还没有结束")
    if not MonthlyReturn.objects.of_month(month).exists():
        raise MoveRefused(f"{month.label}没有月报，不能起草")
    _refuse_past_draft_stage(_latest_report(declared, month))
    title = f"起草{declared.period_label(month)}{declared.series}"
    job = enqueue("reports.write", {"kind": kind, "month": str(month)}, key=f"{kind}/{month}", by=by, title=title)
    record("report.requested", by=by, subject=job, after={"kind": kind, "month": str(month)})
    return job


def _latest_report(kind: kinds.ReportKind, month: Month) -> Report | None:
    return (
        Report.objects.of_period(kind.code, month)
        .select_for_update()  # its voiding is read after the wait for the row, not with it
        .order_by("-edition")
        .first()
    )


def _refuse_past_draft_stage(report: Report | None) -> None:
    if report is None or report.status == Status.DRAFT or report.voided:
        return
    if report.frozen:
        raise MoveRefused(f"{report}已签发，内容冻结。更正登下一期")
    raise MoveRefused(f"{report}{report.state.label}，退回草稿后才能重新起草")


@transaction.atomic
def store_draft(kind: kinds.ReportKind, month: Month, content: Content, *, by: Actor) -> Report:
    """Save newly gathered content as the draft report of a kind and month, creating or replacing the draft.

    Text edits of paragraphs that did not change are kept.
    """
    try:
        with transaction.atomic():
            return _create_or_update_draft(kind, month, content, by)
    except IntegrityError:  # drafted for the first time at this very moment: this is the next draft of it
        return _create_or_update_draft(kind, month, content, by)


def _create_or_update_draft(kind: kinds.ReportKind, month: Month, content: Content, by: Actor) -> Report:
    report, drafted = _latest_report(kind, month), kind.compose(content)
    _refuse_past_draft_stage(report)
    if report is None or report.voided:
        edition = report.edition + 1 if report else 1
        report = Report(kind=kind.code, month=month.first, year=month.year, edition=edition)
    else:
        content = {**content, "words": wording_edits.still_applicable_edits(report.content["words"], drafted)}
    _set_content(report, content, drafted)
    report.written_at = clock.now()
    report.drafted_by = report.drafted_by if report.edits else None
    report.save()
    record("report.drafted", by=by, subject=report, after={"sha256": report.content_sha256, "kept": report.edits})
    return report


def _set_content(report: Report, content: Content, drafted: Document) -> None:
    report.content = add_printed_texts(content, wording_edits.apply_edits(drafted, content["words"]))
    report.content_sha256 = content_sha256(report.content)
    report.edits = len(report.content["words"])


@transaction.atomic
def edit_wording(report_id: int, at: int, text: str, *, by: User, seen: str) -> Report:
    """Replace the text of one paragraph of a draft report.

    Sending the text as first drafted removes an earlier edit.
    `seen` is the SHA-256 of the content that the editor had open.
    """
    report = lock_row(Report.objects.all(), report_id)
    move = check_state_change(report, "edit", REPORT, by=by, seen=seen)
    drafted = report.report_kind.compose(report.content)
    if not 0 <= at < len(drafted.blocks) or not isinstance(paragraph := drafted.blocks[at], Paragraph):
        raise MoveRefused("这一段不能改")
    was = wording_edits.text_with_bracketed_figures(paragraph)
    now = wording_edits.text_with_bracketed_figures(wording_edits.reword_paragraph(paragraph, text))
    _refuse_unprintable(now)
    edits = {**report.content["words"], was: now}
    if now == was:
        del edits[was]
    before = report.content["words"].get(was, was)
    _set_content(report, {**report.content, "words": edits}, drafted)
    move.save_row_with_new_state(drafted_by=by)
    move.record(before={"text": before}, after={"text": now})
    return report


def _refuse_unprintable(text: str) -> None:
    try:
        document_fonts().check_characters(text.replace("‹", "").replace("›", ""))
    except UnprintableCharacter as unprintable:
        raise MoveRefused(str(unprintable).rstrip("。")) from None


def _content_hash(report: Report) -> dict[str, str]:
    return {"sha256": report.content_sha256}


@transaction.atomic
def request_review(report_id: int, *, by: User, seen: str) -> Report:
    return change_state(
        Report.objects.all(),
        report_id,
        "ask_review",
        REPORT,
        by=by,
        seen=seen,
        after=_content_hash,
        drafted_by=by,
        asked_at=clock.now(),
        note="",
    )


@transaction.atomic
def review(report_id: int, *, by: User, seen: str) -> Report:
    return change_state(
        Report.objects.all(),
        report_id,
        "review",
        REPORT,
        by=by,
        seen=seen,
        after=_content_hash,
        reviewed_by=by,
        reviewed_at=clock.now(),
    )


@transaction.atomic
def give_back(report_id: int, reason: str, *, by: User, seen: str) -> Report:
    return change_state(
        Report.objects.all(),
        report_id,
        "give_back",
        REPORT,
        by=by,
        seen=seen,
        reason=reason,
        note=tidy(reason),
        reviewed_by=None,
        reviewed_at=None,
    )


@transaction.atomic
def issue(
    report_id: int,
    *,
    by: User,
    seen: str,
    document_number: str = "",
    confirm_missing: bool = False,
    confirm_since: str = "",
) -> Report:
    """Issue a report under the next issue number and store its files.

    An issued report cannot be changed afterwards.
    All in one transaction, together with the list of rounds it is based on.
    `document_number` is the office's 发文字号, or "" where it gives none. `confirm_missing` is recorded with who issued,
    and so is `confirm_since`, the digest of the changes since the draft that the page showed.
    """
    report = lock_row(Report.objects.all(), report_id)
    move = check_state_change(report, "issue", REPORT, by=by, seen=seen)
    if report.missing_cities and not confirm_missing:
        names = "、".join(city["short"] for city in report.missing_cities)
        raise MoveRefused(f"{names}未核定，签发前须确认缺报市州")
    since = queries.changes_since_draft(report)
    if since and confirm_since != since.digest:
        raise MoveRefused(f"{since.description}，签发前须确认，或退回草稿重新起草")
    document_number = tidy(document_number)
    report.number, report.document_number, at = _take_issue_number(report, by=by), document_number, clock.now()
    written = _render_files(report, at)
    try:
        move.save_row_with_new_state(issued_by=by, issued_at=at, missing_confirmed=bool(report.missing_cities))
    except IntegrityError as taken:  # perhaps at this very moment: nobody but the database can tell
        if "report_document_number_once" not in str(taken):
            raise
        raise MoveRefused(f"发文字号{document_number}已用过") from taken
    Source.objects.bulk_create(Source(report=report, round_id=pk) for pk in report.content["rounds"])
    ReportFile.objects.bulk_create(written)
    move.record(
        after={
            "issue": report.issue,
            "document_number": document_number,
            "sha256": report.content_sha256,
            "files": {file.format: file.file_id for file in written},
            "missing_confirmed": [city["region"] for city in report.missing_cities],
            "since_confirmed": [*since.reopened, *since.accepted, *since.switched],
        },
    )
    return report


def _take_issue_number(report: Report, *, by: User) -> int:
    """Increase the counter of issue numbers for the report's kind and year, and return the new number.

    A rollback returns the number to the counter.
    The row of the counter stays locked until commit or rollback.
    A counter that an older backup brought goes on behind the last number that was given.
    """
    series = {"kind": report.kind, "year": report.year}
    IssueCounter.objects.bulk_create([IssueCounter(**series)], ignore_conflicts=True)
    counter = IssueCounter.objects.select_for_update().get(**series)
    given = Report.objects.filter(**series).aggregate(last=Max("number"))["last"] or 0
    if given > counter.last:
        before, after = {"last_number": counter.last}, {"last_number": given}
        record("report.counter_mended", by=by, subject=report, before=before, after=after)
    counter.last = max(counter.last, given) + 1
    counter.save(update_fields=["last"])
    return counter.last


def _render_files(report: Report, at: datetime) -> list[ReportFile]:
    document = wording_edits.apply_edits(report.report_kind.compose(report.content), report.content["words"])
    signed_on = at.astimezone(clock.SHANGHAI).date()
    document = add_issue_number_and_date(
        document, IssueNumberAndDate(report.year, report.number, report.document_number, signed_on)
    )
    try:
        return [
            ReportFile(
                report=report,
                format=format_,
                file=files.store_file(render(document, format_), content_type=CONTENT_TYPES[format_]),
            )
            for format_ in Format
        ]
    except UnprintableCharacter as unprintable:
        raise MoveRefused(str(unprintable).rstrip("。")) from None


@transaction.atomic
def void(report_id: int, reason: str, *, by: User, seen: str) -> Voiding:
    """Record the decision that an issued report is void.

    The report keeps its number, text and files.
    """
    report = lock_row(Report.objects.all(), report_id)
    move = check_state_change(report, "void", REPORT, by=by, seen=seen, reason=reason)
    voiding = Voiding.objects.create(report=report, reason=move.reason, decided_by=by, decided_at=clock.now())
    move.record(after={"issue": report.issue})
    return voiding
