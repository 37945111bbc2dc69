"""Pure functions that decide whether a project counts toward the year's number of projects, and why.

A project counts once, on the day of the event that the rule of that day's year names. Where several projects of the
register are one and the same, the one with the earliest day counts, on one day the one with the lowest code.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from hunan_trade.periods import Month
from projects.choices import (
    REGISTER_COMPLETE_FROM,
    CountingEvent,
    EntryState,
    Stage,
    Status,
    VerdictCode,
)
from projects.stages.rules import Entry, stages_reached

COUNTED_ELSEWHERE = "已由其他市州项目计入"  # all that a city reads where a verdict rests on another city's project


@dataclass(frozen=True)
class ProjectRef:
    """Reference to a project by its code and city."""

    code: str
    city: str


@dataclass(frozen=True)
class RuleOfYear:
    """The event that makes a project count in a plan year, with the version of the decision."""

    event: CountingEvent
    version: int


@dataclass(frozen=True)
class CountingRules:
    """Which event makes a project count in each plan year, and the first year for which the register is complete.

    A year without a decision of its own takes the newest earlier one. `complete_from` must have one.
    """

    complete_from: int
    by_year: Mapping[int, RuleOfYear]

    def __post_init__(self) -> None:
        if self.complete_from not in self.by_year:
            raise ValueError(f"no counting rule for {self.complete_from}")

    def rule_on(self, day: date) -> RuleOfYear | None:
        """Return the counting rule for the year of `day`, or None for a year before the register was complete."""
        return None if day.year < self.complete_from else self.of_year(day.year)

    def of_year(self, year: int) -> RuleOfYear:
        """Return the counting rule that applies in `year`."""
        return self.by_year[self.last_decided_year(year)]

    def last_decided_year(self, year: int) -> int:
        """Return the latest year up to `year` for which a counting rule was decided; that rule applies in `year`."""
        return max(decided for decided in self.by_year if decided <= year)


# Until the province's lead decides otherwise.
FIRST_RULES = CountingRules(REGISTER_COMPLETE_FROM, {REGISTER_COMPLETE_FROM: RuleOfYear(CountingEvent.SIGNING, 1)})


@dataclass(frozen=True)
class ProjectFacts:
    """The facts of a project that the counting rules use."""

    code: str
    city: str
    entries: tuple[Entry, ...]
    registered_on: date | None = None  # 工商注册; the province confirms the day with 落地
    status: str = Status.ACTIVE
    merged_into: ProjectRef | None = None
    same_as: frozenset[str] = frozenset()  # codes of projects that a person confirmed to be the same
    groups: frozenset[str] = frozenset()  # groups that its investors belong to

    @property
    def ref(self) -> ProjectRef:
        return ProjectRef(self.code, self.city)


@dataclass(frozen=True)
class Verdict:
    """Whether a project counts toward the year's number of projects, by which rule, and on which facts.

    `sentence` and `used` name no project of another city; only the province may read `other` where its city differs.
    """

    code: VerdictCode
    rule: str  # a value of CountingRule
    sentence: str
    used: tuple[tuple[str, str], ...] = ()  # (label, value)
    on: date | None = None  # day of the event that decides
    other: ProjectRef | None = None  # the project on which the verdict rests

    @property
    def counted_month(self) -> Month | None:
        return Month.of(self.on) if self.on and self.code == VerdictCode.COUNTED else None


Claims = Mapping[str, ProjectRef]  # code of a project -> the project that counts among those that are the same


def verdicts(facts: Iterable[ProjectFacts], rules: CountingRules) -> dict[str, Verdict]:
    """Return, by project code, whether and why each project counts toward the year's number of projects.

    Each project comes with all that are the same as it or merged with it; others do not change its verdict.
    """
    every = list(facts)
    found = first_counting_duplicate_by_code(every, rules)
    return {project.code: verdict(project, rules, found) for project in every}


def verdict(facts: ProjectFacts, rules: CountingRules, claims: Claims) -> Verdict:
    """Return whether and why one project counts; `claims` says which of several duplicates counts."""
    own = _own_verdict(facts, rules)
    first = claims.get(facts.code, facts.ref)
    if own.code != VerdictCode.COUNTED or first == facts.ref:
        return own
    if first.city != facts.city:
        return replace(
            own, code=VerdictCode.COUNTED_ELSEWHERE, rule="R6", sentence=f"{COUNTED_ELSEWHERE}。", other=first
        )
    sentence = f"与 {first.code} 经确认是同一项目，以日期在前的 {first.code} 为准，按规则 R6 不再计入。"
    used = (*own.used, ("同一项目", first.code))
    return replace(own, code=VerdictCode.DUPLICATE, rule="R6", sentence=sentence, used=used, other=first)


def first_counting_duplicate_by_code(facts: Iterable[ProjectFacts], rules: CountingRules) -> dict[str, ProjectRef]:
    """Return, for each project with duplicates, the earliest of them that counts or was signed before 2013."""
    found: dict[str, ProjectRef] = {}
    for same in _sets_of_same_projects(facts):
        days = ((_own_verdict(project, rules), project) for project in same)
        competing = [
            (own.on, project.code, project.ref)
            for own, project in days
            if own.on and own.code in (VerdictCode.COUNTED, VerdictCode.BEFORE_REGISTER)
        ]
        if competing:
            first = min(competing, key=lambda claim: claim[:2])[2]
            found |= {project.code: first for project in same}
    return found


def repeated_contracts(facts: Iterable[ProjectFacts], claims: Claims) -> set[str]:
    """Return the codes of projects left out of sums of contracted capital because a duplicate's is in the sum.

    Of projects that are the same, one keeps it: the one that counts, else the one with the lowest code. Merged projects
    had contracts of their own.
    """
    found: set[str] = set()
    for same in _sets_of_same_projects(facts, with_merged=False):
        codes = {project.code for project in same}
        first = next((claims[code].code for code in codes if code in claims), "")
        found |= codes - {first if first in codes else min(codes)}
    return found


def sentence_for_province(verdict: Verdict) -> str:
    """Return the sentence that explains a verdict to provincial users, and may name another city's project."""
    if verdict.other is None or verdict.code != VerdictCode.COUNTED_ELSEWHERE:
        return verdict.sentence
    return f"{COUNTED_ELSEWHERE}：{verdict.other.code}，按规则 {verdict.rule}。"


