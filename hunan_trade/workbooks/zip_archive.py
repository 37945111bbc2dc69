"""Opens the zip archive of an uploaded workbook, and checks it before anything is decompressed.

Nothing is parsed here.
"""

import codecs
import json
import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from html import unescape
from io import BytesIO

from hunan_trade.workbooks.sheet_types import WorkbookRefused

MEGABYTE = 1 << 20
RATIO_APPLIES_ABOVE = MEGABYTE  # a small part may be one line repeated; only large ones can hurt
OLE_BEGIN = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # of a file in Microsoft's compound format, as .xls is
WORKBOOK_TYPE = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
DOCUMENT_TYPE = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_ENCODING = re.compile(rb"""\s*<\?xml [^>]*encoding=["'](?!utf-?8["']|us-ascii["'])""", re.IGNORECASE)
_CHUNK = 1 << 20
_OTHER_BOOKS = "xl/externallinks/"
_LINK = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*>")
_OVERRIDE = re.compile(rb"<(?:\w+:)?Override\s[^>]*>")
_SAVE_AGAIN = "请用 WPS 或 Excel 打开后另存为“.xlsx”格式，再上传。"


@dataclass(frozen=True)
class Limits:
    """Limits for reading an uploaded workbook: numbers of rows, cells and parts, sizes in bytes, times in seconds.

    `cells` bounds height × width, hence a reader's memory.

    It bounds all sheets together, too, as does `text_bytes`; `oddity_bytes` what is said of single cells, and
    `answer_bytes` all that a child may answer.
    """

    file_bytes: int = 10 * MEGABYTE
    entries: int = 200
    inflated_bytes: int = 100 * MEGABYTE
    ratio: int = 250
    sheets: int = 100
    rows: int = 200_000
    columns: int = 60
    cells: int = 4_000_000
    cell_characters: int = 32_767
    text_bytes: int = 100 * MEGABYTE
    oddity_bytes: int = 100 * MEGABYTE
    answer_bytes: int = 256 * MEGABYTE
    memory_bytes: int = 1 << 30
    cpu_seconds: int = 60
    wall_seconds: int = 90

    def as_json(self) -> str:
        """Return the workbook limits as JSON, to pass them to a parser process on its command line."""
        return json.dumps(asdict(self))


