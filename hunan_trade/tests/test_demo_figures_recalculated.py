"""Tests that pages, API, observations and bulletin show the figures recalculated from the demo year's rows.

`raw_register` works everything out from whole tables, as they stand and as they stood at the end of March 2013.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils.html import strip_tags

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests.factories import bearer_headers
from hunan_trade.indicators.actions_source_and_exchange_rate import decide_published_source
from hunan_trade.indicators.registry import Source
from hunan_trade.jobs import actions as jobs
from hunan_trade.periods import Month
from hunan_trade.testing.demo_database import DemoDatabase
from hunan_trade.tests.project_register_recalculation import STAGES, Place, RawRegister, read_table
from reporting import actions
from reporting.document_parts import Paragraph
from reporting.models import Report

pytestmark = pytest.mark.slow
TODAY, END_OF_MARCH = date(2013, 7, 8), date(2013, 3, 31)
COUNTED = "projects.undertaken_projects"
FORTUNE_500 = "projects.fortune_500"
PAID_IN = ("projects.domestic_paid_in", "projects.foreign_used")
UNLINKED = ("waiting", "different", "unlike")
STAGE_WORDS = ("意向", "签约", "落地", "投产", "营运")
DAYS = pytest.mark.parametrize("day", [None, END_OF_MARCH], ids=["now", "end of March"])


@pytest.fixture(autouse=True)
def demo_today(demo_database: DemoDatabase) -> Iterator[None]:
    with clock.frozen_at(clock.at(TODAY, 18)):
        yield


@pytest.fixture
def officer(client: Client) -> Client:
    """Fixture with a client that is signed in as an officer of the province."""
    client.force_login(User.objects.get(username="officer1"))
    return client


def register_at(day: date | None) -> RawRegister:
    return RawRegister(clock.at(day, 23, 59, 59) if day else None)


# --- What the portal says ---------------------------------------------------------------------------------------------
def answers(path: str) -> Iterator[dict[str, Any]]:
    """Yield all records that the API gives an officer, page by page."""
    client = Client(headers=bearer_headers(User.objects.get(username="officer1")))
    while path:
        answer = client.get(path)
        assert answer.status_code == 200, answer.content
        yield from answer.json()["results"]
        path = answer.json()["next"]


def table_rows(page: str, label: str) -> list[list[str]]:
    """Return the texts of the cells of the first table of a page with a label, a pattern."""
    table, *_ = re.findall(rf'aria-label="{label}">(.*?)</table>', page, re.DOTALL)
    (body,) = re.findall(r"<tbody>(.*?)</tbody>", table, re.DOTALL)
    rows = re.findall(r"<tr.*?</tr>", body, re.DOTALL)
    return [
        [unescape(strip_tags(cell)).strip() for cell in re.findall(r"<t[dh]\b[^>]*>(.*?)</t[dh]>", row, re.DOTALL)]
        for row in rows
    ]


def newest_observations(indicator: str, source: str, day: date | None) -> dict[Place, Decimal]:
    """Return what was last observed of an indicator by city and month, as far as was known by the end of a day."""
    limit = clock.at(day, 23, 59, 59) if day else datetime.max.replace(tzinfo=clock.SHANGHAI)
    rows = [row for row in read_table("indicators_observation") if row["known_at"] <= limit]
    rows = [row for row in rows if (row["indicator"], row["source"]) == (indicator, source)]
    return {(row["region_id"], row["month"]): row["value"] for row in sorted(rows, key=lambda row: row["version"])}


def half_up(amount: Fraction, places: int) -> str:
    scaled = (amount * 10**places * 2 + 1).__floor__() // 2
    return f"{scaled // 10**places}" + (f".{scaled % 10**places:0{places}}" if places else "")


# --- The count of the 3000 --------------------------------------------------------------------------------------------
@DAYS
def test_the_count_by_city_and_month_is_that_of_the_steps(day: date | None) -> None:
    register = register_at(day)
    assert not [row for row in read_table("projects_projectpair") if row["state"] not in UNLINKED]  # else one counts
    counts, observed = register.counts(), newest_observations(COUNTED, "register", day)
    assert set(counts) <= set(observed) and sum(counts.values()) == (1235 if day is None else sum(observed.values()))
    assert {place: counts[place] for place in observed} == observed
    known = "&as_of=2013-03-31T23:59:59%2B08:00" if day else ""
    asked = f"/api/v1/observations/?indicator={COUNTED}&source=register&latest=true&page_size=200{known}"
    answered = {(row["region"], date.fromisoformat(f"{row['month']}-01")): row["value"] for row in answers(asked)}
    assert answered == {place: f"{counts[place]:.2f}" for place in observed}


@DAYS
def test_the_projects_that_the_list_says_count_are_those_with_a_valid_signing(day: date | None) -> None:
    register = register_at(day)
    as_of = f"&as_of={day}" if day else ""
    listed = answers(f"/api/v1/projects/?verdict=counted&page_size=200&fields=city,counted_on{as_of}")
    assert {row["id"]: (row["city"], row["counted_on"]) for row in listed} == {
        register.projects[pk]["code"]: (city, str(on)) for pk, (city, on) in register.counted.items()
    }


def test_the_page_of_both_sources_has_the_sums_of_steps_and_of_accepted_summaries(officer: Client) -> None:
    counts, said = register_at(None).counts(), newest_observations(COUNTED, "return", None)
    page = officer.get("/projects/counting/").content.decode()
    shown = {
        row[0].split("（")[0].split("不含")[0].split("1-")[0].strip(): row[1:]
        for row in table_rows(page, r"[^\"<]*项目库与市州月报[^\"<]*")
    }
    months = {place for place in newest_observations(COUNTED, "register", None) if place[1].year == 2013}
    for city, name in RawRegister().cities.items():
        own = [place for place in months if place[0] == city]
        ours, theirs = sum(counts[place] for place in own), sum(int(said[place]) for place in own)
        assert [shown[name][0], shown[name][1]] == [f"{ours:,}", f"{theirs:,}"], name
        assert shown[name][2] == (f"{ours - theirs:+}" if ours != theirs else "0").replace("-", "−"), name
    assert sum(counts.values()) - sum(int(said[place]) for place in months) == -1


# --- Fortune 500 groups -----------------------------------------------------------------------------------------------
@DAYS
def test_groups_count_with_their_first_project_by_the_list_of_its_year(day: date | None) -> None:
    counts, observed = register_at(day).fortune_counts(), newest_observations(FORTUNE_500, "register", day)
    assert set(counts) <= set(observed) and (day is not None or counts)
    assert {place: counts[place] for place in observed} == observed


# --- Money ------------------------------------------------------------------------------------------------------------
@DAYS
def test_paid_in_capital_by_city_and_month_is_what_the_rows_of_accepted_returns_add_up_to(day: date | None) -> None:
    paid = register_at(day).paid_in
    for at, indicator in enumerate(PAID_IN):
        observed = newest_observations(indicator, "return", day)
        of_register = {place: value for place, value in observed.items() if place[1] >= date(2013, 1, 1)}
        assert len(of_register) == (14 * 6 - 3 if day is None else 14 * 2)
        assert {place: sums[at] for place, sums in paid.items()} == of_register


# --- The funnel -------------------------------------------------------------------------------------------------------
@DAYS
def test_the_funnel_page_has_the_counts_shares_and_days_of_the_steps(officer: Client, day: date | None) -> None:
    register, today = register_at(day), day or TODAY
    page = officer.get("/projects/funnel/" + (f"?as_of={day}" if day else "")).content.decode()

    def percent(share: Fraction | None) -> str:
        return "—" if share is None else f"{half_up(share, 1)}%"

    def days(amount: Fraction | int | None) -> str:
        return "—" if amount is None else half_up(Fraction(amount), 0 if Fraction(amount).denominator == 1 else 1)

    found = register.funnel(today)
    assert all(stage.reached for stage in found[: 5 if day is None else 3])
    assert table_rows(page, "各阶段项目数和用时") == [
        [
            word,
            f"{stage.reached:,}",
            percent(stage.conversion),
            f"{stage.passed:,}",
            days(stage.median_days),
            f"{stage.standing:,}",
            "—" if stage.longest_days is None else f"{stage.longest_days:,}",
        ]
        for word, stage in zip(STAGE_WORDS, found, strict=True)
    ]
    assert table_rows(page, "按市州") == [
        [register.full_names[city]]
        + [
            f"{stage.reached:,}" + (f"（{percent(stage.conversion)}）" if stage.conversion is not None else "")
            for stage in register.funnel(today, city)
        ]
        for city in register.cities
        if any(row["city_id"] == city for row in register.projects.values())
    ]


@DAYS
def test_the_api_has_the_funnel_of_the_steps(officer: Client, day: date | None) -> None:
    register, today = register_at(day), day or TODAY
    answer = officer.get("/api/v1/projects/funnel/" + (f"?as_of={day}" if day else "")).json()

    def figures(city: str = "") -> list[dict[str, Any]]:
        return [
            {
                "stage": stage,
                "reached": found.reached,
                "conversion": None if found.conversion is None else half_up(found.conversion, 1),
                "passed": found.passed,
                "median_days": None
                if found.median_days is None
                else half_up(found.median_days, 0 if found.median_days.denominator == 1 else 1),
                "standing": found.standing,
                "longest_days": found.longest_days,
            }
            for stage, found in zip(STAGES, register.funnel(today, city), strict=True)
        ]

    assert answer["stages"] == figures()
    assert {group["code"]: group["stages"] for group in answer["groups"]} == {
        city: figures(city)
        for city in register.cities
        if any(row["city_id"] == city for row in register.projects.values())
    }


# --- Slippage ---------------------------------------------------------------------------------------------------------
def in_words(days: int) -> str:
    return f"晚 {days} 天" if days > 0 else f"早 {-days} 天" if days < 0 else "如期"


def test_slippage_is_counted_from_the_first_promise_of_the_history(officer: Client) -> None:
    now, march = register_at(None).slippage(), register_at(END_OF_MARCH).slippage()
    late: dict[str, dict[str, int]] = {}
    for (code, stage), (_, days) in now.items():
        late.setdefault(code, {})[STAGE_WORDS[STAGES.index(stage)]] = days
    moved = sorted(code for code, stages in late.items() if any(stages.values()))
    assert len(moved) > 20
    charted = 0
    for code in moved:
        page = officer.get(f"/projects/{code}/").content.decode()
        shown = {row[0]: row[4] for row in table_rows(page, "各阶段日期") if row[4]}
        assert shown == {word: in_words(days) for word, days in late[code].items()}, code
        for stage, word in zip(STAGES, STAGE_WORDS, strict=True):  # the chart says how late a stage was in each month
            told = re.search(rf"{word}比原定 [0-9-]+：[^<\"]*3月 ([晚早] \d+ 天|如期)", page)
            if told and (code, stage) in march:
                assert told[1] == in_words(march[code, stage][1]), code
                charted += 1
    assert charted


# --- The published source ---------------------------------------------------------------------------------------------
def test_the_next_bulletin_tells_what_the_switch_of_the_source_changes(
    demo_database: DemoDatabase,
) -> None:
    lead, officer = (User.objects.get(username=name) for name in ("lead1", "officer1"))
    reason = "项目库已逐项核对，改按项目库公布"
    before = {row["id"]: row["content_sha256"] for row in read_table("reporting_report") if row["status"] == "issued"}
    with clock.frozen_at(clock.at(TODAY, 18)):
        decide_published_source(indicator=COUNTED, year=2013, source=Source.REGISTER, reason=reason, by=lead)
        jobs.run_job(actions.request_draft("monthly-bulletin", Month(2013, 6), by=officer).pk, worker="test")
    report = Report.objects.get(kind="monthly-bulletin", month="2013-06-01")
    register, printed = register_at(None), newest_observations(COUNTED, "return", None)
    counts = register.counts()

    def to_may(figures: Mapping[Place, Any], *cities: str) -> int:
        return int(sum(figures[city, date(2013, month, 1)] for city in cities for month in range(1, 6)))

    places = {"全省": [*register.cities], **{name: [city] for city, name in register.cities.items()}}
    sums = {name: (to_may(printed, *cities), to_may(counts, *cities)) for name, cities in places.items()}
    changes = [f"{name}由{old}个更正为{new}个" for name, (old, new) in sums.items() if old != new]
    assert len(changes) == 4  # the province and the three cities whose difference is the story
    told = (
        f"经2013年7月8日决定，2013年承接产业转移项目改按项目库公布，1-5月累计{'，'.join(changes)}；"
        f"项目库没有上年同期数，不作同比。原因：{reason}。"
    )
    blocks = report.report_kind.compose(report.content).blocks
    paragraphs = [
        "".join(run if isinstance(run, str) else run.text for run in block.runs)
        for block in blocks
        if isinstance(block, Paragraph)
    ]
    assert [text for text in paragraphs if "改按" in text] == [told]
    after = {row["id"]: row["content_sha256"] for row in read_table("reporting_report") if row["status"] == "issued"}
    assert after == before and len(before) == 5 + 1
