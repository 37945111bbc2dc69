"""Tests one whole month, from an empty workbook to an issued bulletin and the API.

Read this first. 长沙 files January 2013 by workbook, the province accepts it, a job writes the bulletin, people review
and issue it, and another system reads the same figures. Everything 长沙 and the province do goes through the pages.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from enterprises.tests import return_factories as returns
from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.models import Event
from hunan_trade.indicators.models import Observation
from hunan_trade.intake.models import MonthlyReturn, Posting, Round
from hunan_trade.jobs import actions as jobs
from hunan_trade.jobs.models import Job
from hunan_trade.periods import Month
from hunan_trade.regions.models import Region
from hunan_trade.setup import reference_data
from hunan_trade.testing.response_type import Response
from reporting.models import Report

JANUARY = Month(2013, 1)
FORM = f"/returns/{cast.CHANGSHA}/2013-01/"
FIRST_MONDAY = clock.at(date(2013, 2, 4), 9, 30)  # returns are open from the 1st, due on the 5th


# --- Small tools ----------------------------------------------------------------------------------------------------
def sign_in(user: User) -> Client:
    """Return a test client that has signed in with name and password."""
    client = Client()
    signed_in = client.post("/login/", {"username": user.username, "password": cast.PASSWORD})
    assert signed_in.status_code == 302
    return client


def page_text(response: Response) -> str:
    """Return a page's text without tags and blanks."""
    assert response.status_code == 200, response.content.decode()[:2000]
    return re.sub(r"\s+", "", re.sub(r"<[^>]+>", "", response.content.decode()))


def hidden_field(response: Response, name: str) -> str:
    """Return the value of a hidden field on the page."""
    found = re.search(rf'<input type="hidden" name="{name}" value="([^"]*)"', response.content.decode())
    assert found, f"no hidden {name}"
    return found[1]


def get_redirect_target(client: Client, response: Response) -> Response:
    """Return the page to which a form's response redirects."""
    assert response.status_code == 302, response.content.decode()[:2000]
    return client.get(response["Location"])


def event_verbs(subject: MonthlyReturn | Report) -> list[str]:
    """Return the verbs of the audit events about an object, in order."""
    label = {"MonthlyReturn": "intake.monthlyreturn", "Report": "reporting.report"}[type(subject).__name__]
    return list(Event.objects.of(label, subject.pk).order_by("seq").values_list("verb", flat=True))


# --- Who is there ---------------------------------------------------------------------------------------------------
@pytest.fixture
def portal(cloned_database: object) -> Iterator[None]:
    """Fixture that loads the plan of 2013 and the regions and sets the date to early February.

    January 2012 is accepted everywhere, and January 2013 everywhere but in 长沙.
    """
    reference_data.load_reference_tables()
    officer = cast.officer(username="officer")
    for city in Region.objects.cities():
        reporter = cast.reporter(city.code, username=f"reporter-{city.code}")
        lead = cast.lead(city.code, username=f"lead-{city.code}")
        firm = returns.enterprise(reporter, name=f"{city.short_name}一厂")
        for month, figures in ((Month(2012, 1), ("80", "20")), (JANUARY, ("100", "50"))):
            with clock.frozen_at(clock.at(date(month.year, 2, 3), 9)):
                monthly_return = returns.opened(city.code, month)
                if (city.code, month) != (cast.CHANGSHA, JANUARY):
                    returns.filled(monthly_return, reporter, {firm.customs_code: figures}, i06="2", i08="900", i10="30")
                    returns.accepted(monthly_return, reporter, lead, officer)
    cast.officer(username="reviewer")
    cast.province_lead(username="province-lead")
    cast.auditor(username="auditor")
    with clock.frozen_at(FIRST_MONDAY):
        yield


def user_called(username: str) -> User:
    return User.objects.get(username=username)


