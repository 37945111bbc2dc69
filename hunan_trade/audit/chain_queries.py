"""Queries the links of the audit log's hash chain and the result of the chain's last verification."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from hunan_trade.audit.hash_chain import FIELDS, ChainHead, SealedEvent, canonical_text_for_hashing
from hunan_trade.audit.models import Event, Link

BATCH = 2_000
# What Python would read as another text than the one that was hashed.
_AS_TEXT = {"ip": "host(e.ip)", "before": "e.before::text", "after": "e.after::text"}
_COLUMNS = ", ".join(_AS_TEXT.get(name, f"e.{name}") for name in FIELDS)
_LINKS = f"""
    SELECT l.number, l.form, l.prev_hash, l.hash, l.event_id, {_COLUMNS}
    FROM audit_link l LEFT JOIN audit_event e ON e.seq = l.event_id
    WHERE l.number > %s ORDER BY l.number LIMIT %s
"""
_FIRST_UNSEALED = """
    SELECT min(e.seq) FROM audit_event e WHERE NOT EXISTS (SELECT FROM audit_link l WHERE l.event_id = e.seq)
"""


@dataclass(frozen=True)
class LastVerification:
    """The stored result of the last verification of the audit log's hash chain."""

    at: datetime
    whole: bool
    count: int
    reason: str


def read_links(after: int = 0) -> Iterator[SealedEvent]:
    """Yield the links of the audit log's hash chain whose numbers exceed `after`, in ascending order.

    Includes links that are written while the generator runs.
    """
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_LINKS, [after, BATCH])
            rows = cursor.fetchall()
        for number, form, prev_hash, digest, event, *values in rows:
            gone = values[0] is None
            yield SealedEvent(
                number, form, prev_hash, digest, event, None if gone else tuple(map(canonical_text_for_hashing, values))
            )
        if len(rows) < BATCH:
            return
        after = rows[-1][0]


def first_unsealed() -> int | None:
    """Return the `seq` number of the first audit event without a link in the hash chain, or None.

    None means that all events are linked.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FIRST_UNSEALED)
        found: int | None = cursor.fetchone()[0]
    return found


def newest_head() -> ChainHead:
    """Return the number and hash of the newest link in the audit log's hash chain."""
    last = Link.objects.order_by("-number").values_list("number", "hash").first()
    return ChainHead(*last) if last else ChainHead()


def head_at_number(number: int) -> ChainHead | None:
    """Return the number and hash of link `number` of the audit log's hash chain, or None without such a link.

    Number 0 gives the start of the chain.
    """
    if number == 0:
        return ChainHead()
    found = Link.objects.filter(pk=number).values_list("number", "hash").first()
    return ChainHead(*found) if found else None


def last_number_before(moment: datetime) -> int:
    """Return the number of the last hash-chain link whose audit event was recorded before `moment`, or 0."""
    later = Link.objects.filter(event__recorded_at__gte=moment).order_by("number").values_list("number", flat=True)
    first_later = later.first()
    return newest_head().number if first_later is None else first_later - 1


def last_verification() -> LastVerification | None:
    event = Event.objects.filter(verb="audit.verified").newest_first().first()
    if event is None:
        return None
    whole = event.result == Event.Result.OK
    return LastVerification(event.recorded_at, whole, (event.after or {}).get("count", 0), event.reason)
