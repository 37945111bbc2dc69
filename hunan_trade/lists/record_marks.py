"""The mark by which a row of an exported file is known again: its record, the version it held, and the installation."""

from __future__ import annotations

from dataclasses import dataclass

from hunan_trade.lists import kinds
from hunan_trade.lists.columns import Column
from hunan_trade.lists.installation_mark import installation_mark

COLUMN = Column("record", "记录标识", kinds.CODE, help="导出时带的标识，凭它认出是哪一条；不要改，新增的行留空。")


class MarkRefused(ValueError):
    """Raised for a text that is no mark of this installation; the message is a sentence."""


@dataclass(frozen=True)
class RecordMark:
    """A record in the version that an export held."""

    pk: int
    version: int

    def __str__(self) -> str:
        return f"{self.pk}.{self.version}.{installation_mark()}"


def read_mark(text: str) -> RecordMark:
    """Read a mark as an export wrote it. Raises MarkRefused."""
    pk, _, rest = text.strip().partition(".")
    version, _, installation = rest.partition(".")
    if not (pk.isdecimal() and version.isdecimal() and len(pk) < 19 and len(version) < 10):
        raise MarkRefused("记录标识不是导出时的样子。照原文件改回，新增的行留空。")
    if installation != installation_mark():
        raise MarkRefused("记录标识来自另一套系统，不能用来认这里的记录。删去这一格，按名称认。")
    return RecordMark(int(pk), int(version))
