"""Tests switching a plan year's published figures to the project register and back, and the next bulletins."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.indicators.actions_source_and_exchange_rate import decide_published_source
from hunan_trade.indicators.models import SourceDecision
from hunan_trade.indicators.queries_observations import panel_data_of_indicator
from hunan_trade.indicators.registry import Source
from hunan_trade.lists.models import Act
from hunan_trade.lists.record_change_preparation import RecordChange
from hunan_trade.periods import Month
from hunan_trade.regions.models import PROVINCE
from hunan_trade.testing.transaction_simulation_and_waiting import next_transaction
from hunan_trade.workflow import MoveRefused
from projects.actions import save_projects
from projects.fortune_500.actions import save_fortune_groups
from projects.models import IndicatorCode, Project, StageEntry
from projects.stages.actions import decide_step
from projects.tests.factories import listed_group, stepped_project
from reporting.document_parts import Paragraph
from reporting.models import Report
from reporting.tests import factories
from reporting.tests.factories import JANUARY, City, Province
from reporting.wording_edits import text_with_bracketed_figures

FEBRUARY, MARCH, APRIL = Month(2013, 2), Month(2013, 3), Month(2013, 4)
COUNTED, FORTUNE = IndicatorCode.UNDERTAKEN.value, IndicatorCode.FORTUNE_500.value
pytestmark = pytest.mark.usefixtures("february")


@pytest.fixture
def changsha(people: Province) -> City:
    """Fixture with a city that reports three projects each month and has signed one of January and one of February."""
    place = factories.create_city("430100")
    signed(place.reporter, date(2013, 1, 15), date(2013, 1, 20))
    factories.accepted(place, JANUARY, ("150", "50"), people.officer)
    signed(place.reporter, date(2013, 2, 5), date(2013, 2, 6))
    return place


def signed(by: User, on: date, at: date) -> Project:
    next_transaction()
    with clock.frozen_at(clock.at(at, 9)):
        return stepped_project(by, "sign", intended_on=on)


def void(people: Province, signed_on: date, at: date) -> None:
    """Void the signing of a day."""
    entry = StageEntry.objects.get(effective_on=signed_on)
    with clock.frozen_at(clock.at(at, 9)):
        decide_step(pk=entry.pk, name="void", by=people.officer, seen=entry.version, reason="合同未生效")


def decide(people: Province, at: date, source: Source = Source.REGISTER, reason: str = "项目库已核对完整") -> None:
    with clock.frozen_at(clock.at(at, 9)):
        decide_published_source(indicator=COUNTED, year=2013, source=source, reason=reason, by=people.boss)


def issued(people: Province, month: Month) -> Report:
    with factories.clock_in_month_after(month, 6):
        return factories.issued(people, month)


def lines_of(report: Report) -> Sequence[str]:
    blocks = report.report_kind.compose(report.content).blocks
    marked = (text_with_bracketed_figures(block) for block in blocks if isinstance(block, Paragraph))
    return [line.replace("‹", "").replace("›", "") for line in marked]


def told(report: Report, words: str) -> str:
    """Return the one paragraph of a report that has some words."""
    (found,) = (line for line in lines_of(report) if words in line)
    return found


def printed(report: Report, region: str, month: Month, *steps: str) -> tuple[int, str | None]:
    """Return a figure of the count as a report holds it, with its source."""
    entry = report.content["figures"]["/".join((COUNTED, region, str(month), *steps))]
    return int(Decimal(entry["amount"])), entry.get("source")


def counted_by_hand(city: City, *months: Month) -> int:
    """Return how many projects of a city have a valid signing in some months, counted from their steps alone."""
    steps = StageEntry.objects.filter(city=city.region, stage="signed", state="valid")
    return sum(Month.of(day) in months for day in steps.values_list("effective_on", flat=True))


def test_a_year_is_published_by_the_register_and_back_and_each_next_bulletin_says_so(
    people: Province, changsha: City
) -> None:
    january = issued(people, JANUARY)
    assert printed(january, changsha.region, JANUARY) == (3, "return")
    before = (january.content_sha256, lines_of(january))

    signed(changsha.reporter, date(2013, 1, 28), date(2013, 2, 14))  # told late by the return of February
    decide(people, date(2013, 2, 20))
    factories.accepted(changsha, FEBRUARY, ("100", "50"), people.officer)
    assert (counted_by_hand(changsha, JANUARY), counted_by_hand(changsha, FEBRUARY)) == (2, 1)
    february = issued(people, FEBRUARY)
    switched = told(february, "改按")
    assert switched.startswith("经2013年2月20日决定，2013年承接产业转移项目改按项目库公布，1月累计全省由3个更正为2个")
    assert switched.endswith("长沙由3个更正为2个；项目库没有上年同期数，不作同比。原因：项目库已核对完整。")
    assert printed(february, changsha.region, JANUARY) == (counted_by_hand(changsha, JANUARY), "register")
    assert printed(february, changsha.region, FEBRUARY) == (counted_by_hand(changsha, FEBRUARY), "register")
    assert printed(february, PROVINCE, FEBRUARY, "ytd")[0] == counted_by_hand(changsha, JANUARY, FEBRUARY) == 3

    decide(people, date(2013, 3, 20), Source.RETURN, "项目库有重复")
    factories.accepted(changsha, MARCH, ("100", "50"), people.officer)
    march = issued(people, MARCH)
    switched = told(march, "改按")
    assert "经2013年3月20日决定，2013年承接产业转移项目改按市州月报公布，1-2月累计全省由3个更正为6个" in switched
    assert switched.endswith("长沙由3个更正为6个；市州月报没有上年同期数，不作同比。原因：项目库有重复。")
    assert printed(march, PROVINCE, MARCH, "ytd")[0] == 9
    assert list(SourceDecision.objects.order_by("pk").values_list("source", "reason")) == [
        ("register", "项目库已核对完整"),
        ("return", "项目库有重复"),
    ]
    january = Report.objects.get(pk=january.pk)
    assert (january.content_sha256, lines_of(january)) == before


def test_what_the_register_counts_otherwise_in_a_printed_month_is_corrected_once_with_its_reason(
    people: Province, changsha: City
) -> None:
    decide(people, date(2013, 2, 5))
    january = issued(people, JANUARY)
    assert printed(january, changsha.region, JANUARY) == (1, "register")
    void(people, date(2013, 1, 15), date(2013, 2, 21))
    factories.accepted(changsha, FEBRUARY, ("100", "50"), people.officer)
    february = issued(people, FEBRUARY)
    correction = "长沙2013年1月承接产业转移项目由1个更正为0个。原因：合同未生效。"
    assert told(february, "合同未生效") == correction
    assert printed(february, changsha.region, JANUARY) == (0, "register")
    assert printed(february, PROVINCE, FEBRUARY, "ytd")[0] == 1
    factories.accepted(changsha, MARCH, ("100", "50"), people.officer)
    assert not any("更正为" in line for line in lines_of(issued(people, MARCH)))


def test_a_count_whose_list_was_taken_back_is_told_so_and_again_when_there_is_a_list(
    people: Province, changsha: City
) -> None:
    made = Project.objects.filter(city=changsha.region).earliest("pk")
    with clock.frozen_at(clock.at(date(2013, 2, 5), 9)):
        group = listed_group(people.officer)
        change = RecordChange({"investor_groups": group.name}, made.pk, made.version)
        save_projects(changes=[change], by=people.officer, kind=Act.Kind.EDITED, reason="补填集团")
        decide_published_source(
            indicator=FORTUNE, year=2013, source=Source.REGISTER, reason="名单已核对", by=people.boss
        )
    january = issued(people, JANUARY)
    assert january.content["figures"][f"{FORTUNE}/{changsha.region}/{JANUARY}"]["amount"] == "1.00"
    with clock.frozen_at(clock.at(date(2013, 2, 20), 9)):
        gone = RecordChange({}, group.pk, group.version, is_deletion=True)
        save_fortune_groups(changes=[gone], by=people.officer, kind=Act.Kind.DELETED, reason="名单有误")
    factories.accepted(changsha, FEBRUARY, ("100", "50"), people.officer)
    february = issued(people, FEBRUARY)
    assert told(february, "名单有误") == "长沙2013年1月引进世界500强企业原1家，已撤回，现在没有数。原因：名单有误。"
    assert not any("世界500强企业0家" in line for line in lines_of(february))
    with clock.frozen_at(clock.at(date(2013, 3, 20), 9)):
        listed_group(people.officer)
    factories.accepted(changsha, MARCH, ("100", "50"), people.officer)
    assert "引进世界500强企业撤回后重新核定为1家。原因：载入名单。" in told(issued(people, MARCH), "载入名单")


@pytest.mark.parametrize(
    ("late", "words"), [(1, ""), (2, "由1个更正为2个。原因：合同未生效；长沙市2013年2月月报核定。")]
)
def test_all_reasons_since_the_last_issue_stand_at_what_differs_from_it(
    people: Province, changsha: City, late: int, words: str
) -> None:
    decide(people, date(2013, 2, 5))
    issued(people, JANUARY)
    for _ in range(late):
        signed(changsha.reporter, date(2013, 1, 28), date(2013, 2, 14))
    void(people, date(2013, 1, 15), date(2013, 2, 21))
    factories.accepted(changsha, FEBRUARY, ("100", "50"), people.officer)
    found = [line for line in lines_of(issued(people, FEBRUARY)) if "更正为" in line]
    assert found == ([f"长沙2013年1月承接产业转移项目{words}"] if words else [])


def test_a_year_before_the_register_is_refused_and_the_decided_one_leaves_last_year_out(
    people: Province, changsha: City
) -> None:
    with factories.clock_in_month_after(Month(2012, 1)):
        factories.accepted(changsha, Month(2012, 1), ("100", "40"), people.officer)
    with pytest.raises(MoveRefused, match="项目库还没有2012年承接产业转移项目的数，不能改按项目库公布"):
        decide_published_source(indicator=COUNTED, year=2012, source=Source.REGISTER, reason="核对", by=people.boss)
    assert panel_data_of_indicator(COUNTED, JANUARY).cumulative(PROVINCE, last_year=True).amount == 3
    decide(people, date(2013, 2, 8))
    assert not panel_data_of_indicator(COUNTED, JANUARY).cumulative(PROVINCE, last_year=True).known
