"""Pure functions that decide which project of a Fortune 500 group makes the group count.

A group counts once, with the first of its projects that counts, by the list of that project's year. The first is the
one with the earliest day, on one day the one with the lowest code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from hunan_trade.periods import Month
from projects.choices import FortuneCode, VerdictCode
from projects.counting.rules import COUNTED_ELSEWHERE, ProjectFacts, ProjectRef, Verdict

RULE = "每家集团只计一次，计在首个计入项目的年度，按当年名单"
Lists = Mapping[int, frozenset[str]]  # year -> the groups on its list; a year is missing until its list is loaded


@dataclass(frozen=True)
class FortuneVerdict:
    """Whether a project makes one of its investors' groups count as a Fortune 500 group.

    `sentence` names no project of another city; only the province may read `other` where its city differs.
    """

    group: str
    code: FortuneCode
    sentence: str
    counted_month: Month | None = None
    other: ProjectRef | None = None  # the group's first project


def first_projects(facts: Iterable[ProjectFacts], counts: Mapping[str, Verdict]) -> dict[str, ProjectRef]:
    """Return, for each Fortune 500 group, the earliest of the group's projects that count."""
    counted = [
        (on, project.code, project)
        for project in facts
        if (on := counts[project.code].on) and counts[project.code].code == VerdictCode.COUNTED
    ]
    found: dict[str, ProjectRef] = {}
    for _, _, project in sorted(counted, key=lambda claim: claim[:2]):
        for group in project.groups:
            found.setdefault(group, project.ref)
    return found


def group_verdicts(
    facts: ProjectFacts, count: Verdict, firsts: Mapping[str, ProjectRef], lists: Lists
) -> tuple[FortuneVerdict, ...]:
    """Return, for each investor's group, whether and why the project makes it count as a Fortune 500 group."""
    return tuple(_group_verdict(group, facts, count.counted_month, firsts, lists) for group in sorted(facts.groups))


def summarise_verdicts(verdicts: Sequence[FortuneVerdict]) -> tuple[FortuneCode | Literal[""], int]:
    """Return the highest-ranking `FortuneCode` of a project's verdicts, "" without any, and how many are COUNTED."""
    codes = [verdict.code for verdict in verdicts]
    return next((code for code in FortuneCode if code in codes), ""), codes.count(FortuneCode.COUNTED)


def sentence_for_province(verdict: FortuneVerdict) -> str:
    """Return the text that explains a Fortune 500 verdict to provincial users, and may name another city's project."""
    if verdict.other is None or verdict.code != FortuneCode.COUNTED_ELSEWHERE:
        return verdict.sentence
    return f"{COUNTED_ELSEWHERE}：{verdict.group}的首个计入项目是 {verdict.other.code}。"


def _group_verdict(
    group: str, facts: ProjectFacts, month: Month | None, firsts: Mapping[str, ProjectRef], lists: Lists
) -> FortuneVerdict:
    if month is None:
        return FortuneVerdict(group, FortuneCode.PROJECT_NOT_COUNTED, "项目未计入，集团不计。")
    if month.year not in lists:
        return FortuneVerdict(group, FortuneCode.NOT_LISTED, f"{month.year}年世界500强名单还没有载入，暂不计。")
    # Before the question who was first: of a group outside the list, no city learns whether others have it.
    if group not in lists[month.year]:
        return FortuneVerdict(group, FortuneCode.NOT_LISTED, f"{group}不在{month.year}年世界500强名单，不计。")
    first = firsts[group]
    if first == facts.ref:
        sentence = f"{group}在{month.year}年世界500强名单，本项目是其首个计入项目，计入 {month.label}。"
        return FortuneVerdict(group, FortuneCode.COUNTED, sentence, month)
    if first.city != facts.city:
        return FortuneVerdict(group, FortuneCode.COUNTED_ELSEWHERE, f"{COUNTED_ELSEWHERE}。", other=first)
    sentence = f"{group}的首个计入项目是 {first.code}，一个集团只计一次，本项目不再计。"
    return FortuneVerdict(group, FortuneCode.GROUP_COUNTED_EARLIER, sentence, other=first)
