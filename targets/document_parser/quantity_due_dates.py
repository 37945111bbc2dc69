"""Finds the due date of each quantity, and recognises quantities that describe a past period."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from targets.document_parser.dates_and_periods_in_text import Period
from targets.document_parser.numbers_with_context import STRONG
from targets.document_parser.parsed_plan_dataclasses import Quantity

_BEFORE_PERIOD = re.compile(r"[^\u4e00-\u9fff]|力争|确保|争取|在|其中|具体|目标|为|是|[一二三四五六七八九十]+[、是]")


@dataclass(frozen=True)
class HeadingHints:
    """What headings imply for the quantities below them: their due date, and whether they describe the past."""

    past: bool = False
    horizon: date | None = None


def with_due_date(
    plain: str, place: int, quantity: Quantity, periods: Sequence[Period], hints: HeadingHints, begin: int
) -> Quantity:
    """Return the quantity with its due date, or with the kind "past" if it describes a past period."""
    line = plain.rfind("\n", 0, place)
    sentence = max(plain.rfind(sign, 0, place) for sign in "。\n")
    applying = None
    for period in periods:
        if line < period.place < place and period.sets_due_date:
            if _period_applies_to_number(plain, period, place, sentence, begin):
                applying = period
            elif applying is not None and applying.kind == "past":
                applying = None
    if applying is not None and applying.kind == "past" and quantity.kind == "target":
        return replace(quantity, kind="past", horizon=applying.end)
    if hints.past and quantity.kind == "target":
        return replace(quantity, kind="past", horizon=hints.horizon)
    if quantity.kind == "roster":
        return quantity
    return replace(quantity, horizon=applying.end if applying is not None else hints.horizon)


def _period_applies_to_number(plain: str, period: Period, place: int, sentence: int, begin: int) -> bool:
    """Return whether a date or period named in a text applies to the number at position `place`.

    A period at the start of a sentence applies to the rest of the paragraph, one within a sentence to the rest of
    the sentence, and a month or quarter in which something happens to its own clause.
    """
    if period.kind == "past":
        return period.place > sentence and "基础上" not in plain[period.until : place]
    if _period_begins_sentence(plain, period, begin):
        return True
    if period.place < sentence:
        return False
    return period.start is None or period.kind != "deadline" or not re.search("[，,]", plain[period.until : place])


def _period_begins_sentence(plain: str, period: Period, title_end: int) -> bool:
    """Return whether a date or period stands at the start of its sentence, apart from words such as 力争 or 在."""
    begin = max(plain.rfind(sign, 0, period.place) for sign in STRONG) + 1
    if begin < title_end <= period.place:
        begin = title_end
    return not re.sub(_BEFORE_PERIOD, "", plain[begin : period.place])
