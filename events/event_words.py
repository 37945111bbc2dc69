"""Chinese words for audit events about the list of events."""

from hunan_trade.audit.event_labels import EventWords

WORDS = EventWords(
    kinds={"events": "活动"},
    verbs={
        "events.loaded": "载入活动名录",
    },
    labels={
        "loaded": "载入",
        "year": "年份",
    },
)
