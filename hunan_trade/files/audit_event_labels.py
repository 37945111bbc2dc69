"""Chinese words for audit events about stored files."""

from hunan_trade.audit.event_label_lookup import EventWords

WORDS = EventWords(
    kinds={"file": "文件"},
    verbs={
        "file.downloaded": "下载文件",
        "file.prepared": "生成文件",
        "file.damaged": "查出文件损坏",
        "file.missing": "查出文件缺失",
        "file.restored": "文件恢复",
    },
    labels={
        "name": "名称",
        "sha256": "内容摘要",
        "rows": "条数",
    },
)
