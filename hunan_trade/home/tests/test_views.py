"""Tests of each role's home page: the listed work, and the figures hidden from the role."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from enterprises.tests import return_factories as returns
from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Role
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.accounts.tests.factories import CHANGSHA, CHENZHOU, HENGYANG
from hunan_trade.audit.actions import System, record
from hunan_trade.audit.models import Event
from hunan_trade.home.tests.factories import (
    accept_return,
    filing_city,
    fill_in_return,
    home_page,
    home_page_of,
    record_settled_months,
    record_trade,
    send_return,
    signed_in_client,
)
from hunan_trade.intake.actions import deciding
from hunan_trade.intake.models import Exemption
from hunan_trade.periods import Month
from reporting.models import Report
from reporting.models import Status as ReportStatus
from targets.tests.plan_and_user_factories import load_regions_and_plan

pytestmark = pytest.mark.django_db
MAY, JUNE = Month(2013, 5), Month(2013, 6)
REASON = "出口额是上月的十倍，请核对。"


def create_bulletin(status: str = ReportStatus.REVIEWED, **people: User) -> Report:
    moment = clock.at(date(2013, 7, 8), 8)
    reviewed = {"reviewed_by": people.pop("reviewed_by"), "reviewed_at": moment} if "reviewed_by" in people else {}
    return Report.objects.create(
        kind="monthly-bulletin", month=JUNE.first, year=2013, status=status, content={}, content_sha256="0" * 64,
        written_at=moment, asked_at=moment, **people, **reviewed,
    )  # fmt: skip


# --- The province ---------------------------------------------------------------------------------------------------
def test_the_province_home_page_lists_waiting_and_overdue_returns_and_counts() -> None:
    load_regions_and_plan()
    officer = cast.officer()
    send_return(filing_city(CHENZHOU), JUNE, "100")
    page = home_page_of(officer)
    assert "<h1>7月8日要办的事</h1>" in page
    assert "6月月报应报 14，已送达 1，已核定 0" in page
    assert "7月10日（周三）锁定，余 2 天" in page
    assert "上半年通报未起草" in page
    assert "开始审核（1）" in page and "首轮" in page
    assert "未报，逾期 3 天" in page and "前报送，之后系统锁定" in page


def test_a_return_given_back_is_listed_as_such_and_not_as_missing() -> None:
    load_regions_and_plan()
    officer, place = cast.officer(), filing_city(CHENZHOU)
    monthly_return = send_return(place, JUNE, "100")
    cells = [deciding.RemarkedCell("city_summary", "06", "month")]
    with clock.frozen_at(clock.at(date(2013, 7, 5), 15, 10)):
        returns.given_back(monthly_return, REASON, officer, cells)
    page = home_page_of(officer)
    assert "退回后未再报" in page and "7月5日 15:10 退回，1 处待改；首报按时" in page
    assert "郴州市" not in page.split('id="reminder"')[1].split("</textarea>")[0]
    assert "没有待审核的月报" in page


def test_no_return_is_listed_as_overdue_before_the_due_time() -> None:
    load_regions_and_plan()
    fill_in_return(filing_city(CHENZHOU), JUNE, "100")
    page = home_page_of(cast.officer(), clock.at(date(2013, 7, 3), 10))
    assert "未报，" not in page and "6月月报还有 14 个市州未送" in page


def test_the_province_lead_is_offered_decisions_the_officer_is_not() -> None:
    load_regions_and_plan()
    officer, lead, place = cast.officer(), cast.province_lead(), filing_city(CHENZHOU)
    monthly_return = accept_return(place, JUNE, "100", officer)
    with clock.frozen_at(clock.at(date(2013, 7, 5), 9)):
        until = clock.at(date(2013, 7, 20), 17)
        deciding.ask_exemption(monthly_return.pk, Exemption.Kind.REOPEN, "海关改单。", until, by=officer)
    create_bulletin(drafted_by=officer, reviewed_by=cast.officer())
    page = home_page_of(lead)
    assert "签发</a>" in page and "去批准</a>" in page and "海关改单。" in page
    assert "上半年通报待签发" in page
    page = home_page_of(officer)
    assert "签发</a>" not in page and "去批准</a>" not in page
    assert "待负责人批准" in page


def test_the_drafter_of_a_report_is_not_asked_to_review_it() -> None:
    load_regions_and_plan()
    drafter, other = cast.officer(), cast.officer()
    create_bulletin(ReportStatus.REVIEWING, drafted_by=drafter)
    assert "审核</a>" in home_page_of(other)
    assert "审核</a>" not in home_page_of(drafter)


def test_the_province_figures_cover_the_months_up_to_the_last_settled_one() -> None:
    load_regions_and_plan()
    record_settled_months(MAY, {CHANGSHA: 30, CHENZHOU: 20})
    record_trade(CHANGSHA, JUNE, 400)  # accepted, but the thirteen others are still out
    page = home_page_of(cast.officer())
    assert "1—5月，核定数" in page
    assert ">850<" in page and ">+21.4<" in page  # (30 + 20 + 12 × 10) × 5 against 14 × 10 × 5
    assert ">17.6<" in page  # 长沙's share
    assert page.index(">长沙</a>") < page.index(">郴州</a>") < page.index(">株洲</a>")
    assert "长沙 今年 150，上年同期 50 万美元" in page
    assert "目标 75" in page and "不含" not in page


def test_cities_two_months_behind_are_excluded_and_named() -> None:
    load_regions_and_plan()
    for month in (*MAY.year_ago.months_to_date, *MAY.months_to_date):
        record_trade(CHENZHOU, month, 20)
        if month < MAY:
            record_trade(HENGYANG, month, 10)
    page = home_page_of(cast.officer())
    assert page.count("不含长沙、株洲") >= 3 and "衡阳" in page
    row = page.split(">衡阳</a>")[1].split("</tr>")[0]
    assert "1—4月" in row and ">40<" in row  # its total stops at April
    assert row.count(">—<") == 2  # neither a share nor a rank


@pytest.mark.parametrize("role", [Role.PROVINCE_OFFICER, Role.PROVINCE_LEAD])
def test_the_province_home_page_without_data_explains_what_is_missing(role: str) -> None:
    page = home_page_of(cast.person(role))
    assert "还没有开放的月报" in page and "还没有核定的数" in page and "没有待审核的月报" in page


# --- A city ---------------------------------------------------------------------------------------------------------
def test_a_city_home_page_lists_the_cells_to_correct() -> None:
    load_regions_and_plan()
    officer, place = cast.officer(), filing_city(CHENZHOU)
    monthly_return = send_return(place, JUNE, "100")
    cells = [
        deciding.RemarkedCell("processing_trade", f"{place.firm.customs_code}/进料加工", "export"),
        deciding.RemarkedCell("city_summary", "06", "month"),
    ]
    with clock.frozen_at(clock.at(date(2013, 7, 5), 15, 10)):
        returns.given_back(monthly_return, REASON, officer, cells)
    page = home_page_of(place.reporter)
    assert "<h1>郴州市，6月月报待改 2 处</h1>" in page and REASON in page
    assert "去改 2 处" in page and f"{place.firm.name}" in page
    assert f"/returns/{CHENZHOU}/2013-06/?sheet=city_summary#c-" in page
    assert "6月 100 万美元，未核定" in page
    assert "第8条 功能性平台" in page  # the plan names the three cities
    page = home_page_of(place.lead)
    assert "待改 2 处</h1>" in page and ">看 F4<" in page and "去改" not in page


def test_the_city_lead_is_asked_to_sign_and_the_reporter_is_not() -> None:
    load_regions_and_plan()
    place = filing_city(CHENZHOU)
    monthly_return = fill_in_return(place, JUNE, "100")
    with clock.frozen_at(clock.at(date(2013, 7, 4), 11)):
        returns.handed_up(monthly_return, place.reporter)
    at = clock.at(date(2013, 7, 4), 15)
    assert "6月月报待您签发</h1>" in (page := home_page_of(place.lead, at)) and "去签发</a>" in page
    assert "6月月报待签发</h1>" in (page := home_page_of(place.reporter, at)) and "去签发" not in page
    assert "待您签发，逾期 3 天</h1>" in home_page_of(place.lead)


def test_a_city_that_has_not_filed_sees_how_late_it_is_and_that_it_is_locked() -> None:
    load_regions_and_plan()
    place = filing_city(CHANGSHA)
    fill_in_return(place, JUNE, "100")
    page = home_page_of(place.reporter)
    assert "<h1>长沙市，6月月报未报，逾期 3 天</h1>" in page and "继续填报</a>" in page
    page = home_page_of(place.reporter, clock.at(date(2013, 7, 11), 9))
    assert "起已锁定" in page and "继续填报" not in page


def test_a_city_sees_its_own_rank_and_no_figures_of_other_cities() -> None:
    load_regions_and_plan()
    officer, own, other = cast.officer(), filing_city(CHENZHOU), filing_city(CHANGSHA)
    record_settled_months(MAY, {CHANGSHA: 777, CHENZHOU: 123})
    accept_return(own, JUNE, "124", officer)
    accept_return(other, JUNE, "778", officer)
    page = home_page_of(own.lead)
    assert "<h1>郴州市，6月月报已核定</h1>" in page
    assert "2 / 14" in page and ">615<" in page
    assert "6月 124，上年同月 — 万美元" in page
    assert not [hidden for hidden in ("长沙", "777", "778", "3,885", other.firm.name) if hidden in page]


def test_a_city_is_linked_to_the_issued_bulletin_but_not_to_a_draft() -> None:
    load_regions_and_plan()
    record_settled_months(MAY, {})
    officer, lead = cast.officer(), cast.province_lead()
    draft = create_bulletin(ReportStatus.REVIEWED, drafted_by=officer, reviewed_by=lead)
    draft.month = MAY.first
    draft.save()
    reporter = signed_in_client(cast.reporter(CHANGSHA))
    assert "看通报" not in home_page(reporter)
    draft.status, draft.number, draft.issued_by, draft.issued_at = ReportStatus.ISSUED, 5, lead, draft.written_at
    draft.save()
    assert "见2013年第5期通报" in (page := home_page(reporter)) and f'href="/reports/{draft.pk}/"' in page


def test_the_city_home_page_without_an_open_return_says_so() -> None:
    page = home_page_of(cast.reporter(CHANGSHA))
    assert "长沙市，还没有开放的月报" in page and "没有单列本市的任务" in page


# --- The keepers ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("role", "works", "must_not"),
    [
        (Role.ADMINISTRATOR, "/accounts/", "/audit/"),
        (Role.SECURITY_OFFICER, "/grants/", "/accounts/"),
        (Role.AUDITOR, "/audit/", "/jobs/"),
    ],
)
def test_administrative_home_pages_link_only_to_their_own_work(role: str, works: str, must_not: str) -> None:
    page = home_page_of(cast.person(role))
    assert f'href="{works}"' in page and f'href="{must_not}"' not in page
    assert "月报" not in page.split("<main", 1)[1]


def test_the_administrative_home_page_title_counts_waiting_work_and_links_to_it() -> None:
    assert "<h1>没有要办的事</h1>" in home_page_of(cast.person(Role.SECURITY_OFFICER))
    cast.person()
    page = home_page_of(cast.person(Role.SECURITY_OFFICER))
    assert "<h1>1 个账号待授权</h1>" in page and 'href="/grants/?role=none"' in page
    record("access.denied", by=System("test"), result=Event.Result.REFUSED)
    page = home_page_of(cast.person(Role.AUDITOR))
    assert "<h1>近 7 天被拒 1 次，失败 0 次</h1>" in page and 'href="/audit/?result=refused"' in page


def test_a_user_without_a_role_is_told_so_on_the_home_page() -> None:
    assert "本账号尚未授权" in home_page_of(cast.person())


def test_an_anonymous_visitor_is_redirected_to_login() -> None:
    assert Client().get("/").status_code == 302