# --- The walk -------------------------------------------------------------------------------------------------------
def test_a_month_from_the_empty_workbook_to_the_issued_bulletin_and_the_api(portal: None) -> None:
    reporter, lead = sign_in(user_called("reporter-430100")), sign_in(user_called("lead-430100"))
    officer, reviewer, boss = (sign_in(user_called(name)) for name in ("officer", "reviewer", "province-lead"))
    returns.enterprise(user_called("reporter-430100"), name="长沙二厂")
    january = MonthlyReturn.objects.of_month(JANUARY).get(region=cast.CHANGSHA)

    # The reporter downloads the workbook. It knows the city's enterprises and what is asked of them.
    book = openpyxl.load_workbook(BytesIO(reporter.get(FORM + "workbook/").content))
    trade, summary = book["加工贸易企业"], book["市州汇总"]
    assert [trade["B4"].value, trade["B5"].value] == ["长沙一厂", "长沙二厂"]
    assert (trade["F2"].value, trade["F3"].value, trade["G3"].value) == ("1月当月（万美元）", "出口", "进口")

    # She fills it: exports and imports of two enterprises in 万美元, then the city's own figures.
    trade["F4"], trade["G4"], trade["F5"], trade["G5"] = 120.5, 60.25, 30, 9.25
    figures = {
        "进出口总额": 500,
        "出口总额": 350,
        "进口总额": 150,
        "其中：加工贸易出口": 150.5,
        "其中：加工贸易进口": 69.5,
    }
    figures |= {
        "新承接产业转移项目": 4,
        "合同引进省外境内资金": 5000,
        "实际到位省外境内资金": 5200.5,
        "合同利用外资": 80,
    }
    for row in range(4, 16):
        summary[f"E{row}"] = figures.get(summary[f"B{row}"].value, 0)
    filled = BytesIO()
    book.save(filled)

    # She uploads it, sees what would change, and takes it over.
    upload = SimpleUploadedFile("长沙1月.xlsx", filled.getvalue())
    preview = get_redirect_target(reporter, reporter.post(FORM + "upload/", {"file": upload}))
    assert "文件可以写入，改动16处" in page_text(preview)
    assert "写入后还有1处要说明" in page_text(preview)
    address = re.search(rf'action="({FORM}uploads/[0-9a-z-]+/confirm/)"', preview.content.decode())
    assert address
    assert "已写入" in page_text(
        get_redirect_target(reporter, reporter.post(address[1], {"sha256": hidden_field(preview, "sha256")}))
    )

    # More money came in than was contracted. The portal lets her go on only when she has said why.
    page = reporter.get(FORM + "?sheet=city_summary")
    assert "属上年合同到位的写明" in page_text(page)
    assert reporter.post(FORM + "hand-up/", {"version": hidden_field(page, "version")}).status_code == 409
    sent_row = {"key": "09", "version": 1, "texts": {"reason": "上年签约的两个项目本月到位。"}, "base": {}}
    saved = reporter.post(
        FORM + "rows/", json.dumps({"sheet": "city_summary", "rows": [sent_row]}), content_type="application/json"
    )
    assert saved.status_code == 200
    page = reporter.get(FORM)
    done = get_redirect_target(reporter, reporter.post(FORM + "hand-up/", {"version": hidden_field(page, "version")}))
    assert "已送市州负责人" in page_text(done)

    # The city's lead signs, and the city has a receipt: its number, the time, and the hash of what was sent.
    page = lead.get(FORM)
    receipt = page_text(
        get_redirect_target(lead, lead.post(FORM + "sign/", {"version": hidden_field(page, "version")}))
    )
    sent = Round.objects.get(monthly_return=january)
    assert "2013-01-长沙-1" in receipt and "按时" in receipt and sent.digest in receipt
    signed_workbook = lead.get(FORM + "rounds/1/workbook/").content
    assert hashlib.sha256(signed_workbook).hexdigest() == sent.digest

    # The province looks at what is odd first, and accepts what it saw.
    page = officer.get(FORM + "review/")
    assert "上年签约的两个项目本月到位" in page_text(page)
    officer.post(FORM + "review/accept/", {"shown": hidden_field(page, "shown")})
    january.refresh_from_db()
    assert january.status == "accepted"

    # Acceptance has published the figures, each with the cells it is the sum of.
    exports = Observation.objects.get(
        indicator="enterprises.processing_trade_export", region=cast.CHANGSHA, month=JANUARY.first
    )
    assert exports.value == Decimal("1505000.00")
    assert Posting.objects.get(observation=exports).cells == "加工贸易企业!F4:F5"

    # An officer asks for the bulletin, and a job writes it.
    shelf = get_redirect_target(
        officer, officer.post("/reports/prepare/", {"kind": "monthly-bulletin", "month": "2013-01"})
    )
    assert "正在起草" in page_text(shelf)
    jobs.run_job(Job.objects.get(kind="reports.write").pk, worker="walk")
    report = Report.objects.get()
    report_url = f"/reports/{report.pk}/"

    # 14 × 100 万美元 last year; now 13 × 150 and 220: 2170 万美元, or 0.22 亿, which is 55% more.
    draft = officer.get(report_url)
    assert "1月，全省加工贸易进出口实现0.22亿美元，同比增长55.0%" in page_text(draft)
    assert "长沙（0.02亿美元）" in page_text(draft)

    # He finds better words. Numbers do not belong to him.
    edited = officer.get(report_url + "?edit=0").content.decode()
    area = re.search(r'name="text"[^>]*>([^<]*)</textarea>', edited)
    assert area
    reworded = {"at": 0, "shown": report.content_sha256, "text": area[1].replace("快速增长", "实现良好开局")}
    officer.post(report_url + "words/", reworded)
    draft = officer.get(report_url)
    assert "全省加工贸易实现良好开局" in page_text(draft)
    forged = {"at": 0, "shown": hidden_field(draft, "shown"), "text": "1月，全省加工贸易增长66%。"}
    assert officer.post(report_url + "words/", forged).status_code == 422

    # Four eyes: who drafted does not review, and only a lead issues. The issue gets the first number of the year.
    officer.post(report_url + "ask-review/", {"shown": hidden_field(draft, "shown")})
    assert officer.post(report_url + "review/", {"shown": hidden_field(draft, "shown")}).status_code == 409
    reviewer.post(report_url + "review/", {"shown": hidden_field(draft, "shown")})
    assert reviewer.post(report_url + "issue/", {"shown": hidden_field(draft, "shown")}).status_code == 403
    fields = {"shown": hidden_field(boss.get(report_url), "shown"), "document_number": "湘商贸〔2013〕3号"}
    issued = page_text(get_redirect_target(boss, boss.post(report_url + "issue/", fields)))
    assert "2013年第1期" in issued and "已签发，内容冻结" in issued

    # Four files, the same for everybody, also for the city.
    report.refresh_from_db()
    starts = {"docx": b"PK\x03\x04", "xlsx": b"PK\x03\x04", "pdf": b"%PDF-", "html": b"<!doctype html>"}
    for file in report.files.select_related("file"):
        data = lead.get(f"{report_url}files/{file.format}/").content
        assert data.startswith(starts.pop(file.format)) and hashlib.sha256(data).hexdigest() == file.file_id
    assert not starts

    # Another system reads the same figures: the printed ones, and the observation they come from.
    system = {"Authorization": f"Bearer {cast.token(user_called('reviewer'))[1]}"}
    api_report = Client().get(f"/api/v1/reports/{report.pk}/", headers=system).json()
    assert (api_report["issue"], api_report["document_number"]) == ("2013年第1期", "湘商贸〔2013〕3号")
    document = Client().get(f"/api/v1/reports/{report.pk}/document/", headers=system).json()
    figures_by_label = {figure["label"]: figure for figure in document["figures"]}
    assert figures_by_label["全省加工贸易进出口2013年1月累计"]["amount"] == "21700000.00"
    parameters = {"indicator": exports.indicator, "region": cast.CHANGSHA, "since": "2013-01", "latest": "true"}
    rows = Client().get("/api/v1/observations/", parameters, headers=system).json()["results"]
    assert [(row["value"], row["version"], row["source"]) for row in rows] == [("1505000.00", 1, "return")]

    # And the log tells every step, to the auditor as well.
    filing = "return.opened file.downloaded return.uploaded return.imported return.filled return.handed_up return.sent"
    assert " ".join(event_verbs(january)) == f"{filing} file.downloaded return.accepted"
    issuing = "report.drafted report.edited report.review_asked report.reviewed report.issued"
    assert " ".join(event_verbs(report)) == issuing + 4 * " file.downloaded"
    assert "签发" in page_text(sign_in(user_called("auditor")).get("/audit/"))
