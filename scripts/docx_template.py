"""Writes the Word template of reports, run as `python -m scripts.docx_template`.

Run it after each change here or in page_measures.py. The template holds what every report shares: page, page numbers,
styles and an empty imprint (版记), by GB/T 9704-2012. XML is written out where python-docx has no call for it.
"""

from __future__ import annotations

import docx
from docx.document import Document as WordFile
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part, XmlPart
from docx.oxml.ns import nsdecls, qn
from docx.oxml.parser import OxmlElement, parse_xml
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Length, Mm, Pt, RGBColor, Twips
from docx.styles.style import CharacterStyle, ParagraphStyle

from reporting.renderers import page_measures
from reporting.renderers.docx import (
    CHARACTER,
    IMPRINT_LINE,
    LINE,
    NUMBER_BELOW,
    TEMPLATE,
    StyleName,
    reproducible_bytes,
)

BODY, TITLE, HEI, KAI, SONG = "仿宋_GB2312", "方正小标宋简体", "黑体", "楷体_GB2312", "宋体"
# The name by which Word finds each face on a machine that has it under another one.
ALIASES = {BODY: "FangSong", TITLE: "STZhongsong", HEI: "SimHei", KAI: "KaiTi", SONG: "SimSun"}
LEFT, CENTRE, RIGHT = WD_ALIGN_PARAGRAPH.LEFT, WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT
# The grid stands in the section for what the office adds. Our own paragraphs give height and spacing themselves, because
# LibreOffice cannot narrow a character to its cell and gives it two; 6 twips make 28 fit there and in Word, and
# justification spreads the remainder.
FIXED = '<w:snapToGrid w:val="0"/>'
NARROWER = -6
CELL_MARGIN = Mm(0.9)
DASH_EMS = 0.32  # upper edge of the 一字线 above its baseline
BASELINE = 0.8  # where a line of fixed height has it
DATE_EMS = 14.2  # the longest date of the 版记 with its margins
NEEDED_PARTS = {
    RELATIONSHIP_TYPE.OFFICE_DOCUMENT,
    RELATIONSHIP_TYPE.CORE_PROPERTIES,
    RELATIONSHIP_TYPE.STYLES,
    RELATIONSHIP_TYPE.SETTINGS,
}

_faces = f'w:ascii="{BODY}" w:hAnsi="{BODY}" w:eastAsia="{BODY}" w:cs="{BODY}"'
_size = f'<w:sz w:val="{round(page_measures.SIZE_3 * 2)}"/><w:szCs w:val="{round(page_measures.SIZE_3 * 2)}"/>'
# The size stands in Normal once more: LibreOffice takes the width of the grid from there, not from the defaults.
DEFAULT_STYLES = f"""<w:styles {nsdecls("w")}>
  <w:docDefaults><w:rPrDefault>
    <w:rPr><w:rFonts {_faces}/>{_size}<w:lang w:val="en-US" w:eastAsia="zh-CN"/></w:rPr>
  </w:rPrDefault><w:pPrDefault/></w:docDefaults>
  <w:style w:type="paragraph" w:default="1" w:styleId="Normal">
    <w:name w:val="Normal"/><w:qFormat/>
    <w:pPr>
      <w:widowControl w:val="0"/><w:overflowPunct w:val="0"/><w:autoSpaceDE w:val="0"/><w:autoSpaceDN w:val="0"/>
      {FIXED}<w:spacing w:line="{LINE.twips}" w:lineRule="exact"/><w:jc w:val="both"/>
    </w:pPr>
    <w:rPr>{FIXED}{_size}</w:rPr>
  </w:style>
  <w:style w:type="character" w:default="1" w:styleId="DefaultParagraphFont">
    <w:name w:val="Default Paragraph Font"/>
  </w:style>
  <w:style w:type="table" w:default="1" w:styleId="TableNormal">
    <w:name w:val="Normal Table"/><w:tblPr><w:tblInd w:w="0" w:type="dxa"/></w:tblPr>
  </w:style>
</w:styles>"""
SETTINGS = f"""<w:settings {nsdecls("w")}>
  <w:zoom w:percent="100"/><w:evenAndOddHeaders/><w:characterSpacingControl w:val="compressPunctuation"/>
  <w:compat>
    <w:balanceSingleByteDoubleByteWidth/><w:adjustLineHeightInTable/><w:useFELayout/>
    <w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/>
  </w:compat>
  <w:themeFontLang w:val="en-US" w:eastAsia="zh-CN"/>
</w:settings>"""
TEXT_BOX = f"""<mc:AlternateContent {nsdecls("w", "wp", "a")}
    xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"
    xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape">
  <mc:Choice Requires="wps"><w:drawing>
    <wp:anchor distT="0" distB="0" distL="0" distR="0" simplePos="0" relativeHeight="1" behindDoc="0" locked="0"
        layoutInCell="1" allowOverlap="1">
      <wp:simplePos x="0" y="0"/>
      <wp:positionH relativeFrom="margin"><wp:align>left</wp:align></wp:positionH>
      <wp:positionV relativeFrom="margin"><wp:align>bottom</wp:align></wp:positionV>
      <wp:extent cx="{Mm(page_measures.TYPE_WIDTH_MM)}" cy="0"/><wp:effectExtent l="0" t="0" r="0" b="0"/><wp:wrapNone/>
      <wp:docPr id="1" name="{StyleName.IMPRINT}"/><wp:cNvGraphicFramePr/>
      <a:graphic><a:graphicData uri="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"><wps:wsp>
        <wps:cNvSpPr txBox="1"/>
        <wps:spPr>
          <a:xfrm><a:off x="0" y="0"/><a:ext cx="{Mm(page_measures.TYPE_WIDTH_MM)}" cy="0"/></a:xfrm>
          <a:prstGeom prst="rect"><a:avLst/></a:prstGeom><a:noFill/><a:ln><a:noFill/></a:ln>
        </wps:spPr>
        <wps:txbx><w:txbxContent/></wps:txbx><wps:bodyPr lIns="0" tIns="0" rIns="0" bIns="0" anchor="b"/>
      </wps:wsp></a:graphicData></a:graphic>
    </wp:anchor>
  </w:drawing></mc:Choice>
</mc:AlternateContent>"""
PAGE_FIELD = f'<w:fldSimple {nsdecls("w")} w:instr=" PAGE "><w:r><w:t>1</w:t></w:r></w:fldSimple>'


