"""Reads the paragraphs of a text file.

Defines Paragraph as well, for text files and Word files.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

MAX_CHARACTERS = 2_000_000
_LINES = re.compile(r"\r\n|[\r\n\v\f\x85\u2028\u2029]")
_WRAPPED_MOST = 90  # halves of a character that a printed line holds
_ENDS = "。；;：:！？!?，,"
_STRAY = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ufffe\uffff]")


class DocumentRefused(ValueError):
    """Raised with a Chinese message if a file is unreadable or not a work plan."""


@dataclass(frozen=True)
class Paragraph:
    """A paragraph or table cell of a document as printed, including its automatic list number.

    `heading` is Word's outline level from 1, 0 for body text; `bold` counts the characters from the start that are bold.
    """

    text: str
    heading: int = 0
    bold: int = 0
    cell: tuple[int, int] | None = None  # row and column, counted through the document

    @property
    def is_all_bold(self) -> bool:
        """Return whether the whole paragraph is bold."""
        return bool(self.text) and self.bold >= len(self.text.rstrip())


def read_text_file(data: bytes) -> list[Paragraph]:
    """Return the paragraphs of a text file in UTF-8, UTF-16 or GB18030, or raise DocumentRefused."""
    if data.startswith(b"%PDF"):
        raise DocumentRefused("文件是 PDF。请上传原来的 .docx，或把文字复制到 .txt 里再上传。")
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        raise DocumentRefused("文件是旧的 .doc 格式，或设了打开密码。请用 WPS 或 Word 另存为 .docx 后再上传。")
    text = _decode(data)
    if _STRAY.search(text):
        raise DocumentRefused("文件不是文字文件。请上传 .docx 或 .txt。")
    return [Paragraph(line) for line in _join_wrapped_lines([line for line in _LINES.split(text) if line.strip()])]


def _join_wrapped_lines(lines: list[str]) -> list[str]:
    """Join the lines of a text that was wrapped at a fixed width into whole paragraphs.

    The lines of other texts are returned unchanged.
    """
    widest = max(map(_display_width, lines), default=0)
    longest = max(map(len, map(str.rstrip, lines)), default=0)

    def is_full(line: str) -> bool:
        return _display_width(line) >= widest - 2 or len(line.rstrip()) >= longest - 1

    full = [line for line in lines if is_full(line)]
    open_ends = [line for line in full if line.rstrip()[-1] not in _ENDS]
    if widest > _WRAPPED_MOST or len(full) < max(5, len(lines) // 3) or len(open_ends) < len(full) * 2 // 3:
        return [line.strip() for line in lines]
    paragraphs: list[str] = []
    goes_on = False
    for line in lines:
        indented = line[:1] in (" ", "\u3000", "\t")
        if goes_on and not indented:
            paragraphs[-1] += line.strip()
        else:
            paragraphs.append(line.strip())
        goes_on = is_full(line)
    return paragraphs


def _display_width(line: str) -> int:
    """Return the display width of a line, counting 2 for each Chinese character."""
    return sum(1 if sign.isascii() else 2 for sign in line.rstrip())


def _decode(data: bytes) -> str:
    """Decode the bytes of a text file, or raise DocumentRefused."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        names = ["utf-16"]
    else:
        names = ["utf-8-sig", "gb18030"]
    for name in names:
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        if len(text) > MAX_CHARACTERS:
            raise DocumentRefused("文件太长，不像一份工作要点。请只上传要点正文。")
        return text
    raise DocumentRefused("文件的文字编码认不出来。请另存为 UTF-8 编码的 .txt，或上传 .docx。")
