"""Declares the Chinese words for audit events about the list of parks."""

from hunan_trade.audit.event_words import EventWords

WORDS = EventWords(
    kinds={"parks": "园区"},
    verbs={
        "parks.loaded": "载入园区名录",
    },
    labels={
        "loaded": "载入",
    },
)
