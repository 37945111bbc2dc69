"""Renders a document as .docx by filling in a Word template.

The office goes on working in this file: named styles, the standard's faces, page numbers as fields, table heads that
repeat. `scripts/docx_template.py` writes the template.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from copy import deepcopy
from enum import StrEnum
from functools import cache
from pathlib import Path

import docx
from docx.document import Document as WordFile
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.oxml.parser import OxmlElement
from docx.oxml.table import CT_Row
from docx.oxml.text.paragraph import CT_P
from docx.shared import Length, Mm, Pt, Twips
from docx.table import Table
from docx.text.paragraph import Paragraph

from reporting.document_parts import Document
from reporting.renderers.column_widths import ColumnLayout, lay_out_columns
from reporting.renderers.line_breaks import text_width
from reporting.renderers.page_measures import (
    CHARACTERS,
    HEAD_LINES,
    ISSUER_TOP_MM,
    LINE_PITCH_MM,
    MM,
    RULE_GAP_MM,
    RULE_MM,
    SHORT_TABLE_ROWS,
    SIZE_3,
    SIZE_4,
    TYPE_WIDTH_MM,
)
from reporting.renderers.text_for_all_formats import (
    ANNEX_LABEL,
    COPIES_LABEL,
    AnnexPage,
    Item,
    PrintedParagraph,
    PrintedTable,
    PrintedText,
    printed_text,
)

TEMPLATE = Path(__file__).with_name("template.docx")
LINE = Twips(int(LINE_PITCH_MM * MM * 20))  # 579: 580 would leave only 21 lines
CHARACTER = Mm(TYPE_WIDTH_MM / CHARACTERS)
IMPRINT_LINE = Twips(420)

_PITCH = LINE_PITCH_MM * MM  # points
# How a glyph sits in its em and a line of fixed height: 4/5 of the line above the baseline.
_INK_TOP, _INK_BOTTOM = 0.86, 0.07  # of the large characters of the red head
_SLACK = Twips(24)  # rounding in the head must not cost the first page its last line
_NUMBER_LINE = 20.0  # points, of the line the 发文字号 stands on
_NUMBER_ABOVE = 0.8 * _NUMBER_LINE - 0.88 * SIZE_3
NUMBER_BELOW = 0.2 * _NUMBER_LINE - 0.12 * SIZE_3
_ROW_HEIGHT = Mm(7.4)
_SIDES = {"left": WD_ALIGN_PARAGRAPH.LEFT, "right": WD_ALIGN_PARAGRAPH.RIGHT, "centre": WD_ALIGN_PARAGRAPH.CENTER}


class StyleName(StrEnum):
    """Names of the styles in the Word template of reports, such as 公文标题."""

    ISSUER = "发文机关标志"
    NUMBER = "发文字号"
    TITLE = "公文标题"
    ADDRESSEES = "主送机关"
    TEXT = "公文正文"
    LEAD = "段首句"
    ANNEX_NAMES = "附件说明"
    SIGNATURE = "署名"
    ANNEX_LABEL = "附件"
    TABLE = "公文表格"
    CAPTION = "表题"
    UNIT = "表格单位"
    CELL = "表格文字"
    HEAD_CELL = "表头与合计"
    NOTE = "表注"
    IMPRINT = "版记"
    IMPRINT_TABLE = "版记表格"
    MARK = "页眉标注"
    PAGE_NUMBER = "页码"


def render(document: Document) -> bytes:
    """Return a document as the bytes of a .docx file. Raises UnprintableCharacter (ValueError)."""
    content = printed_text(document)
    word = docx.Document(io.BytesIO(_template()))
    imprint = word.paragraphs[0]._p
    word.element.body.remove(imprint)
    word.core_properties.title = "".join(content.title)[:255]
    word.core_properties.author = content.issuer[:255]
    for header in (word.sections[0].header, word.sections[0].even_page_header):
        header.paragraphs[0].text = content.mark

    _write_head(word, content)
    _write_title(word, content.title, before=Length(2 * LINE - _SLACK))
    word.add_paragraph(style=StyleName.TEXT)
    if content.addressees:
        word.add_paragraph(content.addressees, StyleName.ADDRESSEES)
    _write_paragraphs_and_tables(word, content.items, keep_last=content.keeps_last_with_signature)
    _write_annex_names(word, content.annex_names)
    if content.unit:
        _write_signature(word, content.unit, content.dated)
    for remark in content.remarks:
        word.add_paragraph(remark, StyleName.TEXT)
    for annex in content.annexes:
        _write_annex(word, annex)
    if content.office:
        word.element.body.sectPr.addprevious(imprint)
        _fill_imprint(word, imprint, content)
    return reproducible_bytes(word)


@cache
def _template() -> bytes:
    return TEMPLATE.read_bytes()


def reproducible_bytes(word: WordFile) -> bytes:
    """Return a Word document as bytes without time stamps, so that equal documents have equal bytes."""
    timed, timeless = io.BytesIO(), io.BytesIO()
    word.save(timed)
    with zipfile.ZipFile(timed) as source, zipfile.ZipFile(timeless, "w") as target:
        for name in source.namelist():
            target.writestr(zipfile.ZipInfo(name), source.read(name), zipfile.ZIP_DEFLATED)
    return timeless.getvalue()


# --- head, title, text ---


def _write_head(word: WordFile, content: PrintedText) -> None:
    """Write a report's issuer and document number at the top, using narrower type for a long issuer."""
    ideal = (HEAD_LINES * LINE_PITCH_MM - ISSUER_TOP_MM - RULE_GAP_MM - RULE_MM) * MM - 2 * _PITCH - SIZE_3
    size = round(ideal / (_INK_TOP + _INK_BOTTOM) * 2) / 2
    spacing = 0.08 * size
    ratio = min(1.0, TYPE_WIDTH_MM * MM / (text_width(content.issuer) * (size + spacing) or 1))
    if ratio < 0.66:  # narrower would be unreadable: smaller, then
        size, ratio = round(size * ratio / 0.66 * 2) / 2, 0.66
    line = 1.2 * size

    issuer = word.add_paragraph(style=StyleName.ISSUER)
    run = issuer.add_run(content.issuer)
    run.font.size = Pt(size)
    for tag, value in (("w:spacing", Pt(spacing).twips), ("w:w", int(ratio * 100))):
        run._r.get_or_add_rPr().insert_element_before(OxmlElement(tag, {qn("w:val"): str(value)}), "w:sz")
    _set_spacing(issuer, before=Pt(ISSUER_TOP_MM * MM - (0.8 * line - _INK_TOP * size)), line=Pt(line))
    number = word.add_paragraph(content.number, StyleName.NUMBER)
    _set_spacing(
        number, before=Pt(2 * _PITCH - (0.2 * line - _INK_BOTTOM * size) - _NUMBER_ABOVE), line=Pt(_NUMBER_LINE)
    )


