"""Tests of the page of a return: typing, edit conflicts, passing on to the city's lead, and access."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from enterprises.models import Enterprise
from enterprises.tests import return_factories
from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.models import Event
from hunan_trade.intake.actions import filling
from hunan_trade.intake.models import MonthlyReturn, Row, Status
from hunan_trade.intake.tests.return_requests_and_workbooks import (
    form_workbook,
    return_url,
    save_grid_rows,
    signed_in_client,
    workbook_bytes,
)
from hunan_trade.periods import Month

pytestmark = pytest.mark.django_db
JANUARY = Month(2013, 1)
TRADE, SUMMARY = "processing_trade", "city_summary"


@pytest.fixture(autouse=True)
def frozen_in_february() -> Iterator[None]:
    with clock.frozen_at(clock.at(date(2013, 2, 4), 10)):
        yield


@pytest.fixture
def reporter() -> User:
    return cast.reporter(name="甄试二")


@pytest.fixture
def firm(reporter: User) -> Enterprise:
    return return_factories.enterprise(reporter, name="清风电子")


@pytest.fixture
def january(firm: Enterprise) -> MonthlyReturn:
    return return_factories.opened("430100", JANUARY)


@pytest.fixture
def key(firm: Enterprise) -> str:
    return f"{firm.customs_code}/进料加工"


def test_the_grid_shows_the_rows_and_column_letters_of_the_workbook(reporter: User, january: MonthlyReturn) -> None:
    page = signed_in_client(reporter).get(return_url(january)).content.decode()
    assert 'id="c-F4"' in page and "清风电子" in page and "1月当月，万美元" in page
    assert "还有 14 处必须改" in page
    assert "F4、G4 没有填" in page


def test_a_saved_row_answers_with_version_findings_and_sums(reporter: User, january: MonthlyReturn, key: str) -> None:
    client = signed_in_client(reporter)
    answer = save_grid_rows(client, january, TRADE, {"key": key, "texts": {"export": "12.5", "import": "一点"}}).json()
    assert answer["versions"] == {key: 1}
    assert answer["marks"]["G4"][0] == "block"
    assert "“一点”不是数" in answer["parts"]["findings"]
    answer = save_grid_rows(client, january, TRADE, {"key": key, "version": 1, "texts": {"import": "0.5"}}).json()
    assert (answer["versions"], answer["marks"]) == ({key: 2}, {})
    assert answer["derived"] == {key: ["13.00", "—", "—"]}
    assert answer["sums"][3:6] == ["12.50", "0.50", "13.00"]
    assert answer["version"] == MonthlyReturn.objects.get(pk=january.pk).version


def test_a_pasted_block_is_saved_as_a_whole_or_not_at_all(reporter: User, january: MonthlyReturn, key: str) -> None:
    other = return_factories.enterprise(reporter)
    client = signed_in_client(reporter)
    rows = [{"key": key, "texts": {"export": "1"}}, {"key": f"{other.customs_code}/进料加工", "texts": {"export": "2"}}]
    assert (
        save_grid_rows(client, january, TRADE, *rows, {"key": "nobody/进料加工", "texts": {"export": "3"}}).status_code
        == 409
    )
    assert not Row.objects.exists()
    assert save_grid_rows(client, january, TRADE, *rows).status_code == 200
    assert Row.objects.count() == 2


def test_a_row_conflict_shows_base_stored_and_own_texts(reporter: User, january: MonthlyReturn, key: str) -> None:
    colleague = cast.reporter(name="甄试一")
    assert (
        save_grid_rows(signed_in_client(reporter), january, TRADE, {"key": key, "texts": {"export": "10"}}).status_code
        == 200
    )
    assert (
        save_grid_rows(
            signed_in_client(colleague), january, TRADE, {"key": key, "version": 1, "texts": {"export": "20"}}
        ).status_code
        == 200
    )
    mine = {"key": key, "version": 1, "texts": {"export": "30"}, "base": {"export": "10"}}
    answer = save_grid_rows(signed_in_client(reporter), january, TRADE, mine)
    conflict = answer.json()
    assert answer.status_code == 409
    assert (conflict["version"], conflict["texts"]["export"]) == (2, "20")
    assert all(text in conflict["html"] for text in ("清风电子", "甄试一 2月4日 10:00", ">10<", ">20<", ">30<"))
    assert Row.objects.get().texts["export"] == "20"
    assert save_grid_rows(signed_in_client(reporter), january, TRADE, {**mine, "version": 2}).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        '{"sheet": "processing_trade", "rows": []}',
        '{"sheet": "nothing", "rows": [{"key": "a", "version": 0, "texts": {}}]}',
        '{"sheet": "processing_trade", "rows": [{"key": "\\u0000", "version": 0, "texts": {}}]}',
        '{"sheet": "processing_trade", "rows": [{"key": "a", "version": "0", "texts": {"export": "1"}}]}',
        '{"sheet": "processing_trade", "rows": [{"key": "a", "version": 0, "texts": {"export": 1}}]}',
        '{"sheet": "processing_trade", "rows": [{"key": "a", "version": 0, "texts": {}}, {"key": "a", "version": 0, "texts": {}}]}',
        "[" * 100_000,
    ],
)
def test_malformed_grid_requests_are_refused_without_a_server_error(
    reporter: User, january: MonthlyReturn, body: str
) -> None:
    url = return_url(january, "rows/")
    assert signed_in_client(reporter).post(url, body, content_type="application/json").status_code == 400


def test_a_form_post_to_the_rows_url_is_refused_and_a_wrong_year_is_ignored(
    reporter: User, january: MonthlyReturn
) -> None:
    client = signed_in_client(reporter)
    answer = client.post(return_url(january, "rows/"), {"sheet": "processing_trade"})
    assert answer.status_code == 400 and "内容不完整" in answer.content.decode()
    for year in ("0000", "²²²²", "9999", "20130"):
        assert "2013年报送情况" in client.get("/returns/", {"year": year}).content.decode()


def test_a_locked_return_names_its_lock_and_stores_nothing(reporter: User, january: MonthlyReturn, key: str) -> None:
    with clock.frozen_at(clock.at(date(2013, 2, 18), 9)):
        client = signed_in_client(reporter)
        answer = save_grid_rows(client, january, TRADE, {"key": key, "texts": {"export": "1"}})
        assert answer.status_code == 409
        assert "起已锁定" in answer.json()["detail"]
        page = client.get(return_url(january)).content.decode()
    assert "起已锁定。确需补报" in page and '<input name="export"' not in page
    assert not Row.objects.exists()


def test_a_return_goes_from_reporter_to_lead_to_province_with_a_receipt(
    reporter: User, january: MonthlyReturn, firm: Enterprise
) -> None:
    lead = cast.lead(name="贾试三")
    return_factories.filled(january, reporter, {firm.customs_code: ("100", "40")})
    fresh = MonthlyReturn.objects.get(pk=january.pk)
    page = (
        signed_in_client(reporter)
        .post(return_url(january, "hand-up/"), {"version": fresh.version}, follow=True)
        .content.decode()
    )
    assert "甄试二 2月4日 10:00 送签，等市州负责人签发" in page
    fresh.refresh_from_db()
    page = (
        signed_in_client(lead)
        .post(return_url(january, "sign/"), {"version": fresh.version}, follow=True)
        .content.decode()
    )
    assert "回执 2013-01-长沙-1" in page and '<dt>出口总额</dt><dd class="num">100.00 万美元</dd>' in page
    answer = signed_in_client(lead).get(return_url(january, "rounds/1/workbook/"))
    assert answer["Content-Disposition"].startswith("attachment")
    assert Event.objects.filter(verb="file.downloaded", actor_name="贾试三").exists()
    assert "首次送省厅，贾试三" in signed_in_client(reporter).get(return_url(january, "rounds/")).content.decode()


def test_a_move_from_an_outdated_page_or_without_version_is_refused(
    reporter: User, january: MonthlyReturn, firm: Enterprise
) -> None:
    return_factories.filled(january, reporter, {firm.customs_code: ("100", "40")})
    lead = cast.lead()
    for who, part, state in (
        (reporter, "nil/", Status.FILLING),
        (reporter, "hand-up/", Status.FILLING),
        (lead, "hand-back/", Status.SIGNING),
        (lead, "sign/", Status.SIGNING),
    ):
        if state == Status.SIGNING and MonthlyReturn.objects.get(pk=january.pk).status != state:
            return_factories.handed_up(january, reporter)
        version = return_factories.current_version(january)
        for shown, message in (
            ({"version": version - 1}, "已被他人改动"),
            ({}, "重新打开本页"),
            ({"version": "²"}, "重新打开本页"),
        ):
            answer = signed_in_client(who).post(return_url(january, part), {"reason": "核对", **shown})
            assert answer.status_code == 409 and message in answer.content.decode(), (part, shown)
        assert (return_factories.current_version(january), MonthlyReturn.objects.get(pk=january.pk).status) == (
            version,
            state,
        )


def test_a_nil_return_shows_its_reason_until_something_is_typed(
    reporter: User, january: MonthlyReturn, key: str
) -> None:
    client = signed_in_client(reporter)
    assert client.post(return_url(january, "nil/"), {"reason": "", "version": 1}).status_code == 409
    answer = client.post(return_url(january, "nil/"), {"reason": "长" * 201, "version": 1})
    assert answer.status_code == 409 and "文字超过 200 字，现有 201 字" in answer.content.decode()
    page = client.post(return_url(january, "nil/"), {"reason": "全月停产", "version": 1}, follow=True).content.decode()
    assert "零报告：</strong>全月停产" in page
    save_grid_rows(client, january, TRADE, {"key": key, "version": 1, "texts": {"export": "5"}})
    assert MonthlyReturn.objects.get(pk=january.pk).nil_reason == ""


def test_the_lead_hands_a_return_back_to_the_reporter_with_a_reason(
    reporter: User, january: MonthlyReturn, firm: Enterprise
) -> None:
    return_factories.filled(january, reporter, {firm.customs_code: ("100", "40")})
    return_factories.handed_up(january, reporter)
    giving_back = {"reason": "进口再核对", "version": return_factories.current_version(january)}
    signed_in_client(cast.lead()).post(return_url(january, "hand-back/"), giving_back)
    assert "进口再核对" in signed_in_client(reporter).get(return_url(january)).content.decode()


def test_another_citys_return_answers_404(reporter: User, january: MonthlyReturn, firm: Enterprise) -> None:
    lead = cast.lead()
    return_factories.filled(january, reporter, {firm.customs_code: ("100", "40")})
    received = filling.receive_upload(january.pk, workbook_bytes(form_workbook(january)), "x.xlsx", by=reporter)
    return_factories.handed_up_and_signed(january, reporter, lead)
    stranger, their_lead = signed_in_client(cast.reporter(cast.CHENZHOU)), signed_in_client(cast.lead(cast.CHENZHOU))
    pk = received.upload.pk
    for part in (
        "",
        "history/",
        "workbook/",
        "rounds/",
        "rounds/1/",
        "rounds/1/workbook/",
        "upload/",
        f"uploads/{pk}/",
        f"uploads/{pk}/annotated/",
    ):
        assert stranger.get(return_url(january, part)).status_code == 404, part
    for part in ("rows/", "nil/", "hand-up/", "upload/", f"uploads/{pk}/confirm/"):
        assert stranger.post(return_url(january, part)).status_code == 404, part
    for part in ("sign/", "hand-back/"):
        assert their_lead.post(return_url(january, part)).status_code == 404, part
    own = return_factories.opened(cast.CHENZHOU, JANUARY)
    for part in (f"uploads/{pk}/", f"uploads/{pk}/annotated/", "rounds/1/", "rounds/1/workbook/"):
        client = signed_in_client(cast.reporter(cast.CHENZHOU))
        assert client.get(return_url(own, part)).status_code == 404, part
    assert "清风电子" not in stranger.get("/returns/").content.decode()


def test_an_invalid_month_answers_404(reporter: User, january: MonthlyReturn) -> None:
    client = signed_in_client(reporter)
    assert client.get("/returns/430100/2013-13/").status_code == 404
    assert client.get("/returns/430100/2031-01/").status_code == 404


def test_the_page_shows_the_history_of_a_row(
    reporter: User, january: MonthlyReturn, firm: Enterprise, key: str
) -> None:
    return_factories.filled(january, reporter, {firm.customs_code: ("100", "40")})
    return_factories.accepted(january, reporter, cast.lead(), cast.officer())
    with clock.frozen_at(clock.at(date(2013, 3, 4), 10)):
        february = return_factories.opened("430100", Month(2013, 2))
        part = (
            signed_in_client(reporter)
            .get(return_url(february, "history/"), {"sheet": TRADE, "key": key})
            .content.decode()
        )
    assert "清风电子 12 个月" in part and '<dt>上月</dt><dd class="num">140.00</dd>' in part
    assert (
        signed_in_client(reporter).get(return_url(january, "history/"), {"sheet": TRADE, "key": "x"}).status_code == 404
    )
