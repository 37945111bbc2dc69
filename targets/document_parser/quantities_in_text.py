"""Finds the quantities that a text states, with the names of their metrics."""

from __future__ import annotations

import re
from collections.abc import Sequence

from targets.document_parser import metric_names, numbers_that_are_not_quantities
from targets.document_parser.base_amounts_and_growth_rates import (
    FALLS,
    RISE,
    assign_base_and_growth,
    doubling_growth_percent,
    growth_percent,
)
from targets.document_parser.counts_of_existing_things import (
    continues_counts_of_existing_things,
    counts_existing_things,
    find_counted_sets,
)
from targets.document_parser.dates_and_periods_in_text import Period
from targets.document_parser.numbers_with_context import (
    BREAKS,
    FigureInContext,
    all_digits_are_recognised,
    find_numbers_with_context,
    keep_numbers_stating_quantities,
)
from targets.document_parser.numerals import to_half_width
from targets.document_parser.parsed_plan_dataclasses import Quantity
from targets.document_parser.quantity_due_dates import HeadingHints, with_due_date
from targets.document_parser.targets_without_number import find_targets_without_number

_LINK = re.compile(r"(?:以上|以下|以内|左右)?\s*(?:、|和|及|与|以及|，|,)\s*$")
_EACH = re.compile(r"(?:均|都)(?:[\u4e00-\u9fff]{0,6})?$|各$")
_GENERAL = re.compile(r"(?:总)?(?:人数|数量|数|总数|总量|规模|面积|占比|比例|比重)")
_FOR_EACH = re.compile(r"每[个家名户所条座场]?[\u4e00-\u9fff]{1,4}")


def find_quantities(
    text: str, begin: int, periods: Sequence[Period], hints: HeadingHints, body: int = 0
) -> tuple[tuple[Quantity, ...], bool]:
    """Return the quantities that a text states, and whether every digit was recognised.

    `begin`: where the marker ends, `body`: where the title does.
    """
    plain = to_half_width(text)
    excluded = numbers_that_are_not_quantities.mask_excluded_text(plain)
    for period in periods:
        excluded[period.place : period.until] = b"\1" * (period.until - period.place)
    figures = find_numbers_with_context(plain, begin, body, excluded)
    all_covered = all_digits_are_recognised(plain, begin, excluded, figures)
    figures = keep_numbers_stating_quantities(plain, figures, periods)
    assign_base_and_growth(plain, figures)
    placed_quantities: list[tuple[int, Quantity]] = []
    previous: FigureInContext | None = None
    for run in _group_by_respectively(plain, [one for one in figures if not one.joined]):
        for place, quantity in _make_quantities(plain, run, previous, text):
            placed_quantities.append((place, with_due_date(plain, place, quantity, periods, hints, body)))
        previous = run[-1]
        previous.quantity = placed_quantities[-1][1] if placed_quantities else None
    placed_quantities += [
        (place, with_due_date(plain, place, one, periods, hints, body))
        for place, one in find_targets_without_number(plain, begin, excluded)
    ]
    placed_quantities += [(place, one) for place, one in find_counted_sets(plain, begin, excluded)]
    if hints.past:  # where something went in the past is no direction to go
        placed_quantities = [(place, one) for place, one in placed_quantities if one.kind != "direction"]
    return tuple(
        drop_repeated_roster_quantities([one for _, one in sorted(placed_quantities, key=lambda pair: pair[0])])
    ), all_covered


def _group_by_respectively(plain: str, figures: Sequence[FigureInContext]) -> list[list[FigureInContext]]:
    """Group numbers that share one 分别 (respectively), and put every other number into its own group."""
    runs: list[list[FigureInContext]] = []
    for one in figures:
        last = runs[-1][-1] if runs else None
        if (
            last is not None
            and "分别" in runs[-1][0].before
            and last.sentence == one.sentence
            and _LINK.fullmatch(plain[last.figure.until : one.figure.place])
        ):
            runs[-1].append(one)
        else:
            runs.append([one])
    return runs


