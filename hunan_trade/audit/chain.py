"""The chain's arithmetic, apart from the database: how an event is worded, hashed and tied to the one before it.

Form 1. The texts of FRAME in this order, each as `<length in bytes of its UTF-8>:<text>`, an absent one as `-`, joined
by commas; SHA-256 of that in UTF-8, as 64 lower-case hexadecimal digits. Instants are UTC with six decimals
(2013-07-08T01:02:03.000004Z), dates 2013-07-08, JSON as PostgreSQL prints jsonb. The database computes the same in
`audit_seal()`; here it is computed anew, so that a changed trigger is found as well as a changed row.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

FORM = 1
GENESIS = "0" * 64  # what the first event names as the hash before it
FIELDS = (
    "seq",
    "recorded_at",
    "business_on",
    "verb",
    "actor_id",
    "actor_name",
    "actor_role",
    "actor_region",
    "credential",
    "ip",
    "method",
    "request_id",
    "object_type",
    "object_id",
    "object_label",
    "region",
    "before",
    "after",
    "result",
    "reason",
)
FRAME = ("form", "number", "prev_hash", *FIELDS)


@dataclass(frozen=True)
class Sealed:
    """One link with the event it seals; `texts` are its FIELDS as texts, None where the event is gone."""

    number: int
    form: int
    prev_hash: str
    hash: str
    event: int
    texts: tuple[str | None, ...] | None

    def digest(self) -> str:
        """The hash as it has to be."""
        return hashlib.sha256(framed(str(self.form), str(self.number), self.prev_hash, *(self.texts or ()))).hexdigest()


@dataclass(frozen=True)
class Head:
    """How far the chain reaches."""

    number: int = 0
    hash: str = GENESIS


START = Head()


@dataclass(frozen=True)
class Fault:
    """The first thing that is wrong: where (0: nowhere in the chain) and what, as a Chinese sentence without a stop."""

    number: int
    what: str

    def __str__(self) -> str:
        return f"第 {self.number} 条{self.what}" if self.number else self.what


def framed(*texts: str | None) -> bytes:
    """Unambiguous whatever the texts hold: no two lists of texts have the same frame."""
    parts = ("-" if text is None else f"{len(text.encode())}:{text}" for text in texts)
    return ",".join(parts).encode()


def worded(value: object) -> str | None:
    """A column's value as the text that is hashed."""
    if value is None:
        return None
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def follow(
    links: Iterable[Sealed],
    anchored: Mapping[int, str],
    *,
    start: Head = START,
    passed: Callable[[Head], None] = lambda _: None,
) -> Iterator[Fault]:
    """What is wrong with the links, which come in order and go on from `start`; `passed` hears of each that holds.

    `anchored` are the heads kept outside of the database, hash by number: the only proof against a chain that was
    computed anew from some place on, or cut at its end.
    """
    head = start
    for link in links:
        if (what := _wrong(link, head, anchored)) is not None:
            yield Fault(min(link.number, head.number + 1), what)
            return
        head = Head(link.number, link.hash)
        passed(head)
    if (last := max(anchored, default=0)) > head.number:
        yield Fault(head.number + 1, f"起已不在库内：库外留存到第 {last} 条，库内只到第 {head.number} 条")


def _wrong(link: Sealed, before: Head, anchored: Mapping[int, str]) -> str | None:
    if link.number != before.number + 1:
        return f"缺失，下一条是第 {link.number} 条"
    if link.prev_hash != before.hash:
        return f"（{_told(link)}）与上一条接不上"
    if link.texts is None:
        return f"（序号 {link.event}）已被删除"
    if link.form != FORM or link.digest() != link.hash:
        return f"（{_told(link)}）内容与记录时不一致"
    if anchored.get(link.number, link.hash) != link.hash:
        return f"（{_told(link)}）与库外留存的摘要不一致，这一条或之前的记录被改写后重新接过"
    return None


def _told(link: Sealed) -> str:
    if link.texts is None:
        return f"序号 {link.event}"
    known = dict(zip(FIELDS, link.texts, strict=True))
    return f"序号 {known['seq']}，{known['recorded_at']}，{known['actor_name']}"
