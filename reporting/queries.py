"""Reads reports for the list and the report pages, and the drafts that jobs are writing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Max

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Permission
from hunan_trade.audit.models import Event
from hunan_trade.console.job_progress_bar import job_progress_bar
from hunan_trade.indicators.queries_observations import panel_data_by_indicator
from hunan_trade.indicators.values_by_city import PanelData
from hunan_trade.intake.models import Round
from hunan_trade.intake.models import Status as ReturnStatus
from hunan_trade.jobs.models import Job, JobQuerySet
from hunan_trade.periods import Month
from hunan_trade.ui.component_data import JobProgress
from reporting import kinds
from reporting.models import Report, Status
from reporting.shared_report_data import Content, accepted_rounds_until


def previous_content(kind: str, month: Month) -> Content | None:
    """Return the content of the newest report of this kind before `month` that is issued and not voided, or None."""
    before = Report.objects.of_kind(kind).in_force().before(month).order_by("-month")
    content: Content | None = before.values_list("content", flat=True).first()
    return content


def last_bulletin_month() -> Month | None:
    """Return the month of the newest bulletin that is issued and not voided, or None if there is no such bulletin."""
    bulletins = Report.objects.of_kind(kinds.BULLETIN).in_force()
    newest: date | None = bulletins.aggregate(newest=Max("month"))["newest"]
    return Month.of(newest) if newest else None


def previous_issued_report(report: Report, user: User) -> Report | None:
    """Return the previous issued report of the same kind that the user may see, or None."""
    found = Report.objects.visible_to(user).of_kind(report.kind).issued().before(report.period)
    return found.without_content().order_by("-month", "-edition").first()


@dataclass(frozen=True)
class PendingDraft:
    """A report draft that a job is writing, with the name of the user who requested it."""

    job: Job
    requester: str

    @property
    def drafting_status_text(self) -> str:
        return f"正在起草，{self.requester}交办"

    @property
    def redrafting_status_text(self) -> str:
        return f"正在重新起草，{self.requester}交办"


PeriodKey = tuple[str, str]  # kind and last month, 2013-06


def kind_and_last_month(report: Report) -> PeriodKey:
    return report.kind, str(report.period)


def pending_drafts(user: User) -> Mapping[PeriodKey, PendingDraft]:
    """Return a dict from (report kind, month) to the draft that a job is writing now.

    The mapping is empty for users who may not draft.
    """
    if not user.may(Permission.PREPARE_REPORT):
        return {}
    jobs = Job.objects.visible_to(user).unfinished().filter(kind="reports.write").select_related("requested_by")
    found = {}
    for job in jobs:
        requester = "日历" if job.requested_by is None else "您" if job.requested_by == user else job.requested_by.name
        found[job.payload["kind"], job.payload["month"]] = PendingDraft(job, requester)
    return found


@dataclass(frozen=True)
class RequestableReport:
    """A report whose draft the user can request on the reports page."""

    kind: kinds.ReportKind
    month: Month
    is_redraft: bool
    pending: PendingDraft | None

    @property
    def title(self) -> str:
        return f"{self.kind.period_label(self.month)}{self.kind.series}"


@dataclass(frozen=True)
class Drafting:
    """The drafts that jobs are writing, and the reports whose draft the user can request.

    Both are empty for who may not draft.
    """

    jobs: tuple[JobProgress, ...] = ()
    requestable: tuple[RequestableReport, ...] = ()


def drafting_panel(user: User) -> Drafting:
    if not user.may(Permission.PREPARE_REPORT):
        return Drafting()
    jobs = Job.objects.visible_to(user).unfinished().filter(kind="reports.write")
    assert isinstance(jobs, JobQuerySet)
    return Drafting(tuple(map(job_progress_bar, jobs.newest_first())), tuple(_requestable_reports(user)))


def _requestable_reports(user: User) -> Iterable[RequestableReport]:
    """Yield for each report kind the report on its last ended period, if the user can request a draft of it.

    A report in review, or issued and not voided, cannot be requested.
    """
    ended, pending = Month.of(clock.today()).previous, pending_drafts(user)
    for kind in kinds.declared():
        month = kind.last_month_of_period(ended)
        month = month if month <= ended else month.plus(-kind.months)
        found = (
            Report.objects.visible_to(user).of_period(kind.code, month).without_content().order_by("-edition").first()
        )
        if found is None or found.status == Status.DRAFT or found.voided:
            yield RequestableReport(kind, month, found is not None, pending.get((kind.code, str(month))))


@dataclass(frozen=True)
class ChangesSinceDraft:
    """Changes since a report was drafted: reopened returns, accepted returns, and decisions on data sources."""

    reopened: tuple[str, ...] = ()  # 长沙2013年6月: accepted no longer
    accepted: tuple[str, ...] = ()  # 郴州: with an acceptance that the report was not written from
    switched: tuple[str, ...] = ()  # 承接产业转移项目: its published source was decided on

    def __bool__(self) -> bool:
        return bool(self.reopened or self.accepted or self.switched)

    @property
    def description(self) -> str:
        parts = [f"{'、'.join(self.reopened)}月报已重新打开"] if self.reopened else []
        parts += [f"{'、'.join(self.accepted)}起草后又有核定"] if self.accepted else []
        parts += [f"{'、'.join(self.switched)}起草后另定了公布口径"] if self.switched else []
        return "，".join(parts)

    @property
    def digest(self) -> str:
        """A hash of the changes, which whoever issues the report confirms, or "" if nothing has changed."""
        return hashlib.sha256(self.description.encode()).hexdigest() if self else ""


def changes_since_draft(report: Report) -> ChangesSinceDraft:
    rests_on = Round.objects.filter(pk__in=report.content["rounds"]).exclude(
        monthly_return__status=ReturnStatus.ACCEPTED
    )
    reopened = rests_on.select_related("monthly_return__region").order_by(
        "-monthly_return__month", "monthly_return__region"
    )
    places = [f"{round_.monthly_return.region.short_name}{round_.monthly_return.period.label}" for round_ in reopened]
    switched = tuple(
        panel.indicator.title
        for panel in _current_indicator_values(report)
        if _source_decided_since_draft(panel, report)
    )
    return ChangesSinceDraft(tuple(dict.fromkeys(places)), cities_accepted_since_draft(report), switched)


def cities_accepted_since_draft(report: Report) -> tuple[str, ...]:
    """Return the names of the cities of which a return or figure was accepted after the report was drafted."""
    content = report.content
    frozen = {
        code: entry["observation"] for code, entry in content["figures"].items() if entry["observation"] is not None
    }
    found = {}
    for panel in _current_indicator_values(report):
        if _source_decided_since_draft(panel, report):
            continue  # all its figures changed, whatever was accepted
        for (region, _), value in panel.cells.items():
            for leaf in value.walk():
                if leaf.observation is not None and frozen.get(leaf.key.text, leaf.observation) != leaf.observation:
                    found[region] = panel.names[region]
    later = accepted_rounds_until(report.period).exclude(pk__in=content["accepted"])
    found |= dict(later.values_list("monthly_return__region", "monthly_return__region__short_name"))
    return tuple(found[region] for region in sorted(found))


def _current_indicator_values(report: Report) -> Iterable[PanelData]:
    """Return the values, as published now, of all indicators that the report uses, up to the report's month."""
    return panel_data_by_indicator(report.content["indicators"], report.period).values()


def _source_decided_since_draft(panel: PanelData, report: Report) -> bool:
    """Return whether somebody chose an indicator's published data source after the report was drafted."""
    frozen = {each["decision"] for each in report.content["facts"].get("publishing", ())}  # absent in older content
    return panel.decision is not None and panel.decision.pk not in frozen


def issue_counter_correction(report: Report) -> tuple[int, int] | None:
    """Return the issue counter's values before and after its correction at this report's issue, or None."""
    mended = Event.objects.of(report._meta.label_lower, report.pk).filter(verb="report.counter_mended")
    return mended.values_list("before__last_number", "after__last_number").last()
