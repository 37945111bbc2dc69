"""Finds the clause and sentence around each figure, and which figures are quantities."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from targets.document_parser import excluded_figures, metric_names
from targets.document_parser.periods_in_text import Period
from targets.document_parser.numbers_in_text import Figure, figures
from targets.document_parser.reading_result import Quantity

BREAKS = "，,。；;：:！？\n"
STRONG = "。；;！？\n"
LISTED = re.compile(r"[^，。；：]{2,}、[^，。；：]{2,}$")


@dataclass
class Found:
    figure: Figure
    start: int  # of its clause
    sentence: int  # where that begins
    after: str  # to the end of its clause
    clause: str  # from the start of its clause, other figures included
    before: str = ""  # the same from the figure before it, without periods
    quantity: Quantity | None = None
    span: tuple[int, int] = (0, 0)
    joined: bool = False


def occurrences(plain: str, begin: int, body: int, closed: bytearray) -> list[Found]:
    found: list[Found] = []
    for figure in figures(plain):
        if figure.begin < begin or any(closed[figure.begin : figure.end]):
            continue
        start = max((plain.rfind(sign, begin, figure.place) + 1 for sign in BREAKS), default=begin)
        start = max(start, begin, body if body <= figure.place else 0)
        sentence = max(begin, *(plain.rfind(sign, begin, figure.place) + 1 for sign in STRONG))
        end = next((place for place in range(figure.until, len(plain)) if plain[place] in BREAKS + "、"), len(plain))
        after, clause = plain[figure.until : end], plain[start : figure.place]
        found.append(Found(figure, start, sentence, after, clause, span=(figure.place, figure.until)))
    return found


def quantity_figures(plain: str, found: Sequence[Found], said: Sequence[Period]) -> list[Found]:
    """Keep the figures that are quantities, with the words between each and the one before."""
    kept: list[Found] = []
    for one in found:
        since = max(one.start, kept[-1].figure.until if kept else 0)
        one.before = _without(plain, since, one.figure.place, said)
        if not _is_none(one):
            kept.append(one)
    return kept


def _without(plain: str, begin: int, end: int, said: Sequence[Period]) -> str:
    """Return the text between two places without the periods in it."""
    parts = []
    for period in said:
        if begin <= period.place < end and period.kind != "compared":
            parts.append(plain[begin : period.place])
            begin = min(period.until, end)
    return "".join([*parts, plain[begin:end]])


def all_figures_explained(plain: str, begin: int, closed: bytearray, found: Sequence[Found]) -> bool:
    """Tell whether every digit of the text was matched by some rule or exclusion."""
    seen = bytearray(closed)
    for one in found:
        seen[one.figure.begin : one.figure.end] = b"\1" * (one.figure.end - one.figure.begin)
    return all(seen[match.start()] for match in re.finditer(r"\d+", plain) if match.start() >= begin)


def _is_none(one: Found) -> bool:
    figure = one.figure
    return (
        excluded_figures.is_frequency(one.clause, figure)
        or excluded_figures.is_threshold(one.before, one.after, figure)
        or (excluded_figures.is_slogan(one.before, one.after, figure) and not is_listed_set(one))
    )


def is_listed_set(one: Found) -> bool:
    """Tell whether the figure counts things listed before it: A、B、C三项活动."""
    return (
        one.figure.han
        and one.figure.value != 1
        and one.figure.unit in ("项", "个", "条", "类", "家")
        and bool(LISTED.search(one.clause) and metric_names.metric_after(one.after))
    )