def create_template() -> bytes:
    """Return the bytes of the Word template of reports, which are the same at each run."""
    word = docx.Document()
    _remove_or_replace_default_parts(word)
    _set_page_layout(word)
    _write_styles(word)
    _write_header_and_footer(word)
    _write_imprint(word)
    return reproducible_bytes(word)


def _remove_or_replace_default_parts(word: WordFile) -> None:
    """Remove unneeded parts of python-docx's default document, and replace its settings and font table."""
    package = word.part.package
    for relations in (word.part.rels, package.rels):
        for key in [key for key, relation in relations.items() if relation.reltype not in NEEDED_PARTS]:
            del relations[key]
    word.settings.element[:] = parse_xml(SETTINGS)
    properties = package.part_related_by(RELATIONSHIP_TYPE.CORE_PROPERTIES)
    assert isinstance(properties, XmlPart)
    properties.element[:] = []
    fonts = "".join(
        f'<w:font w:name="{face}"><w:altName w:val="{alias}"/><w:charset w:val="86"/>'
        f'<w:family w:val="{"swiss" if face == HEI else "roman"}"/><w:pitch w:val="fixed"/></w:font>'
        for face, alias in ALIASES.items()
    )
    table = f"<w:fonts {nsdecls('w')}>{fonts}</w:fonts>".encode()
    part = Part(PackURI("/word/fontTable.xml"), CONTENT_TYPE.WML_FONT_TABLE, table, package)
    word.part.relate_to(part, RELATIONSHIP_TYPE.FONT_TABLE)


def _set_page_layout(word: WordFile) -> None:
    (section,) = word.sections
    section.page_width, section.page_height = Mm(page_measures.PAGE_WIDTH_MM), Mm(page_measures.PAGE_HEIGHT_MM)
    section.top_margin, section.bottom_margin = Mm(page_measures.TOP_MM), Mm(page_measures.BOTTOM_MM)
    section.left_margin, section.right_margin = Mm(page_measures.LEFT_MM), Mm(page_measures.RIGHT_MM)
    section.header_distance = Mm(page_measures.MARK_TOP_MM)
    dash_top = (
        page_measures.TOP_MM + page_measures.TYPE_HEIGHT_MM + page_measures.PAGE_NUMBER_GAP_MM
    ) * page_measures.MM
    section.footer_distance = Pt(
        page_measures.PAGE_HEIGHT_MM * page_measures.MM - dash_top - (1 + DASH_EMS - BASELINE) * page_measures.SIZE_4
    )
    lines = word.element.find(".//" + qn("w:docGrid"))
    lines.set(qn("w:type"), "linesAndChars")
    lines.set(qn("w:linePitch"), str(LINE.twips))
    lines.set(
        qn("w:charSpace"),
        str(
            round(
                (page_measures.TYPE_WIDTH_MM * page_measures.MM / page_measures.CHARACTERS - page_measures.SIZE_3)
                * 4096
            )
        ),
    )


