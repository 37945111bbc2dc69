"""Chinese words for audit events of monthly returns and exemptions."""

from hunan_trade.audit.event_label_lookup import EventWords
from hunan_trade.intake import datasets
from hunan_trade.intake.models import Exemption

WORDS = EventWords(
    kinds={"return": "月报", "exemption": "例外", "threshold": "核查和提醒阈值"},
    verbs={
        "return.opened": "开放填报",
        "return.filled": "填写月报",
        "return.uploaded": "上传报表",
        "return.imported": "采用上传的报表",
        "return.declared_nil": "零报告",
        "return.handed_up": "送市州负责人",
        "return.handed_back": "退给填报人",
        "return.sent": "报送月报",
        "return.counter_mended": "接续月报轮次",
        "return.given_back": "退回修改",
        "return.accepted": "核定月报",
        "exemption.asked": "提出例外",
        "exemption.granted": "批准例外",
        "exemption.refused": "驳回例外",
        "threshold.decided": "决定核查和提醒阈值",
    },
    labels={
        **{column.key: column.title for dataset in datasets.declared() for column in dataset.input_columns},  # of a row
        "cells": "所指单元格数",
        "decided": "两边都改的格",
        "figures": "核定数个数",
        "holds_from": "自何月起",
        "kind": "种类",
        "mine": "用文件的",
        "name": "名称",
        "receipt": "回执编号",
        "round": "轮次",
        "rows": "行数",
        "rows_digest": "各行摘要",
        "sha256": "内容摘要",
        "theirs": "保留系统的",
        "threshold": "阈值",
        "until": "期限",
        "version": "版本",
    },
    choices={"kind": Exemption.Kind},
)
