"""Pure functions that compute and check the hash chain of the audit log, without database access.

Form 1. The texts of FRAME in this order, each as `<length in bytes of its UTF-8>:<text>`, an absent one as `-`, joined
by commas; SHA-256 of that in UTF-8, as 64 lower-case hexadecimal digits. Instants are UTC with six decimals
(2013-07-08T01:02:03.000004Z), dates 2013-07-08, JSON as PostgreSQL prints jsonb. The database computes the same in
`audit_seal()`; here it is computed anew, so that a changed trigger is found as well as a changed row.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
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
class SealedEvent:
    """One link of the hash chain, with the contents of the audit event that the link protects.

    `texts` are the event's FIELDS as texts, None where it was deleted.
    """

    number: int
    form: int
    prev_hash: str
    hash: str
    event: int
    texts: tuple[str | None, ...] | None

    def digest(self) -> str:
        """Compute the hash that this link should have from its number, the previous hash and its event's contents."""
        return hashlib.sha256(
            canonical_bytes_for_hashing(str(self.form), str(self.number), self.prev_hash, *(self.texts or ()))
        ).hexdigest()


@dataclass(frozen=True)
class ChainHead:
    """The number and hash of the last link of a hash chain."""

    number: int = 0
    hash: str = GENESIS


START = ChainHead()


@dataclass(frozen=True)
class ChainFault:
    """A fault in the hash chain: the link's number, and a Chinese description of what is wrong.

    Number 0 stands for no particular link.
    """

    number: int
    what: str

    def __str__(self) -> str:
        return f"第 {self.number} 条{self.what}" if self.number else self.what


def canonical_bytes_for_hashing(*texts: str | None) -> bytes:
    """Join texts into the bytes to be hashed, so that different lists of texts give different bytes."""
    parts = ("-" if text is None else f"{len(text.encode())}:{text}" for text in texts)
    return ",".join(parts).encode()


def canonical_text_for_hashing(value: object) -> str | None:
    """Return a database value of an audit event as the text to be hashed, or None if the value is None."""
    if value is None:
        return None
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def find_first_fault(
    links: Iterable[SealedEvent],
    saved_hashes: Mapping[int, str],
    *,
    start: ChainHead = START,
    on_valid_link: Callable[[ChainHead], None] = lambda _: None,
) -> ChainFault | None:
    """Check the links of the hash chain in order, and return the first fault, or None if there is none.

    Links come from `start` on; `on_valid_link` is called for each good link.

    `saved_hashes` are the heads kept outside of the database, hash by number: the only proof against a chain that was
    computed anew from some place on, or cut at its end.
    """
    head = start
    for link in links:
        if (what := _fault_of_link(link, head, saved_hashes)) is not None:
            return ChainFault(min(link.number, head.number + 1), what)
        head = ChainHead(link.number, link.hash)
        on_valid_link(head)
    if (last := max(saved_hashes, default=0)) > head.number:
        return ChainFault(head.number + 1, f"起已不在库内：库外留存到第 {last} 条，库内只到第 {head.number} 条")
    return None


def _fault_of_link(link: SealedEvent, before: ChainHead, saved_hashes: Mapping[int, str]) -> str | None:
    if link.number != before.number + 1:
        return f"缺失，下一条是第 {link.number} 条"
    if link.prev_hash != before.hash:
        return f"（{_describe(link)}）与上一条接不上"
    if link.texts is None:
        return f"（序号 {link.event}）已被删除"
    if link.form != FORM or link.digest() != link.hash:
        return f"（{_describe(link)}）内容与记录时不一致"
    if saved_hashes.get(link.number, link.hash) != link.hash:
        return f"（{_describe(link)}）与库外留存的摘要不一致，这一条或之前的记录被改写后重新接过"
    return None


def _describe(link: SealedEvent) -> str:
    if link.texts is None:
        return f"序号 {link.event}"
    known = dict(zip(FIELDS, link.texts, strict=True))
    return f"序号 {known['seq']}，{known['recorded_at']}，{known['actor_name']}"
