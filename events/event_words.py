"""Chinese words for audit events about the register of events."""

from hunan_trade.lists.event_words import register_words

WORDS = register_words("events", "活动")
