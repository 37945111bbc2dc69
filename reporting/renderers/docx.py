"""A document as .docx, written as WordprocessingML on the same grid as the PDF.

The office goes on working in this file: named styles, the standard's faces, real page-number fields, table heads that
repeat. The XML is written directly, because the parts that never change are most of the file.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from functools import lru_cache
from xml.sax.saxutils import escape

from reporting.document import Document
from reporting.renderers import docx_parts as parts
from reporting.renderers.columns import Columns, columns
from reporting.renderers.docx_parts import CHARACTER, LINE, mm, twips
from reporting.renderers.grid import (
    FOOT_THICK_MM,
    FOOT_THIN_MM,
    HEAD_LINES,
    ISSUER_TOP_MM,
    LINE_PITCH_MM,
    MM,
    RED,
    RULE_GAP_MM,
    RULE_MM,
    SIZE_3,
    SIZE_4,
    TYPE_WIDTH_MM,
)
from reporting.renderers.outline import ANNEX_LABEL, COPIES_LABEL, AnnexPage, Grid, Item, Line, Outline, Span, outline
from reporting.renderers.titles import width

_NAMESPACES = (
    f"{parts.W} {parts.R}"
    ' xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
    ' xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    ' xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" mc:Ignorable=""'
)
_EMU_PER_TWIP = 635
_PITCH = LINE_PITCH_MM * MM  # points

# How a glyph sits in its em and a line of fixed height: 4/5 of the line above the baseline.
_INK_TOP, _INK_BOTTOM = 0.86, 0.07  # of the large characters of the red head
_SLACK = 24  # twips: rounding in the head must not cost the first page its last line
_NUMBER_LINE = 20.0  # points, of the line the 发文字号 stands on
_NUMBER_ABOVE = 0.8 * _NUMBER_LINE - 0.88 * SIZE_3
_NUMBER_BELOW = 0.2 * _NUMBER_LINE - 0.12 * SIZE_3


def render(document: Document) -> bytes:
    """The file's bytes, the same for the same document. Raises UnprintableCharacter (ValueError)."""
    outlined = outline(document)
    stream = io.BytesIO()
    stream.write(_shell(outlined.mark))
    _write(
        stream,
        {
            "docProps/core.xml": parts.core(escape("".join(outlined.title)), escape(outlined.issuer)),
            "word/document.xml": _document(outlined),
        },
    )
    return stream.getvalue()


@lru_cache(maxsize=8)
def _shell(mark: str) -> bytes:
    """An archive of all parts that are the same for every document with this mark, deflated once a process."""
    stream = io.BytesIO()
    _write(
        stream,
        {
            "[Content_Types].xml": parts.CONTENT_TYPES,
            "_rels/.rels": parts.PACKAGE_RELATIONS,
            "word/_rels/document.xml.rels": parts.RELATIONS,
            "word/styles.xml": parts.STYLES,
            "word/settings.xml": parts.SETTINGS,
            "word/fontTable.xml": parts.FONTS,
            "word/header1.xml": parts.header(escape(mark)),
            "word/header2.xml": parts.header(escape(mark)),
            "word/footer1.xml": parts.footer("right"),
            "word/footer2.xml": parts.footer("left"),
        },
    )
    return stream.getvalue()


def _write(stream: io.BytesIO, files: Mapping[str, str]) -> None:
    """Append the files to the archive that stands there, or begin one."""
    with zipfile.ZipFile(stream, "a") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content.encode(), compress_type=zipfile.ZIP_DEFLATED)


def _document(outlined: Outline) -> str:
    body = [
        *_head(outlined),
        _title(outlined.title, before=2 * LINE - _SLACK),
        _paragraph("Text", ""),
    ]
    if outlined.addressees:
        body.append(_paragraph("Addressees", _run(outlined.addressees)))
    body += _items(outlined.items, keep_last=outlined.last_stays)
    body += _annex_names(outlined.annex_names)
    if outlined.unit:
        body += _signature(outlined.unit, outlined.dated)
    body += [_paragraph("Text", _run(remark)) for remark in outlined.remarks]
    for annex in outlined.annexes:
        body += _annex(annex)
    if outlined.office:
        body.append(_imprint(outlined))
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<w:document {_NAMESPACES}><w:body>'
        f"{''.join(body)}<w:sectPr>{parts.REFERENCES}{parts.SECTION}</w:sectPr></w:body></w:document>"
    )


