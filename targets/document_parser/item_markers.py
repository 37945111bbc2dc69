"""Finds the markers that number a document's parts: 一、 （一） 1、 （1） ① 一是."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from targets.document_parser.numerals import CIRCLED, from_chinese

_CN = "[一二三四五六七八九十百〇零]{1,4}"


class Kind(IntEnum):
    """Kinds of markers, in the order in which documents usually nest them."""

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
    kind: Kind
    number: int
    text: str  # as written, without the blanks around it
    end: int  # where the title begins in the paragraph; for one within a paragraph, counted from `start`
    start: int = 0
    depth: int = 0  # of 1.1.1, or of a heading


_AT_START: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (Kind.CHAPTER, re.compile(rf"(第({_CN}|\d{{1,2}})(?:章|部分|篇|节))(?:[、：:]|\s)?\s*")),
    (Kind.HAN, re.compile(rf"(({_CN})\s?[、.．])\s*")),
    (Kind.HAN_BRACKET, re.compile(rf"([（(〔]\s?({_CN})\s?[）)〕][、.．]?)\s*")),
    (
        Kind.DOTTED,
        re.compile(
            r"((\d{1,2}(?:[.．]\d{1,2}){1,3})[、.．]?)(?=[\s\u4e00-\u9fff“《])(?!月|日|年|万|亿|个|倍|折|元|米|公里|亩|吨)\s*"
        ),
    ),
    (Kind.DIGIT, re.compile(r"((\d{1,3})\s?(?:[、．]|\.(?!\d)|\.(?=(?:19|20)\d\d年|\d{1,2}月)))\s*")),
    (Kind.DIGIT_BRACKET, re.compile(r"([（(]\s?(\d{1,3})\s?[）)][、.．]?)\s*")),
    (Kind.HALF_BRACKET, re.compile(r"((\d{1,3})[）)][、.．]?)\s*")),
    (Kind.CIRCLE, re.compile(rf"(([{CIRCLED}])[、.．]?)\s*")),
    (Kind.LISTED, re.compile(r"(([一二三四五六七八九十]{1,3})(?:是|要))(?![否])[，：,:]?\s*")),
)
_WITHIN: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (Kind.HAN_BRACKET, re.compile(rf"([（(]({_CN})[）)])\s*")),
    (Kind.DIGIT, re.compile(r"((\d{1,2})(?:[、．]|\.(?!\d)))\s*")),
    (Kind.DIGIT_BRACKET, re.compile(r"([（(](\d{1,2})[）)])\s*")),
    (Kind.HALF_BRACKET, re.compile(r"((\d{1,2})[）)])\s*")),
    (Kind.CIRCLE, re.compile(rf"(([{CIRCLED}])[、.．]?)\s*")),
    (Kind.LISTED, re.compile(r"(([一二三四五六七八九十]{1,3})是)\s*")),
)
_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")
_NEAR = 6  # characters that are looked back
_DEEPEST = 3  # lists within lists within one paragraph
_CLAUSE_ENDS = "。；;：:！？!?，,、\n"
_STRONG_ENDS = "。；;：:！？!?\n"


def at_start(text: str) -> Marker | None:
    """Return the marker with which a paragraph begins, or None."""
    plain = text.translate(_DIGITS)  # same length
    for kind, pattern in _AT_START:
        found = pattern.match(plain)
        if found:
            number, depth = _number(kind, found[2])
            if number and not (found.end() >= len(plain) and kind > Kind.HAN_BRACKET):
                return Marker(kind, number, text[: found.end(1)].strip(), found.end(), depth=depth)
    return None


def within(text: str, begin: int) -> list[Marker]:
    """Find the first kind of marker that counts 1, 2, … at starts of clauses after `begin`; returns its markers.

    `start` and `end` are places in `text`.
    """
    plain = text.translate(_DIGITS)
    runs = [run for kind, pattern in _WITHIN if len(run := _run(plain, text, begin, kind, pattern)) > 1]
    return min(runs, key=lambda run: run[0].start, default=[])


def _run(plain: str, text: str, begin: int, kind: Kind, pattern: re.Pattern[str]) -> list[Marker]:
    found: list[Marker] = []
    for match in pattern.finditer(plain, begin):
        number, _ = _number(kind, match[2])
        if number == len(found) + 1 and _opens_clause(plain, match.start(), begin, kind):
            found.append(Marker(kind, number, text[match.start() : match.end(1)].strip(), match.end(), match.start()))
    return found


def _opens_clause(plain: str, at: int, begin: int, kind: Kind) -> bool:
    before = plain[max(begin, at - _NEAR) : at].rstrip()
    if not before:
        return at == begin
    return before[-1] in (_CLAUSE_ENDS if kind in (Kind.LISTED, Kind.CIRCLE) else _STRONG_ENDS)


def _number(kind: Kind, text: str) -> tuple[int, int]:
    """Parse the number and, for 1.1.1, its depth; 0 where the sign is none."""
    if kind is Kind.DOTTED:
        parts = re.split("[.．]", text)
        return int(parts[-1]), len(parts)
    if kind is Kind.CIRCLE:
        return CIRCLED.index(text) + 1, 0
    if text.isdecimal():
        return int(text), 0
    try:
        return from_chinese(text), 0
    except ValueError:
        return 0, 0


def inside(paragraph: str, begin: int, depth: int = 0) -> Iterator[Marker]:
    """Find the markers within a paragraph in order, nested ones included."""
    outer = within(paragraph, begin) if depth < _DEEPEST else ()
    for place, marker in enumerate(outer):
        yield marker
        end = outer[place + 1].start if place + 1 < len(outer) else len(paragraph)
        yield from inside(paragraph[:end], marker.end, depth + 1)
