"""Writes events into the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from django.db import models

from hunan_trade import clock
from hunan_trade.audit import request_metadata
from hunan_trade.audit.models import Event


class Actor(Protocol):
    """Interface of whoever causes an audit event, either a user or `System`."""

    @property
    def pk(self) -> Any: ...
    @property
    def name(self) -> Any: ...
    @property
    def role(self) -> Any: ...
    @property
    def region_id(self) -> Any: ...


@dataclass(frozen=True)
class System:
    """The actor of audit events that no signed-in user causes, for example events of background jobs."""

    name: str = "系统"
    pk: None = None
    role: str = ""
    region_id: str | None = None


def record(
    verb: str,
    *,
    by: Actor,
    subject: models.Model | None = None,
    region: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
    result: str = Event.Result.OK,
) -> Event:
    """Write one audit event in the caller's transaction and return the event.

    If that fails, the caller's transaction fails, too.

    `verb` is noun.verb ("return.accepted"); `before` and `after` hold only what changed, never a secret.
    """
    facts = request_metadata.current()
    return Event.objects.create(
        business_on=clock.today(),
        verb=verb,
        actor_id=by.pk,
        actor_name=_escape_control_characters(by.name)[:150],
        actor_role=by.role or "",
        actor_region=by.region_id or "",
        credential=facts.credential,
        ip=facts.ip,
        method=facts.method,
        request_id=facts.request_id,
        object_type=subject._meta.label_lower if subject is not None else "",
        object_id=str(subject.pk) if subject is not None else "",
        object_label=_escape_control_characters(str(subject))[:200] if subject is not None else "",
        region=region,
        before=dict(before) if before is not None else None,
        after=dict(after) if after is not None else None,
        result=result,
        reason=_escape_control_characters(reason),
    )


def _escape_control_characters(text: str) -> str:
    """Escape control characters in a text, so that the text cannot add a forged line to an exported log."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