def _set_spacing(paragraph: Paragraph, before: Length, line: Length) -> None:
    paragraph.paragraph_format.space_before = before
    paragraph.paragraph_format.line_spacing = line


def _write_title(word: WordFile, lines: Iterable[str], before: Length) -> None:
    _set_spacing(word.add_paragraph("\n".join(lines), StyleName.TITLE), before, LINE)


def _write_paragraphs_and_tables(word: WordFile, items: tuple[Item, ...], keep_last: bool = False) -> None:
    for item in items:
        if isinstance(item, PrintedTable):
            _write_table(word, item)
        else:
            _write_paragraph(word, item)
    if keep_last:  # the signature must not stand alone on a page
        word.paragraphs[-1].paragraph_format.keep_with_next = True


def _write_paragraph(word: WordFile, line: PrintedParagraph) -> None:
    paragraph = word.add_paragraph(style=StyleName.TEXT if line.part == "text" else f"Heading {line.part[-1]}")
    for span in line.spans:
        paragraph.add_run(span.text, StyleName.LEAD if span.lead else None)


# --- what closes the text ---


def _write_annex_names(word: WordFile, names: tuple[str, ...]) -> None:
    """Write the list of annex titles below the text, each title on its own line.

    Each wraps under its own first character.
    """
    if names:
        word.add_paragraph(style=StyleName.ANNEX_NAMES)
    for place, name in enumerate(names):
        number = "" if len(names) == 1 else name[: name.index(".") + 1]
        gap = len(number + name[len(number) : len(number) + 1].strip("0123456789")) * SIZE_3 / 2 if number else 0.0
        label = ANNEX_LABEL if place == 0 else ""
        paragraph = word.add_paragraph(label + name, StyleName.ANNEX_NAMES)
        paragraph.paragraph_format.left_indent = Length(5 * CHARACTER + Pt(gap))
        paragraph.paragraph_format.first_line_indent = Length(-Pt(gap) - len(label) * CHARACTER)


def _write_signature(word: WordFile, unit: str, dated: str) -> None:
    issuer, day = _width_in_characters(unit), _width_in_characters(dated)
    # Not sealed: the issuer 2 characters from the right and the date 2 further in; a longer date takes the 2 itself.
    issuer_right, day_right = (4 + day - issuer, 2.0) if day > issuer else (2.0, issuer - day)
    word.add_paragraph(style=StyleName.SIGNATURE)
    word.add_paragraph(unit, StyleName.SIGNATURE).paragraph_format.right_indent = Length(int(issuer_right * CHARACTER))
    last = word.add_paragraph(dated, StyleName.SIGNATURE).paragraph_format
    last.right_indent = Length(int(day_right * CHARACTER))
    last.keep_with_next = False


