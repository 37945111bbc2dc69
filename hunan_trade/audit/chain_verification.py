"""Verifies the audit log's hash chain, also against link hashes saved outside the database."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from hunan_trade.audit import chain_queries, saved_chain_heads
from hunan_trade.audit.actions import Actor, record
from hunan_trade.audit.hash_chain import ChainFault, ChainHead, find_first_fault
from hunan_trade.audit.models import Event

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Verification:
    """Result of verifying the audit log's hash chain: the last valid link, and the first fault if any."""

    head: ChainHead
    fault: ChainFault | None

    def __str__(self) -> str:
        if self.fault is not None:
            return f"审计记录{self.fault}"
        return f"审计记录链完整，共 {self.head.number} 条，末条摘要 {self.head.hash}"


def verify_chain(progress: Callable[[int], None] = lambda _: None) -> Verification:
    """Verify the audit log's whole hash chain, also against the link hashes saved on disk; return the result.

    Writes nothing.
    """
    last_valid = [ChainHead()]

    def on_valid_link(head: ChainHead) -> None:
        last_valid[0] = head
        if head.number % (10 * chain_queries.BATCH) == 0:
            progress(head.number)

    try:
        saved = saved_chain_heads.read_hashes()
        fault = find_first_fault(chain_queries.read_links(), saved, on_valid_link=on_valid_link)
    except saved_chain_heads.UnreadableHeads as unreadable:
        fault = ChainFault(0, str(unreadable))
    if fault is None and (loose := chain_queries.first_unsealed()) is not None:
        fault = ChainFault(0, f"中序号 {loose} 的一条没有接入记录链")
    return Verification(last_valid[0], fault)


def record_verification_and_save_head(found: Verification, *, by: Actor) -> None:
    """Record a hash chain verification as an audit event, and save the hash of the chain's newest link to disk.

    Also saves the chain's newest head to disk, that of a broken chain, too, so that what follows stays provable.
    """
    record(
        "audit.verified",
        by=by,
        after={"count": found.head.number, "head": found.head.hash},
        reason=str(found.fault or ""),
        result=Event.Result.FAILED if found.fault else Event.Result.OK,
    )
    if found.fault:
        log.error("the audit chain is broken: %s", found.fault)
    saved_chain_heads.append_head(chain_queries.newest_head())
    save_newest_head()


def save_newest_head() -> None:
    """Save number and hash of the audit hash chain's newest link to disk, if the chain still has the last saved one.

    Called every few seconds. Saves nothing if the head saved before is missing from the chain: then the end of the
    chain was cut or rewritten, and the saved head stays as the proof until somebody sets it aside.
    """
    try:
        before = saved_chain_heads.read_newest() or ChainHead()
    except saved_chain_heads.UnreadableHeads as unreadable:
        log.error("the newest head of the audit chain is not followed: %s", unreadable)
        return
    if chain_queries.head_at_number(before.number) != before:
        log.error("link %s of the audit chain is not the one that was kept outside", before.number)
    elif (head := chain_queries.newest_head()).number > before.number:
        saved_chain_heads.replace_newest(head)
