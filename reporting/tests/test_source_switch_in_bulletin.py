"""Tests that the bulletin after a switch of the published source reports, once, the figures that differ."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import pytest

from hunan_trade import clock
from hunan_trade.indicators.actions import record_observations
from hunan_trade.indicators.actions_source_and_exchange_rate import decide_published_source
from hunan_trade.indicators.models import Observation
from hunan_trade.indicators.queries_observations import panel_data_of_indicator
from hunan_trade.indicators.registry import Source
from hunan_trade.intake.models import MonthlyReturn
from hunan_trade.periods import Month
from hunan_trade.workflow import MoveRefused
from projects.models import IndicatorCode
from reporting import actions, queries
from reporting.document_parts import Paragraph, Table
from reporting.models import Report
from reporting.switched_data_sources import is_source_switched
from reporting.tests import factories
from reporting.tests.factories import JANUARY, SYSTEM, City, Province
from reporting.wording_edits import text_with_bracketed_figures

DECEMBER, FEBRUARY, MARCH = Month(2012, 12), Month(2013, 2), Month(2013, 3)
COUNTED = IndicatorCode.UNDERTAKEN.value
TRADE = {"enterprises.processing_trade_export": 1_000_000, "enterprises.processing_trade_import": 400_000}
pytestmark = pytest.mark.usefixtures("february")


@pytest.fixture
def chenzhou(people: Province) -> City:
    """Fixture with a second city whose returns of January 2012 and 2013 are accepted, with 3 projects each."""
    place = factories.create_city("431000")
    for year in (2012, 2013):
        factories.accepted(place, Month(year, 1), ("70", "30"), people.officer)
    return place


def observe(place: City, month: Month, source: Source, count: int, trade: Mapping[str, int] = {}) -> None:
    """Store how many projects of a city and month a source counts, without a return, and the trade beside it."""
    record_observations(
        {code: Decimal(value) for code, value in {COUNTED: count, **trade}.items()},
        region=place.region,
        month=month,
        source=source,
        known_at=clock.now(),
        reason="补报",
        by=SYSTEM,
    )


def register(place: City, month: Month, count: int) -> None:
    """Store how many projects of a city and month the register counts."""
    observe(place, month, Source.REGISTER, count)


def decide(
    people: Province, on: date, source: Source = Source.REGISTER, year: int = 2013, reason: str = "核对完整"
) -> None:
    with clock.frozen_at(clock.at(on, 9)):
        decide_published_source(indicator=COUNTED, year=year, source=source, reason=reason, by=people.boss)


def drafted(month: Month) -> Report:
    with factories.clock_in_month_after(month):
        return factories.drafted(month)


def text_of(report: Report) -> str:
    blocks = report.report_kind.compose(report.content).blocks
    return "\n".join(text_with_bracketed_figures(block) for block in blocks if isinstance(block, Paragraph)).translate(
        {ord("‹"): None, ord("›"): None}
    )


def notes_of(report: Report) -> str:
    annexes = report.report_kind.compose(report.content).annexes
    return "".join(
        note for annex in annexes for block in annex.blocks if isinstance(block, Table) for note in block.notes
    )


def test_the_next_issue_tells_the_switch_with_the_province_and_the_cities_that_differ(
    people: Province, changsha: City, chenzhou: City
) -> None:
    issued = factories.issued(people)
    before = (issued.content_sha256, text_of(issued))
    register(changsha, JANUARY, 3)
    register(chenzhou, JANUARY, 5)
    decide(people, date(2013, 2, 20))
    observe(chenzhou, JANUARY, Source.RETURN, 7)  # not published any more
    february = text_of(drafted(FEBRUARY))
    told = next(line for line in february.splitlines() if "改按项目库" in line)
    assert february.count("由3个更正为") == 1
    assert told.startswith(
        "经2013年2月20日决定，2013年承接产业转移项目改按项目库公布，1月累计全省由6个更正为8个（不含株洲、"
    )
    assert told.endswith("），郴州由3个更正为5个；项目库没有上年同期数，不作同比。原因：核对完整。")
    stays = Report.objects.get(pk=issued.pk)
    assert (stays.content_sha256, text_of(stays)) == before


def test_figures_of_the_decided_source_say_so_below_their_table(
    people: Province, changsha: City, chenzhou: City
) -> None:
    for place in (changsha, chenzhou):
        register(place, JANUARY, 4)
    decide(people, date(2013, 2, 7))
    january = drafted(JANUARY)
    assert january.content["figures"][f"{COUNTED}/430100/2013-01"]["source"] == "register"
    assert january.content["figures"][f"{COUNTED}/430000/2013-01/ytd"]["amount"] == "8.00"
    assert january.content["figures"][f"{COUNTED}/430000/2013-01/ytd/yoy"]["amount"] is None
    notes = notes_of(january)
    assert "数据来源：项目库、市州月报（快报数）。" in notes
    assert notes.count("承接产业转移项目按项目库公布，同一来源没有上年同期数的不列同比。") == 1


def test_a_switch_without_a_different_figure_is_told_all_the_same(people: Province, changsha: City) -> None:
    factories.issued(people)
    register(changsha, JANUARY, 3)
    decide(people, date(2013, 2, 20))
    assert "2013年承接产业转移项目改按项目库公布，1月累计各数不变；" in text_of(drafted(FEBRUARY))


def test_a_reversed_switch_is_told_likewise_and_one_undone_between_two_issues_is_not(
    people: Province, changsha: City
) -> None:
    register(changsha, JANUARY, 9)
    decide(people, date(2013, 2, 7))
    factories.issued(people)
    decide(people, date(2013, 2, 20), Source.RETURN, reason="项目库有重复")
    told = text_of(drafted(FEBRUARY))
    assert "经2013年2月20日决定，2013年承接产业转移项目改按市州月报公布，1月累计全省由9个" in told
    assert "长沙由9个更正为3个。原因：项目库有重复。" in told
    decide(people, date(2013, 2, 21), reason="重复已并")
    assert "改按" not in text_of(drafted(FEBRUARY))


def test_a_switch_to_a_source_without_the_printed_months_says_that_there_are_none(
    people: Province,
) -> None:
    changsha = factories.create_city("430100")
    observe(changsha, JANUARY, Source.RETURN, 3, TRADE)
    factories.issued(people)
    register(changsha, FEBRUARY, 3)
    decide(people, date(2013, 2, 20))
    told = text_of(drafted(FEBRUARY))
    assert "1月累计全省原3个" in told and "，项目库没有数；项目库没有上年同期数" in told and "长沙原" not in told


def test_a_switch_is_told_once_and_what_is_not_published_any_more_is_not_corrected(
    people: Province, changsha: City
) -> None:
    factories.issued(people)
    register(changsha, JANUARY, 9)
    register(changsha, FEBRUARY, 9)
    factories.accepted(changsha, FEBRUARY, ("100", "50"), people.officer)
    decide(people, date(2013, 2, 20))
    with factories.clock_in_month_after(FEBRUARY):
        assert "长沙由3个更正为9个" in text_of(factories.issued(people, FEBRUARY))
    observe(changsha, JANUARY, Source.RETURN, 5)
    march = text_of(drafted(MARCH))
    assert "改按" not in march and "更正为" not in march


def test_a_printed_correction_is_no_switch(people: Province, changsha: City) -> None:
    """It may be that of a month which stands in no panel of the issue that printed it."""
    register(changsha, JANUARY, 3)
    decide(people, date(2013, 2, 7))
    row = Observation.objects.get(indicator=COUNTED, month=JANUARY.first, source=Source.RETURN)
    code, published = f"{COUNTED}/430100/2013-01", panel_data_of_indicator(COUNTED, JANUARY)
    assert is_source_switched(code, row, published) and not is_source_switched(f"{code}/return/v1", row, published)


def test_a_source_decided_on_between_draft_and_issue_is_shown_and_must_be_confirmed(
    people: Province, changsha: City
) -> None:
    report = factories.reviewed(people)
    register(changsha, JANUARY, 4)
    decide(people, date(2013, 2, 7))
    assert queries.changes_since_draft(report) == queries.ChangesSinceDraft(switched=("承接产业转移项目",))
    page = factories.logged_in_client(people.boss).get(f"/reports/{report.pk}/").content.decode()
    assert page.count("<strong>起草后另定了公布口径</strong>，承接产业转移项目，本稿用的是原来源的数。") == 1
    with pytest.raises(MoveRefused, match="承接产业转移项目起草后另定了公布口径，签发前须确认"):
        actions.issue(report.pk, by=people.boss, confirm_missing=True, seen=report.content_sha256)
    actions.give_back(report.pk, "重新起草", by=people.other, seen=report.content_sha256)
    assert not queries.changes_since_draft(factories.drafted())


def test_a_correction_is_told_once(people: Province, changsha: City) -> None:
    january = MonthlyReturn.objects.get(region=changsha.region, month=JANUARY.first)
    factories.issued(people)
    factories.correct_return(changsha, january, ("140", "50"), people, date(2013, 2, 20))
    factories.accepted(changsha, FEBRUARY, ("100", "50"), people.officer)
    with factories.clock_in_month_after(FEBRUARY):
        assert "更正为140.00万美元" in text_of(factories.issued(people, FEBRUARY))
    assert "更正为" not in text_of(drafted(MARCH))


def test_january_takes_its_own_source_beside_supplements_and_switches_of_the_year_before(
    people: Province, changsha: City
) -> None:
    """Last year's December stands in January's bulletin from both sources, under codes of their own."""
    chenzhou = factories.create_city("431000")
    year = [Month(2012, number) for number in range(1, 13)]
    for month in year[1:]:
        observe(changsha, month, Source.RETURN, 3, TRADE)
    with factories.clock_in_month_after(DECEMBER):
        factories.issued(people, DECEMBER)
    for month in year:
        observe(chenzhou, month, Source.RETURN, 3, TRADE)
        for place in (changsha, chenzhou):
            register(place, month, 4)
    decide(people, date(2013, 2, 1), year=2012)
    factories.issued(people)
    january = text_of(Report.objects.get(month=JANUARY.first))
    assert "2012年承接产业转移项目改按项目库公布，1-12月累计全省由36个" in january
    assert "长沙由36个更正为48个" in january
    assert "承接产业转移项目4个、1-12月累计48个" in january
    with clock.frozen_at(clock.at(date(2013, 2, 20), 9)):
        decide(people, date(2013, 2, 20), Source.RETURN, year=2012, reason="项目库有重复")
    february = text_of(drafted(FEBRUARY))
    assert "2012年承接产业转移项目改按市州月报公布，1-12月累计全省由96个" in february
    assert february.count("改按") == 1
    decide(people, date(2013, 2, 21), year=2012, reason="重复已并")
    assert "改按" not in text_of(drafted(FEBRUARY))
