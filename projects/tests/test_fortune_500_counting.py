"""Tests that a Fortune 500 group counts once, with its first project, by the list of that project's year."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest
from django.test import Client

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.indicators.actions_source_and_exchange_rate import decide_published_source
from hunan_trade.indicators.models import Observation
from hunan_trade.indicators.queries_observations import panel_data_by_source
from hunan_trade.indicators.registry import Source
from hunan_trade.lists.models import Act
from hunan_trade.lists.record_change_preparation import RecordChange
from hunan_trade.periods import Month
from hunan_trade.testing.transaction_simulation_and_waiting import next_transaction
from hunan_trade.workflow import MoveRefused
from projects.actions import save_projects
from projects.counting.monthly_counts import store_month_counts
from projects.fortune_500.actions import save_fortune_groups
from projects.fortune_500.group_names import ListedGroup, build_fortune_lists, split_names
from projects.models import FortuneGroup, IndicatorCode, Project, ProjectHistory, StageEntry
from projects.stages.actions import decide_step
from projects.tests.factories import listed_group, stepped_project, take_step

pytestmark = pytest.mark.django_db
GROUP, MARCH = "演示寰宇集团", Month(2013, 3)
FORTUNE_500 = IndicatorCode.FORTUNE_500.value
FIRST, SECOND = date(2013, 3, 18), date(2013, 3, 20)
JUDGED_AGAIN = "世界500强集团的首个计入项目有变，重新判定"


def signed(by: User, officer: User, on: date, groups: str = GROUP) -> Project:
    """Create a project of a group whose signing on a day is accepted."""
    made = stepped_project(by, investor_groups=groups)
    take_step(made, "sign", on, by=by, confirmed_by=officer)
    return made


def two_projects(officer: User) -> tuple[Project, Project]:
    """Create projects of one group in two cities: the one of Chenzhou is signed first, and entered last."""
    changsha = signed(cast.reporter(), officer, SECOND)
    return signed(cast.reporter(cast.CHENZHOU), officer, FIRST), changsha


def void_signing(made: Project, by: User, reason: str = "合同未生效") -> None:
    entry = StageEntry.objects.get(project=made, stage="signed")
    decide_step(pk=entry.pk, name="void", by=by, seen=entry.version, reason=reason)


def change_list(
    by: User, group: FortuneGroup, reason: str = "更正名单", *, delete: bool = False, **values: str
) -> None:
    change = RecordChange(values, group.pk, group.version, is_deletion=delete)
    (outcome,) = save_fortune_groups(changes=[change], by=by, kind=Act.Kind.EDITED, reason=reason)
    assert not outcome.refused, outcome.errors


def write_groups(made: Project, by: User, groups: str) -> None:
    made.refresh_from_db()
    change = RecordChange({"investor_groups": groups}, made.pk, made.version)
    (outcome,) = save_projects(changes=[change], by=by, kind=Act.Kind.EDITED, reason="核对")
    assert not outcome.refused, outcome.errors


def judged(*projects: Project) -> list[str]:
    for made in projects:
        made.refresh_from_db()
    return [f"{made.fortune_verdict} {made.fortune_count}" for made in projects]


def versions(city: str, month: Month = MARCH) -> list[tuple[int | None, str]]:
    """Return what the register says of a city's groups of a month, version by version with its reason."""
    rows = Observation.objects.filter(indicator=FORTUNE_500, region=city, month=month.first, source=Source.REGISTER)
    return [(row.value if row.value is None else int(row.value), row.reason) for row in rows.order_by("version")]


# --- Whose project counts -------------------------------------------------------------------------------------------
def test_of_two_cities_the_project_signed_first_counts_and_the_other_is_told_no_more(client: Client) -> None:
    officer = cast.officer()
    listed_group(officer)
    chenzhou, changsha = two_projects(officer)
    assert judged(chenzhou, changsha) == ["counted 1", "counted_elsewhere 0"]
    pages = {}
    for reader in (cast.reporter(), officer):
        client.force_login(reader)
        page = client.get(f"/projects/{changsha.code}/").content.decode()
        assert "世界500强判定" in page and "第 12 位" in page
        pages[reader.role] = page
    assert "已由其他市州项目计入。" in pages["city_reporter"] and chenzhou.code not in pages["city_reporter"]
    assert f"首个计入项目是 {chenzhou.code}。" in pages["province_officer"]


def test_a_voided_first_project_hands_its_group_on_without_telling_the_other_city_why() -> None:
    officer = cast.officer()
    listed_group(officer)
    chenzhou, changsha = two_projects(officer)
    for made in (chenzhou, changsha):
        store_month_counts(made.city_id, MARCH, by=officer, reason="月报核定")
    void_signing(chenzhou, officer)
    assert judged(chenzhou, changsha) == ["project_not_counted 0", "counted 1"]
    assert versions(cast.CHENZHOU) == [(1, ""), (0, "合同未生效")]
    assert versions(cast.CHANGSHA) == [(0, ""), (1, JUDGED_AGAIN)]
    last = ProjectHistory.objects.filter(id=changsha.pk).latest("version")
    assert last.act is not None and (last.act.by, last.act.by_name, last.act.reason) == (None, "系统", JUDGED_AGAIN)


