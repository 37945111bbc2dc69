"""Applies users' edits to the words of a draft report, but never to its figures.

A paragraph is edited as text in which each figure stands as ‹28.68›. What was edited is kept under the drafted text,
so that a new draft keeps the edit wherever its own text is still the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace

from hunan_trade.workflow import MoveRefused
from reporting.document_parts import Block, Document, Figure, Paragraph, Run

_TOKEN = re.compile(r"‹([^‹›]*)›")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*%?|百分之")
# What people set: years, months, days and hours, and the number of a paragraph or an issue.
_DATE = re.compile(r"\d{4}年|\d{1,2}(?:-\d{1,2})?月|\d{1,2}日|\d{1,2}[:时]\d{0,2}|第\d+[期条]|（\d+）")


def text_with_bracketed_figures(paragraph: Paragraph) -> str:
    """Return a paragraph's text with each figure in angle brackets, such as ‹28.68›."""
    return "".join(f"‹{run.text}›" if isinstance(run, Figure) else run for run in (*paragraph.lead, *paragraph.runs))


def reword_paragraph(draft: Paragraph, text: str) -> Paragraph:
    """Return the drafted paragraph with the user's text, or raise MoveRefused if the user changed a figure."""
    text = " ".join(text.split())
    if not text:
        raise MoveRefused("段落不能为空")
    _refuse_new_numbers(draft, text)
    left = [run for run in (*draft.lead, *draft.runs) if isinstance(run, Figure)]
    runs: list[Run] = []
    for place, piece in enumerate(_TOKEN.split(text)):
        if place % 2:
            figure = next((figure for figure in left if figure.text == piece), None)
            if figure is None:
                raise MoveRefused(f"“{piece}”不是本段的数，或用了两次。数字随数据走，要改先改月报")
            left.remove(figure)
            runs.append(figure)
        elif "‹" in piece or "›" in piece:
            raise MoveRefused("数字两边的‹›要成对保留")
        elif piece:
            runs.append(piece)
    if left:
        raise MoveRefused(f"少了 {'、'.join(figure.text for figure in left)}。本段的数要全部保留")
    return _emphasise_first_sentence(draft, runs)


def _refuse_new_numbers(draft: Paragraph, text: str) -> None:
    """Raise MoveRefused if a user's text contains a number, except a date, that the drafted paragraph lacks.

    Dates are allowed.
    """
    drafted_numbers = set(_NUMBER.findall(_mask_figures(text_with_bracketed_figures(draft))))
    for number in _NUMBER.findall(_DATE.sub("", _mask_figures(text))):
        if number not in drafted_numbers:
            raise MoveRefused(f"“{number}”没有数据来源。文字里只能写日期，数字用本段已有的‹›数")


def _mask_figures(text: str) -> str:
    """Replace each bracketed figure of a text, such as ‹28.68›, by | and all other digits by ASCII digits.

    Full-width digits become ASCII digits, so that they are found as numbers.
    """
    return "".join(str(unicodedata.digit(c, c)) for c in _TOKEN.sub("|", text))


def _emphasise_first_sentence(draft: Paragraph, runs: list[Run]) -> Paragraph:
    """Return the edited text as a paragraph, its first sentence emphasised if the drafted paragraph's was."""
    if not draft.lead or not isinstance(runs[0], str) or "。" not in runs[0]:
        return Paragraph(tuple(runs))
    lead, _, rest = runs[0].partition("。")
    return Paragraph(tuple(run for run in (rest, *runs[1:]) if run != ""), lead=(lead + "。",))


def apply_edits(document: Document, words: Mapping[str, str]) -> Document:
    """Return a report's document with users' texts in place of the drafted paragraphs that they edited."""
    return (
        replace(document, blocks=tuple(_apply_edit(block, words) for block in document.blocks)) if words else document
    )


def _apply_edit(block: Block, words: Mapping[str, str]) -> Block:
    if isinstance(block, Paragraph) and (text := words.get(text_with_bracketed_figures(block))) is not None:
        return reword_paragraph(block, text)
    return block


def still_applicable_edits(words: Mapping[str, str], draft: Document) -> dict[str, str]:
    """Return those of the users' edits whose drafted paragraph occurs unchanged in the new draft."""
    drafted = {text_with_bracketed_figures(block) for block in draft.blocks if isinstance(block, Paragraph)}
    return {was: text for was, text in words.items() if was in drafted}
