"""Reads the XML parts that list a workbook's sheets, relations and styles. Used by the child process."""

import posixpath
import re
from dataclasses import dataclass
from html import unescape
from xml.etree import ElementTree

from hunan_trade.workbooks.number_formats import built_in_format, parse_format
from hunan_trade.workbooks.scan_result import Styles
from hunan_trade.workbooks.sheet_types import WorkbookRefused
from hunan_trade.workbooks.zip_archive import Archive, Limits

_OTHER_BOOK = re.compile(r"\[\d+\][^\[\]]*!|\[[^\[\]]+\.(?:xl\w+|et|csv)\][^\[\]]*!", re.IGNORECASE)
_RULE = re.compile(rb"<(?:\w+:)?(?:formula1|formula2|formula|f)>([^<]*\[[^<]*)<")


@dataclass(frozen=True)
class SheetPart:
    """A worksheet of a workbook, with the name of the XML part that contains it.

    `index` is its position in the workbook, by which the second reader finds it.
    """

    index: int
    name: str
    hidden: bool
    part: str


def sheet_parts(archive: Archive, limits: Limits) -> list[SheetPart]:
    """Return a workbook's worksheets in the workbook's order, leaving out chart sheets.

    Raises WorkbookRefused.
    """
    targets = _relations(archive)
    parts = []
    sheets = [
        element for element in _parse_xml_part(archive, "xl/workbook.xml").iter() if _local_name(element.tag) == "sheet"
    ]
    if len(sheets) > limits.sheets:
        raise WorkbookRefused(
            "sheets", f"工作簿中有 {len(sheets)} 张工作表，最多 {limits.sheets} 张；请删去多余的工作表后重新上传。"
        )
    names = [element.get("name", "").casefold() for element in sheets]
    for name in names:
        if names.count(name) > 1:
            message = f"工作簿中有重名的工作表“{name[:31]}”；请改名或删去一张后重新上传。"
            raise WorkbookRefused("duplicate-sheets", message)
    for index, element in enumerate(sheets):
        link = next((value for key, value in element.attrib.items() if _local_name(key) == "id"), "")
        kind, part = targets.get(link, ("", ""))
        if kind == "chartsheet":
            continue
        if kind != "worksheet" or part not in archive:
            raise WorkbookRefused("damaged", "工作簿中缺少工作表；请用 WPS 或 Excel 打开检查，另存后重新上传。")
        parts.append(SheetPart(index, element.get("name", ""), element.get("state", "visible") != "visible", part))
    if not parts:
        raise WorkbookRefused("no-sheets", "工作簿中没有工作表；请使用从本系统下载的工作簿填报。")
    return parts


def refers_to_other_workbook(formula: str) -> bool:
    """Return whether a formula refers to another workbook, such as [1]Sheet1!A1 or '[sums.xlsx]Sheet1'!A1."""
    return bool(_OTHER_BOOK.search(formula))


def has_links_to_other_workbooks(archive: Archive) -> bool:
    """Return whether the workbook has linked workbooks, or defined names that refer to other workbooks."""
    names = (e for e in _parse_xml_part(archive, "xl/workbook.xml").iter() if _local_name(e.tag) == "definedName")
    return bool(archive.linked_workbook_parts) or any(refers_to_other_workbook(name.text or "") for name in names)


def validation_refers_to_other_workbook(xml: bytes) -> bool:
    """Return whether a sheet has a drop-down list or conditional format that refers to another workbook."""
    tail = xml[xml.rfind(b"sheetData") :]
    return any(refers_to_other_workbook(unescape(formula.decode(errors="replace"))) for formula in _RULE.findall(tail))


def shared_strings_part(archive: Archive) -> str:
    """Return the name of the XML part with the workbook's shared strings, or "" if there is none."""
    return next((part for kind, part in _relations(archive).values() if kind == "sharedStrings"), "")


def read_styles(archive: Archive) -> Styles:
    """Return those cell styles of a workbook that may show a number differently from how it is stored."""
    properties = next(
        (e for e in _parse_xml_part(archive, "xl/workbook.xml").iter() if _local_name(e.tag) == "workbookPr"), None
    )
    epoch_1904 = properties is not None and properties.get("date1904", "0") in ("1", "true")
    name = next((part for kind, part in _relations(archive).values() if kind == "styles"), "")
    if name not in archive:
        return Styles(epoch_1904=epoch_1904)
    root = _parse_xml_part(archive, name)
    codes = {e.get("numFmtId", ""): e.get("formatCode", "") for e in root.iter() if _local_name(e.tag) == "numFmt"}
    named, used = ([list(e) for e in root if _local_name(e.tag) == tag] for tag in ("cellStyleXfs", "cellXfs"))
    known = {}
    for style, element in enumerate(used[0] if used else []):
        number = element.get("numFmtId") or _format_of_named_style(element, named[0] if named else [])
        found = (
            parse_format(codes[number])
            if number in codes
            else built_in_format(int(number) if number.isdecimal() else 0)
        )
        if not found.never_shows_different_number or found.shows_leading_zeros_or_fraction:
            known[style] = found
    return Styles(known, epoch_1904)


def _format_of_named_style(element: ElementTree.Element, named: list[ElementTree.Element]) -> str:
    """Return the number format id of the named style that a cell style is based on, or "0" if there is none."""
    at = element.get("xfId", "")
    return named[int(at)].get("numFmtId", "0") if at.isdecimal() and int(at) < len(named) else "0"


def _relations(archive: Archive) -> dict[str, tuple[str, str]]:
    """Return the relationships of an .xlsx workbook as a dict from id to (type, name of the target XML file)."""
    if "xl/_rels/workbook.xml.rels" not in archive:
        raise WorkbookRefused("damaged", "文件已损坏或上传不完整；请用 WPS 或 Excel 打开检查，另存后重新上传。")
    found = {}
    for element in _parse_xml_part(archive, "xl/_rels/workbook.xml.rels"):
        target = element.get("Target", "")
        part = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join("xl", target))
        found[element.get("Id", "")] = element.get("Type", "").rpartition("/")[2], part
    return found


def _parse_xml_part(archive: Archive, name: str) -> ElementTree.Element:
    try:
        return ElementTree.fromstring(archive.part(name))
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise WorkbookRefused("damaged", "文件已损坏；请用 WPS 或 Excel 打开检查，另存后重新上传。") from error


def _local_name(tag: str) -> str:
    return tag.rpartition("}")[2]
