"""Defines a finding about a cell of a table, the grades of severity, and the labels of finding codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import TextChoices


class Severity(TextChoices):
    BLOCKING = "blocking", "须改"
    EXPLAIN = "explain", "须说明"
    NOTE = "note", "提示"


FINDING_LABELS: Mapping[str, str] = {  # of the codes that this package gives
    "cell.blank": "没有填",
    "cell.boolean": "逻辑值",
    "cell.date": "日期",
    "cell.error": "错误值",
    "cell.format": "显示的与格中的不同",
    "cell.formula": "公式",
    "cell.hidden": "隐藏的格中有数",
    "cell.locked": "改了锁定的格",
    "cell.merged": "合并的格",
    "cell.percent": "百分数",
    "cell.picture": "图片",
    "choice.unknown": "不是可选的值",
    "date.unreadable": "不是日期",
    "entry.blank": "没有填写",
    "number.decimals": "小数位数过多",
    "number.digits": "位数过多",
    "number.negative": "负数",
    "number.text": "不是数",
    "number.word": "用文字代替数",
    "row.duplicate": "重复的行",
    "row.missing": "缺少的行",
    "row.unknown": "名录以外的行",
    "text.long": "文字过长",
}


@dataclass(frozen=True)
class Finding:
    """A problem found in a cell of a table: the cell's address, a code, a severity and a Chinese message."""

    sheet: str
    cell: str
    code: str
    severity: Severity
    message: str  # what is wrong and what to do
    record: str = ""  # the enterprise or item
    key: str = ""  # of the row
    column: str = ""
    explained: bool = False
