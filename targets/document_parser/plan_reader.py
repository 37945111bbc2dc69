"""Parses a work plan from the bytes of a .docx or text file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from targets.document_parser.cover_title_body_and_end import DocumentParts, split_document
from targets.document_parser.dates_and_periods_in_text import Period, find_dates_and_periods
from targets.document_parser.name_search import NameFinder
from targets.document_parser.numerals import to_half_width
from targets.document_parser.outline_from_paragraphs import NodeText, group_into_nodes, join_as_single_node
from targets.document_parser.parsed_plan_dataclasses import Deadline, Node, Quantity, ReadingResult
from targets.document_parser.quantities_in_tables import LINE_MOST, table_rows
from targets.document_parser.quantities_in_text import drop_repeated_roster_quantities, find_quantities
from targets.document_parser.quantity_due_dates import HeadingHints
from targets.document_parser.responsible_units import find_responsible_units
from targets.document_parser.text_file_paragraphs import DocumentRefused, Paragraph, read_text_file
from targets.document_parser.word_file_paragraphs import is_zip, read_word_file
from targets.document_parser.work_plan_check import require_work_plan


def read_plan(data: bytes, names: Sequence[str] = ()) -> ReadingResult:
    """Parse the bytes of a work plan's file into sections and items, or return the reason for refusing the file."""
    try:
        paragraphs = read_word_file(data) if is_zip(data) else read_text_file(data)
        if not paragraphs:
            raise DocumentRefused("文件里没有文字，可能是空文件或扫描件。请上传有文字的 .docx 或 .txt。")
        return _parse_plan_paragraphs(paragraphs, tuple(names))
    except DocumentRefused as refused:
        return ReadingResult(refused=str(refused))


def reread_node(
    text: str, year: int | None, level: int = 1, names: Sequence[str] = (), above: Sequence[str] = ()
) -> Node:
    """Parse the text of one section or item again, for example after a user has split it in two.

    `above`: the titles of the headings over it, the outermost first.
    """
    paragraphs = [Paragraph(line.strip()) for line in text.splitlines() if line.strip()]
    if not paragraphs or not level:
        return Node("", level, None, "", text.strip())
    piece = join_as_single_node(paragraphs)
    piece.level = level
    hints = HeadingHints()
    for title in (*above, piece.title):
        hints = _hints_of_heading(title, hints, year)
    return _read_node(piece, hints, NameFinder(names), year)


def _parse_plan_paragraphs(paragraphs: list[Paragraph], names: tuple[str, ...]) -> ReadingResult:
    """Parse a document's paragraphs as a work plan, or raise DocumentRefused if they are not one."""
    document = split_document(paragraphs)
    facts = document.facts
    known = NameFinder(names)
    hints_by_level: dict[int, HeadingHints] = {}
    nodes = []
    found = _node_texts(document)
    require_work_plan(paragraphs, facts.title, found)
    for piece in found:
        hints_by_level = {level: hints for level, hints in hints_by_level.items() if level < piece.level}
        above = hints_by_level[max(hints_by_level)] if hints_by_level else HeadingHints()
        own = _hints_of_heading(piece.title, above, facts.year) if piece.level else HeadingHints()
        nodes.append(_read_node(piece, own, known, facts.year))
        hints_by_level[piece.level] = own
    return ReadingResult(facts.title, facts.issuer, facts.number, facts.issued_on, None, tuple(nodes))


def _node_texts(document: DocumentParts) -> list[NodeText]:
    """Return a document's texts in order: covering notice, title lines, opening, each section and item, end."""
    whole = [NodeText(lines=[line.text for line in part]) for part in (document.cover, document.head, document.opening)]
    whole += group_into_nodes(document.body)
    whole.append(NodeText(lines=[line.text for line in document.end]))
    return [piece for piece in whole if piece.lines]


def _read_node(piece: NodeText, hints: HeadingHints, known: NameFinder, year: int | None) -> Node:
    """Find the quantities, deadlines, offices and names in a section's or item's text; return them as a `Node`."""
    text = piece.text
    offices: list[str] = []
    quantities: list[Quantity] = []
    periods: list[Period] = []
    understood = True
    in_table = {line for _, _, line in piece.cells}
    for place, line in enumerate(piece.lines):
        if len(line) > LINE_MOST:  # no paragraph is that long; nobody waits for what stands in it
            understood = False
            continue
        speaks = bool(piece.level) or line.startswith(_DASHES)  # the opening may list its targets under dashes
        named = find_dates_and_periods(to_half_width(line), year) if speaks else []
        periods += named if piece.level else []
        if place in in_table:
            continue
        offices += find_responsible_units(line)
        if speaks:
            begin = len(piece.marker) if place == 0 else 0
            in_line, all_covered = find_quantities(
                line, begin, named, hints, begin + len(piece.title) if place == 0 else 0
            )
            quantities += in_line
            understood = understood and all_covered
    for row in table_rows(piece) if piece.level else ():
        in_row, all_covered = row.find_quantities(year, hints)
        quantities += in_row
        understood = understood and all_covered
        offices += row.find_units()
    return Node(
        piece.marker,
        piece.level,
        str(piece.number) if piece.number else None,
        piece.title,
        text,
        understood,
        tuple(drop_repeated_roster_quantities(quantities)),
        () if hints.past else _deadlines_among(periods, quantities),
        tuple(dict.fromkeys(offices)),
        known.find_names(text),
    )


def _deadlines_among(periods: Sequence[Period], quantities: Sequence[Quantity]) -> tuple[Deadline, ...]:
    """Return as `Deadline`s those of the given periods that are deadlines, such as 6月底前 (by the end of June).

    A period such as 到2025年 is a deadline only if no quantity is due by its end.
    """
    horizons = {quantity.horizon for quantity in quantities}
    return tuple(
        period.as_deadline
        for period in periods
        if period.kind in ("deadline", "every") or (period.kind == "upto" and period.end not in horizons)
    )


def _hints_of_heading(title: str, above: HeadingHints, year: int | None) -> HeadingHints:
    """Return what a heading such as 2025年目标 implies for the quantities below it, such as a due date."""
    title = title if len(title) <= _HEADING_MOST and "，" not in title else ""
    in_title = [period for period in find_dates_and_periods(to_half_width(title), year) if period.end is not None]
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
