"""Background jobs that draft reports.

Running a job twice gives the same result as running it once.
"""

from __future__ import annotations

from hunan_trade import clock
from hunan_trade.intake.models import MonthlyReturn, Status
from hunan_trade.jobs.lease import SYSTEM, Lease
from hunan_trade.periods import Month
from reporting import actions, kinds
from reporting.content_gathering_and_hashing import compose_document, gather_content
from reporting.file_rendering import render
from reporting.models import Format, Report
from reporting.models import Status as ReportStatus


def write_draft(lease: Lease, *, kind: str, month: str) -> None:
    """Gather and compose a report, render it in every file format as a test, and store it as a draft.

    Stored under the lease's fence, so that a lost lease stores nothing.
    """
    declared, period = kinds.get(kind), Month.parse(month)
    steps = 2 + len(Format)
    lease.advance(0, steps, "汇总核定数")
    content = gather_content(declared, period)
    lease.advance(1, steps, "起草文字")
    content, document = compose_document(declared, content)
    for done, format_ in enumerate(Format, start=2):
        lease.advance(done, steps, f"试排 {format_.label}")
        render(document, format_)
    with lease.fenced():
        report = actions.store_draft(declared, period, content, by=lease.by)
        lease.finish({"report": report.pk})


def request_due_drafts(lease: Lease) -> None:
    """Request drafts of the reports whose period ended last month, once all returns are accepted or time is up.

    Returns count as complete when all are accepted or the month is locked.
    Asked every hour it asks once; a draft that nobody has touched is asked for anew when the missing cities are in.
    """
    month = Month.of(clock.today()).previous
    returns = list(MonthlyReturn.objects.of_month(month))
    complete = bool(returns) and all(monthly_return.status == Status.ACCEPTED for monthly_return in returns)
    locked = bool(returns) and clock.is_past(max(monthly_return.locks_at for monthly_return in returns), clock.now())
    for kind in kinds.declared():
        if (
            kind.last_month_of_period(month) == month
            and (complete or locked)
            and _needs_draft(kind.code, month, complete)
        ):
            with lease.fenced():
                actions.request_draft(kind.code, month, by=SYSTEM)


def _needs_draft(kind: str, month: Month, complete: bool) -> bool:
    report = Report.objects.of_period(kind, month).order_by("-edition").first()
    if report is None:
        return True
    untouched = report.status == ReportStatus.DRAFT and report.drafted_by_id is None
    return complete and untouched and bool(report.missing_cities)
