"""Marks in exported files by which an import finds the record and version of each row.

A mark also names the installation.
"""

from __future__ import annotations

from dataclasses import dataclass

from hunan_trade.lists import kinds
from hunan_trade.lists.columns import Column
from hunan_trade.lists.installation_mark import installation_mark


class MarkRefused(ValueError):
    """Raised for a text that is not a mark of this installation; the message is a Chinese sentence."""


@dataclass(frozen=True)
class RecordMark:
    """A record's key and the version of the record that an export held."""

    pk: int
    version: int

    def __str__(self) -> str:
        return f"{self.pk}.{self.version}.{installation_mark()}"


COLUMN = Column(
    "record",
    "记录标识",
    kinds.CODE,
    value=lambda record: str(RecordMark(record.pk, record.version)),
    help="导出时带的标识，凭它认出是哪一条；不要改，新增的行留空。",
)


def read_mark(text: str) -> RecordMark:
    """Parse the mark of a row in an exported file; raise MarkRefused for an invalid mark."""
    pk, _, rest = text.strip().partition(".")
    version, _, installation = rest.partition(".")
    if not (pk.isdecimal() and version.isdecimal() and len(pk) < 19 and len(version) < 10):
        raise MarkRefused("记录标识不是导出时的样子。照原文件改回，新增的行留空。")
    if installation != installation_mark():
        raise MarkRefused("记录标识来自另一套系统，不能用来认这里的记录。删去这一格，按名称认。")
    return RecordMark(int(pk), int(version))
