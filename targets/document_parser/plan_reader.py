"""Reads a document's bytes into nodes with quantities, deadlines, units and names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from targets.document_parser.periods_in_text import Period, periods
from targets.document_parser.document_parts import Parts, parts
from targets.document_parser.work_plan_check import require_work_plan
from targets.document_parser.quantity_due_dates import HeadingHints
from targets.document_parser.name_search import Names
from targets.document_parser.numerals import half_width
from targets.document_parser.outline import NodeText, nodes_of, single_node
from targets.document_parser.text_file_paragraphs import DocumentRefused, Paragraph, from_text
from targets.document_parser.quantities_in_text import quantities, unique_rosters
from targets.document_parser.reading_result import Deadline, Node, Quantity, Reading
from targets.document_parser.responsible_units import responsible_units
from targets.document_parser.table_rows import LINE_MOST, table
from targets.document_parser.word_file_paragraphs import from_word, is_zip


def read(data: bytes, names: Sequence[str] = ()) -> Reading:
    """Read the plan in these bytes; `names` are searched for in its text. Raises DocumentRefused."""
    try:
        paragraphs = from_word(data) if is_zip(data) else from_text(data)
        if not paragraphs:
            raise DocumentRefused("文件里没有文字，可能是空文件或扫描件。请上传有文字的 .docx 或 .txt。")
        return _read(paragraphs, tuple(names))
    except DocumentRefused as refused:
        return Reading(refused=str(refused))


def reread(text: str, year: int | None, level: int = 1, names: Sequence[str] = (), above: Sequence[str] = ()) -> Node:
    """Read one node's text again, after somebody has split, joined or moved it.

    `above`: the titles of the headings over it, the outermost first.
    """
    paragraphs = [Paragraph(line.strip()) for line in text.splitlines() if line.strip()]
    if not paragraphs or not level:
        return Node("", level, None, "", text.strip())
    piece = single_node(paragraphs)
    piece.level = level
    mood = HeadingHints()
    for title in (*above, piece.title):
        mood = _mood(title, mood, year)
    return _node(piece, mood, Names(names), year)


def _read(paragraphs: list[Paragraph], names: tuple[str, ...]) -> Reading:
    document = parts(paragraphs)
    facts = document.facts
    known = Names(names)
    moods: dict[int, HeadingHints] = {}
    nodes = []
    found = _pieces(document)
    require_work_plan(paragraphs, facts.title, found)
    for piece in found:
        moods = {level: mood for level, mood in moods.items() if level < piece.level}
        above = moods[max(moods)] if moods else HeadingHints()
        own = _mood(piece.title, above, facts.year) if piece.level else HeadingHints()
        nodes.append(_node(piece, own, known, facts.year))
        moods[piece.level] = own
    return Reading(facts.title, facts.issuer, facts.number, facts.issued_on, None, tuple(nodes))


def _pieces(document: Parts) -> list[NodeText]:
    whole = [NodeText(lines=[line.text for line in part]) for part in (document.cover, document.head, document.opening)]
    whole += nodes_of(document.body)
    whole.append(NodeText(lines=[line.text for line in document.end]))
    return [piece for piece in whole if piece.lines]


def _node(piece: NodeText, mood: HeadingHints, known: Names, year: int | None) -> Node:
    text = piece.text
    offices: list[str] = []
    found: list[Quantity] = []
    said: list[Period] = []
    understood = True
    in_table = {line for _, _, line in piece.cells}
    for place, line in enumerate(piece.lines):
        if len(line) > LINE_MOST:  # no paragraph is that long; nobody waits for what stands in it
            understood = False
            continue
        speaks = bool(piece.level) or line.startswith(_DASHES)  # the opening may list its targets under dashes
        named = periods(half_width(line), year) if speaks else []
        said += named if piece.level else []
        if place in in_table:
            continue
        offices += responsible_units(line)
        if speaks:
            begin = len(piece.marker) if place == 0 else 0
            in_line, clear = quantities(line, begin, named, mood, begin + len(piece.title) if place == 0 else 0)
            found += in_line
            understood = understood and clear
    for row in table(piece) if piece.level else ():
        in_row, clear = row.quantities(year, mood)
        found += in_row
        understood = understood and clear
        offices += row.units()
    return Node(
        piece.marker,
        piece.level,
        str(piece.number) if piece.number else None,
        piece.title,
        text,
        understood,
        tuple(unique_rosters(found)),
        () if mood.past else _deadlines(said, found),
        tuple(dict.fromkeys(offices)),
        known.find_names(text),
    )


def _deadlines(said: Sequence[Period], found: Sequence[Quantity]) -> tuple[Deadline, ...]:
    """Find the deadlines; a far horizon such as 到2025年 counts only where no quantity has it."""
    horizons = {quantity.horizon for quantity in found}
    return tuple(
        period.deadline
        for period in said
        if period.kind in ("deadline", "every") or (period.kind == "upto" and period.end not in horizons)
    )


def _mood(title: str, above: HeadingHints, year: int | None) -> HeadingHints:
    """Read what a heading says about the nodes below it."""
    title = title if len(title) <= _HEADING_MOST and "，" not in title else ""
    in_title = [period for period in periods(half_width(title), year) if period.end is not None]
    horizon = in_title[-1].end if in_title else above.horizon
    past = above.past or bool(_REVIEW.search(title)) or any(period.kind == "past" for period in in_title)
    if past and not in_title and not above.past and year is not None:
        horizon = date(year - 1, 12, 31)
    return HeadingHints(past, horizon)


_DASHES = ("—", "–", "●", "■", "◆", "•")
_HEADING_MOST = 25
_REVIEW = re.compile(
    r"回顾|工作总结|完成情况|工作情况|取得的?(?:成效|成绩)|主要(?:成绩|成效)|存在的?(?:主要)?(?:问题|困难)|发展成就|工作成效"
)
