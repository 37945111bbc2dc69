"""Tests that a project's row, page and file say whether it counts, updated with every change of the project."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.db.models import Max
from django.test import Client
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.models import Event
from hunan_trade.indicators.models import Observation
from hunan_trade.indicators.registry import Source
from hunan_trade.lists.models import Act
from hunan_trade.lists.record_change_preparation import RecordChange
from hunan_trade.periods import Month, months_between
from hunan_trade.workflow import MoveRefused, Stale
from projects.actions import save_projects
from projects.choices import CountingEvent, CountingRule, EntryState, Stage, VerdictCode
from projects.counting import rules as rules_counting
from projects.counting.actions_counting_event import decide_counting
from projects.counting.monthly_counts import store_month_counts
from projects.counting.rules import RuleOfYear
from projects.counting.verdicts import counting_facts, counting_rules
from projects.fortune_500 import rules_group_counting as rules_fortune
from projects.fortune_500.actions import save_fortune_groups
from projects.fortune_500.verdicts import load_fortune_lists
from projects.models import CountingDecision, FortuneGroup, IndicatorCode, Project, ProjectHistory
from projects.stages.actions import accept_steps, decide_step, enter_step
from projects.stages.models import StageEntry
from projects.tests.factories import project, stepped_project, take_step, with_paid_in

pytestmark = pytest.mark.django_db
SIGNED = date(2013, 3, 18)
REGISTRATION = CountingEvent.REGISTRATION


def signed_project(by: User, on: date = SIGNED, *, accepted: bool = True) -> Project:
    made = stepped_project(by)
    take_step(made, "sign", on, by=by, confirmed_by=cast.officer() if accepted else None)
    made.refresh_from_db()
    return made


def decide(by: User, year: int = 2013, event: str = REGISTRATION, reason: str = "改按工商注册") -> CountingDecision:
    return decide_counting(year=year, event=event, reason=reason, by=by)


def verdict_in(made: Project) -> tuple[str, str, date | None]:
    made.refresh_from_db()
    return made.verdict, made.verdict_rule, made.counted_on


def edit(made: Project, by: User, **values: object) -> None:
    made.refresh_from_db()
    change = RecordChange(values, made.pk, made.version)
    (outcome,) = save_projects(changes=[change], by=by, kind=Act.Kind.EDITED, reason="核对")
    assert not outcome.refused, outcome.errors


def test_the_row_follows_each_step_and_keeps_every_verdict_in_history() -> None:
    reporter, officer = cast.reporter(), cast.officer()
    made = stepped_project(reporter)
    assert verdict_in(made) == ("not_signed", "R2", None)
    entry = enter_step(pk=made.pk, name="sign", effective_on=SIGNED, by=reporter, seen=made.version)
    assert verdict_in(made) == ("unaccepted", "R2", None)
    accept_steps(steps=[entry.pk], by=officer, reason="月报核定")
    assert verdict_in(made) == ("counted", "R1", SIGNED)
    entry.refresh_from_db()
    decide_step(pk=entry.pk, name="void", by=officer, seen=entry.version, reason="合同未生效")
    assert verdict_in(made) == ("not_signed", "R2", None)
    versions = ProjectHistory.objects.filter(id=made.pk).order_by("version")
    assert list(versions.values_list("verdict", "counted_on")) == [
        ("not_signed", None),
        ("unaccepted", None),
        ("counted", SIGNED),
        ("not_signed", None),
    ]


def test_a_fact_changed_by_hand_changes_the_verdict_in_the_same_version() -> None:
    reporter, lead = cast.reporter(), cast.province_lead()
    made = signed_project(reporter)
    entry = enter_step(pk=made.pk, name="land", effective_on=date(2013, 6, 3), by=reporter, seen=made.version)
    decide_step(pk=entry.pk, name="confirm", by=lead, seen=entry.version)
    decide(lead)
    assert verdict_in(made) == ("counted", "R1", date(2013, 2, 4))
    before = made.version
    edit(made, reporter, registered_on=date(2013, 4, 22))
    assert verdict_in(made) == ("counted", "R1", date(2013, 4, 22))
    assert made.version == before + 1
    edit(made, reporter, registered_on=None)
    assert verdict_in(made) == ("not_registered", "R2", None)
    event = Event.objects.filter(verb="projects.edited").latest("pk")
    assert event.after is not None and event.after["verdict"] == "not_registered"


def test_a_decision_judges_every_project_again_and_names_itself_in_their_history() -> None:
    reporter, lead = cast.reporter(), cast.province_lead()
    counted = [signed_project(reporter), signed_project(cast.reporter(cast.CHENZHOU))]
    early, intended = signed_project(reporter, accepted=False), project(reporter)
    decided = decide(lead)
    assert [verdict_in(made)[0] for made in (*counted, early, intended)] == [
        "unaccepted",
        "unaccepted",
        "unaccepted",
        "not_signed",
    ]
    assert (decided.year, decided.version) == (2013, 2)
    last = ProjectHistory.objects.filter(id=counted[0].pk).latest("version")
    assert last.act is not None
    assert (last.act.kind, last.act.reason) == (Act.Kind.MOVED, "2013年按工商注册计数。改按工商注册")
    assert early.version == ProjectHistory.objects.filter(id=early.pk).count()  # nothing changed, nothing written
    event = Event.objects.get(verb="counting.decided")
    assert event.before == {"event": "签约"}
    assert event.after == {"year": 2013, "event": "工商注册", "version": 2, "changed": 2}
    decide(lead, event=CountingEvent.SIGNING, reason="仍按签约")
    assert verdict_in(counted[0]) == ("counted", "R1", SIGNED)
    assert counting_rules().by_year == {2013: RuleOfYear(CountingEvent.SIGNING, 3)}
    with pytest.raises(DatabaseError), transaction.atomic():
        CountingDecision.objects.update(event=REGISTRATION)


def test_earlier_years_keep_their_rule() -> None:
    reporter, lead = cast.reporter(), cast.province_lead()
    with clock.frozen_at(clock.at(date(2014, 3, 3), 12)):
        old, new = signed_project(reporter), signed_project(reporter, date(2014, 2, 3))
        assert verdict_in(new) == ("counted", "R1", date(2014, 2, 3))
        decide(lead, 2014)
        assert [verdict_in(made)[0] for made in (old, new)] == ["counted", "between_rules"]
        assert verdict_in(old)[2] == SIGNED
        assert counting_rules().of_year(2015) == RuleOfYear(REGISTRATION, 1)


@pytest.mark.parametrize(
    ("given_values", "message"),
    [
        ({"year": 2012}, "年度要在 2013 到 2014 之间"),
        ({"year": 2015}, "年度要在 2013 到 2014 之间"),
        ({"event": "landing"}, "只能是签约、工商注册"),
        ({"event": "signing"}, "2013年已按签约计数，不用再定"),
        ({"reason": " "}, "写明理由"),
    ],
)
def test_a_rule_that_cannot_be_decided_is_refused_in_words(given_values: dict[str, object], message: str) -> None:
    lead = cast.province_lead()
    with clock.frozen_at(clock.at(date(2013, 7, 8), 12)), pytest.raises(MoveRefused, match=message):
        decide(lead, **given_values)  # type: ignore[arg-type]
    assert not CountingDecision.objects.exists()


def test_only_the_province_s_lead_decides_by_the_page(client: Client) -> None:
    with pytest.raises(MoveRefused, match="权限"):
        decide(cast.officer())
    client.force_login(cast.province_lead())
    page, body = "/projects/counting/decide/", {"year": "2013", "event": "registration", "reason": "改按工商注册"}
    assert "第 1 版" in client.get(page).content.decode()
    assert client.post(page, {**body, "year": "明年"}).status_code == 422
    assert client.post(page, body)["Location"] == "/projects/counting/"
    assert "改按工商注册" in client.get("/projects/counting/").content.decode()


def test_the_page_says_the_verdict_with_its_rule_and_the_facts_used(client: Client) -> None:
    reporter = cast.reporter()
    made = signed_project(reporter)
    client.force_login(reporter)
    page = client.get(f"/projects/{made.code}/").content.decode()
    for words in (
        "按规则 R1，首次签约之日 2013-03-18 计入 2013年3月。",
        f"R1 {CountingRule.R1.label}",
        "2013年按签约（第 1 版）",
        "2013-03-18（有效）",
    ):
        assert words in page


def test_list_filter_tab_file_and_api_say_the_same(client: Client) -> None:
    reporter = cast.reporter()
    counted, waiting, intended = (
        signed_project(reporter),
        signed_project(reporter, accepted=False),
        project(reporter),
    )
    client.force_login(reporter)
    with clock.frozen_at(clock.at(date(2013, 7, 8), 12)):
        summary = client.get("/projects/summary/").content.decode()
        assert "2013年计入 1 个，未核定 1 个" in summary
        file = client.get("/projects/download/?format=csv&columns=code,verdict,counted_on,verdict_rule")
        text = b"".join(file) if file.streaming else file.content
        rows = csv.reader(io.StringIO(text.decode("utf-8-sig")))
        in_file = {row[0]: tuple(row[1:4]) for row in rows if row and row[0].startswith("CS-")}
        called = client.get("/api/v1/projects/?fields=verdict,counted_on,verdict_rule").json()["results"]
        by_api = {row["id"]: (row["verdict"], row["counted_on"], row["verdict_rule"]) for row in called}
        only = {
            query: [row["id"] for row in client.get(f"/api/v1/projects/?{query}").json()["results"]]
            for query in ("verdict=counted&counted_on_in=this_year", "verdict=unaccepted", "counted_on_in=last_year")
        }
    assert by_api == {
        counted.code: ("counted", "2013-03-18", "R1"),
        waiting.code: ("unaccepted", None, "R2"),
        intended.code: ("not_signed", None, "R2"),
    }
    assert {code: found[:2] for code, found in in_file.items()} == {
        counted.code: ("计入", "2013-03-18"),
        waiting.code: ("未核定", ""),
        intended.code: ("未签约", ""),
    }
    assert list(only.values()) == [[counted.code], [waiting.code], []]


# --- Any history ----------------------------------------------------------------------------------------------------
DAYS = st.dates(date(2013, 2, 4), date(2015, 6, 30))
STEPS = st.one_of(
    st.tuples(st.just("enter"), st.integers(0, 2), DAYS),
    st.tuples(st.just("enter"), st.integers(0, 2), DAYS),
    st.tuples(st.just("check"), st.integers(0, 2), DAYS),
    st.tuples(st.sampled_from(["give_back", "void"]), st.integers(0, 2), DAYS),
    st.tuples(st.just("register"), st.integers(0, 2), st.none() | DAYS),
    st.tuples(st.just("list"), st.integers(2013, 2014), st.sampled_from(["甲集团", "乙集团", ""])),
    st.tuples(st.just("group"), st.integers(0, 2), st.sampled_from(["甲集团", "甲、乙集团", ""])),
    st.tuples(st.just("decide"), st.integers(2013, 2016), st.sampled_from(CountingEvent.values)),
)
NEXT = {Stage.INTENDED: "sign", Stage.SIGNED: "land", Stage.LANDED: "produce", Stage.PRODUCED: "operate"}


class Register:
    """Three projects of two cities, of which two have a group, and who works on them."""

    def __init__(self) -> None:
        self.reporters = [cast.reporter(), cast.reporter(), cast.reporter(cast.CHENZHOU)]
        self.lead = cast.province_lead()
        groups = ("甲集团", "", "甲")
        given = zip(self.reporters, groups, strict=True)
        self.projects = [with_paid_in(stepped_project(by, investor_groups=group), by) for by, group in given]
        self.list_group(2013, "甲集团")
        for city in (cast.CHANGSHA, cast.CHENZHOU):
            for month in months_between(Month(2013, 2), Month(2015, 6)):
                store_month_counts(city, month, by=self.lead, reason="月报核定")

    def enter(self, nth: int, on: date) -> None:
        made = self.projects[nth]
        made.refresh_from_db()
        if name := NEXT.get(Stage(made.stage)):
            last = made.stage_entries.aggregate(day=Max("effective_on"))["day"]
            enter_step(
                pk=made.pk, name=name, effective_on=max(on, last or on), by=self.reporters[nth], seen=made.version
            )

    def check_steps(self, nth: int) -> None:
        entries = StageEntry.objects.filter(project=self.projects[nth])
        accept_steps(steps=entries.values_list("pk", flat=True), by=self.lead, reason="月报核定")
        for entry in entries.filter(state=EntryState.AWAITING_PROVINCE):
            decide_step(pk=entry.pk, name="confirm", by=self.lead, seen=entry.version)

    def undo_step(self, name: str, nth: int) -> None:
        if entry := StageEntry.objects.filter(project=self.projects[nth]).first():
            decide_step(pk=entry.pk, name=name, by=self.lead, seen=entry.version, reason="核对")

    def list_group(self, year: int, name: str) -> None:
        """Put a group on a year's list in place of any other, none where no name is given."""
        standing = FortuneGroup.objects.filter(year=year).values_list("pk", "version")
        changes = [RecordChange({}, pk, version, is_deletion=True) for pk, version in standing]
        if name:
            changes.append(RecordChange({"year": year, "name": name, "other_names": name.removesuffix("集团")}))
        save_fortune_groups(changes=changes, by=self.lead, kind=Act.Kind.EDITED, reason="换名单")

    def take(self, name: str, which: int, value: object) -> None:
        acts: dict[str, Callable[[], object]] = {
            "check": lambda: self.check_steps(which),
            "enter": lambda: self.enter(which, value),  # type: ignore[arg-type]
            "register": lambda: edit(self.projects[which], self.reporters[which], registered_on=value),
            "list": lambda: self.list_group(which, str(value)),
            "group": lambda: edit(self.projects[which], self.reporters[which], investor_groups=value),
            "decide": lambda: decide(self.lead, which, str(value)),
        }
        acts.get(name, lambda: self.undo_step(name, which))()