# --- styles ---


def _write_styles(word: WordFile) -> None:
    word.styles.element[:] = parse_xml(DEFAULT_STYLES)
    _add_paragraph_style(word, StyleName.ISSUER, TITLE, alignment=CENTRE, colour=page_measures.RED)
    number = _add_paragraph_style(word, StyleName.NUMBER, alignment=CENTRE)
    number.element.pPr.insert_element_before(_red_line_element(), "w:jc")
    _add_paragraph_style(word, StyleName.TITLE, TITLE, page_measures.SIZE_2, LINE, CENTRE, keep=True)
    _add_paragraph_style(word, StyleName.ADDRESSEES, spacing=NARROWER)
    text = _add_paragraph_style(word, StyleName.TEXT, spacing=NARROWER)
    text.paragraph_format.first_line_indent = Length(2 * CHARACTER)
    text.element.pPr.ind.set(qn("w:firstLineChars"), "200")
    for level, face in enumerate((HEI, KAI, BODY), start=1):
        heading = _add_paragraph_style(word, f"Heading {level}", face, keep=True, based=StyleName.TEXT)
        heading.next_paragraph_style = text
        heading.element.pPr.append(_element_with_value("w:outlineLvl", level - 1))
    lead = word.styles.add_style(StyleName.LEAD, WD_STYLE_TYPE.CHARACTER)
    _set_face(lead, KAI)
    lead.font.bold = True
    _add_paragraph_style(word, StyleName.ANNEX_NAMES, keep=True, spacing=NARROWER)
    _add_paragraph_style(word, StyleName.SIGNATURE, alignment=RIGHT, keep=True, spacing=NARROWER)
    _add_paragraph_style(word, StyleName.ANNEX_LABEL, HEI, keep=True)
    _add_paragraph_style(word, StyleName.CAPTION, HEI, page_measures.SIZE_SMALL_4, Twips(480), CENTRE, keep=True)
    _add_paragraph_style(word, StyleName.UNIT, BODY, page_measures.SIZE_5, Twips(300), RIGHT, keep=True)
    _add_paragraph_style(word, StyleName.CELL, BODY, page_measures.SIZE_5, 1.0, CENTRE)
    _add_paragraph_style(word, StyleName.HEAD_CELL, HEI, page_measures.SIZE_5, 1.0, CENTRE)
    _add_paragraph_style(word, StyleName.NOTE, BODY, page_measures.SIZE_5, Twips(290))
    _add_paragraph_style(word, StyleName.IMPRINT, BODY, page_measures.SIZE_4, IMPRINT_LINE, LEFT)
    _add_paragraph_style(
        word, StyleName.MARK, HEI, page_measures.SIZE_5, 1.0, RIGHT, colour=page_measures.MARK_GREY, spacing=20
    )
    _add_paragraph_style(word, StyleName.PAGE_NUMBER, SONG, page_measures.SIZE_4, Pt(page_measures.SIZE_4))
    all_sides = dict.fromkeys(("top", "left", "bottom", "right", "insideH", "insideV"), 0.5 / page_measures.MM)
    _add_table_style(word, StyleName.TABLE, all_sides, CELL_MARGIN)
    lines = {
        "top": page_measures.FOOT_THICK_MM,
        "bottom": page_measures.FOOT_THICK_MM,
        "insideH": page_measures.FOOT_THIN_MM,
    }
    _add_table_style(word, StyleName.IMPRINT_TABLE, lines, Pt(page_measures.SIZE_4))


def _add_paragraph_style(
    word: WordFile,
    name: str,
    face: str = BODY,
    size: float | None = None,
    line: Length | float | None = None,
    alignment: WD_ALIGN_PARAGRAPH | None = None,
    *,
    keep: bool | None = None,
    colour: str = "",
    spacing: int = 0,
    based: str = "Normal",
) -> ParagraphStyle:
    """Add a Word paragraph style that inherits from the style `based`, and return the new style.

    `size` in points; `line` a height, or a multiple of the face's own; `spacing` between characters in twips; `keep`
    holds the paragraph on one page with the next one.
    """
    style: ParagraphStyle = word.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH, builtin=name.isascii())
    style.base_style = word.styles[based]
    style.quick_style = True
    style.paragraph_format.line_spacing = line
    style.paragraph_format.alignment = alignment
    style.paragraph_format.keep_with_next = keep
    _set_face(style, face)
    if colour:
        style.font.color.rgb = RGBColor.from_string(colour[1:])
    if spacing:
        style.element.rPr.append(_element_with_value("w:spacing", spacing))
    if size:
        style.font.size = Pt(size)
    return style