def _width_in_characters(text: str) -> float:
    return sum(0.5 if character.isascii() else 1.0 for character in text)


def _write_annex(word: WordFile, annex: AnnexPage) -> None:
    word.add_paragraph(annex.label, StyleName.ANNEX_LABEL).paragraph_format.page_break_before = True
    word.add_paragraph(style=StyleName.ANNEX_LABEL)
    _write_title(word, annex.title, before=Length(0))
    word.add_paragraph(style=StyleName.UNIT)
    _write_paragraphs_and_tables(word, annex.items)


# --- tables ---


def _write_table(word: WordFile, table: PrintedTable) -> None:
    layout = lay_out_columns(table)
    if table.caption:
        word.add_paragraph(table.caption, StyleName.CAPTION)
    if table.unit:
        word.add_paragraph(table.unit, StyleName.UNIT)
    word_table = word.add_table(0, len(layout.widths), StyleName.TABLE)
    word_table.alignment = WD_TABLE_ALIGNMENT.CENTER
    word_table.autofit = False
    for column, share in zip(word_table.columns, layout.widths, strict=True):
        column.width = Mm(share)
    plain = _pattern_row_to_copy(word_table, StyleName.CELL, layout)
    strong = _pattern_row_to_copy(word_table, StyleName.HEAD_CELL, layout)
    head = _write_row(word_table, strong, ["\n".join(lines) for lines in layout.heads])
    head.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for alignment in head.iter(qn("w:jc")):
        alignment.val = WD_ALIGN_PARAGRAPH.CENTER
    for place, row in enumerate(table.rows):
        _write_row(word_table, strong if place in table.summary_rows else plain, [cell.text for cell in row])
    if len(table.rows) <= SHORT_TABLE_ROWS:
        _keep_rows_together(word_table)
    for note in table.notes or ("",):
        word.add_paragraph(note, StyleName.NOTE)


def _keep_rows_together(word_table: Table) -> None:
    """Keep all rows of a table on one page, so that a table that does not fit moves to the next page as a whole."""
    for row in word_table._tbl.tr_lst[:-1]:
        for paragraph in row.iter(qn("w:p")):
            Paragraph(paragraph, word_table).paragraph_format.keep_with_next = True


def _pattern_row_to_copy(word_table: Table, style: StyleName, layout: ColumnLayout) -> CT_Row:
    """Return an empty row with the cells' style, alignment and type size, to be copied for each row of a Word table."""
    row = word_table.add_row()
    row.height = _ROW_HEIGHT
    row._tr.get_or_add_trPr().insert(0, OxmlElement("w:cantSplit"))
    style_id = word_table.part.get_style_id(style, WD_STYLE_TYPE.PARAGRAPH)
    for cell, side in zip(row.cells, layout.sides, strict=True):
        (paragraph,) = cell.paragraphs
        paragraph._p.style = style_id
        paragraph.alignment = _SIDES[side]
        paragraph.add_run().font.size = Pt(layout.size)
    pattern: CT_Row = row._tr
    word_table._tbl.remove(pattern)
    return pattern


def _write_row(word_table: Table, pattern: CT_Row, texts: Sequence[str]) -> CT_Row:
    row = deepcopy(pattern)
    word_table._tbl.append(row)
    for run, text in zip(row.iter(qn("w:r")), texts, strict=True):
        run.text = text
    return row


# --- 版记 ---


def _fill_imprint(word: WordFile, imprint: CT_P, content: PrintedText) -> None:
    """Write recipients, printing office and date into the imprint (版记), a text box at the foot of the last page.

    The line is as high as the box and keeps its place free: where it no longer fits, both go to the next page together.
    """
    table = Table(imprint.find(".//" + qn("w:tbl")), word)
    copies, printed = table.rows
    rows = 1
    if content.copies:
        text = COPIES_LABEL + content.copies
        copies.cells[0].paragraphs[0].add_run(text)
        rows += -int(-text_width(text) * SIZE_4 // (TYPE_WIDTH_MM * MM - 2 * SIZE_4))
    else:
        table._tbl.remove(copies._tr)
    for cell, text in zip(printed.cells, (content.office, content.printed), strict=True):
        cell.paragraphs[0].add_run(text)
    height = Length(rows * IMPRINT_LINE + Twips(300))
    Paragraph(imprint, word).paragraph_format.line_spacing = height
    for extent in imprint.iter(qn("wp:extent"), qn("a:ext")):
        extent.set("cy", str(height))
