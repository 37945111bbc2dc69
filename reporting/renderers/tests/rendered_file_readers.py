"""Reads lines and words from rendered PDF and .docx files, for assertions."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from pypdf import PdfReader

MM = 25.4 / 72
PAGE_MM = 297.0
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


@dataclass(frozen=True)
class TextLine:
    baseline: float  # mm from the upper edge of the page
    left: float  # mm from its left edge
    text: str


@dataclass(frozen=True)
class PrintedRule:
    top: float  # mm
    bottom: float
    left: float
    width: float
    colour: tuple[float, ...]


def pdf_lines(pdf: bytes, page: int) -> list[TextLine]:
    """Return the lines of text on a page (counted from 0), from top to bottom."""
    found: dict[float, list[tuple[float, str]]] = {}

    def visit(text: str, cm: list[float], tm: list[float], _font: Any, _size: Any) -> None:
        if text.strip():
            x = tm[4] * cm[0] + tm[5] * cm[2] + cm[4]
            y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
            found.setdefault(round(PAGE_MM - y * MM, 1), []).append((x * MM, text.strip("\n")))

    PdfReader(io.BytesIO(pdf)).pages[page].extract_text(visitor_text=visit)
    return [
        TextLine(baseline, min(runs)[0], "".join(text for _, text in sorted(runs)))
        for baseline, runs in sorted(found.items())
    ]


def pdf_rules(pdf: bytes, page: int) -> list[PrintedRule]:
    """Return the horizontal rules of a page that are at least 150 mm long.

    They are drawn as a filled box (typst) or as a stroke (LibreOffice).
    """
    found = []
    height = float(PdfReader(io.BytesIO(pdf)).pages[page].mediabox.height)
    origin, weight = (0.0, 0.0, 1.0), 1.0
    colour: tuple[float, ...] = (0.0,)
    stroke: tuple[float, ...] = (0.0,)
    saved: list[Any] = []
    path: list[tuple[float, float]] = []
    contents = PdfReader(io.BytesIO(pdf)).pages[page].get_contents()
    assert contents is not None
    for operands, operator in contents.operations:
        match operator:
            case b"q":
                saved.append((origin, colour, stroke, weight))
            case b"Q":
                origin, colour, stroke, weight = saved.pop()
            case b"cm":
                origin = (float(operands[4]), float(operands[5]), float(operands[3]))
            case b"scn" | b"rg":
                colour = tuple(float(part) for part in operands)
            case b"SCN" | b"RG":
                stroke = tuple(float(part) for part in operands)
            case b"w":
                weight = float(operands[0])
            case b"m":
                path = [(float(operands[0]), float(operands[1]))]
            case b"l":
                path.append((float(operands[0]), float(operands[1])))
            case b"f" | b"f*" | b"S" if path:
                xs = [origin[0] + x for x, _ in path]
                ys = [height - (origin[1] + origin[2] * y) for _, y in path]
                half = weight / 2 if operator == b"S" else 0.0
                if max(xs) - min(xs) > 150 / MM and max(ys) - min(ys) < 5:
                    found.append(
                        PrintedRule(
                            (min(ys) - half) * MM,
                            (max(ys) + half) * MM,
                            min(xs) * MM,
                            (max(xs) - min(xs)) * MM,
                            stroke if operator == b"S" else colour,
                        )
                    )
                path = []
    return sorted(set(found), key=lambda rule: rule.top)  # LibreOffice strokes a border twice


def pdf_page_count(pdf: bytes) -> int:
    return len(PdfReader(io.BytesIO(pdf)).pages)


def without_blanks(text: str) -> str:
    """Return a text without blanks, which differ between file formats."""
    return re.sub(r"[\s\u200b]+", "", text)


def pdf_text(pdf: bytes, mark: str) -> str:
    texts = []
    for page in PdfReader(io.BytesIO(pdf)).pages:
        text = re.sub(r"—\s*\d+\s*—\s*$", "", page.extract_text().strip())
        texts.append(text.strip().removesuffix(mark) if mark else text)
    return without_blanks("".join(texts))


def docx_xml(docx: bytes, part: str = "document") -> ElementTree.Element:
    with zipfile.ZipFile(io.BytesIO(docx)) as archive:
        return ElementTree.fromstring(archive.read(f"word/{part}.xml"))


def docx_parts(docx: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(docx)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def docx_text(docx: bytes) -> str:
    return without_blanks("".join(element.text or "" for element in docx_xml(docx).iter(f"{_W}t")))
