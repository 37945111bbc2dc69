"""Reads the thresholds of a sheet's rules that hold for the return of a month."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from hunan_trade.intake.models import Threshold
from hunan_trade.periods import Month
from hunan_trade.tabular.rule_thresholds import RuleThreshold


def values_of_month(
    dataset: str, declared: Sequence[RuleThreshold], month: Month, as_of: datetime | None = None
) -> dict[str, Decimal]:
    """Return the value of each declared threshold for the return of a month.

    With `as_of`, as it was decided until then.
    """
    decided = Threshold.objects.known_as_of(as_of).filter(dataset=dataset, holds_from__lte=month.first)
    newest = decided.order_by("code", "-holds_from", "-decided_at").distinct("code")
    return {each.code: each.default for each in declared} | dict(newest.values_list("code", "value"))
