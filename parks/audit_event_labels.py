"""Chinese words for audit events about parks."""

from hunan_trade.lists.audit_event_labels import event_words_of_register

WORDS = event_words_of_register("parks", "园区")