# --- text ---


def _run(text: str, properties: str = "") -> str:
    if not text:
        return ""
    look = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f'<w:r>{look}<w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def _paragraph(style: str, runs: str, properties: str = "") -> str:
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{properties}</w:pPr>{runs}</w:p>'


def _lines(lines: tuple[str, ...], properties: str = "") -> str:
    return "<w:r><w:br/></w:r>".join(_run(line, properties) for line in lines)


def _spans(spans: tuple[Span, ...]) -> str:
    emphasis = parts.faces(parts.KAI_FACE) + "<w:b/>"
    return "".join(_run(span.text, emphasis if span.lead else "") for span in spans)


def _items(items: tuple[Item, ...], keep_last: bool = False) -> list[str]:
    written = []
    for place, item in enumerate(items, start=1):
        if isinstance(item, Line):
            style = "Heading" + item.part[-1] if item.part.startswith("heading") else "Text"
            # The signature must not stand alone on a page.
            keep = "<w:keepNext/>" if keep_last and place == len(items) else ""
            written.append(_paragraph(style, _spans(item.spans), keep))
        else:
            written += _table(item)
    return written


# --- head and title ---


def _head(outlined: Outline) -> list[str]:
    ideal = (HEAD_LINES * LINE_PITCH_MM - ISSUER_TOP_MM - RULE_GAP_MM - RULE_MM) * MM - 2 * _PITCH - SIZE_3
    size = round(ideal / (_INK_TOP + _INK_BOTTOM) * 2) / 2
    spacing = 0.08 * size
    ratio = min(1.0, TYPE_WIDTH_MM * MM / (width(outlined.issuer) * (size + spacing) or 1))
    if ratio < 0.66:  # narrower would be unreadable: smaller, then
        size, ratio = round(size * ratio / 0.66 * 2) / 2, 0.66
    line = 1.2 * size
    above = ISSUER_TOP_MM * MM - (0.8 * line - _INK_TOP * size)
    below = 0.2 * line - _INK_BOTTOM * size
    look = f'<w:spacing w:val="{twips(spacing)}"/><w:w w:val="{int(ratio * 100)}"/>{parts.size(size)}'
    rule = (
        f'<w:pBdr><w:bottom w:val="single" w:sz="{round(RULE_MM * MM * 8)}"'
        f' w:space="{round(RULE_GAP_MM * MM - _NUMBER_BELOW)}" w:color="{RED[1:]}"/></w:pBdr>'
    )
    return [
        _paragraph("Issuer", _run(outlined.issuer, look), _spacing(above, line)),
        _paragraph("Number", _run(outlined.number), rule + _spacing(2 * _PITCH - below - _NUMBER_ABOVE, _NUMBER_LINE)),
    ]


def _spacing(before: float, line: float) -> str:
    return f'<w:spacing w:before="{twips(before)}" w:line="{twips(line)}" w:lineRule="exact"/>'


def _title(lines: tuple[str, ...], before: int = 0) -> str:
    return _paragraph("DocTitle", _lines(lines), f'<w:spacing w:before="{before}" w:line="{LINE}" w:lineRule="exact"/>')


# --- what closes the text ---


def _annex_names(names: tuple[str, ...]) -> list[str]:
    if not names:
        return []
    written = [_paragraph("AnnexName", "")]
    for place, name in enumerate(names):
        number = "" if len(names) == 1 else name[: name.index(".") + 1]
        gap = twips(len(number + name[len(number) : len(number) + 1].strip("0123456789")) * SIZE_3 / 2) if number else 0
        first = place == 0
        left, hanging = 5 * CHARACTER + gap, gap + (3 * CHARACTER if first else 0)
        written.append(
            _paragraph(
                "AnnexName",
                _run((ANNEX_LABEL if first else "") + name),
                f'<w:ind w:left="{left}" w:hanging="{hanging}"/>',
            )
        )
    return written


