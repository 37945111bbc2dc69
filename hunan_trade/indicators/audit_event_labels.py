"""Chinese words for audit events about observations, published sources and exchange rates."""

from hunan_trade.audit.event_label_lookup import EventWords

WORDS = EventWords(
    kinds={"observation": "核定数", "source": "公布口径", "rate": "年度汇率"},
    verbs={
        "observation.corrected": "更正核定数",
        "source.decided": "定公布口径",
        "rate.decided": "定年度汇率",
    },
)
