"""Reads the paragraphs of a .docx file, including their automatic numbers.

Of the package three parts are opened, each within bounds; nothing that it refers to is followed. What was deleted under
tracked changes is gone, what was inserted is there, as in print.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from itertools import islice
from xml.etree import ElementTree

from targets.document_parser.text_file_paragraphs import MAX_CHARACTERS, DocumentRefused, Paragraph
from targets.document_parser.word_styles_and_numbering import Numbering, Styles, is_word_toggle_on, local_name

_MEGABYTE = 1 << 20
_PART_BYTES = 48 * _MEGABYTE
_ENTRIES = 5_000
_SAVE_AGAIN = "请用 WPS 或 Word 打开，另存为 .docx 后再上传。"
_UNPRINTED = {"del", "moveFrom", "Fallback", "instrText", "delText", "pPrChange", "rPrChange", "sectPrChange", "rt"}
_DAMAGE = (zipfile.BadZipFile, zlib.error, ElementTree.ParseError, NotImplementedError, RuntimeError, ValueError)


def read_word_file(data: bytes) -> list[Paragraph]:
    """Return the paragraphs and table cells of a .docx file in document order."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as package:
            document, styles, numbering = _read_package(package)
        known = Styles.parse(styles)
        counting = Numbering.parse(numbering)
        return list(_read_lines(document, known, counting))
    except DocumentRefused:
        raise
    except (*_DAMAGE, EOFError, OSError, LookupError, AssertionError) as error:
        raise DocumentRefused(f"文件已损坏，读不出来。{_SAVE_AGAIN}") from error


def _read_package(package: zipfile.ZipFile) -> tuple[bytes, bytes, bytes]:
    """Check the zip archive of a .docx file; return its document, styles and numbering as XML."""
    entries = package.infolist()
    names = [entry.filename.lower() for entry in entries]
    if any(entry.flag_bits & 0x41 for entry in entries):
        raise DocumentRefused("文件加了密码，读不出来。请取消密码后再上传。")
    if len(entries) > _ENTRIES or len(set(names)) != len(names):
        raise DocumentRefused(f"文件内部不合规范。{_SAVE_AGAIN}")
    if any("vbaproject" in name for name in names):
        raise DocumentRefused("文件带有宏。请另存为不带宏的 .docx 后再上传。")
    if "word/document.xml" not in names:
        raise DocumentRefused("文件不是 Word 文档。请上传 .docx 或 .txt。")
    found = {name: _read_part(package, name) if name in names else b"" for name in _NEEDED}
    return found["word/document.xml"], found["word/styles.xml"], found["word/numbering.xml"]


_NEEDED = ("word/document.xml", "word/styles.xml", "word/numbering.xml")


def _read_part(package: zipfile.ZipFile, name: str) -> bytes:
    """Return one file of a .docx archive, or raise DocumentRefused if the file is too large or declares a DTD."""
    entry = next(entry for entry in package.infolist() if entry.filename.lower() == name)
    with package.open(entry) as stream:
        content = stream.read(_PART_BYTES + 1)
    if len(content) > _PART_BYTES:
        raise DocumentRefused("文件展开后过大，不像一份工作要点。请只上传要点正文。")
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content or b"\x00" in content[:64]:
        raise DocumentRefused(f"文件内部带有不允许的定义（DTD）。{_SAVE_AGAIN}")
    return content


@dataclass
class _OpenParagraph:
    """A paragraph of a Word document's XML that is still being read, with its style and text so far."""

    style: str = ""
    outline: int | None = None
    num: int | None = None
    level: int | None = None
    cell: tuple[int, int] | None = None
    parts: list[tuple[str, bool]] = field(default_factory=list)  # text, bold
    run_bold: bool | None = None
    run_style: str = ""


def _read_lines(document: bytes, styles: Styles, numbering: Numbering) -> Iterator[Paragraph]:
    """Yield the printed lines of a Word document; raise DocumentRefused beyond MAX_CHARACTERS characters."""
    room = MAX_CHARACTERS
    for paragraph in _parse_paragraphs(document, styles):
        for line in _printed_lines(paragraph, styles, numbering):
            room -= len(line.text)
            if room < 0:
                raise DocumentRefused("文件太长，不像一份工作要点。请只上传要点正文。")
            yield line


