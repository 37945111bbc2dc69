"""Drafts, reviews and issues the demo's reports by calling the portal's own actions."""

from __future__ import annotations

from datetime import datetime, timedelta

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.audit.actions import System
from hunan_trade.jobs import actions as jobs
from hunan_trade.jobs.models import Job
from hunan_trade.periods import Month, working_day_from
from hunan_trade.workflow import MoveRefused
from reporting import actions
from reporting.models import Report

CALENDAR = System("通报日历")


def issue_reports(month: Month) -> None:
    """Issue a month's bulletin, dated in the next month, and the quarterly report if the month ends a quarter."""
    day = working_day_from(month.next.first.replace(day=12))
    _issue_report("monthly-bulletin", month, clock.at(day, 9, 5))
    if month == month.quarter.last:
        _issue_report("quarterly-dispatch", month, clock.at(working_day_from(day + timedelta(days=6)), 9, 10))


def _run_job(job: Job) -> None:
    """Run a background job in this process; raise MoveRefused with the reason if the job fails."""
    jobs.run_job(job.pk, worker="demo")
    job.refresh_from_db()
    if job.state != Job.State.DONE:
        raise MoveRefused(f"{job.title}：{job.get_state_display()}。{job.error or '由另一进程办理，先停下平台再生成'}")


def _issue_report(kind: str, month: Month, at: datetime) -> None:
    """Draft, review and issue the report of this kind and month, starting at business time `at`."""
    people = {user.username: user for user in User.objects.with_role("province_officer", "province_lead")}
    with clock.frozen_at(at):
        _run_job(actions.request_draft(kind, month, by=CALENDAR))
        report = Report.objects.get(kind=kind, month=month.first)
    with clock.frozen_at(at + timedelta(hours=3)):
        actions.request_review(report.pk, by=people["officer1"], seen=report.content_sha256)
    following = working_day_from(at.date() + timedelta(days=1))
    with clock.frozen_at(clock.at(following, 10, 5)):
        actions.review(report.pk, by=people["officer2"], seen=report.content_sha256)
    with clock.frozen_at(clock.at(following, 15, 5)):
        actions.issue(report.pk, by=people["lead1"], seen=report.content_sha256)
