"""Tests the pages of reports, such as which reports and figures each role sees."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import quote

import pytest
from django.db.models.functions import Now

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.models import Event
from hunan_trade.intake.models import MonthlyReturn
from hunan_trade.jobs.models import Job
from hunan_trade.periods import Month
from hunan_trade.testing.response_type import Response
from hunan_trade.testing.shared_rows import shared_rows
from reporting import actions, kinds, wording_edits
from reporting.document_parts import Document, Paragraph
from reporting.models import Report
from reporting.provenance import trace_figure
from reporting.tests import factories
from reporting.tests.factories import JANUARY, City, Province, logged_in_client

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("february", "province_and_cities")]
TRADE = "enterprises.processing_trade_export/{}/2013-01"


@pytest.fixture(scope="module")
def province_and_cities(request: pytest.FixtureRequest) -> Iterator[tuple[Province, tuple[City, City]]]:
    with shared_rows(request, create_province_and_cities) as found:
        yield found


def create_province_and_cities() -> tuple[Province, tuple[City, City]]:
    """Create two cities whose returns of January 2012 and 2013 are accepted."""
    with clock.frozen_at(clock.at(date(2013, 2, 8), 10)):
        people, found = factories.create_province(), (factories.create_city("430100"), factories.create_city("431000"))
        for place in found:
            for year in (2012, 2013):
                factories.accepted(place, Month(year, 1), ("150", "50"), people.officer)
    return people, found


@pytest.fixture
def people(province_and_cities: tuple[Province, tuple[City, City]]) -> Province:
    return province_and_cities[0]


@pytest.fixture
def cities(province_and_cities: tuple[Province, tuple[City, City]]) -> tuple[City, City]:
    return province_and_cities[1]


def test_a_report_being_written_is_not_offered_to_anybody(people: Province, cities: tuple[City, City]) -> None:
    def first_requestable(person: User) -> str:
        shelf = logged_in_client(person).get("/reports/").content.decode()
        return shelf.split("可起草")[1].split("<li>")[1]

    assert "<button" in first_requestable(people.officer)
    actions.request_draft("monthly-bulletin", JANUARY, by=people.officer)
    for person in (people.officer, people.other, people.boss):
        assert "正在起草" in first_requestable(person) and "<button" not in first_requestable(person)
    Job.objects.update(state="failed", lease_until=None, finished_at=Now(), error="磁盘已满")
    assert "<button" in first_requestable(people.officer)


def test_only_the_province_sees_a_draft_and_all_readers_see_an_issue(
    people: Province, cities: tuple[City, City]
) -> None:
    report = factories.drafted()
    place = f"/reports/{report.pk}/"
    assert logged_in_client(people.officer).get(place).status_code == 200
    reporter = logged_in_client(cities[0].reporter)
    assert reporter.get(place).status_code == reporter.get(f"{place}files/pdf/").status_code == 404
    assert "2013年1月情况通报" not in reporter.get("/reports/").content.decode()
    actions.request_review(report.pk, by=people.officer, seen=report.content_sha256)
    actions.review(report.pk, by=people.other, seen=report.content_sha256)
    actions.issue(report.pk, by=people.boss, confirm_missing=True, seen=report.content_sha256)
    assert reporter.get(place).status_code == 200
    assert "2013年第1期" in reporter.get("/reports/").content.decode()
    assert logged_in_client(cast.auditor()).get("/reports/").status_code == 403


def test_every_figure_on_the_page_opens_its_origin(people: Province, cities: tuple[City, City]) -> None:
    report = factories.drafted()
    client = logged_in_client(people.officer)
    page = client.get(f"/reports/{report.pk}/").content.decode()
    links = sorted(set(re.findall(r'href="(\?figure=[^"#]+)#', page)))
    assert len(links) > 60
    for link in links[:: len(links) // 3]:
        assert client.get(f"/reports/{report.pk}/{link.replace('&amp;', '&')}").status_code == 200, link
    for code, entry in report.content["figures"].items():
        chain = trace_figure(report, code, people.officer)
        assert chain.steps[0].title == "显示" and not chain.hidden
        assert len(chain.inputs) == len(entry["inputs"])


def test_a_figure_is_traced_to_its_return_people_and_cells(people: Province, cities: tuple[City, City]) -> None:
    report = factories.drafted()
    code = TRADE.format("431000")
    page = logged_in_client(people.officer).get(f"/reports/{report.pk}/?figure={code}").content.decode()
    place = cities[1]
    for told in (
        "150.00 万美元，第1版",
        "郴州市2013年1月月报",
        f"填报 {place.reporter.name}",
        f"签发 {place.lead.name}",
        f"核定 {people.officer.name}",
        "郴州市-2013-01-1.xlsx",
        "“加工贸易企业”F4:F4之和",
        "SHA-256",
        place.firm.name,
    ):
        assert told in page, told


def test_another_citys_figure_shows_only_its_value_version_and_day(people: Province, cities: tuple[City, City]) -> None:
    report = factories.issued(people)
    changsha = logged_in_client(cities[0].reporter)
    printed = "enterprises.processing_trade_total/431000/2013-01/ytd"
    page = changsha.get(f"/reports/{report.pk}/?figure={printed}").content.decode()
    assert "2013年2月4日" in page and "200.00 万美元" in page
    for hidden in (cities[1].reporter.name, cities[1].lead.name, cities[1].firm.customs_code, "回执", "F4"):
        assert hidden not in page, hidden
    # what is not printed of another city does not exist: its observations, its cells
    assert changsha.get(f"/reports/{report.pk}/?figure={TRADE.format('431000')}").status_code == 404
    assert all(code.find(cities[1].firm.customs_code) < 0 for code in report.content["figures"])
    cell = f"enterprises.fact/{cities[1].firm.pk}/2013-01/{quote('进料加工')}/export"
    assert changsha.get(f"/reports/{report.pk}/?figure={cell}").status_code == 404
    assert changsha.get(f"/reports/{report.pk}/?figure=nothing").status_code == 404
    own = changsha.get(f"/reports/{report.pk}/?figure={TRADE.format('430100')}").content.decode()
    assert cities[0].lead.name in own and "F4" in own


def test_a_city_sees_only_its_own_or_printed_inputs_of_a_provincial_figure(
    people: Province, cities: tuple[City, City]
) -> None:
    report = factories.issued(people)
    code = "enterprises.processing_trade_export/430000/2012-01/ytd"
    page = logged_in_client(cities[0].reporter).get(f"/reports/{report.pk}/?figure={code}").content.decode()
    assert "另有 1 项属其他市州，不列" in page


def test_files_download_as_attachments_with_chinese_names_and_are_logged(
    people: Province, cities: tuple[City, City]
) -> None:
    report = factories.issued(people)
    answer = logged_in_client(cities[0].lead).get(f"/reports/{report.pk}/files/docx/")
    name = "2013年1月情况通报（第1期）.docx"
    assert answer["Content-Disposition"] == f"attachment; filename*=utf-8''{quote(name)}"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer.content == report.files.get(format="docx").file.read()
    event = Event.objects.get(verb="file.downloaded")
    assert (event.actor_id, event.after) == (cities[0].lead.pk, {"name": name})


def test_the_issued_files_stay_the_same_bytes_when_the_data_change(people: Province, cities: tuple[City, City]) -> None:
    report = factories.issued(people)
    client = logged_in_client(people.officer)
    before = client.get(f"/reports/{report.pk}/files/pdf/").content
    january = MonthlyReturn.objects.get(region=cities[0].region, month=JANUARY.first)
    factories.correct_return(cities[0], january, ("1", "1"), people, date(2013, 2, 20))
    assert client.get(f"/reports/{report.pk}/files/pdf/").content == before
    assert Report.objects.get().content_sha256 == report.content_sha256


def test_from_draft_to_issue_on_the_pages(people: Province, cities: tuple[City, City]) -> None:
    officer, other, boss = map(logged_in_client, (people.officer, people.other, people.boss))
    assert officer.post("/reports/prepare/", {"kind": "monthly-bulletin", "month": "2013-01"}).status_code == 302
    assert Job.objects.get().title == "起草2013年1月情况通报"
    report = factories.drafted()
    place, seen = f"/reports/{report.pk}/", {"shown": report.content_sha256}
    editing = officer.get(f"{place}?edit=0").content.decode()
    assert "保存文字" in editing and "送审核" in editing
    refused = officer.post(f"{place}words/", {**seen, "at": 0, "text": "增长50%"})
    assert (
        refused.status_code == 422
        and "没有数据来源" in refused.content.decode()
        and "增长50%" in refused.content.decode()
    )
    assert officer.post(f"{place}ask-review/", seen).status_code == 302
    assert "须由他人审核" in officer.get(place).content.decode()
    assert officer.post(f"{place}review/", seen).status_code == 409
    assert other.post(f"{place}review/", seen).status_code == 302
    assert other.post(f"{place}issue/", seen).status_code == 403
    assert boss.post(f"{place}issue/", seen).status_code == 409  # twelve cities are missing and nobody said so
    issued = boss.post(f"{place}issue/", {**seen, "confirm_missing": "on", "document_number": "湘商演〔2013〕\r\n3号"})
    assert issued.status_code == 302
    page = boss.get(place).content.decode()
    assert "已签发，内容冻结" in page and "湘商演〔2013〕3号" in page and "2013年2月8日" in page


def test_deciding_on_an_outdated_text_answers_409(people: Province, cities: tuple[City, City]) -> None:
    report = factories.drafted()
    answer = logged_in_client(people.officer).post(f"/reports/{report.pk}/ask-review/", {"shown": "0" * 64})
    assert answer.status_code == 409 and "已有改动" in answer.content.decode()


def test_the_slower_of_two_editors_keeps_their_text_and_sees_the_saved_one(
    people: Province, cities: tuple[City, City]
) -> None:
    report = factories.drafted()
    place, shown = f"/reports/{report.pk}/words/", report.content_sha256
    blocks = report.report_kind.compose(report.content).blocks
    at = next(
        at
        for at, block in enumerate(blocks)
        if isinstance(block, Paragraph) and "‹" not in wording_edits.text_with_bracketed_figures(block)
    )
    early, late = logged_in_client(people.officer), logged_in_client(people.other)
    assert early.post(place, {"shown": shown, "at": at, "text": "先到的文字。"}).status_code == 302
    answer = late.post(place, {"shown": shown, "at": at, "text": "后到的文字。"})
    page = answer.content.decode()
    assert answer.status_code == 409 and "后到的文字。</textarea>" in page and "现在的文字：先到的文字。" in page


def test_a_reason_typed_for_an_outdated_report_is_shown_again(people: Province, cities: tuple[City, City]) -> None:
    report = factories.drafted()
    sent = {"shown": "0" * 64, "reason": "第二段的比重<须>核对"}
    answer = logged_in_client(people.other).post(f"/reports/{report.pk}/give-back/", sent)
    assert answer.status_code == 409 and "第二段的比重&lt;须&gt;核对</textarea>" in answer.content.decode()


def test_report_pages_have_no_inline_style_or_script(people: Province, cities: tuple[City, City]) -> None:
    report = factories.drafted()
    page = (
        logged_in_client(people.officer).get(f"/reports/{report.pk}/?figure={TRADE.format('430100')}").content.decode()
    )
    assert " style=" not in page and "<script>" not in page and " onclick" not in page


def test_a_decision_without_the_hash_of_the_shown_content_is_refused(
    people: Province, cities: tuple[City, City]
) -> None:
    """The same holds if the content has changed since the page was shown."""
    report, decided = factories.drafted(), {"reason": "表述不准", "confirm_missing": "on", "at": 0, "text": "改"}
    for part, who in (
        ("words/", people.officer),
        ("ask-review/", people.officer),
        ("review/", people.other),
        ("give-back/", people.other),
        ("issue/", people.boss),
        ("void/", people.boss),
    ):
        before = Report.objects.values().get(pk=report.pk)
        for shown in ({}, {"shown": "新"}, {"shown": "0" * 64}):
            answer = logged_in_client(who).post(f"/reports/{report.pk}/{part}", decided | shown)
            assert answer.status_code in (409, 422), (part, shown)
            assert Report.objects.values().get(pk=report.pk) == before, (part, shown)
        if part != "words/":
            answer = logged_in_client(who).post(
                f"/reports/{report.pk}/{part}", decided | {"shown": report.content_sha256}
            )
            assert answer.status_code == 302, part
        if part == "give-back/":
            actions.request_review(report.pk, by=people.officer, seen=report.content_sha256)
            actions.review(report.pk, by=people.other, seen=report.content_sha256)
    assert Report.objects.get(pk=report.pk).voided


def test_one_page_request_composes_the_report_only_once(
    people: Province, cities: tuple[City, City], monkeypatch: pytest.MonkeyPatch
) -> None:
    report = factories.drafted()
    declared = report.report_kind
    composed: list[int] = []

    def compose(content: dict[str, Any]) -> Document:
        composed.append(1)
        return declared.compose(content)

    counted = replace(declared, compose=compose)
    monkeypatch.setattr(kinds, "get", lambda code: counted)
    client, place = logged_in_client(people.officer), f"/reports/{report.pk}/"
    at, paragraph = next(
        (at, wording_edits.text_with_bracketed_figures(block))
        for at, block in enumerate(declared.compose(report.content).blocks)
        if isinstance(block, Paragraph)
    )
    edit = {"at": at, "text": f"据统计，{paragraph}", "shown": report.content_sha256}
    requests: list[tuple[Callable[[], Response], int]] = [
        (lambda: client.get(place), 200),
        (lambda: client.get(f"{place}?edit={at}"), 200),
        (lambda: client.get(f"{place}files/xlsx/"), 200),
        (lambda: client.post(f"{place}words/", edit), 302),
        (lambda: client.get(f"{place}files/xlsx/"), 200),
    ]
    for ask, status in requests:
        composed.clear()
        assert (ask().status_code, len(composed)) == (status, 1)