def test_a_second_project_of_the_city_names_the_first() -> None:
    officer = cast.officer()
    listed_group(officer, other_names="演示寰宇、Demo Globe Co., Ltd.")
    first = signed(cast.reporter(), officer, FIRST, "demo globe co., ltd.")
    second = signed(cast.reporter(), officer, SECOND, "演示 寰宇、示例未上榜集团")
    assert judged(first, second) == ["counted 1", "group_counted_earlier 0"]


def test_a_group_that_is_written_in_later_counts_from_then_on() -> None:
    officer = cast.officer()
    listed_group(officer)
    chenzhou, changsha = two_projects(officer)
    write_groups(chenzhou, officer, "")
    assert judged(chenzhou, changsha) == [" 0", "counted 1"]
    write_groups(chenzhou, officer, GROUP)
    assert judged(chenzhou, changsha) == ["counted 1", "counted_elsewhere 0"]


# --- The list -------------------------------------------------------------------------------------------------------
def test_a_list_that_is_loaded_later_and_corrected_judges_and_observes_again() -> None:
    officer = cast.officer()
    chenzhou, changsha = two_projects(officer)
    for city in (cast.CHENZHOU, cast.CHANGSHA):
        store_month_counts(city, MARCH, by=officer, reason="月报核定")
    assert judged(chenzhou, changsha) == ["not_listed 0", "not_listed 0"] and not versions(cast.CHENZHOU)
    listed = listed_group(officer)
    assert judged(chenzhou, changsha) == ["counted 1", "counted_elsewhere 0"]
    assert (versions(cast.CHENZHOU), versions(cast.CHANGSHA)) == ([(1, "")], [(0, "")])
    change_list(officer, listed, name="演示另一集团")
    assert judged(chenzhou, changsha) == ["not_listed 0", "not_listed 0"]
    listed.refresh_from_db()
    change_list(officer, listed, "补上原名", other_names=GROUP)
    listed.refresh_from_db()
    assert judged(chenzhou) == ["counted 1"]
    change_list(officer, listed, "名单撤回", delete=True)
    assert judged(chenzhou) == ["not_listed 0"]
    assert versions(cast.CHENZHOU) == [(1, ""), (0, "更正名单"), (1, "补上原名"), (None, "名单撤回")]


def test_a_year_without_a_list_has_no_count_and_not_a_count_of_0(client: Client) -> None:
    """Whoever empties a list takes its counts back; they come again with the next list, and projects count all along."""
    lead = cast.province_lead()
    listed = listed_group(lead)
    chenzhou, _ = two_projects(lead)
    store_month_counts(cast.CHENZHOU, MARCH, by=lead, reason="月报核定")
    assert panel_data_by_source(FORTUNE_500, MARCH)[Source.REGISTER].month_value(cast.CHENZHOU).amount == 1
    change_list(lead, listed, "名单撤回", delete=True)
    value = panel_data_by_source(FORTUNE_500, MARCH)[Source.REGISTER].month_value(cast.CHENZHOU)
    assert not value.known and versions(cast.CHENZHOU) == [(1, ""), (None, "名单撤回")]
    void_signing(chenzhou, lead)
    store_month_counts(cast.CHENZHOU, MARCH, by=lead, reason="月报再核定")
    assert versions(cast.CHENZHOU)[-1] == (None, "名单撤回")
    client.force_login(lead)
    (newest,) = client.get(f"/api/v1/observations/?indicator={FORTUNE_500}&latest=true").json()["results"]
    assert (newest["value"], newest["version"]) == (None, 2)
    Observation.objects.create(
        indicator=FORTUNE_500, region_id=cast.CHENZHOU, month=MARCH.first, source="return", version=1, value=0,
        known_at=clock.now(),
    )  # fmt: skip
    with pytest.raises(MoveRefused, match="项目库还没有2013年引进世界500强企业的数"):
        decide_published_source(indicator=FORTUNE_500, year=2013, source=Source.REGISTER, reason="名单已核对", by=lead)
    listed_group(lead)
    assert versions(cast.CHENZHOU)[-1] == (0, "载入名单")


def test_a_name_means_one_group_of_a_year(client: Client) -> None:
    officer = cast.officer()
    listed_group(officer, other_names="演示寰宇")
    change = RecordChange({"year": 2013, "name": "演示 寰宇", "rank": 13})
    (outcome,) = save_fortune_groups(changes=[change], by=officer, kind=Act.Kind.CREATED)
    assert outcome.errors == {"name": ("“演示 寰宇”在2013年名单上已指“演示寰宇集团”，一个名称只指一家集团。",)}
    listed_group(officer, "演示寰宇", year=2014)
    with pytest.raises(MoveRefused, match="权限"):
        save_fortune_groups(changes=[change], by=cast.reporter(), kind=Act.Kind.CREATED)


