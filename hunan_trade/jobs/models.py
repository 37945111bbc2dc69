"""Models of jobs, of the runs of scheduled jobs, and of the workers' answers to pings.

All times are real UTC and the database's own (`Now()`): a lease must not depend on the clock of one machine.
"""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Permission

STUCK_AFTER = timedelta(minutes=10)


def new_lease_end() -> models.Expression:
    """Return the SQL expression for the end of a lease granted now: the current time plus settings.JOB_LEASE."""
    return Now() + models.Value(settings.JOB_LEASE, output_field=models.DurationField())


class JobQuerySet(models.QuerySet["Job"]):
    def unfinished(self) -> JobQuerySet:
        return self.filter(state__in=UNFINISHED)

    def finished(self) -> JobQuerySet:
        return self.exclude(state__in=UNFINISHED)

    def failed_or_quarantined(self) -> JobQuerySet:
        return self.filter(state__in=[Job.State.FAILED, Job.State.QUARANTINED])

    def claimable(self) -> JobQuerySet:
        """Return only the jobs that a worker may claim: waiting jobs and jobs abandoned by their worker."""
        return self.filter(Q(state=Job.State.WAITING) | Q(state=Job.State.RUNNING, lease_until__lt=Now()))

    def overdue(self) -> JobQuerySet:
        """Return only the unfinished jobs with an expired lease: never claimed, or their worker stopped responding."""
        return self.unfinished().filter(lease_until__lt=Now())

    def current_run_of(self, job_id: int, fence: int) -> JobQuerySet:
        """Return only the job with this id, if it is running and its current run has the number `fence`."""
        return self.filter(pk=job_id, fence=fence, state=Job.State.RUNNING)

    def stuck(self) -> JobQuerySet:
        """Return only the jobs that have been waiting or running for longer than STUCK_AFTER."""
        limit = Now() - models.Value(STUCK_AFTER, output_field=models.DurationField())
        return self.filter(
            Q(state=Job.State.WAITING, queued_at__lt=limit) | Q(state=Job.State.RUNNING, started_at__lt=limit)
        )

    def visible_to(self, user: User) -> JobQuerySet:
        """Return only the jobs that the user may see.

        All with SEE_JOBS, else those they requested within their present region.
        """
        if user.may(Permission.SEE_JOBS):
            return self
        return self.filter(requested_by=user, region__in=["", user.region_id or ""])

    def newest_first(self) -> JobQuerySet:
        return self.order_by("-pk")


class Job(models.Model):
    class State(models.TextChoices):
        WAITING = "waiting", "等待"
        RUNNING = "running", "正在办"
        DONE = "done", "办成"
        FAILED = "failed", "没办成"
        QUARANTINED = "quarantined", "已隔离"

    kind = models.CharField("种类", max_length=60)
    key = models.CharField("标识", max_length=200)  # the same wish is one job while it is not finished
    payload = models.JSONField("参数", default=dict, blank=True)
    title = models.CharField("任务", max_length=120)
    region = models.CharField("涉及地区", max_length=6, blank=True)
    requested_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="jobs", verbose_name="交办人"
    )  # null: the calendar

    state = models.CharField("状态", max_length=12, choices=State, default=State.WAITING)
    attempt = models.PositiveSmallIntegerField("办理次数", default=0)
    fence = models.PositiveBigIntegerField("轮次", default=0)  # only ever grows: an older run can no longer write
    # waiting: by then the message counts as lost; running: by then the worker counts as dead
    lease_until = models.DateTimeField("租约到", null=True)
    worker = models.CharField("执行者", max_length=120, blank=True)

    done = models.PositiveBigIntegerField("已办", default=0)
    total = models.PositiveBigIntegerField("共计", null=True)
    note = models.CharField("进展", max_length=200, blank=True)
    result = models.JSONField("结果", null=True)
    error = models.CharField("原因", max_length=300, blank=True)
    trace = models.TextField("出错位置", blank=True)

    created_at = models.DateTimeField("交办时间", db_default=Now())
    queued_at = models.DateTimeField("排队时间", db_default=Now())  # later than created_at after a retry
    started_at = models.DateTimeField("开始时间", null=True)  # of the last attempt
    finished_at = models.DateTimeField("结束时间", null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = "后台任务"
        indexes = [
            models.Index(
                fields=["lease_until"], name="job_lease", condition=models.Q(state__in=["waiting", "running"])
            ),
            models.Index(fields=["requested_by", "-id"], name="job_asked_by"),
            models.Index(fields=["state", "-id"], name="job_state"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "key"],
                name="job_same_wish_once",
                condition=models.Q(state__in=["waiting", "running"]),
            ),
            models.CheckConstraint(
                name="job_state_fits_its_times",
                condition=models.Q(state="waiting", lease_until__isnull=False, finished_at=None)
                | models.Q(state="running", lease_until__isnull=False, started_at__isnull=False, finished_at=None)
                | models.Q(state__in=["done", "failed", "quarantined"], lease_until=None, finished_at__isnull=False),
            ),
            models.CheckConstraint(name="job_running_counted", condition=~models.Q(state="running", attempt=0)),
            models.CheckConstraint(
                name="job_done_within_total", condition=models.Q(total=None) | models.Q(done__lte=F("total"))
            ),
            models.CheckConstraint(
                name="job_trouble_says_why",
                condition=~models.Q(state__in=["failed", "quarantined"]) | ~models.Q(error=""),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_finished(self) -> bool:
        return self.state not in UNFINISHED

    @property
    def may_be_retried(self) -> bool:
        return self.state in (Job.State.FAILED, Job.State.QUARANTINED)


UNFINISHED = (Job.State.WAITING, Job.State.RUNNING)


class ScheduledRun(models.Model):
    """A due time of a scheduled job, stored so that several schedulers enqueue the job only once."""

    name = models.CharField("任务", max_length=60)
    due_at = models.DateTimeField("应办时间")
    job = models.ForeignKey(Job, models.CASCADE, null=True, related_name="+")
    created_at = models.DateTimeField("登记时间", db_default=Now())

    class Meta:
        verbose_name = "按日历的任务"
        constraints = [models.UniqueConstraint(fields=["name", "due_at"], name="scheduled_once")]

    def __str__(self) -> str:
        return f"{self.name} {self.due_at}"


class Ping(models.Model):
    """The newest ping that a worker or the Celery beat scheduler has answered, as a sign that it is alive.

    It went from the sender through broker and worker to the database: a worker sends to itself, a beat to any fast
    worker.
    """

    worker = models.CharField("执行者", max_length=120, primary_key=True)
    sent_at = models.DateTimeField("发出时间")  # by the clock of the machine that sent it
    answered_at = models.DateTimeField("应答时间")

    class Meta:
        verbose_name = "应答"
        ordering = ["worker"]

    def __str__(self) -> str:
        return self.worker
