"""Chinese words for audit events about enterprises."""

from hunan_trade.lists.event_words import register_words

WORDS = register_words("enterprises", "企业")
