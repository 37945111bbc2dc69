"""Pure functions that build standard phrases of reports from words and figures."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

from hunan_trade.quantities import NO_DATA, rounded
from reporting.document_parts import Block, Figure, Heading, Paragraph, Run, Table
from reporting.figure_printer import FigurePrinter

Part = Run | Iterable[Run]
_ORDER = "一二三四五六七八九十"
_SENTENCE_END = re.compile("(?<=。)")
# What a rate of growth is called, from this rate on; the sentence that opens a bulletin takes its verdict from here.
_VERDICTS = (
    (Decimal(30), "快速增长"),
    (Decimal(10), "较快增长"),
    (Decimal("0.1"), "平稳增长"),
    (Decimal(0), "与上年同期持平"),
)


def join(*parts: Part) -> tuple[Run, ...]:
    """Return strings and `Figure`s, also from nested tuples, as one flat tuple with adjacent strings merged."""
    runs: list[Run] = []
    for part in parts:
        for run in (part,) if isinstance(part, (str, Figure)) else part:
            if run == "":
                continue
            if isinstance(run, str) and runs and isinstance(runs[-1], str):
                runs[-1] += run
            else:
                runs.append(run)
    return tuple(runs)


def chinese_digit(number: int) -> str:
    return "〇一二三四五"[number]


def amount_with_unit(code: str, printer: FigurePrinter) -> tuple[Run, ...]:
    """Return a figure and its unit for running text, such as 4.49亿美元."""
    return (printer.format_for_text(code), printer.unit_word(code))


def join_list(items: Sequence[Part], glue: str = "、") -> tuple[Run, ...]:
    """Return the items, texts and figures, as one tuple with `glue` between them, which prints as 长沙、郴州."""
    parts: list[Part] = []
    for item in items:
        parts += [glue, item] if parts else [item]
    return join(*parts)


def join_complete_clauses(*clauses: tuple[Run, ...]) -> tuple[Run, ...]:
    """Join clauses with ；, leaving out each clause that would print — for a missing figure."""
    return join_list([clause for clause in clauses if clause and not _has_missing_figure(clause)], "；")


def drop_sentences_with_missing_figures(runs: Iterable[Run]) -> tuple[Run, ...]:
    """Return a paragraph's texts and figures without the sentences that would print — for a missing figure."""
    kept: list[Run] = []
    sentence: list[Run] = []
    for run in runs:
        pieces = _SENTENCE_END.split(run) if isinstance(run, str) else [run]
        for place, piece in enumerate(pieces):
            if place and not _has_missing_figure(sentence):
                kept += sentence
            sentence = [piece] if place else [*sentence, piece]
    return join(kept if _has_missing_figure(sentence) else [*kept, *sentence])


def _has_missing_figure(runs: Iterable[Run]) -> bool:
    return any(isinstance(run, Figure) and run.text == NO_DATA for run in runs)


def growth_phrase(
    printer: FigurePrinter, code: str, word: str = "同比", base: str = "上年同期", lead: str = "，"
) -> tuple[Run, ...]:
    """Return a phrase on a growth rate, such as ，同比增长43.9%, or () if last year's figure is missing.

    Also ，与上年同期持平 for zero and ，由零起步 without a base.
    """
    amount = printer.amount(code)
    if amount is None:
        return (
            join(lead, printer.words_instead_of_number(code, printer.note(code))) if "零" in printer.note(code) else ()
        )
    rate = rounded(amount, 1)
    if rate == 0:
        return join(lead, printer.words_instead_of_number(code, f"与{base}持平"))
    figure = printer.as_multiple(code) if rate >= 100 else printer.without_sign(code, "%")
    return join(lead, f"{word}{'增长' if rate > 0 else '下降'}", figure)


def change_phrase(printer: FigurePrinter, code: str) -> tuple[Run, ...]:
    """Return a phrase on a growth rate, such as 增长43.9% or 下降14.7%, for use in brackets after a name."""
    amount = printer.amount(code)
    fell = amount is not None and amount < 0
    return ("下降" if fell else "增长", printer.without_sign(code, "%"))


def schedule_gap_phrase(printer: FigurePrinter, gap: str) -> tuple[Run, ...]:
    """Return a phrase on how far a figure is ahead of or behind schedule, such as 低于序时进度3.4个百分点.

    与序时进度持平 where the printed digit is zero.
    """
    amount = printer.amount(gap)
    if amount is None:
        return ()
    if not rounded(amount, 1):
        return ("与", printer.words_instead_of_number(gap, "序时进度持平"))
    return ("高于" if amount > 0 else "低于", "序时进度", printer.without_sign(gap), "个百分点")


def points_change_phrase(printer: FigurePrinter, code: str) -> tuple[Run, ...]:
    """Return a phrase on the change from last year in percentage points, such as 比上年同期提高2.5个百分点."""
    amount = printer.amount(code)
    if amount is None:
        return ()
    if not rounded(amount, 1):
        return ("与", printer.words_instead_of_number(code, "上年同期持平"))
    return ("比上年同期", "提高" if amount > 0 else "下降", printer.without_sign(code), "个百分点")


def growth_verdict(rate: Decimal | None) -> str:
    """Return Chinese words that describe a growth rate, such as 快速增长, or "" if the rate is None.

    The others are 较快增长, 平稳增长, 与上年同期持平 and 有所下降.
    """
    if rate is None:
        return ""
    return next((word for least, word in _VERDICTS if rounded(rate, 1) >= least), "有所下降")


def build_numbered_sections(*parts: tuple[str, Sequence[Block]]) -> tuple[Block, ...]:
    """Return the blocks of all sections that are not empty, each section after a heading such as 一、总体情况.

    A sentence in which a figure is missing is left out, and so is a paragraph or heading of which nothing remains.
    """
    present = [
        (title, remaining) for title, blocks in parts if (remaining := _drop_blocks_with_missing_figures(blocks))
    ]
    return tuple(
        block
        for number, (title, blocks) in zip(_ORDER, present, strict=False)
        for block in (Heading(f"{number}、{title}"), *blocks)
    )


def _drop_blocks_with_missing_figures(blocks: Sequence[Block]) -> list[Block]:
    complete = (
        replace(block, runs=drop_sentences_with_missing_figures(block.runs)) if isinstance(block, Paragraph) else block
        for block in blocks
    )
    remaining = [block for block in complete if not (isinstance(block, Paragraph) and not (block.lead or block.runs))]
    return [
        block
        for block, following in pairwise([*remaining, None])
        if block and (isinstance(following, Paragraph | Table) or not isinstance(block, Heading))
    ]


def build_numbered_instructions(*demands: tuple[str, tuple[Run, ...]]) -> tuple[Block, ...]:
    """Return numbered paragraphs such as （一）紧盯全年目标。…, without those of which no sentence has all figures."""
    present = [(lead, remaining) for lead, runs in demands if (remaining := drop_sentences_with_missing_figures(runs))]
    return tuple(
        Paragraph(runs, lead=(f"（{number}）{lead}。",)) for number, (lead, runs) in zip(_ORDER, present, strict=False)
    )
