"""Declares the Chinese words for audit events of refused requests."""

from hunan_trade.audit.event_label_lookup import EventWords

WORDS = EventWords(
    kinds={"access": "访问"},
    verbs={
        "access.denied": "越权访问",
    },
)
