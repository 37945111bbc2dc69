"""Identifiers in exported rows, which name a record and its version, so that an import finds the record again.

A mark also names the installation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from hunan_trade.lists import column_kinds
from hunan_trade.lists.columns import Column
from hunan_trade.lists.declaration import Listing
from hunan_trade.lists.installation_id import installation_id
from hunan_trade.lists.record_keys import key_of


class InvalidExportedRowId(ValueError):
    """Raised if a text is not a valid identifier of an exported row; the message is a Chinese sentence."""


@dataclass(frozen=True)
class ExportedRowId:
    """The identifier of an exported row: the key of its record and the number of the exported version."""

    key: str
    version: int

    def __str__(self) -> str:
        return f"{self.key}.{self.version}.{installation_id()}"


COLUMN = Column(
    "record", "记录标识", column_kinds.CODE, help="导出时带的标识，凭它认出是哪一条；不要改，新增的行留空。"
)


def exported_row_id_column(listing: Listing) -> Column:
    """Return the column of a download that identifies the record and the version of each row."""
    return replace(COLUMN, value=lambda record: str(ExportedRowId(f"{key_of(listing, record)}", record.version)))


def parse_exported_row_id(text: str, key_pattern: str) -> ExportedRowId:
    """Parse an exported row's identifier; raise InvalidExportedRowId if it is altered or of another system."""
    key, version, installation = ("", "", *text.strip().rsplit(".", 2))[-3:]
    if not (re.fullmatch(key_pattern, key) and version.isdecimal() and len(version) < 10):
        raise InvalidExportedRowId("记录标识不是导出时的样子。照原文件改回，新增的行留空。")
    if installation != installation_id():
        raise InvalidExportedRowId("记录标识来自另一套系统，不能用来认这里的记录。删去这一格，按名称认。")
    return ExportedRowId(key, int(version))
