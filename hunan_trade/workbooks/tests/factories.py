"""Factories of workbooks, also of malformed ones that no ordinary program writes."""

import re
import zipfile
from collections.abc import Mapping
from io import BytesIO
from typing import Any
from xml.etree import ElementTree

from hunan_trade.workbooks.sheet_types import EMPTY, RawSheet, address

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'

# Style 1 a date, 2 a Chinese date without a format of its own, 3 a percentage, 4 money with letters that are no date.
STYLES = (
    f'{HEAD}<styleSheet xmlns="{MAIN}"><numFmts count="1">'
    '<numFmt numFmtId="164" formatCode="&quot;months&quot;#,##0.00\\d[Red]"/></numFmts><cellXfs count="5"><xf numFmtId="0"/>'
    '<xf numFmtId="14"/><xf numFmtId="57"/><xf numFmtId="10"/><xf numFmtId="164"/></cellXfs></styleSheet>'
)


def workbook_parts(
    *sheets: str, strings: tuple[str, ...] = (), hidden: tuple[int, ...] = (), epoch_1904: bool = False
) -> dict[str, str]:
    """Return the parts of a workbook; each sheet is the content of <sheetData>, or a whole <worksheet>."""
    numbers = range(1, len(sheets) + 1)
    found = {
        "[Content_Types].xml": f'{HEAD}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
        + "".join(
            f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_TYPE}.worksheet+xml"/>' for n in numbers
        )
        + f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>'
        f'<Override PartName="/xl/sharedStrings.xml" ContentType="{_TYPE}.sharedStrings+xml"/></Types>',
        "_rels/.rels": f'{HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{_RELATIONS}">'
        + ('<workbookPr date1904="1"/>' if epoch_1904 else "")
        + "<sheets>"
        + "".join(
            f'<sheet name="表{n}" sheetId="{n}"{" state=" + chr(34) + "hidden" + chr(34) if n in hidden else ""} r:id="rId{n}"/>'
            for n in numbers
        )
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'{HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
        + "".join(
            f'<Relationship Id="rId{n}" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet{n}.xml"/>'
            for n in numbers
        )
        + f'<Relationship Id="rIdStyles" Type="{_RELATIONS}/styles" Target="styles.xml"/>'
        f'<Relationship Id="rIdStrings" Type="{_RELATIONS}/sharedStrings" Target="/xl/sharedStrings.xml"/></Relationships>',
        "xl/styles.xml": STYLES,
        "xl/sharedStrings.xml": f'{HEAD}<sst xmlns="{MAIN}">{"".join(f"<si>{text}</si>" for text in strings)}</sst>',
    }
    for number, sheet in zip(numbers, sheets, strict=True):
        # Like some releases of WPS, which write that every sheet ends at A1.
        head = f'{HEAD}<worksheet xmlns="{MAIN}"><dimension ref="A1"/><sheetData>'
        whole = sheet if re.search(r"<(\w+:)?worksheet", sheet) else f"{head}{sheet}</sheetData></worksheet>"
        found[f"xl/worksheets/sheet{number}.xml"] = whole
    return found


def zip_parts(found: Mapping[str, str | bytes]) -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in found.items():
            archive.writestr(name, content)
    return stream.getvalue()


def workbook(*sheets: str, **facts: Any) -> bytes:
    return zip_parts(workbook_parts(*sheets, **facts))


def row_xml(number: int, *cells: str) -> str:
    return f'<row r="{number}">{"".join(cells)}</row>'


def number_cell(address: str, text: str, style: int = 0) -> str:
    return f'<c r="{address}"{f" s={chr(34)}{style}{chr(34)}" if style else ""}><v>{text}</v></c>'


def typed_cell(address: str, kind: str, text: str) -> str:
    return f'<c r="{address}" t="{kind}"><v>{text}</v></c>'


def inline_cell(address: str, text: str) -> str:
    return f'<c r="{address}" t="inlineStr"><is><t>{text}</t></is></c>'


def cells_in(data: bytes) -> dict[str, set[str]]:
    """Return the addresses of filled cells by part, found by an XML parser that nothing else here uses."""
    found: dict[str, set[str]] = {}
    with zipfile.ZipFile(BytesIO(data)) as archive:
        for name in archive.namelist():
            if not name.startswith("xl/worksheets/sheet"):
                continue
            found[name] = addresses = set()
            for cell in ElementTree.fromstring(archive.read(name)).iter(f"{{{MAIN}}}c"):
                inside = {child.tag.rpartition("}")[2]: "".join(child.itertext()) for child in cell}
                if "f" in inside or inside.get("v") or inside.get("is"):
                    addresses.add(cell.attrib["r"])
    return found


def filled_cells(sheet: RawSheet) -> set[str]:
    return {
        address(row, column)
        for row in range(sheet.height)
        for column in range(sheet.width)
        if sheet.kind(row, column) != EMPTY
    }