class Archive:
    """The zip archive of an uploaded workbook; opening it checks the names and sizes of its parts.

    Opening and reading raise WorkbookRefused.
    """

    main_part, main_type = "xl/workbook.xml", WORKBOOK_TYPE

    def __init__(self, data: bytes, limits: Limits) -> None:
        _check_file_type(data, limits)
        try:
            self._zip = zipfile.ZipFile(BytesIO(data))
            self._entries = {entry.filename: entry for entry in self._zip.infolist()}
        except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError, OSError, struct.error) as error:
            raise _damaged_refusal() from error
        self._data = data
        self.linked_workbook_parts: frozenset[str] = frozenset()  # known once the parts are checked
        self._inflated: dict[str, bytes] = {}
        entries = self._zip.infolist()
        if len(entries) > limits.entries or sum(entry.file_size for entry in entries) > limits.inflated_bytes:
            raise _zip_bomb_refusal()
        if len({entry.filename.lower() for entry in entries}) != len(entries):
            raise WorkbookRefused("duplicate-parts", f"文件内部有重名的部分，不同软件会读出不同的内容；{_SAVE_AGAIN}")
        for entry in entries:
            _check_entry(entry, limits)
        if "[Content_Types].xml" not in self._entries or self.main_part not in self._entries:
            raise WorkbookRefused("not-a-workbook", f"文件不是电子表格；{_SAVE_AGAIN}")

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def names(self) -> Iterator[str]:
        return iter(self._entries)

    def part(self, name: str) -> bytes:
        """Return the content of a file inside the zip archive, which is decompressed when first asked for.

        Raises WorkbookRefused if it differs from the directory or has a DTD.
        """
        if name not in self._inflated:
            self._inflated[name] = self._inflate(self._entries[name])
        return self._inflated[name]

    def free_part(self, name: str) -> None:
        """Forget the decompressed content of a file inside the zip archive, to free its memory."""
        self._inflated.pop(name, None)

    def check_parts(self) -> None:
        """Decompress and check every XML file inside the archive, except those that stand for linked workbooks.

        But for those that stand for another workbook: they are not opened here, nor by anybody after.
        """
        self.linked_workbook_parts = self._find_linked_workbook_parts()
        for name in self._entries:
            if name not in self.linked_workbook_parts and name.lower().endswith((".xml", ".rels", ".vml")):
                self.part(name)
        types = self.part("[Content_Types].xml")
        if b"macroEnabled" in types:
            raise _macro_refusal()
        if self.main_type not in types:
            raise WorkbookRefused("not-a-workbook", f"文件不是“.xlsx”工作簿；{_SAVE_AGAIN}")

    def _find_linked_workbook_parts(self) -> frozenset[str]:
        """Return the names of the files inside the archive that only serve links to other workbooks."""
        outside = {name for name in self._entries if name.lower().startswith(_OTHER_BOOKS)}
        more: set[str] = set()
        for name in self._entries:
            if name not in outside and name.lower().endswith(".rels"):
                content = self.part(name)
                _refuse_macro_relations(content)
                folder = posixpath.dirname(posixpath.dirname(name))
                for link in _LINK.findall(content):
                    kind, target = _attribute(link, "Type"), _attribute(link, "Target")
                    part = target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target)
                    (outside if kind.endswith("/externalLink") else more).add(posixpath.normpath(part))
        for override in _OVERRIDE.findall(self.part("[Content_Types].xml")):
            if "externalLink" not in _attribute(override, "ContentType"):
                more.add(_attribute(override, "PartName").lstrip("/"))
        lower = {part.lower() for part in more}
        return frozenset(name for name in outside if name in self._entries and name.lower() not in lower)

    def _inflate(self, entry: zipfile.ZipInfo) -> bytes:
        raw = self._compressed_bytes(entry)
        if entry.compress_type == zipfile.ZIP_STORED:
            content = raw
        else:
            try:
                # Never more than the directory promised, whatever the stream would give.
                content = zlib.decompressobj(-zlib.MAX_WBITS).decompress(raw, entry.file_size + 1)
            except zlib.error as error:
                raise _damaged_refusal() from error
        if len(content) != entry.file_size or zlib.crc32(content) != entry.CRC:
            raise _damaged_refusal()
        if (b"!" in content and (b"<!DOCTYPE" in content or b"<!ENTITY" in content)) or _is_utf16_or_32(content):
            raise WorkbookRefused("dtd", f"文件内部带有不允许的定义（DTD）；{_SAVE_AGAIN}")
        if content[:3] == codecs.BOM_UTF8 or content[:200].lstrip().startswith(b"<"):
            _check_encoding(content)
        return content

    def _compressed_bytes(self, entry: zipfile.ZipInfo) -> bytes:
        header = self._data[entry.header_offset : entry.header_offset + 30]
        if len(header) < 30 or header[:4] != b"PK\x03\x04":
            raise _damaged_refusal()
        name_size, extra_size = struct.unpack("<HH", header[26:30])
        if struct.unpack("<H", header[8:10])[0] != entry.compress_type:
            raise _damaged_refusal()
        start = entry.header_offset + 30
        # Readers that trust the local name and readers that trust the directory would see two different workbooks.
        encoding = "utf-8" if entry.flag_bits & 0x800 else "cp437"
        if self._data[start : start + name_size] != entry.orig_filename.encode(encoding):
            raise _damaged_refusal()
        start += name_size + extra_size
        return self._data[start : start + entry.compress_size]


class DocumentArchive(Archive):
    """The zip archive of a Word document (.docx), checked in the same way as that of a workbook."""

    main_part, main_type = "word/document.xml", DOCUMENT_TYPE


