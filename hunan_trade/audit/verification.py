"""Is the log as it was written? Asked by a command and, every hour, by a job; the answer is an event itself."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from hunan_trade.audit import heads, queries
from hunan_trade.audit.actions import Actor, record
from hunan_trade.audit.chain import Fault, Head, follow
from hunan_trade.audit.models import Event

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Verification:
    """How far the chain holds, and the first fault."""

    head: Head
    fault: Fault | None

    def __str__(self) -> str:
        if self.fault is not None:
            return f"审计记录{self.fault}"
        return f"审计记录链完整，共 {self.head.number} 条，末条摘要 {self.head.hash}"


def verify(progress: Callable[[int], None] = lambda _: None) -> Verification:
    """Read the whole chain and hold it against the heads kept outside. Writes nothing."""
    reached = [Head()]

    def passed(head: Head) -> None:
        reached[0] = head
        if head.number % (10 * queries.BATCH) == 0:
            progress(head.number)

    try:
        fault = next(follow(queries.links(), heads.kept(), passed=passed), None)
    except heads.Unreadable as unreadable:
        fault = Fault(0, str(unreadable))
    if fault is None and (loose := queries.loose()) is not None:
        fault = Fault(0, f"中序号 {loose} 的一条没有接入记录链")
    return Verification(reached[0], fault)


def conclude(found: Verification, *, by: Actor) -> None:
    """Put the answer into the log, then the head outside: also of a broken chain, so that the rest stays provable."""
    record(
        "audit.verified",
        by=by,
        after={"count": found.head.number, "head": found.head.hash},
        reason=str(found.fault or ""),
        result=Event.Result.FAILED if found.fault else Event.Result.OK,
    )
    if found.fault:
        log.error("the audit chain is broken: %s", found.fault)
    heads.keep(queries.head())
    keep_end()


def keep_end() -> None:
    """Put the newest head outside, every few seconds: unless the one kept before is no longer in the chain.

    Then the end was cut or rewritten, and what is kept stays as the proof until somebody sets it aside.
    """
    try:
        before = heads.newest() or Head()
    except heads.Unreadable as unreadable:
        log.error("the newest head of the audit chain is not followed: %s", unreadable)
        return
    if queries.head_at(before.number) != before:
        log.error("link %s of the audit chain is not the one that was kept outside", before.number)
    elif (head := queries.head()).number > before.number:
        heads.keep_newest(head)