@given(st.lists(STEPS, min_size=8, max_size=24))
@hypothesis_settings(max_examples=40)
def run_history(script: Sequence[tuple[str, int, object]]) -> None:
    with transaction.atomic(), clock.frozen_at(clock.at(date(2015, 7, 8), 12)):
        register = Register()
        for name, which, value in script:
            try:
                with transaction.atomic():
                    register.take(name, which, value)
            except (MoveRefused, Stale, ValidationError):
                continue
            assert_rows_hold()
        transaction.set_rollback(True)


def assert_rows_hold() -> None:
    """Assert that every row says what the rules say of its facts."""
    rows = list(Project.objects.all())
    found = rules_counting.verdicts(counting_facts(rows), counting_rules())
    for made in rows:
        verdict = found[made.code]
        assert (made.verdict, made.verdict_rule) == (verdict.code, verdict.rule)
        assert made.counted_on == (verdict.on if verdict.code == VerdictCode.COUNTED else None)
        assert made.version == ProjectHistory.objects.filter(id=made.pk).count()
    lists = load_fortune_lists()
    groups_of = {made.code: lists.groups_in(made.investor_groups) for made in rows}
    facts = [replace(each, groups=groups_of[each.code]) for each in counting_facts(rows)]
    firsts = rules_fortune.first_projects(facts, found)
    fortune = {
        each.code: rules_fortune.group_verdicts(each, found[each.code], firsts, lists.groups_by_year) for each in facts
    }
    for made in rows:
        assert (made.fortune_verdict, made.fortune_count) == rules_fortune.summarise_verdicts(fortune[made.code])
    counted, groups = Counter[tuple[str, date]](), Counter[tuple[str, date]]()
    for made in rows:
        if made.counted_on:
            counted[made.city_id, made.counted_on.replace(day=1)] += 1
            groups[made.city_id, made.counted_on.replace(day=1)] += made.fortune_count
    observed = Observation.objects.filter(source=Source.REGISTER)
    for code, counts in ((IndicatorCode.UNDERTAKEN, counted), (IndicatorCode.FORTUNE_500, +groups)):
        newest = observed.filter(indicator=code).ordered_newest_versions()
        assert counts == {(row.region_id, row.month): row.value for row in newest if row.value}


def test_rows_say_what_the_rules_say_after_any_history() -> None:
    run_history()
