"""Finds the markers that number the parts of a document, such as 一、 （一） 1、 and ①."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from targets.document_parser.numerals import CIRCLED, parse_chinese_numeral

_CN = "[一二三四五六七八九十百〇零]{1,4}"


class MarkerKind(IntEnum):
    """Kinds of markers that number a document's items, such as 一、 and （一）, from outermost to innermost."""

    CHAPTER = 1  # 第一章
    HEADING = 2  # a heading of Word's, or a bold line, without a marker
    HAN = 3  # 一、
    HAN_BRACKET = 4  # （一）
    LEAD = 5  # a bold sentence that opens a paragraph
    DIGIT = 6  # 1、 1. 1．
    DOTTED = 7  # 1.1
    DIGIT_BRACKET = 8  # （1）
    HALF_BRACKET = 9  # 1）
    CIRCLE = 10  # ①
    LISTED = 11  # 一是


@dataclass(frozen=True)
class Marker:
    """An item marker such as （一） in a paragraph, with its kind, number and position."""

    kind: MarkerKind
    number: int
    text: str  # as written, without the blanks around it
    end: int  # where the title begins in the paragraph; for one within a paragraph, counted from `start`
    start: int = 0
    depth: int = 0  # of 1.1.1, or of a heading


_AT_START: tuple[tuple[MarkerKind, re.Pattern[str]], ...] = (
    (MarkerKind.CHAPTER, re.compile(rf"(第({_CN}|\d{{1,2}})(?:章|部分|篇|节))(?:[、：:]|\s)?\s*")),
    (MarkerKind.HAN, re.compile(rf"(({_CN})\s?[、.．])\s*")),
    (MarkerKind.HAN_BRACKET, re.compile(rf"([（(〔]\s?({_CN})\s?[）)〕][、.．]?)\s*")),
    (
        MarkerKind.DOTTED,
        re.compile(
            r"((\d{1,2}(?:[.．]\d{1,2}){1,3})[、.．]?)(?=[\s\u4e00-\u9fff“《])(?!月|日|年|万|亿|个|倍|折|元|米|公里|亩|吨)\s*"
        ),
    ),
    (MarkerKind.DIGIT, re.compile(r"((\d{1,3})\s?(?:[、．]|\.(?!\d)|\.(?=(?:19|20)\d\d年|\d{1,2}月)))\s*")),
    (MarkerKind.DIGIT_BRACKET, re.compile(r"([（(]\s?(\d{1,3})\s?[）)][、.．]?)\s*")),
    (MarkerKind.HALF_BRACKET, re.compile(r"((\d{1,3})[）)][、.．]?)\s*")),
    (MarkerKind.CIRCLE, re.compile(rf"(([{CIRCLED}])[、.．]?)\s*")),
    (MarkerKind.LISTED, re.compile(r"(([一二三四五六七八九十]{1,3})(?:是|要))(?![否])[，：,:]?\s*")),
)
_WITHIN: tuple[tuple[MarkerKind, re.Pattern[str]], ...] = (
    (MarkerKind.HAN_BRACKET, re.compile(rf"([（(]({_CN})[）)])\s*")),
    (MarkerKind.DIGIT, re.compile(r"((\d{1,2})(?:[、．]|\.(?!\d)))\s*")),
    (MarkerKind.DIGIT_BRACKET, re.compile(r"([（(](\d{1,2})[）)])\s*")),
    (MarkerKind.HALF_BRACKET, re.compile(r"((\d{1,2})[）)])\s*")),
    (MarkerKind.CIRCLE, re.compile(rf"(([{CIRCLED}])[、.．]?)\s*")),
    (MarkerKind.LISTED, re.compile(r"(([一二三四五六七八九十]{1,3})是)\s*")),
)
_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")
_NEAR = 6  # characters that are looked back
_DEEPEST = 3  # lists within lists within one paragraph
_CLAUSE_ENDS = "。；;：:！？!?，,、\n"
_STRONG_ENDS = "。；;：:！？!?\n"


def marker_at_start(text: str) -> Marker | None:
    """Return the marker that numbers a paragraph, such as （一） at its start, or None if there is none."""
    plain = text.translate(_DIGITS)  # same length
    for kind, pattern in _AT_START:
        found = pattern.match(plain)
        if found:
            number, depth = _parse_marker_number(kind, found[2])
            if number and not (found.end() >= len(plain) and kind > MarkerKind.HAN_BRACKET):
                return Marker(kind, number, text[: found.end(1)].strip(), found.end(), depth=depth)
    return None


def find_first_marker_sequence(text: str, begin: int) -> list[Marker]:
    """Return the first run of markers in a paragraph that count on in one style, such as （1）, （2）, （3）.

    `start` and `end` are places in `text`.
    """
    plain = text.translate(_DIGITS)
    runs = [run for kind, pattern in _WITHIN if len(run := _consecutive_markers(plain, text, begin, kind, pattern)) > 1]
    return min(runs, key=lambda run: run[0].start, default=[])


def _consecutive_markers(plain: str, text: str, begin: int, kind: MarkerKind, pattern: re.Pattern[str]) -> list[Marker]:
    """Return the markers of one kind, such as ①, ② and ③, that count from 1 and each begin a clause."""
    found: list[Marker] = []
    for match in pattern.finditer(plain, begin):
        number, _ = _parse_marker_number(kind, match[2])
        if number == len(found) + 1 and _marker_begins_clause(plain, match.start(), begin, kind):
            found.append(Marker(kind, number, text[match.start() : match.end(1)].strip(), match.end(), match.start()))
    return found


def _marker_begins_clause(plain: str, at: int, begin: int, kind: MarkerKind) -> bool:
    """Return whether the item marker at position `at` of a text stands at the start of a clause."""
    before = plain[max(begin, at - _NEAR) : at].rstrip()
    if not before:
        return at == begin
    return before[-1] in (_CLAUSE_ENDS if kind in (MarkerKind.LISTED, MarkerKind.CIRCLE) else _STRONG_ENDS)


def _parse_marker_number(kind: MarkerKind, text: str) -> tuple[int, int]:
    """Return a marker's number, such as 3 for （三）, and the depth of a dotted marker, such as 3 for 1.1.1.

    The number is 0 if not readable; the depth is 0 for other markers.
    """
    if kind is MarkerKind.DOTTED:
        parts = re.split("[.．]", text)
        return int(parts[-1]), len(parts)
    if kind is MarkerKind.CIRCLE:
        return CIRCLED.index(text) + 1, 0
    if text.isdecimal():
        return int(text), 0
    try:
        return parse_chinese_numeral(text), 0
    except ValueError:
        return 0, 0


def markers_inside(paragraph: str, begin: int, depth: int = 0) -> Iterator[Marker]:
    """Yield all item markers such as （1） within a paragraph after position `begin`, also those of nested lists."""
    outer = find_first_marker_sequence(paragraph, begin) if depth < _DEEPEST else ()
    for place, marker in enumerate(outer):
        yield marker
        end = outer[place + 1].start if place + 1 < len(outer) else len(paragraph)
        yield from markers_inside(paragraph[:end], marker.end, depth + 1)
