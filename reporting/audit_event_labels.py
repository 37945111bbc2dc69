"""Declares the Chinese words for audit events about reports."""

from hunan_trade.audit.event_label_lookup import EventWords
from reporting import kinds

WORDS = EventWords(
    kinds={"report": "通报"},
    verbs={
        "report.requested": "交办起草",
        "report.drafted": "起草通报",
        "report.edited": "改通报文字",
        "report.review_asked": "通报送审",
        "report.reviewed": "审核通报",
        "report.given_back": "退回草稿",
        "report.issued": "签发通报",
        "report.voided": "作废通报",
        "report.counter_mended": "接续期号计数",
    },
    labels={
        "document_number": "文号",
        "files": "文件摘要",
        "issue": "期号",
        "kept": "保留的改动",
        "kind": "种类",
        "last_number": "末号",
        "missing_confirmed": "确认缺报的市州",
        "month": "月份",
        "sha256": "内容摘要",
        "since_confirmed": "确认起草后有变动的月报",
        "text": "文字",
    },
    choices={"kind": [(kind.code, kind.title) for kind in kinds.declared()]},
)
