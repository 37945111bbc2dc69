"""Chinese words for audit events about the register of events."""

from hunan_trade.lists.audit_event_labels import register_words

WORDS = register_words("events", "活动")
