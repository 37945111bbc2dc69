"""Declares the Chinese words for the audit events of the audit log itself."""

from __future__ import annotations

from hunan_trade.audit.event_label_lookup import EventWords

WORDS = EventWords(
    kinds={"audit": "审计"},
    verbs={"audit.exported": "导出审计记录", "audit.verified": "核验审计记录链"},
    labels={"count": "条数", "first": "首条", "head": "末条摘要", "last": "末条"},
)
