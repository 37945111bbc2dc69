"""Chinese words for audit events about projects."""

from hunan_trade.lists.event_words import register_words

WORDS = register_words("projects", "项目")
