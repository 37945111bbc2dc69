"""Encodes and decodes the data of a parsed workbook that a child process sends to its parent.

A length, a JSON head, then text columns.

Nothing here can run code or allocate beyond the bytes received, whatever a child taken over by its input might send.
"""

import json
import struct
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, BinaryIO

from hunan_trade.workbooks.arrow_text_reader import TextColumn

Answer = tuple[dict[str, Any], list[tuple[dict[str, Any], bytes, list[list[str]]]]]


class InvalidAnswer(Exception):
    """Raised when the output of a child process cannot be decoded."""


@dataclass(frozen=True)
class SheetAnswer:
    """One parsed sheet as a child process returns it: JSON data, a kind for each cell, and columns of texts.

    `columns` cover the rows from `head["top"]` and the columns from `head["left"]`.
    """

    head: dict[str, Any]
    kinds: bytes
    columns: Sequence[TextColumn]


def encode_answer(sheets: Iterable[SheetAnswer], **facts: Any) -> tuple[bytes, list[bytes]]:
    """Encode the parsed sheets and `facts` as (a JSON head, binary blocks), a child process's output."""
    blobs: list[bytes] = []
    heads = []
    for sheet in sheets:
        parts = [sheet.kinds, *(part for column in sheet.columns for part in (column.offsets, column.data))]
        heads.append({**sheet.head, "sizes": [len(part) for part in parts]})
        blobs += parts
    return json.dumps({**facts, "sheets": heads}, ensure_ascii=False).encode(), blobs


def write_answer(out: BinaryIO, head: bytes, blobs: Iterable[bytes]) -> None:
    out.write(struct.pack("<I", len(head)))
    out.write(head)
    for blob in blobs:
        out.write(blob)
    out.flush()


def decode_answer(answer: bytes) -> Answer:
    """Decode a child process's output into (a dict of facts about the workbook, each sheet's data).

    Of each sheet: JSON head, cell kinds and columns.

    Raises InvalidAnswer.
    """
    try:
        (size,) = struct.unpack_from("<I", answer)
        facts = json.loads(answer[4 : 4 + size])
        place = 4 + size
        sheets = []
        for head in facts.pop("sheets"):
            parts = []
            for size in head.pop("sizes"):
                parts.append(answer[place : place + size])
                place += size
            columns = [_decode_column(offsets, data) for offsets, data in zip(parts[1::2], parts[2::2], strict=True)]
            sheets.append((head, parts[0], columns))
    except (ValueError, KeyError, TypeError, struct.error, IndexError) as error:
        raise InvalidAnswer(str(error)) from error
    if place != len(answer):
        raise InvalidAnswer("the answer is cut short or too long")
    return facts, sheets


def _decode_column(offsets: bytes, data: bytes) -> list[str]:
    ends = array("i")
    ends.frombytes(offsets)
    if not data and not any(ends):
        return [""] * (len(ends) - 1)
    if data.isascii():
        text = data.decode("ascii")
        return [text[start:end] for start, end in pairwise(ends)]
    return [data[start:end].decode() for start, end in pairwise(ends)]
