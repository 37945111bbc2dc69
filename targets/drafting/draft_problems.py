"""Finds the problems of a draft, and which of them block publishing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from targets.drafting.draft_to_plan import draft_items
from targets.drafting.models import PlanDraft
from targets.drafting.node_edits import KINDS, OMIT

MAX_METRIC, MAX_UNIT, MAX_TITLE, MAX_UNITS = 60, 20, 200, 500  # characters that the plan's tables hold
ALLOWED_DAYS = date(1900, 1, 1), date(2100, 12, 31)  # that anything in a plan may name
_LARGEST = Decimal("1e12")
_PLACES = 4


@dataclass(frozen=True)
class Problem:
    at: int | None  # the node's place; None: the head
    text: str
    blocks: bool = True


def blocking_problems(found: Iterable[Problem]) -> list[Problem]:
    """Return the problems of a draft that must be solved before it can be published."""
    return [problem for problem in found if problem.blocks]


def find_problems(draft: PlanDraft) -> list[Problem]:
    """Return all problems of a work plan draft, such as a missing year or a quantity without a number."""
    found = [Problem(None, text) for text in _document_data_problems(draft)]
    deepest = 0
    for at, node in enumerate(draft.nodes):
        found += [Problem(at, text) for text in _node_problems(node)]
        if node["level"] > deepest + 1:
            found.append(Problem(at, "层级比上一条低了不止一级。上移这一条。"))
        deepest = node["level"]
        if not node["understood"]:
            found.append(Problem(at, "有数字没有识别。核对后保存本条。", blocks=False))
    if not draft_items(draft.nodes):
        found.append(Problem(None, "没有可以列入的条目。把条目下移到第 1 级以下，或改它的类别。"))
    return found


def _document_data_problems(draft: PlanDraft) -> Iterator[str]:
    if draft.year is None:
        yield "没有年度。填写是哪一年的要点。"
    if not draft.title:
        yield "没有标题。"
    if not draft.issuer:
        yield "没有印发单位。"
    if draft.issued_on is None:
        yield "没有印发日期。"


def _node_problems(node: Mapping[str, Any]) -> Iterator[str]:
    if node["level"] == 0:
        return
    if node["kind"] not in KINDS:
        yield "类别不明。"
    if not node["title"].strip():
        yield "没有标题。写几个字的标题。"
    if len(node["title"]) > MAX_TITLE:
        yield f"标题超过 {MAX_TITLE} 字。写短些，原文不变。"
    if node["kind"] == OMIT:
        return
    if len("、".join(node["units"])) > MAX_UNITS:
        yield f"责任单位超过 {MAX_UNITS} 字。写短些。"
    for quantity in node["quantities"]:
        yield from quantity_problems(quantity)
    for deadline in node["deadlines"]:
        if deadline["start"] and deadline["end"] and deadline["start"] > deadline["end"]:
            yield f"时限“{deadline['text']}”的起晚于止。"
        if not all(map(_is_allowed_day, (deadline["start"], deadline["end"]))):
            yield f"时限“{deadline['text']}”不在 {ALLOWED_DAYS[0].year} 至 {ALLOWED_DAYS[1].year} 年间。核对后改正。"


def quantity_problems(quantity: Mapping[str, Any]) -> Iterator[str]:
    """Yield a Chinese message for each problem of a quantity in a draft, such as a missing number."""
    name = quantity["metric"] or quantity["text"]
    if not quantity["metric"]:
        yield f"“{quantity['text']}”没有写明指什么。"
    elif len(quantity["metric"]) > MAX_METRIC:
        yield f"“{name[:20]}…”超过 {MAX_METRIC} 字。写短些。"
    if len(quantity["unit"] or "") > MAX_UNIT:
        yield f"“{name}”的单位超过 {MAX_UNIT} 字。"
    numbers = {key: parse_number(quantity[key]) for key in ("value", "low", "high", "base", "growth_pct")}
    if not _is_allowed_day(quantity["horizon"]):
        yield f"“{name}”的期限不在 {ALLOWED_DAYS[0].year} 至 {ALLOWED_DAYS[1].year} 年间。核对后改正。"
    if any(quantity[key] is not None and numbers[key] is None for key in numbers):
        yield f"“{name}”的数字太大，或小数多于 {_PLACES} 位。"
    if quantity["op"] == "range":
        low, high = numbers["low"], numbers["high"]
        if low is None or high is None:
            yield f"“{name}”是区间，要有两个数。"
        elif low >= high:
            yield f"“{name}”的上限要大于下限。"
    elif quantity["kind"] != "direction" and numbers["value"] is None:
        yield f"“{name}”没有数。填数，或把类型改为方向。"


def _is_allowed_day(text: str | None) -> bool:
    """Return whether `text` is None or an ISO date in the years from 1900 to 2100."""
    try:
        return text is None or ALLOWED_DAYS[0] <= date.fromisoformat(text) <= ALLOWED_DAYS[1]
    except ValueError:
        return False


def parse_number(text: str | None) -> Decimal | None:
    """Parse a decimal number; return None if it is invalid, too large or has more than four decimal places."""
    try:
        value = Decimal(text) if text is not None else None
    except InvalidOperation:
        return None
    if value is None or not value.is_finite() or abs(value) >= _LARGEST:
        return None
    exponent = value.normalize().as_tuple().exponent
    return value if isinstance(exponent, int) and -exponent <= _PLACES else None
