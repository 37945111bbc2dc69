"""The words for events of requests that were refused."""

from hunan_trade.audit.event_words import EventWords

WORDS = EventWords(
    kinds={"access": "访问"},
    verbs={
        "access.denied": "越权访问",
    },
)
