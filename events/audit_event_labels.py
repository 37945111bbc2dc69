"""Chinese words for audit events about the register of events."""

from hunan_trade.lists.audit_event_labels import event_words_of_register

WORDS = event_words_of_register("events", "活动")
