"""Prepares the Fortune 500 verdict of a project for the project's page."""

from __future__ import annotations

from dataclasses import dataclass

from hunan_trade.accounts.models import User
from hunan_trade.ui.component_data import Fact, StateKind
from projects.choices import FortuneCode
from projects.fortune_500 import rules_group_counting as rules_fortune
from projects.fortune_500.group_names import FortuneLists
from projects.fortune_500.rules_group_counting import FortuneVerdict
from projects.fortune_500.verdicts import fortune_verdicts, load_fortune_lists
from projects.models import Project

FORTUNE_COLOURS: dict[str, StateKind] = {FortuneCode.COUNTED: "ok"}


@dataclass(frozen=True)
class FortunePanel:
    """Whether a project makes its investors' Fortune 500 groups count, with a sentence and the facts for each group."""

    title: str
    colour: StateKind | str
    groups: tuple[tuple[str, tuple[Fact, ...]], ...]  # (sentence, facts)


def fortune_panel(user: User, project: Project) -> FortunePanel | None:
    """Return for a project's page whether it makes Fortune 500 groups count, or None if it names no investor group."""
    if not project.investor_groups:
        return None
    lists = load_fortune_lists()
    verdicts = fortune_verdicts([project], lists)[project.code]
    code, _ = rules_fortune.summarise_verdicts(verdicts)
    if not code:
        return None
    return FortunePanel(
        str(code.label),
        FORTUNE_COLOURS.get(code, ""),
        tuple((_sentence(user, verdict), _verdict_facts(project, verdict, lists)) for verdict in verdicts),
    )


def _sentence(user: User, verdict: FortuneVerdict) -> str:
    return rules_fortune.sentence_for_province(verdict) if user.is_province else verdict.sentence


def _verdict_facts(project: Project, verdict: FortuneVerdict, lists: FortuneLists) -> tuple[Fact, ...]:
    facts = [Fact("投资方集团", verdict.group), Fact("判定规则", rules_fortune.RULE)]
    if project.counted_on:
        row = lists.rows.get((project.counted_on.year, verdict.group))
        rank = f"第 {row.rank} 位，" if row and row.rank else ""
        facts.append(Fact(f"{project.counted_on.year}年名单", f"{rank}{row.name}" if row else "没有这家集团"))
        facts.append(Fact("项目计入日期", str(project.counted_on)))
    return tuple(facts)
