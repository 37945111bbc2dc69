"""Chinese words for audit events about enterprises."""

from hunan_trade.audit.event_labels import EventWords

WORDS = EventWords(
    kinds={"enterprise": "企业"},
    verbs={
        "enterprise.registered": "登记企业",
    },
)
