"""Chinese words for audit events about enterprises."""

from hunan_trade.lists.audit_event_labels import event_words_of_register

WORDS = event_words_of_register("enterprises", "企业")