def _sets_of_same_projects(facts: Iterable[ProjectFacts], *, with_merged: bool = True) -> Iterator[list[ProjectFacts]]:
    """Yield each set of duplicate projects as a list, together with merged projects if `with_merged` is true."""
    by_code = {project.code: project for project in facts}
    linked: dict[str, set[str]] = {}
    for project in by_code.values():
        survivor = {project.merged_into.code} if project.merged_into and with_merged else set[str]()
        others = project.same_as | survivor
        for other in others & by_code.keys():
            linked.setdefault(project.code, set()).add(other)
            linked.setdefault(other, set()).add(project.code)
    while linked:
        found, left = set[str](), {next(iter(linked))}
        while left:
            code = left.pop()
            found.add(code)
            left |= linked.pop(code) - found
        yield [by_code[code] for code in found]


def _own_verdict(facts: ProjectFacts, rules: CountingRules) -> Verdict:
    """Return whether and why a project counts, without regard to its duplicates."""
    if other := facts.merged_into:
        if other.city != facts.city:
            return Verdict(VerdictCode.COUNTED_ELSEWHERE, "R5", f"{COUNTED_ELSEWHERE}。", other=other)
        sentence = f"已并入 {other.code}，由该项目计数，按规则 R5 不再计入。"
        return Verdict(VerdictCode.MERGED, "R5", sentence, (("并入", other.code),), other=other)
    stages, used = stages_reached(facts.entries), _facts_used(facts, rules)
    signed = stages[Stage.SIGNED].effective_on if Stage.SIGNED in stages else None
    registered = facts.registered_on if Stage.LANDED in stages else None
    if signed and rules.rule_on(signed) is None:
        sentence = f"签约日期 {signed} 早于项目库起计的 {rules.complete_from}年，不计入。"
        return Verdict(VerdictCode.BEFORE_REGISTER, "R2", sentence, used, signed)
    accepted = ((signed, CountingEvent.SIGNING), (registered, CountingEvent.REGISTRATION))
    matching = [(day, event) for day, event in accepted if day and _is_counting_event(event, day, rules)]
    if matching:
        day, event = min(matching)
        sentence = (
            f"按规则 R1，首次{event.label}之日 {day} 计入 {Month.of(day).label}。{_void_signings_sentence(facts)}"
        )
        return Verdict(VerdictCode.COUNTED, "R1", sentence, used, day)
    if facts.status == Status.TERMINATED and not (signed is None and _counts_once_accepted(facts, rules)):
        return Verdict(VerdictCode.TERMINATED_EARLY, "R4", "计入前已终止，按规则 R4 不计入。", used)
    return _not_counted_verdict(facts, rules, signed, used)


