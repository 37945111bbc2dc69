"""Chinese words for audit events about parks."""

from hunan_trade.lists.audit_event_labels import register_words

WORDS = register_words("parks", "园区")
