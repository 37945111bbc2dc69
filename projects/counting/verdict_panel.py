"""Prepares the verdict on whether a project counts for the project's page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hunan_trade.accounts.models import User
from hunan_trade.ui.component_data import Fact, StateKind
from projects.choices import CountingRule, VerdictCode
from projects.counting import rules as rules_counting
from projects.counting.verdicts import verdict_of
from projects.models import Project

VERDICT_COLOURS: dict[str, StateKind] = {VerdictCode.COUNTED: "ok", VerdictCode.UNACCEPTED: "warn"}


@dataclass(frozen=True)
class VerdictPanel:
    """Verdict on whether a project counts, with a sentence, the deciding rule and the facts used."""

    title: str
    colour: StateKind | Literal[""]
    sentence: str
    facts: tuple[Fact, ...]


def verdict_panel(user: User, project: Project) -> VerdictPanel:
    """Return for a project's page whether and why it counts; only the province sees projects of other cities."""
    verdict = verdict_of(project)
    sentence = rules_counting.sentence_for_province(verdict) if user.is_province else verdict.sentence
    rule = Fact("判定规则", f"{verdict.rule} {CountingRule(verdict.rule).label}")
    used = (Fact(label, value) for label, value in verdict.used)
    return VerdictPanel(str(verdict.code.label), VERDICT_COLOURS.get(verdict.code, ""), sentence, (rule, *used))
