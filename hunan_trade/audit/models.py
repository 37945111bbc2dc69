"""Models of audit events and of the hash chain's links.

No foreign keys: everybody below and above may write an event, and nothing deleted takes one along.
"""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models.functions import Now

from hunan_trade import clock


class EventQuerySet(models.QuerySet["Event"]):
    def of(self, object_type: str, object_id: object) -> EventQuerySet:
        return self.filter(object_type=object_type, object_id=str(object_id))

    def by_actor(self, user_id: int) -> EventQuerySet:
        return self.filter(actor_id=user_id)

    def newest_first(self) -> EventQuerySet:
        return self.order_by("-seq")

    def last_change(self, row: models.Model) -> Event | None:
        """Return the last successful audit event about `row`, or None if the row has no event."""
        done = self.of(row._meta.label_lower, row.pk).filter(result=Event.Result.OK)
        return done.newest_first().first()


class Event(models.Model):
    class Result(models.TextChoices):
        OK = "ok", "成功"
        REFUSED = "refused", "被拒"
        FAILED = "failed", "失败"

    seq = models.BigAutoField("序号", primary_key=True)
    recorded_at = models.DateTimeField("记录时间", db_default=Now())  # real UTC, the server's own
    business_on = models.DateField("业务日期")
    verb = models.CharField("事件", max_length=60)
    actor_id = models.BigIntegerField("账号编号", null=True)  # null: nobody signed in, or a job
    actor_name = models.CharField("经手", max_length=150)
    actor_role = models.CharField("角色", max_length=40, blank=True)
    actor_region = models.CharField("所属地区", max_length=6, blank=True)
    credential = models.CharField("凭据摘要", max_length=16, blank=True)
    ip = models.GenericIPAddressField("地址", null=True)
    method = models.CharField("方式", max_length=10, blank=True)
    request_id = models.CharField("请求编号", max_length=36, blank=True)
    object_type = models.CharField("对象", max_length=60, blank=True)
    object_id = models.CharField("对象编号", max_length=60, blank=True)
    object_label = models.CharField("对象名称", max_length=200, blank=True)
    region = models.CharField("涉及地区", max_length=6, blank=True)
    before = models.JSONField("之前", null=True)
    after = models.JSONField("之后", null=True)
    result = models.CharField("结果", max_length=10, choices=Result)
    reason = models.TextField("原因", blank=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = "审计记录"
        indexes = [
            models.Index(fields=["object_type", "object_id"], name="audit_object"),
            models.Index(fields=["actor_id", "-seq"], name="audit_actor"),
            models.Index(fields=["verb", "-seq"], name="audit_verb"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(verb__regex=r"^[a-z_]+\.[a-z_]+$"), name="audit_verb_is_noun_verb"
            ),
            models.CheckConstraint(
                condition=models.Q(result__in=["ok", "refused", "failed"]), name="audit_result_known"
            ),
        ]

    def __str__(self) -> str:
        return f"第 {self.seq} 条，{self.actor_name}"

    @property
    def business_day_and_real_time(self) -> datetime:
        """The audit event's time for display: its business date (fixed in the demo) with the real time of day."""
        time_of_day = self.recorded_at.astimezone(clock.SHANGHAI).timetz()
        return datetime.combine(self.business_on, time_of_day)


class Link(models.Model):
    """A link of the hash chain, which protects one audit event from unnoticed changes.

    Written by the database at the end of the event's transaction (ADR 8).

    `number` has no gaps and grows in the order of the commits; `Event.seq` has gaps wherever work was rolled back.
    """

    number = models.BigIntegerField("链内序号", primary_key=True)
    form = models.SmallIntegerField("格式")  # which wording of the row was hashed: `hash_chain.frame`
    event = models.OneToOneField(
        Event, models.DO_NOTHING, db_constraint=False, related_name="link", verbose_name="记录"
    )
    prev_hash = models.CharField("上一条摘要", max_length=64)
    hash = models.CharField("摘要", max_length=64)

    class Meta:
        verbose_name = "审计链"
        constraints = [
            models.UniqueConstraint(fields=["prev_hash"], name="audit_chain_does_not_fork"),
            models.UniqueConstraint(fields=["hash"], name="audit_hash_once"),
            models.CheckConstraint(condition=models.Q(number__gt=0), name="audit_chain_starts_at_one"),
        ]

    def __str__(self) -> str:
        return f"第 {self.number} 环"
