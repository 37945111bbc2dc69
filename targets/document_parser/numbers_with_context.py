"""Finds the clause and sentence around each number, and selects the numbers that state quantities."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from targets.document_parser import metric_names, numbers_that_are_not_quantities
from targets.document_parser.dates_and_periods_in_text import Period
from targets.document_parser.numbers_in_text import Figure, find_numbers_with_units
from targets.document_parser.parsed_plan_dataclasses import Quantity

BREAKS = "，,。；;：:！？\n"
STRONG = "。；;！？\n"
LISTED = re.compile(r"[^，。；：]{2,}、[^，。；：]{2,}$")


@dataclass
class FigureInContext:
    """A number in a text with its unit and the words before and after it.

    Base and growth are added later.
    """

    figure: Figure
    start: int  # of its clause
    sentence: int  # where that begins
    after: str  # to the end of its clause
    clause: str  # from the start of its clause, other figures included
    before: str = ""  # the same from the figure before it, without periods
    quantity: Quantity | None = None
    span: tuple[int, int] = (0, 0)
    joined: bool = False


def find_numbers_with_context(plain: str, begin: int, body: int, excluded: bytearray) -> list[FigureInContext]:
    """Return the numbers of a text with the clause around each, except numbers in passages marked in `excluded`."""
    found: list[FigureInContext] = []
    for figure in find_numbers_with_units(plain):
        if figure.begin < begin or any(excluded[figure.begin : figure.end]):
            continue
        start = max((plain.rfind(sign, begin, figure.place) + 1 for sign in BREAKS), default=begin)
        start = max(start, begin, body if body <= figure.place else 0)
        sentence = max(begin, *(plain.rfind(sign, begin, figure.place) + 1 for sign in STRONG))
        end = next((place for place in range(figure.until, len(plain)) if plain[place] in BREAKS + "、"), len(plain))
        after, clause = plain[figure.until : end], plain[start : figure.place]
        found.append(FigureInContext(figure, start, sentence, after, clause, span=(figure.place, figure.until)))
    return found


def keep_numbers_stating_quantities(
    plain: str, figures: Sequence[FigureInContext], periods: Sequence[Period]
) -> list[FigureInContext]:
    """Return the numbers that state quantities, leaving out those that are frequencies, thresholds or idioms."""
    quantity_figures: list[FigureInContext] = []
    for one in figures:
        since = max(one.start, quantity_figures[-1].figure.until if quantity_figures else 0)
        one.before = _text_without_dates(plain, since, one.figure.place, periods)
        if not _is_no_quantity(one):
            quantity_figures.append(one)
    return quantity_figures


def _text_without_dates(plain: str, begin: int, end: int, periods: Sequence[Period]) -> str:
    """Return a text between two positions, leaving out the dates and periods in it."""
    parts = []
    for period in periods:
        if begin <= period.place < end and period.kind != "compared":
            parts.append(plain[begin : period.place])
            begin = min(period.until, end)
    return "".join([*parts, plain[begin:end]])


def all_digits_are_recognised(plain: str, begin: int, excluded: bytearray, figures: Sequence[FigureInContext]) -> bool:
    """Return whether every digit of a text is in a recognised number or in a passage marked in `excluded`."""
    covered = bytearray(excluded)
    for one in figures:
        covered[one.figure.begin : one.figure.end] = b"\1" * (one.figure.end - one.figure.begin)
    return all(covered[match.start()] for match in re.finditer(r"\d+", plain) if match.start() >= begin)


def _is_no_quantity(one: FigureInContext) -> bool:
    """Return whether a number is a frequency, a threshold or an idiom and so not a quantity."""
    figure = one.figure
    return (
        numbers_that_are_not_quantities.is_frequency(one.clause, figure)
        or numbers_that_are_not_quantities.is_threshold(one.before, one.after, figure)
        or (
            numbers_that_are_not_quantities.is_figure_of_speech(one.before, one.after, figure)
            and not counts_things_listed_before(one)
        )
    )


def counts_things_listed_before(one: FigureInContext) -> bool:
    """Return whether a number counts the things listed before it, as in A、B、C三项活动."""
    return (
        one.figure.han
        and one.figure.value != 1
        and one.figure.unit in ("项", "个", "条", "类", "家")
        and bool(LISTED.search(one.clause) and metric_names.metric_name_after_number(one.after))
    )