def _signature(unit: str, dated: str) -> list[str]:
    issuer, day = _office_width(unit), _office_width(dated)
    # Not sealed: the issuer 2 characters from the right and the date 2 further in; a longer date takes the 2 itself.
    issuer_right, day_right = (4 + day - issuer, 2.0) if day > issuer else (2.0, issuer - day)
    return [
        _paragraph("Sign", ""),
        _paragraph("Sign", _run(unit), f'<w:ind w:right="{round(issuer_right * CHARACTER)}"/>'),
        _paragraph("Sign", _run(dated), f'<w:keepNext w:val="0"/><w:ind w:right="{round(day_right * CHARACTER)}"/>'),
    ]


def _office_width(text: str) -> float:
    return sum(0.5 if character.isascii() else 1.0 for character in text)


def _annex(annex: AnnexPage) -> list[str]:
    return [
        _paragraph("AnnexLabel", _run(annex.label), "<w:pageBreakBefore/>"),
        _paragraph("AnnexLabel", ""),
        _title(annex.title),
        _paragraph("Unit", ""),
        *_items(annex.items),
    ]


# --- tables ---

_CELL_MARGIN_MM = 0.9
_SLOT = "%s"  # nothing else in a row's XML has a percent sign
_SIDES = {"left": "left", "right": "right", "centre": "center"}


def _table(table: Grid) -> list[str]:
    laid = columns(table)
    widths = [mm(column) for column in laid.widths]
    written = []
    if table.caption:
        written.append(_paragraph("TableTitle", _run(table.caption)))
    if table.unit:
        written.append(_paragraph("Unit", _run(table.unit)))
    margin = _cell_margins(mm(_CELL_MARGIN_MM))
    border = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    rows = [
        _row(
            [_lines(head, parts.faces(parts.HEI_FACE) + parts.size(laid.size)) for head in laid.heads],
            widths,
            ["center"] * len(widths),
            "<w:cantSplit/><w:tblHeader/>",
        )
    ]
    rows += _table_rows(table, laid, widths)
    written.append(
        f'<w:tbl><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:jc w:val="center"/>'
        f'<w:tblBorders>{border}</w:tblBorders><w:tblLayout w:type="fixed"/>{margin}</w:tblPr>'
        f'<w:tblGrid>{"".join(f"""<w:gridCol w:w="{column}"/>""" for column in widths)}</w:tblGrid>'
        f"{''.join(rows)}</w:tbl>"
    )
    written += [_paragraph("Note", _run(note)) for note in table.notes or ("",)]
    return written


def _table_rows(table: Grid, laid: Columns, widths: list[int]) -> Iterator[str]:
    """Rows differ in their texts alone: a row is written once for each look and each pattern of empty cells."""
    sides = [_SIDES[side] for side in laid.sides]
    ready: dict[tuple[bool, ...], str] = {}
    for place, row in enumerate(table.rows):
        texts = [cell.text for cell in row if cell.text]
        summary = place in table.summary_rows
        pattern = (summary, *[cell.text != "" for cell in row])
        if pattern not in ready:
            look = (parts.faces(parts.HEI_FACE) if summary else "") + parts.size(laid.size)
            ready[pattern] = _row(
                [_run(_SLOT if cell.text else "", look) for cell in row], widths, sides, "<w:cantSplit/>"
            )
        yield ready[pattern] % tuple(escape("\n".join(texts)).split("\n") if texts else ())


def _cell_margins(margin: int) -> str:
    sides = "".join(f'<w:{side} w:w="{margin}" w:type="dxa"/>' for side in ("left", "right"))
    return f"<w:tblCellMar>{sides}</w:tblCellMar>"


def _row(runs: list[str], widths: list[int], sides: list[str], properties: str) -> str:
    cells = "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="{column}" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr>'
        + _paragraph("Cell", run, f'<w:jc w:val="{side}"/>')
        + "</w:tc>"
        for run, column, side in zip(runs, widths, sides, strict=True)
    )
    return f'<w:tr><w:trPr>{properties}<w:trHeight w:val="{mm(7.4)}" w:hRule="atLeast"/></w:trPr>{cells}</w:tr>'


# --- 版记 ---


