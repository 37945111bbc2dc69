"""Tests which stages a project has reached, and what the next one demands."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects.choices import DemandKind, EntryState, ProjectClass, Stage
from projects.stages import rules
from projects.stages.rules import ORDER, Demand, DemandFacts, Entry, Money

INTENDED, SIGNED, LANDED, PRODUCED, OPERATING = ORDER
DAYS = st.dates(date(2012, 1, 1), date(2014, 12, 31))
ENTRIES = st.lists(
    st.builds(Entry, st.sampled_from(ORDER), DAYS, st.sampled_from(EntryState), st.integers(1, 99)),
    max_size=9,
    unique_by=lambda entry: entry.number,
)
LOG = [
    Entry(INTENDED, date(2012, 9, 12)),
    Entry(SIGNED, date(2013, 3, 18), EntryState.VOID, 2),
    Entry(SIGNED, date(2013, 5, 20), EntryState.UNACCEPTED, 3),
]
SHARE = Demand("paid_in", LANDED, "", DemandKind.PAID_IN_SHARE, "首期到位资金", share_pct=Decimal(25))


def test_a_later_stage_proves_the_earlier_ones() -> None:
    """A skipped stage counts as reached on the day of the next one (traps P2)."""
    landed = Entry(LANDED, date(2013, 6, 30))
    assert rules.stages_reached([LOG[0], landed]) == {INTENDED: LOG[0], SIGNED: landed, LANDED: landed}
    assert list(rules.stages_reached([landed, LOG[0]])) == [INTENDED, SIGNED, LANDED]
    assert rules.stages_reached([Entry(LANDED, date(2013, 7, 1)), landed])[LANDED] == landed


def test_only_valid_entries_prove_a_stage_and_unaccepted_ones_where_asked() -> None:
    """A void entry stays in the log and proves nothing (traps P1)."""
    assert list(rules.stages_reached(LOG)) == [INTENDED]
    assert rules.stages_reached(LOG, unaccepted=True)[SIGNED] == LOG[2]


@given(ENTRIES)
def test_the_reached_stages_are_all_up_to_the_last_valid_one(entries: list[Entry]) -> None:
    """Reached stages have no gap, whatever order the entries come in (traps P2)."""
    found = rules.stages_reached(entries)
    valid = [ORDER.index(entry.stage) for entry in entries if entry.state == EntryState.VALID]
    assert list(found) == list(ORDER[: max(valid, default=-1) + 1])
    assert found == rules.stages_reached(entries[::-1])
    assert all(ORDER.index(proof.stage) >= ORDER.index(stage) for stage, proof in found.items())
    assert set(found) <= set(rules.stages_reached(entries, unaccepted=True))


def test_the_next_stage_follows_the_last_one_that_is_reached_or_waits_for_its_return() -> None:
    assert rules.next_stage(LOG) == LANDED
    assert rules.next_stage([*LOG, Entry(LANDED, date(2013, 6, 30), EntryState.AWAITING_PROVINCE)]) == LANDED
    assert rules.next_stage([*LOG, Entry(LANDED, date(2013, 6, 30))]) == PRODUCED
    assert rules.next_stage([Entry(OPERATING, date(2013, 5, 1))]) is None


def test_stages_are_voided_from_the_last_one_back() -> None:
    log = [*LOG, Entry(LANDED, date(2013, 6, 30))]
    assert rules.void_step_refusal(SIGNED, log) == "“落地”还在，先作废“落地”，再作废“签约”。"
    assert rules.void_step_refusal(LANDED, log) is None
    assert rules.void_step_refusal(SIGNED, LOG) is None


@pytest.mark.parametrize(
    ("stage", "on", "sentence"),
    [
        (LANDED, date(2013, 5, 20), None),
        (LANDED, date(2013, 7, 8), None),
        (LANDED, date(2013, 5, 19), "落地日期 2013-05-19 早于签约日期 2013-05-20，核对日期。"),
        (LANDED, date(2013, 7, 9), "落地日期 2013-07-09 还没有到，填今天（2013-07-08）或以前的日期。"),
        (INTENDED, date(2013, 5, 21), "意向日期 2013-05-21 晚于签约日期 2013-05-20，核对日期。"),
    ],
)
def test_a_step_lies_between_its_neighbours_and_today(stage: Stage, on: date, sentence: str | None) -> None:
    stages = rules.stages_reached(LOG, unaccepted=True)
    assert rules.step_date_refusal(stage, on, stages, date(2013, 7, 8)) == sentence


@given(st.lists(DAYS, min_size=4, max_size=4, unique=True), DAYS)
def test_days_that_pass_never_run_backwards(days: list[date], today: date) -> None:
    entries: list[Entry] = []
    for stage, on in zip(ORDER, days, strict=False):
        if rules.step_date_refusal(stage, on, rules.stages_reached(entries), today) is None:
            entries.append(Entry(stage, on))
    assert [entry.effective_on for entry in entries] == sorted(entry.effective_on for entry in entries)
    assert all(entry.effective_on <= today for entry in entries)


def test_what_a_stage_demands_is_data_by_class_and_day() -> None:
    old, new = date(2013, 5, 31), date(2013, 6, 1)
    demands = [
        Demand("a", LANDED, ProjectClass.INDUSTRY, DemandKind.DOCUMENT, "环评批复", holds_to=old),
        Demand("b", LANDED, ProjectClass.INDUSTRY, DemandKind.DOCUMENT, "环评批复", holds_from=new),
        Demand("c", LANDED, ProjectClass.PLATFORM, DemandKind.DOCUMENT, "立项批复"),
        Demand("d", SIGNED, "", DemandKind.FIELD, "投资方", field="investors"),
        SHARE,
    ]
    codes = {
        (kind, on): [demand.code for demand in rules.demands_of(LANDED, kind, on, demands)]
        for kind in (ProjectClass.INDUSTRY, ProjectClass.PLATFORM)
        for on in (old, new)
    }
    assert codes[ProjectClass.INDUSTRY, old] == ["a", "paid_in"]
    assert codes[ProjectClass.INDUSTRY, new] == ["b", "paid_in"]
    assert codes[ProjectClass.PLATFORM, old] == codes[ProjectClass.PLATFORM, new] == ["c", "paid_in"]


def test_the_gate_names_what_is_missing() -> None:
    demands = [
        Demand("registered", LANDED, "", DemandKind.FIELD, "工商注册日期", field="registered_on"),
        SHARE,
        Demand("environment", LANDED, "", DemandKind.DOCUMENT, "环评批复"),
    ]
    facts = DemandFacts(frozenset({"registered_on"}), paid_in_share=Decimal(20))
    missing = rules.unmet_conditions(demands, facts)
    assert [(item.sentence, item.place) for item in missing] == [
        ("首期到位资金不低于合同 25%，现 20.0%", ""),
        ("缺环评批复", "#attachments"),
    ]
    assert rules.next_stage_heading(LANDED, missing, needs_province=True) == "到“落地”，还差 2 项和省厅确认"
    assert rules.next_stage_heading(SIGNED, missing, needs_province=False) == "到“签约”，还差 2 项"
    assert rules.next_stage_heading(LANDED, (), needs_province=True) == "到“落地”，条件已齐，申报后由省厅确认"
    assert rules.next_stage_heading(SIGNED, (), needs_province=False) == "到“签约”，条件已齐，可以登记"
    assert [item.sentence for item in rules.unmet_conditions(demands, DemandFacts())] == [
        "未填工商注册日期",
        "首期到位资金不低于合同 25%，现无合同资金",
        "缺环评批复",
    ]


@pytest.mark.parametrize(
    ("share", "shown"), [("24.9", "24.9"), ("24.9633333333", "24.96"), ("24.9999999", "24.9999999"), ("0", "0.0")]
)
def test_a_share_below_the_demand_never_reads_like_the_demand(share: str, shown: str) -> None:
    (item,) = rules.unmet_conditions([SHARE], DemandFacts(paid_in_share=Decimal(share)))
    assert item.sentence.endswith(f"现 {shown}%")


@given(st.decimals(0, 200, places=6), st.decimals(0, 100, places=2))
def test_the_share_is_met_from_the_demanded_percent_on(share: Decimal, least: Decimal) -> None:
    demand = Demand("paid_in", LANDED, "", DemandKind.PAID_IN_SHARE, "首期到位资金", share_pct=least)
    assert bool(rules.unmet_conditions([demand], DemandFacts(paid_in_share=share))) == (share < least)


AMOUNTS = st.decimals(0, 10**9, places=2)


@given(AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS, st.decimals("0.5", 20, places=4))
def test_the_share_of_both_currencies_lies_between_those_of_each(
    usd: Decimal, cny: Decimal, paid_usd: Decimal, paid_cny: Decimal, rate: Decimal
) -> None:
    paid_in, contracted = Money(paid_usd, paid_cny), Money(usd, cny)
    together, lower = (rules.paid_in_share(paid_in, contracted, each) for each in (rate, None))
    if not usd and not cny:
        assert together is lower is None
    elif usd and cny:
        assert together is not None and lower is not None
        higher = max(100 * paid_usd / usd, 100 * paid_cny / cny)
        assert lower - Decimal("0.001") <= together <= higher + Decimal("0.001") * (1 + higher)


def test_a_confirmed_stage_waits_for_the_return_of_the_stage_before() -> None:
    unaccepted, valid = (Entry(SIGNED, date(2013, 3, 18), state) for state in (EntryState.UNACCEPTED, EntryState.VALID))
    waiting = Entry(LANDED, date(2013, 6, 30), EntryState.AWAITING_PROVINCE)
    assert rules.unaccepted_previous_step(LANDED, [unaccepted, waiting]) == unaccepted
    assert rules.unaccepted_previous_step(LANDED, [valid, waiting]) is None
    assert rules.unaccepted_previous_step(PRODUCED, [unaccepted]) is None
