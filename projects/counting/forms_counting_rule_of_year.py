"""Form to decide which event makes a project count in a plan year, and a list of the rules in force."""

from __future__ import annotations

from dataclasses import dataclass

from django import forms

from hunan_trade import clock
from hunan_trade.lists.pages.decision_page import DecisionForm
from hunan_trade.web.text_fields import CleanTextField
from projects.choices import CountingEvent
from projects.counting.verdicts import counting_rules


@dataclass(frozen=True)
class RuleInForce:
    """The event that makes a project count in a plan year, with the version of the decision, as Chinese texts."""

    year: str
    event: str
    version: str


def rules_in_force() -> list[RuleInForce]:
    """Return, for each plan year up to next year, the event that makes a project count in it, as Chinese texts."""
    rules, next_year = counting_rules(), clock.today().year + 1
    found = []
    for year in range(rules.complete_from, next_year + 1):
        rule, decided = rules.of_year(year), rules.last_decided_year(year)
        version = f"第 {rule.version} 版" if decided == year else f"同{decided}年"
        found.append(RuleInForce(f"{year}年", str(rule.event.label), version))
    return found


class CountingForm(DecisionForm):
    year = forms.IntegerField(
        label="年度",
        min_value=2000,
        max_value=2099,
        help_text="这一年和以后没有另定的各年按所定环节计数，项目当即重新判定；以前各年和已签发的通报不变。",
    )
    event = forms.ChoiceField(label="计数环节", choices=CountingEvent.choices)
    reason = CleanTextField(label="理由", max_length=500)
