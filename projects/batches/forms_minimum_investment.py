"""Declares the form for a new minimum investment of projects in batches, and lists the minimums in force."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django import forms

from hunan_trade.lists.pages.decision_page import DecisionForm
from hunan_trade.web.money_fields import WanField
from hunan_trade.web.text_fields import CleanTextField
from projects.batches.joining_requirements import decided_thresholds
from projects.batches.rules_joining import FIRST_THRESHOLD, threshold_on


@dataclass(frozen=True)
class ThresholdInForce:
    """A minimum investment for joining a batch, with the day from which it applies."""

    from_text: str
    least_usd: Decimal


def thresholds_in_force() -> list[ThresholdInForce]:
    """Return every minimum investment for joining a batch, in the order of the days from which they apply."""
    decided = decided_thresholds()
    days = sorted({FIRST_THRESHOLD.holds_from, *(each.holds_from for each in decided)})
    return [
        ThresholdInForce("最初" if day == date.min else str(day), threshold_on(day, decided).least_usd) for day in days
    ]


class BatchThresholdForm(DecisionForm):
    holds_from = forms.DateField(
        label="自何日起",
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text="这一天和以后列入的项目按所定下限，以前列入的不变。",
    )
    least_usd = WanField(label="投资额下限（万美元）", min_value=Decimal("0.01"), max_digits=17, decimal_places=2)
    reason = CleanTextField(label="理由", max_length=500)
