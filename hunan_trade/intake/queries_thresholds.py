"""Reads the values of thresholds that apply to a month."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from decimal import Decimal

from hunan_trade.intake.models import Threshold
from hunan_trade.periods import Month
from hunan_trade.tabular.rule_threshold_declaration import RuleThreshold

_all_decisions: ContextVar[Sequence[Threshold] | None] = ContextVar("all_decisions", default=None)


@contextmanager
def decisions_read_once() -> Iterator[None]:
    """Context manager within which the decided threshold values are read from the database only once."""
    token = _all_decisions.set(tuple(Threshold.objects.all()))
    try:
        yield
    finally:
        _all_decisions.reset(token)


def threshold_values_for_month(
    dataset: str, declared: Sequence[RuleThreshold], month: Month, as_of: datetime | None = None
) -> dict[str, Decimal]:
    """Return a dict from threshold code to its value in a month: the decided value, or else the declared default.

    `dataset` is the code of the thresholds' group. With `as_of`, as it was decided until then.
    """
    decisions = _all_decisions.get()
    if decisions is None:
        decisions = tuple(Threshold.objects.known_as_of(as_of).filter(dataset=dataset, holds_from__lte=month.first))
    holding = [
        each
        for each in decisions
        if each.dataset == dataset and each.holds_from <= month.first and (as_of is None or each.decided_at <= as_of)
    ]
    holding.sort(key=lambda each: (each.holds_from, each.decided_at))
    return {each.code: each.default for each in declared} | {each.code: each.value for each in holding}
