"""Finds the base amount and the growth rate that a sentence states for an amount."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from targets.document_parser.numbers_with_context import FigureInContext
from targets.document_parser.parsed_plan_dataclasses import Quantity

RISE = re.compile(r"(?P<verb>增长|递增|上升|提高|提升|增加|下降|降低|减少|压减|缩减|压降)(?:了|幅度)?$")
FALLS = frozenset({"下降", "降低", "减少", "压减", "缩减", "压降"})
_SUBJECTLESS = r"[，,、（(]?\s*(?:其中)?(?:同比|环比|[比较][^，。；、\d]{1,6}?|[比较](?:19|20)\d\d年|年均|预计|力争|确保|净|平均|可比口径|比上届|较上届)*"
_THEN_GROWTH = re.compile(rf"{_SUBJECTLESS}(?:增长|递增|上升|提高|增加|下降|降低|减少)\s*$")
_THEN_VALUE = re.compile(
    r"[，,、]?\s*(?:总量|总额|规模|总数|总值)?(?:力争|确保|预计)?(?:达到?|实现|完成|突破|超过|增至|提高到|增加到|扩大到|降至|降到|至|到)+(?:[\u4e00-\u9fff]{0,2})?\s*$"
)
_THEN_DOUBLES = re.compile(rf"{_SUBJECTLESS}\s*$")
_BASE_AFTER = re.compile(r"\s*(?:为基数|的基数|基数上|为基础|(?:的)?基础上[，,]?(?:再)?(?:增长|提高|下降))")
_FROM_TO = re.compile(
    r"(?:提高|增加|增长|提升|扩大|下降|降低|减少|压缩|上升|压减|缩短|发展)(?:到|至)\s*(?:[\u4e00-\u9fff]{0,2})?$"
)


def assign_base_and_growth(plain: str, figures: Sequence[FigureInContext]) -> None:
    """Attach each base amount and growth rate in a text to its amount, such as 50% in 75亿美元，增长50%."""
    for place, one in enumerate(figures):
        if one.joined:
            continue
        following = figures[place + 1] if place + 1 < len(figures) else None
        if following is None or following.sentence != one.sentence:
            continue
        between = plain[one.figure.until : following.figure.place]
        if re.search(r"分别[^，,。；;]{0,4}$", following.before) and _THEN_GROWTH.fullmatch(
            between.replace("分别", "")
        ):
            _assign_listed_growths(plain, figures, place)
        elif _BASE_AFTER.match(between):
            _assign_base(plain, figures, place)
        elif re.search(r"(?:由|从)[^，,。；]*$", one.before) and _FROM_TO.search(between) and one.figure.op == "=":
            _add_base_or_growth(following, one, base=one.figure.value)
        elif following.figure.unit == "番" and _THEN_DOUBLES.fullmatch(between):
            _add_base_or_growth(one, following, growth=doubling_growth_percent(following.figure.value))
        elif growth_percent(following) is not None and _THEN_GROWTH.fullmatch(between) and _is_amount(one):
            _add_base_or_growth(one, following, growth=growth_percent(following))
        elif growth_percent(one) is not None and _THEN_VALUE.fullmatch(between) and _is_amount(following):
            _add_base_or_growth(following, one, growth=growth_percent(one))


def _assign_base(plain: str, figures: Sequence[FigureInContext], place: int) -> None:
    """Attach a base amount and a growth rate to the amount 75 in 以50亿美元为基数，增长50%，达到75亿美元."""
    base = figures[place]
    rest = [one for one in figures[place + 1 : place + 3] if one.sentence == base.sentence]
    value = next((one for one in rest if one.figure.unit == base.figure.unit), None)
    grown = next((one for one in rest if growth_percent(one) is not None), None)
    if value is not None:
        _add_base_or_growth(value, base, base=base.figure.value)
        if grown is not None:
            _add_base_or_growth(value, grown, growth=growth_percent(grown))
    elif grown is not None:
        _add_base_or_growth(grown, base, base=base.figure.value)


def _assign_listed_growths(plain: str, figures: Sequence[FigureInContext], place: int) -> None:
    """Attach growth rates listed after 分别 to their amounts, as in 52起、死亡31人，同比分别下降8.8%和11.4%."""
    verb = RISE.search(figures[place + 1].before.rstrip())
    growths = [
        one for one in figures[place + 1 :] if one.sentence == figures[place].sentence and one.figure.unit == "%"
    ]
    values = [one for one in figures[: place + 1] if one.sentence == figures[place].sentence][-len(growths) :]
    if verb is None or len(values) != len(growths):
        return
    for value, growth in zip(values, growths, strict=True):
        if growth.figure.value is not None and growth.figure.unit != value.figure.unit:
            span = value.span
            _add_base_or_growth(
                value, growth, growth=-growth.figure.value if verb["verb"] in FALLS else growth.figure.value
            )
            value.span = span


def _add_base_or_growth(
    to: FigureInContext, from_: FigureInContext, base: Decimal | None = None, growth: Decimal | None = None
) -> None:
    """Record on the number `to` the base amount or growth rate that the number `from_` states."""
    so_far = to.quantity or Quantity("", "", "target")
    to.quantity = replace(
        so_far, base=so_far.base if base is None else base, growth_pct=so_far.growth_pct if growth is None else growth
    )
    if from_.span[0] < to.span[0]:
        to.before, to.clause = from_.before, from_.clause
    to.span = (min(to.span[0], from_.span[0]), max(to.span[1], from_.span[1]))
    from_.joined = True


def _is_amount(one: FigureInContext) -> bool:
    """Return whether a number in a text is an amount or count rather than a percentage."""
    return one.figure.unit not in ("%", "个百分点")


def growth_percent(one: FigureInContext) -> Decimal | None:
    """Return the growth rate in % that a number states, as 5 in 增长5% and -5 in 下降5%, or None if it states none."""
    figure = one.figure
    if figure.unit != "%" or figure.value is None:
        return None
    verb = RISE.search(one.before.rstrip())
    if verb is None:
        return None
    return -figure.value if verb["verb"] in FALLS else figure.value


def doubling_growth_percent(times: Decimal | None) -> Decimal:
    """Convert a number of doublings to a growth in %: 1 (翻一番) to 100, 2 (翻两番) to 300."""
    return Decimal(100) * (2 ** int(times or 1) - 1) if (times or 1) < 20 else Decimal(100)
