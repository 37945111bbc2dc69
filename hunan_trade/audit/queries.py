"""Reading the chain: streamed in constant memory, and what the auditor's page says of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from hunan_trade.audit.chain import FIELDS, Head, Sealed, worded
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
_LOOSE = """
    SELECT min(e.seq) FROM audit_event e WHERE NOT EXISTS (SELECT FROM audit_link l WHERE l.event_id = e.seq)
"""


@dataclass(frozen=True)
class Verified:
    """What the last verification found: when, whether all was well, how many links, and its sentence if not."""

    at: datetime
    whole: bool
    count: int
    reason: str


def links(after: int = 0) -> Iterator[Sealed]:
    """The chain in order, from the link after number `after` on; links that come meanwhile are read too."""
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_LINKS, [after, BATCH])
            rows = cursor.fetchall()
        for number, form, prev_hash, digest, event, *values in rows:
            gone = values[0] is None
            yield Sealed(number, form, prev_hash, digest, event, None if gone else tuple(map(worded, values)))
        if len(rows) < BATCH:
            return
        after = rows[-1][0]


def loose() -> int | None:
    """The `seq` of the first event that no link seals."""
    with connection.cursor() as cursor:
        cursor.execute(_LOOSE)
        found: int | None = cursor.fetchone()[0]
    return found


def head() -> Head:
    """The newest link."""
    last = Link.objects.order_by("-number").values_list("number", "hash").first()
    return Head(*last) if last else Head()


def head_at(number: int) -> Head | None:
    """The link of this number; 0 is where the chain starts."""
    if number == 0:
        return Head()
    found = Link.objects.filter(pk=number).values_list("number", "hash").first()
    return Head(*found) if found else None


def last_before(moment: datetime) -> int:
    """The number up to which every event was recorded before `moment`; 0 if none was."""
    later = Link.objects.filter(event__recorded_at__gte=moment).order_by("number").values_list("number", flat=True)
    first_later = later.first()
    return head().number if first_later is None else first_later - 1


def last_verified() -> Verified | None:
    event = Event.objects.filter(verb="audit.verified").newest_first().first()
    if event is None:
        return None
    whole = event.result == Event.Result.OK
    return Verified(event.recorded_at, whole, (event.after or {}).get("count", 0), event.reason)
