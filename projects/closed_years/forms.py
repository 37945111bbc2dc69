"""Form for closing or reopening a plan year, and a list that says which plan years are closed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms

from hunan_trade import clock, periods
from hunan_trade.lists.pages.decision_page import DecisionForm
from hunan_trade.web.text_fields import CleanTextField
from projects.choices import REGISTER_COMPLETE_FROM
from projects.closed_years.queries import newest_closings

CLOSE, OPEN = "close", "open"


@dataclass(frozen=True)
class YearInForce:
    """A plan year, whether it is closed, and when this was decided, as Chinese texts."""

    year: str
    state: str
    decided: str


def plan_years_with_state() -> list[YearInForce]:
    """Return each plan year since the project register began, newest first, with whether it is open or closed."""
    newest = newest_closings()
    found = []
    for year in range(clock.today().year, REGISTER_COMPLETE_FROM - 1, -1):
        decided = newest.get(year)
        state = "已关账" if decided and decided.closed else "未关账"
        found.append(
            YearInForce(
                f"{year}年",
                state,
                periods.format_chinese_datetime(decided.decided_at, with_year=True) if decided else "",
            )
        )
    return found


class ClosingForm(DecisionForm):
    year = forms.IntegerField(
        label="年度",
        min_value=2000,
        max_value=2099,
        help_text="关账以后，日期在这一年的阶段由省厅负责人确认；已印发的数不改，有改动的在以后的通报写明。",
    )
    closed = forms.ChoiceField(label="办理", choices=((CLOSE, "关账"), (OPEN, "撤销关账")))
    reason = CleanTextField(label="理由", max_length=500)

    def cleaned_arguments(self) -> dict[str, Any]:
        return {**self.cleaned_data, "closed": self.cleaned_data["closed"] == CLOSE}