def _add_table_style(word: WordFile, name: str, lines: dict[str, float], margin: Length) -> None:
    """Add a Word table style whose borders have the widths in mm that `lines` gives for each side."""
    style = word.styles.add_style(name, WD_STYLE_TYPE.TABLE)
    style.base_style = word.styles["Normal Table"]
    borders = "".join(
        f'<w:{side} w:val="single" w:sz="{round(weight * page_measures.MM * 8)}" w:space="0" w:color="000000"/>'
        for side, weight in lines.items()
    )
    margins = "".join(f'<w:{side} w:w="{margin.twips}" w:type="dxa"/>' for side in ("left", "right"))
    style.element.extend(
        parse_xml(f"""<w:style {nsdecls("w")}>
          <w:tblPr><w:tblBorders>{borders}</w:tblBorders><w:tblCellMar>{margins}</w:tblCellMar></w:tblPr>
          <w:tcPr><w:vAlign w:val="center"/></w:tcPr>
        </w:style>""")
    )


def _set_face(style: CharacterStyle, face: str) -> None:
    style.font.name = face
    for script in ("w:eastAsia", "w:cs"):
        style.element.rPr.rFonts.set(qn(script), face)


def _element_with_value(tag: str, value: int) -> BaseOxmlElement:
    return OxmlElement(tag, {qn("w:val"): str(value)})


def _red_line_element() -> BaseOxmlElement:
    weight, gap = (
        round(page_measures.RULE_MM * page_measures.MM * 8),
        round(page_measures.RULE_GAP_MM * page_measures.MM - NUMBER_BELOW),
    )
    line = f'<w:bottom w:val="single" w:sz="{weight}" w:space="{gap}" w:color="{page_measures.RED[1:]}"/>'
    return parse_xml(f"<w:pBdr {nsdecls('w')}>{line}</w:pBdr>")


# --- margins and 版记 ---


def _write_header_and_footer(word: WordFile) -> None:
    """Add page numbers to the Word template's footers, and an empty line for a mark such as 草稿 to its headers."""
    (section,) = word.sections
    for header in (section.header, section.even_page_header):
        header.is_linked_to_previous = False
        header.paragraphs[0].style = StyleName.MARK
    for footer, alignment in ((section.footer, RIGHT), (section.even_page_footer, LEFT)):
        footer.is_linked_to_previous = False
        (paragraph,) = footer.paragraphs
        paragraph.style = StyleName.PAGE_NUMBER
        paragraph.alignment = alignment
        paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = Pt(page_measures.SIZE_4)
        paragraph.add_run("— ")
        paragraph._p.append(parse_xml(PAGE_FIELD))
        paragraph.add_run(" —")


def _write_imprint(word: WordFile) -> None:
    """Add an empty text box for the imprint (版记) at the foot of the page of the Word template.

    The box is anchored in a line of its own; the renderer sets the height of both.
    """
    table = word.add_table(0, 2, StyleName.IMPRINT_TABLE)
    table.autofit = False
    date_width = Pt(DATE_EMS * page_measures.SIZE_4)
    for column, wide in zip(table.columns, (Mm(page_measures.TYPE_WIDTH_MM) - date_width, date_width), strict=True):
        column.width = Length(wide)
    for row in (table.add_row(), table.add_row()):
        row.height = Twips(540)
        for cell in row.cells:
            cell.paragraphs[0].style = StyleName.IMPRINT
    table.cell(1, 1).paragraphs[0].alignment = RIGHT
    copies = table.cell(0, 0).merge(table.cell(0, 1)).paragraphs[0].paragraph_format
    copies.left_indent, copies.first_line_indent = Pt(3 * page_measures.SIZE_4), Pt(-3 * page_measures.SIZE_4)
    last = word.add_paragraph(style=StyleName.IMPRINT)  # a table must not be the last in a box
    last.paragraph_format.line_spacing = Pt(1)

    box = parse_xml(TEXT_BOX)
    box.find(".//" + qn("w:txbxContent")).extend([table._tbl, last._p])
    word.add_paragraph(style=StyleName.IMPRINT).add_run()._r.append(box)


if __name__ == "__main__":
    TEMPLATE.write_bytes(create_template())
