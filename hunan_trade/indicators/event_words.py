"""Chinese words for audit events about observations."""

from hunan_trade.audit.event_labels import EventWords

WORDS = EventWords(
    kinds={"observation": "核定数"},
    verbs={
        "observation.corrected": "更正核定数",
    },
)
