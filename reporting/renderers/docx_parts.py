"""The parts of a .docx that are the same for every document: styles, settings, relations, page number, package list."""

from __future__ import annotations

from reporting.renderers.grid import (
    BOTTOM_MM,
    CHARACTERS,
    LEFT_MM,
    LINE_PITCH_MM,
    MARK_GREY,
    MARK_TOP_MM,
    MM,
    PAGE_HEIGHT_MM,
    PAGE_NUMBER_GAP_MM,
    PAGE_WIDTH_MM,
    RED,
    RIGHT_MM,
    SIZE_2,
    SIZE_3,
    SIZE_4,
    SIZE_5,
    SIZE_SMALL_4,
    TOP_MM,
    TYPE_HEIGHT_MM,
    TYPE_WIDTH_MM,
)

BODY_FACE, TITLE_FACE, HEI_FACE, KAI_FACE, SONG_FACE = "仿宋_GB2312", "方正小标宋简体", "黑体", "楷体_GB2312", "宋体"

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"


def twips(points: float) -> int:
    return round(points * 20)  # a layout measure, never an amount


def mm(length: float) -> int:
    """Millimetres in twips."""
    return twips(length * MM)


LINE = int(LINE_PITCH_MM * MM * 20)  # 579: 580 would leave only 21 lines
CHARACTER = mm(TYPE_WIDTH_MM / CHARACTERS)
_CHARACTER_SPACE = round((TYPE_WIDTH_MM * MM / CHARACTERS - SIZE_3) * 4096)
# The grid stands in the section for what the office adds. Our own paragraphs give height and spacing themselves, because
# LibreOffice cannot narrow a character to its cell and gives it two; 6 twips make 28 fit there and in Word, and
# justification spreads the remainder.
FIXED = '<w:snapToGrid w:val="0"/>'
_NARROWER = '<w:spacing w:val="-6"/>'

# A line of fixed height puts its baseline at four fifths of it.
_DASH_EMS = 0.32  # upper edge of the 一字线 above the baseline
_number_top = (TOP_MM + TYPE_HEIGHT_MM + PAGE_NUMBER_GAP_MM) * MM + _DASH_EMS * SIZE_4 - 0.8 * SIZE_4
_FOOTER = twips(PAGE_HEIGHT_MM * MM - _number_top - SIZE_4)

SECTION = (
    f'<w:pgSz w:w="{mm(PAGE_WIDTH_MM)}" w:h="{mm(PAGE_HEIGHT_MM)}"/>'
    f'<w:pgMar w:top="{mm(TOP_MM)}" w:right="{mm(RIGHT_MM)}" w:bottom="{mm(BOTTOM_MM)}" w:left="{mm(LEFT_MM)}"'
    f' w:header="{mm(MARK_TOP_MM)}" w:footer="{_FOOTER}" w:gutter="0"/>'
    f'<w:docGrid w:type="linesAndChars" w:linePitch="{LINE}" w:charSpace="{_CHARACTER_SPACE}"/>'
)


def faces(name: str) -> str:
    return f'<w:rFonts w:ascii="{name}" w:hAnsi="{name}" w:eastAsia="{name}" w:cs="{name}"/>'


def size(points: float) -> str:
    return f'<w:sz w:val="{round(points * 2)}"/><w:szCs w:val="{round(points * 2)}"/>'


def _style(key: str, name: str, paragraph: str = "", run: str = "", based: str = "Normal") -> str:
    return (
        f'<w:style w:type="paragraph" w:customStyle="1" w:styleId="{key}"><w:name w:val="{name}"/>'
        f'<w:basedOn w:val="{based}"/><w:qFormat/><w:pPr>{paragraph}</w:pPr><w:rPr>{run}</w:rPr></w:style>'
    )


def _heading(level: int, face: str) -> str:
    return (
        f'<w:style w:type="paragraph" w:styleId="Heading{level}"><w:name w:val="heading {level}"/>'
        f'<w:basedOn w:val="Text"/><w:next w:val="Text"/><w:qFormat/>'
        f'<w:pPr><w:keepNext/><w:outlineLvl w:val="{level - 1}"/></w:pPr><w:rPr>{faces(face)}</w:rPr></w:style>'
    )


FONTS = (
    f"{_DECLARATION}<w:fonts {W}>"
    + "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{other}"/><w:charset w:val="86"/><w:family w:val="{family}"/>'
        '<w:pitch w:val="fixed"/></w:font>'
        for name, other, family in (
            (BODY_FACE, "FangSong", "roman"),
            (TITLE_FACE, "STZhongsong", "roman"),
            (HEI_FACE, "SimHei", "swiss"),
            (KAI_FACE, "KaiTi", "roman"),
            (SONG_FACE, "SimSun", "roman"),
        )
    )
    + "</w:fonts>"
)