def check_size_and_password(data: bytes, limits: Limits) -> None:
    """Raise WorkbookRefused if a file is empty, is too large or is protected by a password."""
    if not data:
        raise WorkbookRefused("empty", "文件是空的（0 字节）；请检查后重新上传。")
    if len(data) > limits.file_bytes:
        size = limits.file_bytes // MEGABYTE
        raise WorkbookRefused("too-large", f"文件超过 {size} MB；请删去图片和多余的工作表，或分次上传。")
    # The old binary format and an .xlsx with a password share this envelope; a stream name tells them apart.
    if data.startswith(OLE_BEGIN) and "EncryptedPackage".encode("utf-16-le") in data:
        raise WorkbookRefused("encrypted", "文件设有打开密码，无法读取；请在 WPS 或 Excel 中取消密码后重新上传。")


def _check_file_type(data: bytes, limits: Limits) -> None:
    check_size_and_password(data, limits)
    if data.startswith(OLE_BEGIN):
        raise WorkbookRefused("xls", f"文件是旧的“.xls”格式；{_SAVE_AGAIN}")
    if not data.startswith(b"PK\x03\x04"):
        begin = data[:4096].lower()
        if b"<html" in begin or b"<table" in begin or b"<!doctype html" in begin:
            raise WorkbookRefused("html", f"文件是网页（HTML），不是工作簿；{_SAVE_AGAIN}")
        if b"\x00" not in begin and not begin.startswith(b"%pdf") and (b"," in begin or b"\t" in begin):
            raise WorkbookRefused("csv", f"文件是文本（CSV），不是工作簿；{_SAVE_AGAIN}")
        raise WorkbookRefused("not-a-workbook", f"文件不是电子表格，或已损坏；{_SAVE_AGAIN}")


def _check_entry(entry: zipfile.ZipInfo, limits: Limits) -> None:
    name = entry.filename
    lower = name.lower()
    if entry.flag_bits & 0x41:
        raise WorkbookRefused("encrypted", "文件内部加了密，无法读取；请取消密码后重新上传。")
    if name.startswith("/") or ".." in name.split("/") or set("\\:\x00") & set(entry.orig_filename):
        raise WorkbookRefused("unsafe-name", f"文件内部的路径不合规范；{_SAVE_AGAIN}")
    if "vbaproject" in lower or lower.startswith("xl/macrosheets/"):
        raise _macro_refusal()
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise WorkbookRefused("compression", f"文件的压缩方式无法识别；{_SAVE_AGAIN}")
    if entry.file_size > RATIO_APPLIES_ABOVE and entry.file_size > limits.ratio * max(entry.compress_size, 1):
        raise _zip_bomb_refusal()


def _refuse_macro_relations(relations: bytes) -> None:
    """Raise WorkbookRefused if the XML of a `.rels` file inside the workbook refers to macros.

    A part's relation decides what it is, not its name.
    """
    if b"/vbaProject" in relations or b"/xlMacrosheet" in relations:
        raise _macro_refusal()


def _attribute(element: bytes, name: str) -> str:
    found = re.search(rb"\s%s\s*=\s*(\"[^\"]*\"|'[^']*')" % name.encode(), element)
    return unescape(found[1][1:-1].decode(errors="replace")) if found else ""


def _check_encoding(content: bytes) -> None:
    """Raise WorkbookRefused if an XML part is not encoded in UTF-8."""
    if _ENCODING.match(content[:200].removeprefix(codecs.BOM_UTF8)):
        raise _damaged_refusal()
    if content.isascii():
        return
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(content), _CHUNK):
            decoder.decode(content[start : start + _CHUNK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise _damaged_refusal() from error


def _is_utf16_or_32(content: bytes) -> bool:
    """Return whether an XML file is encoded in UTF-16 or UTF-32, judging by its first bytes.

    Legal XML that no program writes, and a way to hide a DTD.
    """
    return b"\x00" in content[:64] or content[:2] in (b"\xff\xfe", b"\xfe\xff")


def _damaged_refusal() -> WorkbookRefused:
    return WorkbookRefused("damaged", "文件已损坏或上传不完整；请用 WPS 或 Excel 打开检查，另存后重新上传。")


def _zip_bomb_refusal() -> WorkbookRefused:
    return WorkbookRefused("swollen", "文件展开后过大；请把填报内容复制到新下载的工作簿中，再上传。")


def _macro_refusal() -> WorkbookRefused:
    return WorkbookRefused("macros", "文件带有宏；请另存为不带宏的“.xlsx”格式，再上传。")
