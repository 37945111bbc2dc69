"""Form for changing the value of a threshold, and the list of current values shown beside the form."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms

from hunan_trade import clock
from hunan_trade.intake.adjustable_rule_thresholds import threshold_groups
from hunan_trade.intake.queries_thresholds import threshold_values_for_month
from hunan_trade.lists.pages.decision_page import DecisionForm
from hunan_trade.periods import Month
from hunan_trade.tabular.rule_threshold_declaration import RuleThreshold
from hunan_trade.web.month_and_time_fields import MonthField
from hunan_trade.web.text_fields import CleanTextField


@dataclass(frozen=True)
class ThresholdInForce:
    """A threshold of the checks or reminders, with its current value."""

    group: str
    declared: RuleThreshold
    value: Decimal

    @property
    def text(self) -> str:
        return self.declared.format_value(self.value)

    @property
    def default_text(self) -> str:
        return self.declared.format_value(self.declared.default)


def thresholds_in_force() -> list[ThresholdInForce]:
    now = Month.of(clock.today())
    return [
        ThresholdInForce(group.title, declared, values[declared.code])
        for group in threshold_groups()
        for values in [threshold_values_for_month(group.code, group.thresholds, group.earliest_month(now))]
        for declared in group.thresholds
    ]


def _choices() -> list[tuple[str, str]]:
    return [
        (f"{group.code}.{each.code}", f"{group.title}，{each.title}（{each.unit}）")
        for group in threshold_groups()
        for each in group.thresholds
    ]


class ThresholdForm(DecisionForm):
    threshold = forms.ChoiceField(label="阈值", choices=_choices)
    value = forms.DecimalField(label="数值", max_digits=12, decimal_places=2)
    holds_from = MonthField(
        label="自何月起",
        help_text="写作 2013-07。月报的阈值自这个月的月报起，提醒的自这个月 1 日起；以前各月按原来的阈值。",
    )
    reason = CleanTextField(label="理由", max_length=500)

    def cleaned_arguments(self) -> dict[str, Any]:
        dataset, code = self.cleaned_data["threshold"].split(".")
        facts = {name: self.cleaned_data[name] for name in ("value", "holds_from", "reason")}
        return {"dataset": dataset, "code": code, **facts}