_exact = '<w:spacing w:line="{}" w:lineRule="exact"/>'.format
STYLES = (
    f"{_DECLARATION}<w:styles {W}><w:docDefaults><w:rPrDefault><w:rPr>{faces(BODY_FACE)}{size(SIZE_3)}"
    '<w:lang w:val="en-US" w:eastAsia="zh-CN"/></w:rPr></w:rPrDefault><w:pPrDefault/></w:docDefaults>'
    '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:qFormat/>'
    f'<w:pPr><w:widowControl w:val="0"/><w:overflowPunct w:val="0"/><w:autoSpaceDE w:val="0"/><w:autoSpaceDN w:val="0"/>'
    # The size once more: LibreOffice takes the width of the grid from this style, not from the defaults.
    f'{FIXED}<w:spacing w:line="{LINE}" w:lineRule="exact"/><w:jc w:val="both"/></w:pPr><w:rPr>{FIXED}{size(SIZE_3)}</w:rPr></w:style>'
    '<w:style w:type="character" w:default="1" w:styleId="DefaultParagraphFont">'
    '<w:name w:val="Default Paragraph Font"/></w:style>'
    '<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/><w:tblPr>'
    '<w:tblInd w:w="0" w:type="dxa"/></w:tblPr></w:style>'
    + _style("Issuer", "发文机关标志", '<w:jc w:val="center"/>', f'{faces(TITLE_FACE)}<w:color w:val="{RED[1:]}"/>')
    + _style("Number", "发文字号", '<w:jc w:val="center"/>')
    + _style(
        "DocTitle", "公文标题", f'<w:keepNext/>{_exact(LINE)}<w:jc w:val="center"/>', faces(TITLE_FACE) + size(SIZE_2)
    )
    + _style("Addressees", "主送机关", run=_NARROWER)
    + _style("Text", "公文正文", f'<w:ind w:firstLineChars="200" w:firstLine="{2 * CHARACTER}"/>', _NARROWER)
    + _heading(1, HEI_FACE)
    + _heading(2, KAI_FACE)
    + _heading(3, BODY_FACE)
    + _style("AnnexName", "附件说明", "<w:keepNext/>", _NARROWER)
    + _style("Sign", "署名", '<w:keepNext/><w:jc w:val="right"/>', _NARROWER)
    + _style("AnnexLabel", "附件", "<w:keepNext/>", faces(HEI_FACE))
    + _style(
        "TableTitle", "表题", f'<w:keepNext/>{_exact(480)}<w:jc w:val="center"/>', faces(HEI_FACE) + size(SIZE_SMALL_4)
    )
    + _style("Unit", "表格单位", f'<w:keepNext/>{_exact(300)}<w:jc w:val="right"/>', size(SIZE_5))
    + _style("Cell", "表格文字", '<w:spacing w:line="240" w:lineRule="auto"/><w:jc w:val="center"/>', size(SIZE_5))
    + _style("Note", "表注", _exact(290), size(SIZE_5))
    + _style("Imprint", "版记", _exact(420), size(SIZE_4))
    + _style(
        "Mark",
        "页眉标注",
        '<w:spacing w:line="240" w:lineRule="auto"/><w:jc w:val="right"/>',
        f'{faces(HEI_FACE)}<w:color w:val="{MARK_GREY[1:]}"/><w:spacing w:val="20"/>{size(SIZE_5)}',
    )
    + _style("PageNumber", "页码", _exact(twips(SIZE_4)), faces(SONG_FACE) + size(SIZE_4))
    + "</w:styles>"
)

SETTINGS = (
    f'{_DECLARATION}<w:settings {W}><w:zoom w:percent="100"/><w:evenAndOddHeaders/>'
    '<w:characterSpacingControl w:val="compressPunctuation"/>'
    "<w:compat><w:balanceSingleByteDoubleByteWidth/><w:adjustLineHeightInTable/><w:useFELayout/>"
    '<w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/>'
    '</w:compat><w:themeFontLang w:val="en-US" w:eastAsia="zh-CN"/></w:settings>'
)


def footer(side: str) -> str:
    """The page number `side` = right (odd pages) or left (even pages), one character in."""
    return (
        f'{_DECLARATION}<w:ftr {W}><w:p><w:pPr><w:pStyle w:val="PageNumber"/>'
        f'<w:ind w:left="{twips(SIZE_4)}" w:right="{twips(SIZE_4)}"/><w:jc w:val="{side}"/></w:pPr>'
        '<w:r><w:t xml:space="preserve">— </w:t></w:r>'
        '<w:fldSimple w:instr=" PAGE "><w:r><w:t>1</w:t></w:r></w:fldSimple>'
        '<w:r><w:t xml:space="preserve"> —</w:t></w:r></w:p></w:ftr>'
    )


def header(escaped_mark: str) -> str:
    return (
        f'{_DECLARATION}<w:hdr {W}><w:p><w:pPr><w:pStyle w:val="Mark"/></w:pPr>'
        f'<w:r><w:t xml:space="preserve">{escaped_mark}</w:t></w:r></w:p></w:hdr>'
    )


_PARTS = {
    "styles": "styles",
    "settings": "settings",
    "fontTable": "fontTable",
    "header1": "header",
    "header2": "header",
    "footer1": "footer",
    "footer2": "footer",
}
RELATIONS = (
    f'{_DECLARATION}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    + "".join(
        f'<Relationship Id="{part}" Type="{_OFFICE}/{kind}" Target="{part}.xml"/>' for part, kind in _PARTS.items()
    )
    + "</Relationships>"
)
REFERENCES = "".join(
    f'<w:{kind}Reference w:type="{pages}" r:id="{kind}{number}"/>'
    for kind in ("header", "footer")
    for pages, number in (("default", 1), ("even", 2))
)
PACKAGE_RELATIONS = (
    f'{_DECLARATION}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="document" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/>'
    '<Relationship Id="core" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties"'
    ' Target="docProps/core.xml"/></Relationships>'
)
CONTENT_TYPES = (
    f'{_DECLARATION}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/word/document.xml" ContentType="{_TYPE}.document.main+xml"/>'
    + "".join(
        f'<Override PartName="/word/{part}.xml" ContentType="{_TYPE}.{kind}+xml"/>' for part, kind in _PARTS.items()
    )
    + '<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>'
    "</Types>"
)


def core(escaped_title: str, escaped_author: str) -> str:
    return (
        f"{_DECLARATION}<cp:coreProperties"
        ' xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{escaped_title}</dc:title><dc:creator>{escaped_author}</dc:creator></cp:coreProperties>"
    )