def _parse_paragraphs(document: bytes, styles: Styles) -> Iterator[_OpenParagraph]:
    """Yield the paragraphs of a Word document's XML, leaving out text that Word does not print."""
    path: list[str] = []
    open_: list[_OpenParagraph] = []
    unprinted = rows = 0
    cells: list[list[int]] = []  # row and column of the cells that are open
    for event, element in ElementTree.iterparse(BytesIO(document), events=("start", "end")):
        tag = local_name(element.tag)
        if event == "start":
            unprinted += tag in _UNPRINTED
            path.append(tag)
            if tag == "tr":
                rows += 1
                cells.append([rows, 0])
            elif tag == "tc" and cells:
                cells[-1][1] += 1
            if tag == "p" and not unprinted and _is_word_paragraph_tag(element.tag):
                open_.append(_OpenParagraph(cell=(cells[-1][0], cells[-1][1]) if cells else None))
            elif tag == "r" and open_:
                open_[-1].run_bold, open_[-1].run_style = None, ""
            continue
        path.pop()
        if unprinted:
            unprinted -= tag in _UNPRINTED
        elif open_:
            if tag == "p" and _is_word_paragraph_tag(element.tag):
                yield open_.pop()
            else:
                _add_element_to_paragraph(open_[-1], tag, path, element, styles)
        if tag == "tr" and cells:
            cells.pop()
        element.clear()  # nothing is looked at after its own end


def _is_word_paragraph_tag(name: str) -> bool:
    return name.endswith("}p") and "wordprocessingml" in name  # drawings have paragraphs, too


def _add_element_to_paragraph(
    paragraph: _OpenParagraph, tag: str, path: list[str], element: ElementTree.Element, styles: Styles
) -> None:
    """Add the style, list number or text of one XML element to the Word paragraph that is being read."""
    parent = path[-1] if path else ""
    value = next((text for key, text in element.attrib.items() if local_name(key) == "val"), "")
    if parent == "pPr":
        if tag == "pStyle":
            paragraph.style = value
        elif tag == "outlineLvl" and value.isdigit():
            paragraph.outline = int(value)
    elif parent == "numPr" and path[-2:-1] == ["pPr"]:
        if tag == "numId" and value.isdigit():
            paragraph.num = int(value)
        elif tag == "ilvl" and value.isdigit():
            paragraph.level = int(value)
    elif parent == "rPr" and path[-2:-1] == ["r"]:
        if tag == "b":
            paragraph.run_bold = is_word_toggle_on(value)
        elif tag == "rStyle":
            paragraph.run_style = value
    elif parent == "r":
        text = _RUN_TEXT.get(tag, element.text or "" if tag == "t" else "")
        if text:
            bold = paragraph.run_bold
            if bold is None:
                bold = styles.is_bold(paragraph.run_style) or styles.is_bold(paragraph.style)
            paragraph.parts.append((text, bold))


_RUN_TEXT = {"tab": "　", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}


def _printed_lines(paragraph: _OpenParagraph, styles: Styles, numbering: Numbering) -> Iterator[Paragraph]:
    """Yield the printed lines of a Word paragraph, the first with the paragraph's automatic list number."""
    style = styles.resolve_style(paragraph.style)
    outline = paragraph.outline if paragraph.outline is not None else style.outline
    heading = outline + 1 if outline is not None and outline < 9 else 0
    num = paragraph.num if paragraph.num is not None else style.num
    text = "".join(part for part, _ in paragraph.parts)
    if not text.strip():
        return
    marker = ""
    if num:
        level = paragraph.level if paragraph.level is not None else style.level or 0
        marker = numbering.next_number(num, level, paragraph.style)
    bold = _bold_start_length(paragraph.parts)
    start = 0
    for line in text.split("\n"):
        stripped = line.strip()
        if stripped:
            leading = start + len(line) - len(line.lstrip())
            covered = max(0, min(len(stripped), bold - leading))
            if marker:
                covered = covered + len(marker) if covered else 0
            yield Paragraph(marker + stripped, heading, covered, paragraph.cell)
            marker = ""
        start += len(line) + 1


def _bold_start_length(parts: list[tuple[str, bool]]) -> int:
    """Return the number of bold characters at the start of a paragraph."""
    reach = 0
    for text, bold in parts:
        if not bold and text.strip():
            break
        reach += len(text)
    return reach


def is_zip(data: bytes) -> bool:
    """Return whether a file is a zip archive, as .docx files are."""
    return bytes(islice(data, 4)) == b"PK\x03\x04"