def _make_quantities(
    plain: str, run: list[FigureInContext], previous: FigureInContext | None, text: str
) -> list[tuple[int, Quantity]]:
    """Return (position in the text, quantity) for each number of one group, such as the numbers after 分别."""
    first = run[0]
    if len(run) > 1:
        names = metric_names.split_listed_metrics(first.before.split("分别")[0], len(run))
        op = next((one.figure.op for one in run if one.figure.op != "="), "=")
        verb = RISE.search(first.before.rstrip())
        if names:
            return [
                (one.figure.place, _make_quantity(one, name, text, op if one.figure.op == "=" else one.figure.op, verb))
                for one, name in zip(run, names, strict=True)
            ]
    made: list[tuple[int, Quantity]] = []
    for one in run:
        for name in _metric_names(plain, one, previous):
            made.append((one.figure.place, _make_quantity(one, name, text, one.figure.op, None, previous)))
        previous = one
        one.quantity = made[-1][1]
    return made


def _metric_names(plain: str, one: FigureInContext, previous: FigureInContext | None) -> list[str]:
    """Return the names of what a number measures: one metric, or each metric of a list such as A和B均增长5%."""
    behind = metric_names.metric_name_after_number(one.after) if one.figure.unit not in ("%", "‰", "个百分点") else ""
    if behind:
        return [behind]
    if _EACH.search(one.before.rstrip()):
        return metric_names.split_listed_metrics(one.before, None)
    named = metric_names.metric_name_before_number(one.before)
    if named and not (_FOR_EACH.fullmatch(named) or _GENERAL.fullmatch(named) or metric_names.consists_of_verbs(named)):
        return [named]
    if previous is not None and previous.sentence == one.sentence and previous.quantity is not None:
        return [_combine_metric(previous.quantity.metric, named)]
    start = one.start
    clauses = [
        part
        for part in re.split(f"[{BREAKS}]", plain[one.sentence : start])
        if part.strip() and not re.search(r"\d", part)
    ]
    if clauses:
        return [_combine_metric(metric_names.metric_name_before_number(clauses[-1]) or clauses[-1], named)]
    earlier = next(
        (
            part
            for part in reversed(re.split(f"[{BREAKS}]", plain[:start]))
            if part.strip() and not re.search(r"\d", part)
        ),
        "",
    )
    return [named or metric_names.metric_name_before_number(earlier) or earlier]


def _combine_metric(thing: str, named: str) -> str:
    """Join a noun and a word into a metric's name, such as 学员 and 人数 into 学员人数 (number of students)."""
    return (
        thing
        if not named or metric_names.consists_of_verbs(named)
        else f"{thing}，{named}"
        if named[0] == "每"
        else thing + named
    )


def _make_quantity(
    one: FigureInContext,
    name: str,
    text: str,
    op: str,
    verb: re.Match[str] | None,
    previous: FigureInContext | None = None,
) -> Quantity:
    """Build a `Quantity` from a number in a text and the name of what the number measures."""
    figure = one.figure
    extra = one.quantity or Quantity("", "", "target")
    growth = extra.growth_pct
    if growth is None and figure.op != "range":
        growth = growth_percent(one)
        if growth is None and verb is not None and figure.unit == "%" and figure.value is not None:
            growth = -figure.value if verb["verb"] in FALLS else figure.value
        if figure.unit == "番":
            growth = doubling_growth_percent(figure.value)
    begin = one.span[0]
    if begin == figure.place and (figure.unit in ("%", "个百分点") or growth is not None) and text[:begin] != "":
        risen = RISE.search(text[:begin].rstrip())
        begin = risen.start() if risen else begin
    return Quantity(
        text=text[begin : one.span[1]],
        metric=name.strip(),
        kind="roster"
        if counts_existing_things(one) or continues_counts_of_existing_things(one, previous)
        else "target",
        op=op,
        value=figure.value,
        low=figure.low,
        high=figure.high,
        unit=figure.unit,
        base=extra.base,
        growth_pct=growth,
    )


def drop_repeated_roster_quantities(quantities: Sequence[Quantity]) -> list[Quantity]:
    """Return the quantities of a text, leaving out repeated counts of the same things, such as 92个项目."""
    unique: list[Quantity] = []
    for quantity in quantities:
        if quantity.kind == "roster" and any(
            other.kind == "roster"
            and (other.value, other.unit, other.metric) == (quantity.value, quantity.unit, quantity.metric)
            for other in unique
        ):
            continue
        unique.append(quantity)
    return unique