def _imprint(outlined: Outline) -> str:
    """A text box that stands on the lower edge of the type area, anchored in an empty line of its own height.

    The empty line keeps the place free: where it no longer fits, line and box go to the next page together.
    """
    across = mm(TYPE_WIDTH_MM)
    inner = across - 2 * twips(SIZE_4)
    copies = ""
    lines = 1
    if outlined.copies:
        text = COPIES_LABEL + outlined.copies
        lines += -int(-width(text) * twips(SIZE_4) // inner)
        copies = _imprint_row(
            [(_run(text), across, "left")], f'<w:ind w:left="{twips(3 * SIZE_4)}" w:hanging="{twips(3 * SIZE_4)}"/>'
        )
    date_width = twips(SIZE_4 * (width(outlined.printed) + 4))
    row = _imprint_row(
        [(_run(outlined.office), across - date_width, "left"), (_run(outlined.printed), date_width, "right")], ""
    )
    thick, thin = (round(line * MM * 8) for line in (FOOT_THICK_MM, FOOT_THIN_MM))
    border = "".join(
        f'<w:{side} w:val="single" w:sz="{weight}" w:space="0" w:color="000000"/>'
        for side, weight in (("top", thick), ("bottom", thick), ("insideH", thin))
    )
    table = (
        f'<w:tbl><w:tblPr><w:tblW w:w="{across}" w:type="dxa"/><w:tblBorders>{border}</w:tblBorders>'
        f'<w:tblLayout w:type="fixed"/>{_cell_margins(twips(SIZE_4))}</w:tblPr>'
        f'<w:tblGrid><w:gridCol w:w="{across - date_width}"/><w:gridCol w:w="{date_width}"/></w:tblGrid>'
        f"{copies}{row}</w:tbl>"
    )
    end = '<w:p><w:pPr><w:pStyle w:val="Imprint"/><w:spacing w:line="20" w:lineRule="exact"/></w:pPr></w:p>'
    height = lines * 420 + 240 + 60
    return (
        f'<w:p><w:pPr><w:pStyle w:val="Imprint"/><w:spacing w:line="{height}" w:lineRule="exact"/></w:pPr><w:r>'
        f"{_box(table + end, across, height)}</w:r></w:p>"
    )


def _imprint_row(cells: list[tuple[str, int, str]], properties: str) -> str:
    written = "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="{wide}" w:type="dxa"/>{"" if len(cells) > 1 else """<w:gridSpan w:val="2"/>"""}'
        '<w:vAlign w:val="center"/></w:tcPr>'
        + _paragraph("Imprint", run, f'{properties}<w:jc w:val="{side}"/>')
        + "</w:tc>"
        for run, wide, side in cells
    )
    return f'<w:tr><w:trPr><w:cantSplit/><w:trHeight w:val="540" w:hRule="atLeast"/></w:trPr>{written}</w:tr>'


def _box(content: str, across: int, height: int) -> str:
    extent = f'cx="{across * _EMU_PER_TWIP}" cy="{height * _EMU_PER_TWIP}"'
    return (
        '<mc:AlternateContent><mc:Choice Requires="wps"><w:drawing>'
        '<wp:anchor distT="0" distB="0" distL="0" distR="0" simplePos="0" relativeHeight="1" behindDoc="0" locked="0"'
        ' layoutInCell="1" allowOverlap="1"><wp:simplePos x="0" y="0"/>'
        '<wp:positionH relativeFrom="margin"><wp:align>left</wp:align></wp:positionH>'
        '<wp:positionV relativeFrom="margin"><wp:align>bottom</wp:align></wp:positionV>'
        f'<wp:extent {extent}/><wp:effectExtent l="0" t="0" r="0" b="0"/><wp:wrapNone/>'
        '<wp:docPr id="1" name="版记"/><wp:cNvGraphicFramePr/>'
        '<a:graphic><a:graphicData uri="http://schemas.microsoft.com/office/word/2010/wordprocessingShape">'
        f'<wps:wsp><wps:cNvSpPr txBox="1"/><wps:spPr><a:xfrm><a:off x="0" y="0"/><a:ext {extent}/></a:xfrm>'
        '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom><a:noFill/><a:ln><a:noFill/></a:ln></wps:spPr>'
        f"<wps:txbx><w:txbxContent>{content}</w:txbxContent></wps:txbx>"
        '<wps:bodyPr lIns="0" tIns="0" rIns="0" bIns="0" anchor="b"/></wps:wsp>'
        "</a:graphicData></a:graphic></wp:anchor></w:drawing></mc:Choice></mc:AlternateContent>"
    )