def _counts_once_accepted(facts: ProjectFacts, rules: CountingRules) -> bool:
    """Return whether a project will count once the return that reports its signing is accepted."""
    reported = stages_reached(facts.entries, unaccepted=True).get(Stage.SIGNED)
    return reported is not None and _is_counting_event(CountingEvent.SIGNING, reported.effective_on, rules)


def _not_counted_verdict(
    facts: ProjectFacts, rules: CountingRules, signed: date | None, used: tuple[tuple[str, str], ...]
) -> Verdict:
    """Return why a project does not count: signing or registration is missing, unaccepted or not the counting event."""
    reported = stages_reached(facts.entries, unaccepted=True).get(Stage.SIGNED)
    registered = facts.registered_on
    if registered and _is_counting_event(CountingEvent.REGISTRATION, registered, rules) and (signed or reported):
        sentence = f"工商注册日期 {registered}，待省厅确认落地后判定。"
        return Verdict(VerdictCode.UNACCEPTED, "R2", sentence, used, registered)
    if reported and signed is None:
        sentence = f"{reported.effective_on} 的签约未核定，待月报核定后判定。{_void_signings_sentence(facts)}"
        return Verdict(VerdictCode.UNACCEPTED, "R2", sentence, used, reported.effective_on)
    if signed is None:
        sentence = f"还没有签约，签约并经月报核定后判定。{_void_signings_sentence(facts)}"
        return Verdict(VerdictCode.NOT_SIGNED, "R2", sentence, used)
    if registered is None:
        sentence = f"{signed.year}年按工商注册计数，还没有工商注册日期。"
        return Verdict(VerdictCode.NOT_REGISTERED, "R2", sentence, used)
    sentence = f"签约日期 {signed}、工商注册日期 {registered} 都不在当年规则所指的环节上，不计入。"
    return Verdict(VerdictCode.BETWEEN_RULES, "R2", sentence, used)


def _is_counting_event(event: CountingEvent, day: date, rules: CountingRules) -> bool:
    """Return whether `event` is the event that makes projects count in the year of `day`."""
    rule = rules.rule_on(day)
    return rule is not None and rule.event == event


def _void_signing_dates(facts: ProjectFacts) -> list[date]:
    return sorted(
        entry.effective_on for entry in facts.entries if entry.stage == Stage.SIGNED and entry.state == EntryState.VOID
    )


def _void_signings_sentence(facts: ProjectFacts) -> str:
    """Return a Chinese sentence with the dates of voided signings, or "" if there are none."""
    days = "、".join(map(str, _void_signing_dates(facts)))
    return f"{days} 的签约已作废，不计。" if days else ""


def _facts_used(facts: ProjectFacts, rules: CountingRules) -> tuple[tuple[str, str], ...]:
    """Return the facts of a project that the rules use, as pairs of a Chinese label and a value."""
    found: list[tuple[str, str]] = []
    if signing := stages_reached(facts.entries, unaccepted=True).get(Stage.SIGNED):
        rule = rules.rule_on(signing.effective_on)
        found.append(("计数规则", _rule_text(signing.effective_on.year, rule)))
        source = "" if signing.stage == Stage.SIGNED else f"，以{signing.stage.label}日期为准"
        found.append(("签约日期", f"{signing.effective_on}（{signing.state.label}{source}）"))
    found += [("签约日期", f"{day}（{EntryState.VOID.label}）") for day in _void_signing_dates(facts)]
    if facts.registered_on:
        found.append(("工商注册日期", str(facts.registered_on)))
    if facts.status == Status.TERMINATED:
        found.append(("状态", str(Status.TERMINATED.label)))
    return tuple(found)


def _rule_text(year: int, rule: RuleOfYear | None) -> str:
    return f"{year}年在项目库起计之前" if rule is None else f"{year}年按{rule.event.label}（第 {rule.version} 版）"
