"""Model of the stored responses to requests with an idempotency key."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from hunan_trade import clock

LIFETIME = timedelta(hours=48)


class StoredResponseQuerySet(models.QuerySet["StoredResponse"]):
    def unexpired(self) -> StoredResponseQuerySet:
        """Return the responses stored in the last 48 hours, which a repeated request still gets."""
        return self.filter(kept_at__gt=clock.real_now() - LIFETIME)

    def expired(self) -> StoredResponseQuerySet:
        """Return the responses that were stored 48 hours ago or earlier, and may be deleted."""
        return self.filter(kept_at__lte=clock.real_now() - LIFETIME)


class StoredResponse(models.Model):
    """Response to a request with an idempotency key, stored in the same transaction as the request's writes."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name="账号")
    key = models.CharField("请求编号", max_length=200)
    fingerprint = models.CharField("请求摘要", max_length=64)  # SHA-256 of method, address, content and rights
    status = models.PositiveSmallIntegerField("状态")
    headers = models.JSONField("应答头", default=dict)
    body = models.BinaryField("应答内容")
    notes = models.JSONField("提示", default=list)  # [level, text] said on the page that follows a redirect
    kept_at = models.DateTimeField("保存时间", db_default=Now())

    objects = StoredResponseQuerySet.as_manager()

    class Meta:
        verbose_name = "已答请求"
        constraints = [models.UniqueConstraint(fields=["account", "key"], name="answer_kept_once")]
        indexes = [models.Index(fields=["kept_at"], name="answer_kept_at")]

    def __str__(self) -> str:
        return f"{self.key} {self.status}"
