"""Interprets Word's styles and lists: bold, headings and automatic numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.etree import ElementTree

from targets.document_parser.numerals import counted

LEVELS = 9
_DEEPEST_CHAIN = 20  # styles based on styles; Word allows about a dozen
_HEADING = re.compile(r"(?:heading|标题)\s*(\d)", re.IGNORECASE)


def local_name(name: str) -> str:
    """Return the name of an element or attribute without its namespace."""
    return name.rpartition("}")[2]


def switched_on(value: str) -> bool:
    """Tell whether an on/off property is on: it is when present, unless it says otherwise."""
    return value not in ("0", "false", "off", "none")


def _val(element: ElementTree.Element | None, key: str = "val") -> str:
    if element is None:
        return ""
    return next((text for name, text in element.attrib.items() if local_name(name) == key), "")


def _child(element: ElementTree.Element | None, *names: str) -> ElementTree.Element | None:
    for name in names:
        if element is None:
            return None
        element = next((child for child in element if local_name(child.tag) == name), None)
    return element


def _int(text: str, otherwise: int | None = None) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 10 else otherwise


@dataclass(frozen=True)
class Style:
    based_on: str = ""
    bold: bool | None = None
    outline: int | None = None
    num: int | None = None
    level: int | None = None


class Styles:
    def __init__(self, known: dict[str, Style]) -> None:
        self._known = known
        self._chains: dict[str, Style] = {}

    @classmethod
    def parse(cls, content: bytes) -> Styles:
        known: dict[str, Style] = {}
        for element in ElementTree.fromstring(content) if content else ():
            if local_name(element.tag) != "style":
                continue
            bold = _child(element, "rPr", "b")
            outline = _int(_val(_child(element, "pPr", "outlineLvl")))
            named = _HEADING.match(_val(_child(element, "name")))
            if outline is None and named:
                outline = int(named[1]) - 1
            known[_val(element, "styleId")] = Style(
                based_on=_val(_child(element, "basedOn")),
                bold=None if bold is None else switched_on(_val(bold)),
                outline=outline,
                num=_int(_val(_child(element, "pPr", "numPr", "numId"))),
                level=_int(_val(_child(element, "pPr", "numPr", "ilvl"))),
            )
        return cls(known)

    def style_chain(self, name: str) -> Style:
        """Return the style with those it inherits from."""
        if name not in self._chains:
            found = Style()
            style = self._known.get(name)
            for _ in range(_DEEPEST_CHAIN):
                if style is None:
                    break
                found = Style(
                    "",
                    style.bold if found.bold is None else found.bold,
                    style.outline if found.outline is None else found.outline,
                    style.num if found.num is None else found.num,
                    style.level if found.level is None else found.level,
                )
                style = self._known.get(style.based_on)
            self._chains[name] = found
        return self._chains[name]

    def bold(self, name: str) -> bool:
        return bool(name) and bool(self.style_chain(name).bold)


@dataclass(frozen=True)
class Level:
    start: int = 1
    numbering: str = "decimal"
    text: str = ""
    legal: bool = False  # all numbers in digits
    restarts: bool = True
    style: str = ""


@dataclass
class _List:
    levels: dict[int, Level]
    count: list[int | None] = field(default_factory=lambda: [None] * LEVELS)


@dataclass
class _Num:
    list: _List
    overrides: dict[int, int]
    levels: dict[int, Level]
    used: set[int] = field(default_factory=set)


class Numbering:
    """The lists of a document, while its paragraphs are counted from first to last."""

    def __init__(self, nums: dict[int, _Num]) -> None:
        self._nums = nums

    @classmethod
    def parse(cls, content: bytes) -> Numbering:
        lists: dict[str, _List] = {}
        linked: dict[str, str] = {}  # a list that is only a numbering style's name
        styled: dict[str, str] = {}
        nums: dict[int, _Num] = {}
        root = ElementTree.fromstring(content) if content else ()
        for element in root:
            if local_name(element.tag) == "abstractNum":
                key = _val(element, "abstractNumId")
                lists[key] = _List(_levels(element))
                if link := _val(_child(element, "numStyleLink")):
                    linked[key] = link
                if link := _val(_child(element, "styleLink")):
                    styled[link] = key
        for element in root:
            number = _int(_val(element, "numId"))
            if local_name(element.tag) == "num" and number is not None:
                key = _val(_child(element, "abstractNumId"))
                key = styled.get(linked.get(key, ""), key)
                if key in lists:
                    nums[number] = _num(element, lists[key])
        return cls(nums)

    def next(self, number: int, level: int, style: str = "") -> str:
        """Return the next number of this list and level as printed; "" for bullets and unknown lists."""
        num = self._nums.get(number)
        if num is None:
            return ""
        level = _styled_level(num, style, level)
        shape = _shape(num, level)
        if shape is None:
            return ""
        count = num.list.count
        if level in num.overrides and level not in num.used:
            count[level] = None
            start = num.overrides[level]
        else:
            start = shape.start
        num.used.add(level)
        count[level] = start if (so_far := count[level]) is None else so_far + 1
        for deeper in range(level + 1, LEVELS):
            below = _shape(num, deeper)
            if below is None or below.restarts:
                count[deeper] = None
        return _spelled(num, level, shape).strip()


def _styled_level(num: _Num, style: str, level: int) -> int:
    if style:
        for place, shape in num.list.levels.items():
            if shape.style == style:
                return place
    return min(level, LEVELS - 1)


def _shape(num: _Num, level: int) -> Level | None:
    return num.levels.get(level) or num.list.levels.get(level)


def _spelled(num: _Num, level: int, shape: Level) -> str:
    if shape.numbering == "bullet":
        return ""

    def number(match: re.Match[str]) -> str:
        place = int(match[1]) - 1
        upper = _shape(num, place) or Level()
        so_far = num.list.count[place]
        numbering = "decimal" if shape.legal and place != level else upper.numbering
        return counted(upper.start if so_far is None else so_far, numbering)

    return re.sub(r"%([1-9])", number, shape.text[:40])


def _levels(element: ElementTree.Element) -> dict[int, Level]:
    found: dict[int, Level] = {}
    for child in element:
        place = _int(_val(child, "ilvl"))
        if local_name(child.tag) == "lvl" and place is not None and place < LEVELS:
            found[place] = Level(
                start=_int(_val(_child(child, "start")), 1) or 0,
                numbering=_val(_child(child, "numFmt")) or "decimal",
                text=_val(_child(child, "lvlText")),
                legal=(legal := _child(child, "isLgl")) is not None and switched_on(_val(legal)),
                restarts=_val(_child(child, "lvlRestart")) != "0",
                style=_val(_child(child, "pStyle")),
            )
    return found


def _num(element: ElementTree.Element, of: _List) -> _Num:
    overrides: dict[int, int] = {}
    levels: dict[int, Level] = {}
    for child in element:
        place = _int(_val(child, "ilvl"))
        if local_name(child.tag) == "lvlOverride" and place is not None:
            start = _int(_val(_child(child, "startOverride")))
            if start is not None:
                overrides[place] = start
            levels.update(_levels(child))
    return _Num(of, overrides, levels)
