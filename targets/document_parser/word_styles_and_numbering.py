"""Interprets the styles and the numbered lists of a Word document."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.etree import ElementTree

from targets.document_parser.numerals import format_list_number

LEVELS = 9
_DEEPEST_CHAIN = 20  # styles based on styles; Word allows about a dozen
_HEADING = re.compile(r"(?:heading|标题)\s*(\d)", re.IGNORECASE)


def local_name(name: str) -> str:
    """Return the name of an XML element or attribute without its namespace."""
    return name.rpartition("}")[2]


def is_word_toggle_on(value: str) -> bool:
    """Return whether a value of a Word on/off property means on: any value but 0, false, off and none."""
    return value not in ("0", "false", "off", "none")


def _attribute_value(element: ElementTree.Element | None, key: str = "val") -> str:
    """Return the value of the XML attribute that is named `key` without its namespace, or "" if there is none."""
    if element is None:
        return ""
    return next((text for name, text in element.attrib.items() if local_name(name) == key), "")


def _find_child(element: ElementTree.Element | None, *names: str) -> ElementTree.Element | None:
    """Return the XML descendant reached through child elements with the given names, or None if there is none."""
    for name in names:
        if element is None:
            return None
        element = next((child for child in element if local_name(child.tag) == name), None)
    return element


def _parse_int(text: str, otherwise: int | None = None) -> int | None:
    """Parse a whole number, or return `otherwise` if the text is no whole number."""
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
            bold = _find_child(element, "rPr", "b")
            outline = _parse_int(_attribute_value(_find_child(element, "pPr", "outlineLvl")))
            named = _HEADING.match(_attribute_value(_find_child(element, "name")))
            if outline is None and named:
                outline = int(named[1]) - 1
            known[_attribute_value(element, "styleId")] = Style(
                based_on=_attribute_value(_find_child(element, "basedOn")),
                bold=None if bold is None else is_word_toggle_on(_attribute_value(bold)),
                outline=outline,
                num=_parse_int(_attribute_value(_find_child(element, "pPr", "numPr", "numId"))),
                level=_parse_int(_attribute_value(_find_child(element, "pPr", "numPr", "ilvl"))),
            )
        return cls(known)

    def resolve_style(self, name: str) -> Style:
        """Return a Word style with the values that it inherits from the styles on which it is based."""
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

    def is_bold(self, name: str) -> bool:
        """Return whether the Word style named `name` makes text bold."""
        return bool(name) and bool(self.resolve_style(name).bold)


@dataclass(frozen=True)
class NumberingLevel:
    """Number format of one level of a numbered list in a Word document."""

    start: int = 1
    numbering: str = "decimal"
    text: str = ""
    legal: bool = False  # all numbers in digits
    restarts: bool = True
    style: str = ""


@dataclass
class _ListDefinition:
    """Word's definition of a numbered list (abstractNum), with the current count of each level."""

    levels: dict[int, NumberingLevel]
    count: list[int | None] = field(default_factory=lambda: [None] * LEVELS)


@dataclass
class _ListInstance:
    """Word's numbered list (num), which uses a list definition and may override its levels."""

    list: _ListDefinition
    overrides: dict[int, int]
    levels: dict[int, NumberingLevel]
    used: set[int] = field(default_factory=set)


class Numbering:
    """Numbered lists of a Word document, with the current count of each list.

    Paragraphs must be read in document order.
    """

    def __init__(self, nums: dict[int, _ListInstance]) -> None:
        self._nums = nums

    @classmethod
    def parse(cls, content: bytes) -> Numbering:
        lists: dict[str, _ListDefinition] = {}
        linked: dict[str, str] = {}  # a list that is only a numbering style's name
        styled: dict[str, str] = {}
        nums: dict[int, _ListInstance] = {}
        root = ElementTree.fromstring(content) if content else ()
        for element in root:
            if local_name(element.tag) == "abstractNum":
                key = _attribute_value(element, "abstractNumId")
                lists[key] = _ListDefinition(_parse_levels(element))
                if link := _attribute_value(_find_child(element, "numStyleLink")):
                    linked[key] = link
                if link := _attribute_value(_find_child(element, "styleLink")):
                    styled[link] = key
        for element in root:
            number = _parse_int(_attribute_value(element, "numId"))
            if local_name(element.tag) == "num" and number is not None:
                key = _attribute_value(_find_child(element, "abstractNumId"))
                key = styled.get(linked.get(key, ""), key)
                if key in lists:
                    nums[number] = _parse_list_instance(element, lists[key])
        return cls(nums)

    def next_number(self, number: int, level: int, style: str = "") -> str:
        """Count one more paragraph of a numbered list, and return the number printed before it, such as （三）.

        Returns "" for bullets and unknown lists.
        """
        num = self._nums.get(number)
        if num is None:
            return ""
        level = _level_of_style(num, style, level)
        shape = _level_format(num, level)
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
            below = _level_format(num, deeper)
            if below is None or below.restarts:
                count[deeper] = None
        return _format_number(num, level, shape).strip()


def _level_of_style(num: _ListInstance, style: str, level: int) -> int:
    """Return the level of a Word list that belongs to the paragraph style `style`, or else `level`."""
    if style:
        for place, shape in num.list.levels.items():
            if shape.style == style:
                return place
    return min(level, LEVELS - 1)


def _level_format(num: _ListInstance, level: int) -> NumberingLevel | None:
    """Return the number format of one level of a Word list, or None if the list does not define the level.

    The list's own format overrides its definition's.
    """
    return num.levels.get(level) or num.list.levels.get(level)


def _format_number(num: _ListInstance, level: int, shape: NumberingLevel) -> str:
    """Return the current number of one level of a Word list as it is printed, such as 1.2 or （三）."""
    if shape.numbering == "bullet":
        return ""

    def format_match(match: re.Match[str]) -> str:
        place = int(match[1]) - 1
        upper = _level_format(num, place) or NumberingLevel()
        so_far = num.list.count[place]
        numbering = "decimal" if shape.legal and place != level else upper.numbering
        return format_list_number(upper.start if so_far is None else so_far, numbering)

    return re.sub(r"%([1-9])", format_match, shape.text[:40])


def _parse_levels(element: ElementTree.Element) -> dict[int, NumberingLevel]:
    found: dict[int, NumberingLevel] = {}
    for child in element:
        place = _parse_int(_attribute_value(child, "ilvl"))
        if local_name(child.tag) == "lvl" and place is not None and place < LEVELS:
            found[place] = NumberingLevel(
                start=_parse_int(_attribute_value(_find_child(child, "start")), 1) or 0,
                numbering=_attribute_value(_find_child(child, "numFmt")) or "decimal",
                text=_attribute_value(_find_child(child, "lvlText")),
                legal=(legal := _find_child(child, "isLgl")) is not None and is_word_toggle_on(_attribute_value(legal)),
                restarts=_attribute_value(_find_child(child, "lvlRestart")) != "0",
                style=_attribute_value(_find_child(child, "pStyle")),
            )
    return found


def _parse_list_instance(element: ElementTree.Element, of: _ListDefinition) -> _ListInstance:
    overrides: dict[int, int] = {}
    levels: dict[int, NumberingLevel] = {}
    for child in element:
        place = _parse_int(_attribute_value(child, "ilvl"))
        if local_name(child.tag) == "lvlOverride" and place is not None:
            start = _parse_int(_attribute_value(_find_child(child, "startOverride")))
            if start is not None:
                overrides[place] = start
            levels.update(_parse_levels(child))
    return _ListInstance(of, overrides, levels)
