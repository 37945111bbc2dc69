"""Declares the Chinese words for audit events about the list of events."""

from hunan_trade.audit.event_words import EventWords

WORDS = EventWords(
    kinds={"events": "活动"},
    verbs={
        "events.loaded": "载入活动名录",
    },
    labels={
        "changed": "改动",
        "year": "年份",
    },
)
