"""A simple reader of workbooks that tests compare with the portal's reader, by visible cells."""

from __future__ import annotations

import posixpath
import re
import unicodedata
import zipfile
from io import BytesIO
from xml.etree import ElementTree


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _link(attributes: dict[str, str]) -> str:
    return next((value for name, value in attributes.items() if _local(name) == "id"), "")


def filled_cells(data: bytes) -> dict[str, set[str]]:
    """Return by sheet the addresses of cells with a value, a text that is not blank, or a formula."""
    found: dict[str, set[str]] = {}
    with zipfile.ZipFile(BytesIO(data)) as archive:
        links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
        texts = _texts(archive)
        targets = {link.get("Id"): link.get("Target", "") for link in links}
        for sheet in ElementTree.fromstring(archive.read("xl/workbook.xml")).iter():
            if _local(sheet.tag) != "sheet" or "chartsheet" in (target := targets[_link(sheet.attrib)]):
                continue
            part = target.lstrip("/") if target[0] == "/" else posixpath.normpath(f"xl/{target}")
            text = archive.read(part).decode("utf-8-sig")
            text = text[: text.rindex("worksheet>") + len("worksheet>")]  # some have something after their end
            found[sheet.get("name", "")] = _cells(ElementTree.fromstring(text), texts)
    return found


def _texts(archive: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in archive.namelist():
        return []
    xml = archive.read("xl/sharedStrings.xml").decode("utf-8-sig")
    return [
        re.sub("<[^>]*>", "", text) for text in re.findall(r"<(?:\w+:)?si\b[^>]*>(.*?)</(?:\w+:)?si>", xml, re.DOTALL)
    ]


def _is_visible(text: str) -> bool:
    return any(unicodedata.category(c)[0] not in "ZC" and c != "\u3164" for c in text)


def _cells(root: ElementTree.Element, texts: list[str]) -> set[str]:
    addresses = set()
    rows = [element for element in root.iter() if _local(element.tag) == "row"]
    number = 0
    for row in rows:
        number, column = int(row.get("r", number + 1)), 0
        for cell in (element for element in row if _local(element.tag) == "c"):
            column += 1
            if place := cell.get("r"):
                letters = re.match("[A-Z]+", place)[0]  # type: ignore[index]
                column = sum((ord(c) - 64) * 26**power for power, c in enumerate(reversed(letters)))
            inside = {_local(part.tag): "".join(part.itertext()) for part in cell}
            value = inside.get("v", "")
            if cell.get("t") == "s" and value.isdecimal() and int(value) < len(texts):
                value = texts[int(value)]
            if "f" in inside or _is_visible(value) or _is_visible(inside.get("is", "")):
                addresses.add(f"{chr(64 + column)}{number}")
    return addresses
