"""Tests which projects count toward the year's number of projects and of Fortune 500 groups, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hunan_trade.periods import Month
from projects.choices import CountingEvent, CountingRule, EntryState, FortuneCode, Stage, Status, VerdictCode
from projects.counting import rules
from projects.counting.rules import CountingRules, ProjectFacts, ProjectRef, RuleOfYear, Verdict
from projects.fortune_500.rules_group_counting import FortuneVerdict, Lists, first_projects, group_verdicts
from projects.stages.rules import Entry

SIGNING, REGISTRATION = CountingEvent.SIGNING, CountingEvent.REGISTRATION
RULES = CountingRules(2013, {2013: RuleOfYear(SIGNING, 1), 2014: RuleOfYear(REGISTRATION, 2)})
CHENZHOU, HENGYANG = "431000", "430400"
LISTS = {2013: frozenset({"甲集团"}), 2014: frozenset({"甲集团", "乙集团"})}


def entry(stage: Stage, on: date, state: EntryState = EntryState.VALID) -> Entry:
    return Entry(stage, on, state)


def signed(code: str, on: date, city: str = CHENZHOU, **facts: object) -> ProjectFacts:
    """Return the facts of a project with one valid signing."""
    return replace(ProjectFacts(code, city, (entry(Stage.SIGNED, on),)), **facts)  # type: ignore[arg-type]


def verdict_of(facts: ProjectFacts) -> Verdict:
    """Return the verdict of a project that is alone in the register."""
    return rules.verdicts([facts], RULES)[facts.code]


ALONE = {
    "counted": (signed("CZ-2013-0001", date(2013, 3, 18)), "R1", "按规则 R1，首次签约之日 2013-03-18 计入 2013年3月。"),
    "not_signed": (
        ProjectFacts("CZ-2013-0001", CHENZHOU, (entry(Stage.INTENDED, date(2013, 3, 1)),)),
        "R2",
        "还没有签约，签约并经月报核定后判定。",
    ),
    "unaccepted": (
        ProjectFacts("CZ-2013-0001", CHENZHOU, (entry(Stage.SIGNED, date(2013, 6, 12), EntryState.UNACCEPTED),)),
        "R2",
        "2013-06-12 的签约未核定，待月报核定后判定。",
    ),
    "before_register": (
        signed("CZ-2012-0001", date(2012, 12, 31)),
        "R2",
        "签约日期 2012-12-31 早于项目库起计的 2013年，不计入。",
    ),
    "terminated_early": (
        ProjectFacts("CZ-2013-0001", CHENZHOU, (), status=Status.TERMINATED),
        "R4",
        "计入前已终止，按规则 R4 不计入。",
    ),
    "merged": (
        signed("CZ-2013-0001", date(2013, 3, 18), merged_into=ProjectRef("CZ-2013-0009", CHENZHOU)),
        "R5",
        "已并入 CZ-2013-0009，由该项目计数，按规则 R5 不再计入。",
    ),
    "counted_elsewhere": (
        signed("CZ-2013-0001", date(2013, 3, 18), merged_into=ProjectRef("HY-2013-0009", HENGYANG)),
        "R5",
        "已由其他市州项目计入。",
    ),
    "not_registered": (signed("CZ-2014-0001", date(2014, 2, 3)), "R2", "2014年按工商注册计数，还没有工商注册日期。"),
    "between_rules": (
        signed("CZ-2014-0001", date(2014, 2, 3), registered_on=date(2013, 11, 2)),
        "R2",
        "签约日期 2014-02-03、工商注册日期 2013-11-02 都不在当年规则所指的环节上，不计入。",
    ),
}


@pytest.mark.parametrize(("code", "case"), ALONE.items(), ids=ALONE)
def test_each_verdict_has_its_rule_and_sentence(code: str, case: tuple[ProjectFacts, str, str]) -> None:
    facts, rule, sentence = case
    found = verdict_of(facts)
    assert (found.code, found.rule, found.sentence) == (code, rule, sentence)
    assert found.rule in CountingRule.values
    assert found.counted_month == (Month(2013, 3) if code == "counted" else None)


def test_signing_again_counts_by_the_valid_day_and_names_both() -> None:
    """A void signing stays among the facts and counts no more (traps P1)."""
    log = (
        entry(Stage.SIGNED, date(2013, 3, 18), EntryState.VOID),
        entry(Stage.SIGNED, date(2013, 5, 20)),
    )
    found = verdict_of(ProjectFacts("CZ-2013-0001", CHENZHOU, log))
    assert found.counted_month == Month(2013, 5)
    assert found.sentence == "按规则 R1，首次签约之日 2013-05-20 计入 2013年5月。2013-03-18 的签约已作废，不计。"
    assert found.used == (
        ("计数规则", "2013年按签约（第 1 版）"),
        ("签约日期", "2013-05-20（有效）"),
        ("签约日期", "2013-03-18（作废）"),
    )


def test_a_skipped_signing_counts_on_the_day_of_the_stage_that_proves_it() -> None:
    """Verdict and funnel take reached stages from one function (traps P2)."""
    found = verdict_of(ProjectFacts("CZ-2013-0001", CHENZHOU, (entry(Stage.LANDED, date(2013, 6, 30)),)))
    assert found.counted_month == Month(2013, 6)
    assert ("签约日期", "2013-06-30（有效，以落地日期为准）") in found.used


def test_a_project_terminated_after_its_signing_still_counts() -> None:
    found = verdict_of(signed("CZ-2013-0001", date(2013, 3, 18), status=Status.TERMINATED))
    assert found.counted_month == Month(2013, 3) and ("状态", "终止") in found.used


def test_a_project_terminated_before_its_signing_is_accepted_waits_for_the_return_that_makes_it_count() -> None:
    reported = (entry(Stage.SIGNED, date(2013, 6, 5), EntryState.UNACCEPTED),)
    project = ProjectFacts("CZ-2013-0001", CHENZHOU, reported, status=Status.TERMINATED)
    found = verdict_of(project)
    assert (found.code, found.sentence) == ("unaccepted", "2013-06-05 的签约未核定，待月报核定后判定。")
    assert verdict_of(replace(project, entries=(entry(Stage.SIGNED, date(2013, 6, 5)),))).code == "counted"
    # By the rule of 2014 no return makes it count.
    later = replace(project, entries=(entry(Stage.SIGNED, date(2014, 6, 5), EntryState.UNACCEPTED),))
    assert verdict_of(later).code == "terminated_early"


def test_a_year_may_count_on_the_day_of_registration_once_the_province_has_confirmed_it() -> None:
    project = signed("CZ-2014-0001", date(2014, 2, 3), registered_on=date(2014, 4, 22))
    waiting = verdict_of(project)
    assert (waiting.code, waiting.sentence) == ("unaccepted", "工商注册日期 2014-04-22，待省厅确认落地后判定。")
    landed = replace(project, entries=(*project.entries, entry(Stage.LANDED, date(2014, 6, 30))))
    assert verdict_of(landed).sentence == "按规则 R1，首次工商注册之日 2014-04-22 计入 2014年4月。"


def test_a_registration_without_a_signing_waits_for_the_signing() -> None:
    assert verdict_of(ProjectFacts("CZ-2014-0001", CHENZHOU, (), registered_on=date(2014, 4, 22))).code == "not_signed"


def test_a_project_that_counted_at_its_signing_does_not_count_again_at_its_registration() -> None:
    landed = (entry(Stage.SIGNED, date(2013, 11, 2)), entry(Stage.LANDED, date(2014, 4, 30)))
    found = verdict_of(ProjectFacts("CZ-2013-0001", CHENZHOU, landed, registered_on=date(2014, 2, 3)))
    assert found.counted_month == Month(2013, 11)


def test_a_year_without_a_decision_takes_the_newest_earlier_rule() -> None:
    assert RULES.rule_on(date(2017, 1, 1)) == RuleOfYear(REGISTRATION, 2)
    with pytest.raises(ValueError):
        CountingRules(2013, {2014: RuleOfYear(SIGNING, 1)})


def test_of_projects_that_are_the_same_the_earliest_counts_then_the_lowest_code() -> None:
    first = signed("CZ-2013-0007", date(2013, 3, 18), same_as=frozenset({"CZ-2013-0003"}))
    later = signed("CZ-2013-0003", date(2013, 3, 19))
    found = rules.verdicts([later, first], RULES)
    assert found["CZ-2013-0007"].code == "counted"
    assert found["CZ-2013-0003"].code == "duplicate"
    assert found["CZ-2013-0003"].sentence == (
        "与 CZ-2013-0007 经确认是同一项目，以日期在前的 CZ-2013-0007 为准，按规则 R6 不再计入。"
    )
    assert found["CZ-2013-0003"].used[-1] == ("同一项目", "CZ-2013-0007")
    same_day = rules.verdicts([first, replace(later, entries=first.entries)], RULES)
    assert [same_day[code].code for code in ("CZ-2013-0003", "CZ-2013-0007")] == ["counted", "duplicate"]


def test_of_projects_that_are_the_same_one_keeps_the_contract_and_merged_ones_keep_theirs() -> None:
    first = signed("CZ-2013-0007", date(2013, 3, 18), same_as=frozenset({"CZ-2013-0003"}))
    later = signed("CZ-2013-0003", date(2013, 3, 19))
    merged = signed("CZ-2013-0009", date(2013, 3, 1), merged_into=later.ref)

    def repeated(*facts: ProjectFacts) -> set[str]:
        return rules.repeated_contracts(facts, rules.first_counting_duplicate_by_code(facts, RULES))

    assert repeated(first, later, merged) == {"CZ-2013-0003"}
    assert repeated(replace(first, entries=()), replace(later, entries=()), merged) == {"CZ-2013-0007"}
    assert repeated(replace(first, same_as=frozenset()), later, merged) == set()


def test_a_city_reads_nothing_of_the_other_citys_project() -> None:
    other = signed("HY-2013-0007", date(2013, 3, 18), HENGYANG, same_as=frozenset({"CZ-2013-0003"}))
    own = signed("CZ-2013-0003", date(2013, 5, 20))
    found = rules.verdicts([own, other], RULES)["CZ-2013-0003"]
    assert (found.code, found.rule, found.sentence) == ("counted_elsewhere", "R6", "已由其他市州项目计入。")
    assert found.used == verdict_of(own).used
    assert rules.sentence_for_province(found) == "已由其他市州项目计入：HY-2013-0007，按规则 R6。"


def test_a_project_that_waits_for_its_return_takes_no_ones_place() -> None:
    waiting = ProjectFacts(
        "CZ-2013-0001",
        CHENZHOU,
        (entry(Stage.SIGNED, date(2013, 3, 1), EntryState.UNACCEPTED),),
        same_as=frozenset({"CZ-2013-0002"}),
    )
    valid = signed("CZ-2013-0002", date(2013, 3, 18))
    assert rules.verdicts([waiting, valid], RULES)["CZ-2013-0002"].code == "counted"
    accepted = replace(waiting, entries=(entry(Stage.SIGNED, date(2013, 3, 1)),))
    assert rules.verdicts([accepted, valid], RULES)["CZ-2013-0002"].code == "duplicate"


def test_a_project_of_before_the_register_is_not_counted_under_another_code() -> None:
    old = signed("CZ-2012-0001", date(2012, 5, 3), same_as=frozenset({"CZ-2013-0002"}))
    found = rules.verdicts([old, signed("CZ-2013-0002", date(2013, 3, 18))], RULES)
    assert [found[code].code for code in found] == ["before_register", "duplicate"]


def test_two_projects_are_the_same_where_a_merged_one_was_the_same_as_both() -> None:
    merged = signed(
        "CZ-2013-0001",
        date(2013, 3, 1),
        merged_into=ProjectRef("CZ-2013-0002", CHENZHOU),
        same_as=frozenset({"CZ-2013-0003"}),
    )
    others = [signed("CZ-2013-0002", date(2013, 5, 1)), signed("CZ-2013-0003", date(2013, 4, 1))]
    found = rules.verdicts([merged, *others], RULES)
    assert [found[code].code for code in found] == ["merged", "duplicate", "counted"]


def fortune(*projects: ProjectFacts, lists: Lists = LISTS) -> dict[str, tuple[FortuneVerdict, ...]]:
    """Return by code what is said of the groups of projects that are the whole register."""
    counts = rules.verdicts(projects, RULES)
    firsts = first_projects(projects, counts)
    return {project.code: group_verdicts(project, counts[project.code], firsts, lists) for project in projects}


def test_a_group_counts_once_with_its_first_project_by_that_years_list() -> None:
    groups = frozenset({"甲集团"})
    first = signed("CZ-2013-0002", date(2013, 3, 18), groups=groups)
    again = signed("CZ-2013-0001", date(2013, 3, 19), groups=groups)
    elsewhere = signed("HY-2013-0001", date(2013, 5, 1), HENGYANG, groups=groups)
    not_counted = signed("HY-2012-0001", date(2012, 5, 1), HENGYANG, groups=groups)
    found = fortune(elsewhere, again, first, not_counted)
    assert found["CZ-2013-0002"] == (
        FortuneVerdict(
            "甲集团",
            FortuneCode.COUNTED,
            "甲集团在2013年世界500强名单，本项目是其首个计入项目，计入 2013年3月。",
            Month(2013, 3),
        ),
    )
    assert [(verdict.code, verdict.sentence) for verdict in (*found["CZ-2013-0001"], *found["HY-2013-0001"])] == [
        ("group_counted_earlier", "甲集团的首个计入项目是 CZ-2013-0002，一个集团只计一次，本项目不再计。"),
        ("counted_elsewhere", "已由其他市州项目计入。"),
    ]


def test_a_group_outside_the_list_is_answered_the_same_whatever_other_cities_have() -> None:
    own = signed("CZ-2013-0001", date(2013, 5, 1), groups=frozenset({"丙集团"}))
    other = signed("HY-2013-0001", date(2013, 3, 1), HENGYANG, groups=frozenset({"丙集团"}))
    assert fortune(own, other)["CZ-2013-0001"] == fortune(own)["CZ-2013-0001"]
    assert fortune(own)["CZ-2013-0001"][0].sentence == "丙集团不在2013年世界500强名单，不计。"


def test_a_group_that_joins_the_list_after_its_first_project_does_not_count() -> None:
    groups = frozenset({"乙集团"})
    first = signed("CZ-2013-0001", date(2013, 5, 1), groups=groups)
    landed = (entry(Stage.SIGNED, date(2014, 1, 6)), entry(Stage.LANDED, date(2014, 5, 6)))
    later = signed("CZ-2014-0001", date(2014, 1, 6), entries=landed, registered_on=date(2014, 2, 1), groups=groups)
    found = fortune(first, later)
    assert [found[code][0].code for code in found] == ["not_listed", "group_counted_earlier"]


def test_without_a_list_or_a_counted_project_no_group_counts() -> None:
    project = signed("CZ-2013-0001", date(2013, 5, 1), groups=frozenset({"甲集团"}))
    (found,) = fortune(project, lists={})["CZ-2013-0001"]
    assert (found.code, found.sentence) == ("not_listed", "2013年世界500强名单还没有载入，暂不计。")
    (found,) = fortune(replace(project, entries=()))["CZ-2013-0001"]
    assert found.code == "project_not_counted"


DAYS_DRAWN = [date(year, month, day) for year in (2012, 2013, 2014) for month in (2, 11) for day in (1, 20)]
DAYS = st.sampled_from(DAYS_DRAWN)
CODES = [f"{letters}-2013-{number:04}" for letters in ("CZ", "HY") for number in range(1, 4)]
ENTRIES = [Entry(stage, on, state) for stage, on, state in product(list(Stage)[1:3], DAYS_DRAWN, EntryState)]
LOGS = st.lists(st.sampled_from(ENTRIES), max_size=3).map(tuple)


@st.composite
def registers(draw: st.DrawFn) -> list[ProjectFacts]:
    """Draw a register of some projects in two cities, of which some are the same or merged."""
    codes = draw(st.lists(st.sampled_from(CODES), unique=True, min_size=1, max_size=len(CODES)))
    refs = [ProjectRef(code, CHENZHOU if code[0] == "C" else HENGYANG) for code in codes]
    return [
        ProjectFacts(
            code,
            CHENZHOU if code[0] == "C" else HENGYANG,
            draw(LOGS),
            draw(st.none() | DAYS),
            draw(st.sampled_from([Status.ACTIVE, Status.TERMINATED])),
            draw(st.sampled_from([None, None, *(ref for ref in refs if ref.code != code)])),
            draw(st.frozensets(st.sampled_from(codes), max_size=2)) - {code},
            draw(st.frozensets(st.sampled_from(["甲集团", "乙集团", "丙集团"]), max_size=2)),
        )
        for code in codes
    ]


def same_projects(register: Sequence[ProjectFacts]) -> list[set[str]]:
    """Return the sets of projects that are one and the same, by joining sets until nothing changes."""
    sets: list[set[str]] = []
    for project in register:
        joined = {project.code, *project.same_as}
        joined |= {project.merged_into.code} if project.merged_into else set()
        joined = joined.union(*(known for known in sets if known & joined))
        sets = [known for known in sets if not known & joined] + [joined]
    return sets


@given(registers())
def test_no_project_counts_twice_and_no_one_is_lost(register: list[ProjectFacts]) -> None:
    """Of each set of same projects the first that counts alone does so, or none after one of before the register."""
    found = rules.verdicts(register, RULES)
    for same in same_projects(register):
        alone = {code: verdict_of(project) for project in register if (code := project.code) in same}
        claims = sorted(
            (own.on, code)
            for code, own in alone.items()
            if own.on and own.code in (VerdictCode.COUNTED, VerdictCode.BEFORE_REGISTER)
        )
        first = [code for _, code in claims[:1] if alone[code].code == VerdictCode.COUNTED]
        assert [code for code in sorted(same) if found[code].code == VerdictCode.COUNTED] == first


@given(registers(), st.randoms(use_true_random=False))
def test_a_project_is_judged_alike_alone_and_in_the_whole_register(
    register: list[ProjectFacts], random: object
) -> None:
    found = rules.verdicts(register, RULES)
    shuffled = sorted(register, key=lambda project: random.random())  # type: ignore[attr-defined]
    assert rules.verdicts(shuffled, RULES) == found
    for same in same_projects(register):
        part = [project for project in register if project.code in same]
        claims = rules.first_counting_duplicate_by_code(part, RULES)
        assert all(rules.verdict(project, RULES, claims) == found[project.code] for project in part)


@settings(max_examples=50)
@given(registers())
def test_each_group_counts_once_at_most_in_a_year_that_lists_it(register: list[ProjectFacts]) -> None:
    found = fortune(*register)
    counted = [verdict for verdicts in found.values() for verdict in verdicts if verdict.code == FortuneCode.COUNTED]
    assert len({verdict.group for verdict in counted}) == len(counted)
    for verdict in counted:
        assert verdict.counted_month and verdict.group in LISTS[verdict.counted_month.year]


@settings(max_examples=50)
@given(registers())
def test_no_sentence_names_a_project_of_another_city(register: list[ProjectFacts]) -> None:
    counts = rules.verdicts(register, RULES)
    found = fortune(*register)
    for project in register:
        texts = [counts[project.code].sentence, *(value for _, value in counts[project.code].used)]
        texts += [verdict.sentence for verdict in found[project.code]]
        assert not [code for code in CODES if code[:2] != project.code[:2] and code in "".join(texts)]