def test_a_row_whose_change_is_refused_keeps_its_name() -> None:
    officer = cast.officer()
    first, second = listed_group(officer, "演示重工"), listed_group(officer, "演示电气", rank=13)

    def exchange(seen: int) -> list[str]:
        changes = [
            RecordChange({"name": "演示重工股份"}, first.pk, seen),
            RecordChange({"other_names": "演示重工"}, second.pk, second.version),
        ]
        outcomes = save_fortune_groups(changes=changes, by=officer, kind=Act.Kind.IMPORTED, reason="更正名单")
        return ["".join(sentence for each in outcome.errors.values() for sentence in each) for outcome in outcomes]

    stale, taken = exchange(first.version + 1)
    assert "看过现在的内容后再改" in stale and "在2013年名单上已指“演示重工”" in taken
    assert not FortuneGroup.objects.exclude(other_names="").exists()
    assert exchange(first.version) == ["", ""]


def test_rows_that_share_a_name_are_one_group_over_the_years() -> None:
    rows = [
        ListedGroup(2013, "甲集团", "甲"),
        ListedGroup(2015, "乙集团", "乙；甲集团"),
        ListedGroup(2013, "丙集团"),
        ListedGroup(2014, "丁集团", "甲、丁"),
    ]
    for given in (rows, rows[::-1]):
        lists = build_fortune_lists(given)
        assert lists.groups_in("甲、丁,Ltd、 丙 集团") == {"乙集团", "丁,Ltd", "丙集团"}
        assert lists.groups_by_year == {2013: {"乙集团", "丙集团"}, 2014: {"乙集团"}, 2015: {"乙集团"}}
    assert split_names("甲、 甲；Demo Co., Ltd.，ｄｅｍｏ co.,ltd.") == ("甲", "Demo Co., Ltd.")


# --- As a published source, in lists and as of a day -----------------------------------------------------------------
def test_the_register_is_published_once_the_list_of_the_year_is_loaded() -> None:
    lead = cast.province_lead()
    two_projects(lead)
    store_month_counts(cast.CHENZHOU, MARCH, by=lead, reason="月报核定")
    Observation.objects.create(
        indicator=FORTUNE_500, region_id=cast.CHENZHOU, month=MARCH.first, source="return", version=1, value=0,
        known_at=clock.now(),
    )  # fmt: skip

    def publish() -> None:
        decide_published_source(indicator=FORTUNE_500, year=2013, source=Source.REGISTER, reason="名单已核对", by=lead)

    with clock.frozen_at(clock.at(date(2013, 7, 8), 12)):
        with pytest.raises(MoveRefused, match="项目库还没有2013年引进世界500强企业的数"):
            publish()
        listed_group(lead)
        publish()


def test_list_filter_file_api_and_an_earlier_day_say_the_same(client: Client) -> None:
    officer = cast.officer()
    next_transaction()
    with clock.frozen_at(clock.at(date(2013, 4, 2), 9)):
        listed_group(officer)
        chenzhou, changsha = two_projects(officer)
        none = stepped_project(cast.reporter())
    next_transaction()
    with clock.frozen_at(clock.at(date(2013, 4, 9), 9)):
        void_signing(chenzhou, officer)
    client.force_login(officer)
    next_transaction()
    with clock.frozen_at(clock.at(date(2013, 7, 8), 12)):

        def by_api(query: str) -> dict[str, str]:
            rows = client.get(f"/api/v1/projects/?fields=fortune_verdict&{query}").json()["results"]
            return {row["id"]: row["fortune_verdict"] or "" for row in rows}

        assert by_api("as_of=2013-04-02") == {
            chenzhou.code: "counted", changsha.code: "counted_elsewhere", none.code: "",
        }  # fmt: skip
        assert by_api("fortune_verdict=counted") == {changsha.code: "counted"}
        assert by_api("fortune_verdict=blank") == {none.code: ""}
        file = client.get("/projects/download/?format=csv&columns=code,fortune_verdict,investor_groups")
        text = b"".join(file) if file.streaming else file.content
        in_file = {row[0]: tuple(row[1:3]) for row in csv.reader(io.StringIO(text.decode("utf-8-sig"))) if len(row) > 2}
        assert (in_file[changsha.code], in_file[chenzhou.code]) == (("计入", GROUP), ("项目未计入", GROUP))


def test_the_page_of_the_rules_compares_the_groups_of_both_sources(client: Client) -> None:
    officer = cast.officer()
    two_projects(officer)
    client.force_login(cast.reporter(cast.CHENZHOU))
    with clock.frozen_at(clock.at(date(2013, 4, 8), 12)):
        assert "世界500强企业：项目库与月报核对" not in client.get("/projects/counting/").content.decode()
        listed_group(officer)
        page = client.get("/projects/counting/").content.decode()
    assert "引进世界500强企业：项目库与月报核对" in page
