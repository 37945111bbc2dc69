"""Chinese words for audit events about enterprises."""

from hunan_trade.lists.audit_event_labels import register_words

WORDS = register_words("enterprises", "企业")
