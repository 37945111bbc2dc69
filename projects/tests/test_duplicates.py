"""Tests which projects are found to be possible duplicates, who decides on a pair, and what follows for counts."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.models import Event
from hunan_trade.indicators.models import Observation
from hunan_trade.indicators.registry import Source
from hunan_trade.lists.editing.undo import undo
from hunan_trade.lists.models import Act
from hunan_trade.lists.record_change_preparation import RecordChange
from hunan_trade.periods import Month
from hunan_trade.workflow import MoveRefused
from projects.actions import save_projects
from projects.choices import PairState
from projects.counting.monthly_counts import store_month_counts
from projects.duplicates.actions import decide_pair
from projects.duplicates.rules_similarity import investor_keys, names_alike
from projects.models import Project, ProjectHistory, ProjectPair, StageEntry
from projects.stages.actions import decide_step
from projects.tables import PROJECTS
from projects.tests.factories import project, project_pair, project_values, saved, stepped_project, take_step

pytestmark = pytest.mark.django_db
WHY = "核对合同原件"
NAME = "蓝思触控玻璃项目"
MARCH = Month(2013, 3)


def decided(pair: ProjectPair, name: str, by: User, reason: str = WHY) -> ProjectPair:
    pair.refresh_from_db()
    decide_pair(pk=pair.pk, name=name, by=by, seen=pair.version, reason=reason)
    pair.refresh_from_db()
    return pair


def edited(made: Project, by: User, **values: object) -> None:
    made.refresh_from_db()
    change = RecordChange(values, made.pk, made.version)
    (outcome,) = save_projects(changes=[change], by=by, kind=Act.Kind.EDITED, reason="更正")
    assert not outcome.refused, outcome.errors


def states() -> list[str]:
    return list(ProjectPair.objects.order_by("pk").values_list("state", flat=True))


def verdicts(pair: ProjectPair) -> list[tuple[str, str]]:
    rows = Project.objects.filter(pk__in=(pair.first_id, pair.second_id)).order_by("pk")
    return list(rows.values_list("verdict", "verdict_rule"))


def signed_pair(*by: User, days: tuple[int, int] = (11, 18)) -> ProjectPair:
    """Create two alike projects that were signed on two days of March, both accepted."""
    pair = project_pair(by[0], by[1] if by[1:] else None)
    for made, day, who in zip((pair.first, pair.second), days, (by[0], by[-1]), strict=True):
        take_step(made, "sign", date(2013, 3, day), by=who, confirmed_by=cast.officer())
    return pair


def observed(city: str) -> list[int]:
    rows = Observation.objects.filter(source=Source.REGISTER, region=city, month=MARCH.first)
    return [int(value or 0) for value in rows.order_by("version").values_list("value", flat=True)]


# --- What is found --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("蓝思触控玻璃项目", "蓝思 触控玻璃项目", True),
        ("蓝思触控玻璃项目", "蓝思触控玻璃加工项目", True),
        ("蓝思触控玻璃项目一期", "蓝思触控玻璃项目二期", False),
        ("标准厂房3号楼项目", "标准厂房4号楼项目", False),
        ("蓝思触控玻璃项目", "蓝思服饰项目", False),
    ],
)
def test_names_are_alike_that_differ_in_little_and_in_no_number(one: str, other: str, alike: bool) -> None:
    assert names_alike(one, other) is alike


def test_investors_are_compared_without_their_shares_and_their_order() -> None:
    assert investor_keys("乙公司 40%、甲 公司（60%）") == investor_keys("甲公司，乙公司") == ["乙公司", "甲公司"]
    assert investor_keys("甲公司 160%") == ["甲公司160%"] and investor_keys("") == []


def test_a_project_is_found_whose_investor_is_the_same_and_whose_name_is_alike_in_its_city() -> None:
    reporter, chenzhou = cast.reporter(), cast.reporter(cast.CHENZHOU)
    first = project(reporter, name=NAME, investors="蓝思公司")
    for name, investors in (
        (f"{NAME}二期", "蓝思公司"),
        (NAME + "厂", ""),
        (f"{NAME}区", "别的公司"),
        ("服饰城", "蓝思公司"),
    ):
        project(reporter, name=name, investors=investors)
    project(chenzhou, name=f"{NAME}基地", investors="蓝思公司")
    assert not ProjectPair.objects.exists()
    second = project(reporter, name=f"{NAME}基地", investors="蓝思公司 60%、乙公司 40%")
    abroad = project(chenzhou, name=NAME.replace("触控", " 触控"), investors="蓝思公司")
    pairs: list[tuple[object, ...]] = list(
        ProjectPair.objects.order_by("pk").values_list("first", "second", "city", "state")
    )
    assert (first.pk, second.pk, reporter.region_id, "waiting") in pairs
    assert (first.pk, abroad.pk, None, "waiting") in pairs
    assert [event.after for event in Event.objects.filter(verb="duplicate.found")] == [{"found": 2}, {"found": 2}]


def test_what_is_imported_at_once_is_compared_with_itself_in_a_fixed_number_of_queries() -> None:
    reporter = cast.reporter()

    def queries(count: int) -> int:
        rows = [
            project_values(str(reporter.region_id), name=f"{NAME}{suffix}", investors=f"{count} {at} 公司")
            for at in range(count)
            for suffix in ("", "基地")
        ]
        with CaptureQueriesContext(
            connection,
        ) as found:
            assert not any(outcome.refused for outcome in saved(reporter, *rows))
        return len(found)

    queries(1)
    assert queries(2) == queries(40)
    assert ProjectPair.objects.count() == 43


def test_a_pair_follows_names_investors_and_cities_and_is_not_asked_twice() -> None:
    reporter, officer = cast.reporter(), cast.officer()
    pair = project_pair(reporter)
    edited(pair.second, reporter, note="核对过")
    edited(pair.second, reporter, name="服饰城")
    assert states() == ["unlike"]
    edited(pair.second, reporter, name=f"{pair.first.name}厂")
    assert states() == ["waiting"]
    decided(pair, "confirm_different", officer)
    edited(pair.second, reporter, note="再核对")
    assert states() == ["different"]
    edited(pair.first, reporter, investors="甲公司、乙公司")
    assert states() == ["waiting"]
    edited(pair.second, officer, city=cast.CHENZHOU, area=None)
    pair.refresh_from_db()
    assert (pair.state, pair.city_id) == ("unlike", None)


def test_undoing_an_entry_takes_its_pair_along_unless_the_two_were_confirmed_to_be_one() -> None:
    reporter = cast.reporter()
    acts = []
    for name in (NAME, f"{NAME}基地", f"{NAME}加工厂"):
        project(reporter, name=name, investors="蓝思公司")
        acts.append(f"act:{Act.objects.filter(listing='projects').latest('pk').pk}")
    undo(PROJECTS, reference=acts[2], by=reporter, reason="录错")
    pair = decided(ProjectPair.objects.get(), "confirm_same", cast.officer())
    with pytest.raises(MoveRefused, match="没有可以撤销的"):
        undo(PROJECTS, reference=acts[1], by=reporter, reason="录错")
    with pytest.raises(IntegrityError), transaction.atomic():
        Project.objects.filter(pk=pair.second_id).delete()


# --- What is decided ------------------------------------------------------------------------------------------------
def test_officers_decide_with_a_reason_and_nobody_else_does() -> None:
    reporter, officer = cast.reporter(), cast.officer()
    pair = project_pair(reporter)
    for by in (reporter, cast.lead()):
        with pytest.raises(MoveRefused, match="没有认定为同一项目的权限"):
            decided(pair, "confirm_same", by)
    with pytest.raises(MoveRefused, match="写明依据"):
        decided(pair, "confirm_different", officer, " ")
    pair = decided(pair, "confirm_different", officer)
    assert (pair.state, pair.decided_by, pair.decided_reason) == ("different", officer, WHY)


def test_of_the_same_project_the_earlier_one_counts_until_its_day_changes() -> None:
    reporter, officer = cast.reporter(), cast.officer()
    pair = signed_pair(reporter)
    store_month_counts(cast.CHANGSHA, MARCH, by=officer, reason="月报核定")
    decided(pair, "confirm_same", officer)
    assert verdicts(pair) == [("counted", "R1"), ("duplicate", "R6")]
    step = StageEntry.objects.get(project=pair.first_id)
    decide_step(pk=step.pk, name="void", by=officer, seen=step.version, reason="合同未生效")
    assert verdicts(pair) == [("not_signed", "R2"), ("counted", "R1")]
    take_step(pair.first, "sign", date(2013, 3, 25), by=reporter, confirmed_by=officer)
    assert verdicts(pair) == [("duplicate", "R6"), ("counted", "R1")]
    decided(pair, "withdraw", officer, "另有合同")
    assert verdicts(pair) == [("counted", "R1"), ("counted", "R1")]
    assert observed(cast.CHANGSHA) == [2, 1, 2]
    reasons = Observation.objects.filter(source=Source.REGISTER).order_by("version").values_list("reason", flat=True)
    assert list(reasons) == ["", WHY, "另有合同"]


def test_a_merged_project_does_not_count_whichever_of_the_two_it_is() -> None:
    officer = cast.officer()
    pair = signed_pair(cast.reporter())
    decided(pair, "merge_first", officer)
    assert verdicts(pair) == [("merged", "R5"), ("counted", "R1")]
    first = Project.objects.get(pk=pair.first_id)
    assert (first.stage, first.status) == ("signed", "active")
    decided(pair, "withdraw", officer)
    decided(pair, "merge_second", officer)
    assert verdicts(pair) == [("counted", "R1"), ("merged", "R5")]


def test_a_merged_project_is_neither_merged_again_nor_merged_into() -> None:
    reporter, officer = cast.reporter(), cast.officer()
    pair = project_pair(reporter)
    third = stepped_project(reporter, name=f"{pair.first.name}厂")
    decided(pair, "merge_second", officer)
    again = ProjectPair.objects.get(first=pair.second_id, second=third.pk)
    for name in ("merge_first", "merge_second"):
        with pytest.raises(MoveRefused, match=f"{pair.second.code} 已并入别的项目"):
            decided(again, name, officer)
    decided(ProjectPair.objects.get(first=pair.first_id, second=third.pk), "merge_first", officer)
    links = ProjectPair.objects.linked().order_by("pk").values_list("state", flat=True)
    assert list(links) == [PairState.SECOND_MERGED, PairState.FIRST_MERGED]


def test_a_merged_project_names_the_one_that_counts_at_the_end_of_the_chain(client: Client) -> None:
    reporter, officer = cast.reporter(), cast.officer()
    pair = signed_pair(reporter)
    third = stepped_project(reporter, name=f"{pair.first.name}厂")
    decided(ProjectPair.objects.get(first=pair.first_id, second=third.pk), "merge_second", officer)
    client.force_login(reporter)
    page = f"/projects/{third.code}/"
    assert f"已并入 {pair.first.code}，由该项目计数" in client.get(page).content.decode()
    decided(pair, "merge_first", officer)
    assert f"已并入 {pair.second.code}，由该项目计数" in client.get(page).content.decode()
    assert verdicts(pair) == [("merged", "R5"), ("counted", "R1")]


def test_a_change_of_one_project_judges_all_that_are_linked_over_others() -> None:
    reporter, officer = cast.reporter(), cast.officer()
    pair = signed_pair(reporter)
    third = stepped_project(reporter, name=f"{pair.second.name}厂")
    take_step(third, "sign", date(2013, 3, 20), by=reporter, confirmed_by=officer)
    decided(pair, "confirm_same", officer)
    decided(ProjectPair.objects.get(first=pair.second_id, second=third.pk), "confirm_same", officer)
    third.refresh_from_db()
    assert third.verdict == "duplicate"
    for made in (pair.first, pair.second):
        step = StageEntry.objects.get(project=made)
        decide_step(pk=step.pk, name="void", by=officer, seen=step.version, reason="合同未生效")
    third.refresh_from_db()
    assert third.verdict == "counted"


# --- Across cities --------------------------------------------------------------------------------------------------
def test_across_cities_each_learns_only_that_its_project_counts_elsewhere(client: Client) -> None:
    reporter, chenzhou, officer = cast.reporter(), cast.reporter(cast.CHENZHOU), cast.officer()
    pair = signed_pair(reporter, chenzhou)
    for city in (cast.CHANGSHA, cast.CHENZHOU):
        store_month_counts(city, MARCH, by=officer, reason="月报核定")
    client.force_login(chenzhou)
    page = f"/projects/{pair.second.code}/"
    assert "疑似重复" not in client.get(page).content.decode()
    decided(pair, "confirm_same", officer, f"与 {pair.first.code} 合同相同")
    assert verdicts(pair) == [("counted", "R1"), ("counted_elsewhere", "R6")]
    assert (observed(cast.CHANGSHA), observed(cast.CHENZHOU)) == ([1], [1, 0])
    shown = client.get(page).content.decode()
    assert "已由其他市州项目计入" in shown
    for address in (page, f"{page}timeline/", "/projects/duplicates/", "/projects/duplicates/download/?format=csv"):
        assert pair.first.code not in client.get(address).content.decode(errors="replace"), address
    assert client.get(f"/projects/duplicates/{pair.pk}/").status_code == 404
    for user in (reporter, chenzhou):
        assert not ProjectPair.objects.visible_to(user).exists()
    client.force_login(officer)
    assert f"已由其他市州项目计入：{pair.first.code}" in client.get(page).content.decode()


def test_the_timeline_of_another_city_names_nobody() -> None:
    officer = cast.officer(name="陈立")
    pair = decided(signed_pair(cast.reporter(), cast.reporter(cast.CHENZHOU)), "confirm_same", officer)
    step = StageEntry.objects.get(project=pair.first_id)
    decide_step(pk=step.pk, name="void", by=officer, seen=step.version, reason="合同未生效")
    assert verdicts(pair)[1] == ("counted", "R1")
    acts = [ProjectHistory.objects.get(id=pk, valid_to=None).act for pk in (pair.first_id, pair.second_id)]
    assert [(act.by_name, act.reason) for act in acts if act] == [
        ("陈立", "合同未生效"),
        ("系统", "与其他市州项目的认定有变"),
    ]


def test_a_pair_leaves_the_sight_of_a_city_with_one_of_its_projects() -> None:
    reporter, officer = cast.reporter(), cast.officer()
    pair = decided(project_pair(reporter), "confirm_same", officer)
    assert ProjectPair.objects.visible_to(reporter).exists()
    edited(pair.second, officer, city=cast.CHENZHOU, area=None)
    assert not ProjectPair.objects.visible_to(reporter).exists()
    assert states() == ["same"]


# --- The pages ------------------------------------------------------------------------------------------------------
def test_the_pages_lead_from_a_project_over_the_comparison_to_the_decision(client: Client) -> None:
    reporter, officer = cast.reporter(), cast.officer()
    with clock.frozen_at(clock.at(date(2013, 4, 8), 9)):
        pair = signed_pair(reporter)
    client.force_login(officer)
    assert "疑似重复项目待认定" in client.get("/").content.decode()
    page = client.get(f"/projects/{pair.second.code}/").content.decode()
    assert f'href="/projects/duplicates/{pair.pk}/"' in page and pair.first.code in page
    compared = client.get(f"/projects/duplicates/{pair.pk}/").content.decode()
    assert pair.first.code in compared and pair.second.name in compared and "2013-03-11" in compared
    form = {"reason": WHY, "version": pair.version}
    answer = client.post(f"/projects/duplicates/{pair.pk}/moves/merge_second/", form)
    assert answer.status_code == 302
    page = client.get(f"/projects/{pair.second.code}/").content.decode()
    assert f"已并入 {pair.first.code}，由该项目计数" in page and "本项目已并入" in page
