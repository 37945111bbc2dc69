"""Chinese words for audit events about parks."""

from hunan_trade.lists.event_words import register_words

WORDS = register_words("parks", "园区")
