"""Tests a project in Chromium from intention to operation, and that its page always says whether it counts.

郴州 enters the project, signs it and files two monthly returns; the province gives one step back and confirms the others.
Everything that people do goes through the pages by clicking and typing. Time passes by starting the portal on a later day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import FilePayload, Locator, Page, expect
from pytest_django import Settings

from enterprises.tests import return_factories
from hunan_trade import clock
from hunan_trade.accounts.demo_accounts import PASSWORD
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.periods import Month
from hunan_trade.setup import reference_data
from hunan_trade.testing.chromium import launch_chromium
from hunan_trade.testing.demo_database import DemoDatabase
from hunan_trade.testing.plugin import ClonedDatabase
from hunan_trade.testing.portal_processes import prepare_portal_without_demo, run_portal
from hunan_trade.tests.test_pages_in_chromium import (
    PortalBrowser,
    cell_input,
    click_link,
    type_figure,
    wait_until_saved,
)
from projects.tests.factories import APPROVAL

pytestmark = pytest.mark.slow
JUNE, JULY = Month(2013, 6), Month(2013, 7)
SUMMARY_LINES = range(4, 16)  # of the sheet 市州汇总
NAME = "精密触控模组项目"
SIGNED = "签约2013-06-20"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


# --- Who is there, and when -----------------------------------------------------------------------------------------
@pytest.fixture
def portal(
    cloned_database: ClonedDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> DemoDatabase:
    """Fixture with the database of a portal that has its reference tables and four people, and no project."""
    reference_data.load_reference_tables()
    cast.reporter(cast.CHENZHOU, username="reporter", name="甄苏仙", password=PASSWORD)
    cast.lead(cast.CHENZHOU, username="lead", name="贾东江", password=PASSWORD)
    cast.officer(username="officer", name="甄岳麓", password=PASSWORD)
    cast.province_lead(username="boss", name="贾湘江", password=PASSWORD)
    return prepare_portal_without_demo(cloned_database, tmp_path, monkeypatch, settings)


@contextmanager
def running_on(portal: DemoDatabase, day: date, opens: Month | None = None) -> Iterator[PortalBrowser]:
    """Context manager that runs the portal on a day, on which the calendar has opened the returns of a month."""
    if opens:
        with clock.frozen_at(clock.at(day, 8)):
            return_factories.opened(cast.CHENZHOU, opens)
    started = run_portal(portal, PORTAL_TODAY=str(day), WEB_CONCURRENCY="1")
    with launch_chromium() as browser, started as processes:
        found = PortalBrowser(browser, processes)
        yield found
        assert not found.console_errors, "\n".join(found.console_errors)


# --- What people do on pages ----------------------------------------------------------------------------------------
def block(page: Page, title: str) -> Locator:
    """Return the part of the page that has this title."""
    return page.locator(f"main section[aria-label={title}]")


def open_register(page: Page) -> None:
    click_link(page, "nav >> text=项目")


def open_project(page: Page) -> None:
    """Go to the project's page by the register."""
    open_register(page)
    page.wait_for_load_state("networkidle")
    click_link(page, f"tbody >> text={NAME}")


def open_waiting_step(page: Page, stage: str) -> None:
    """Go to the page of the step that waits for the province, by the list of those."""
    open_register(page)
    click_link(page, "main >> text=阶段登记")
    click_link(page, "main >> text=待省厅确认")
    page.wait_for_load_state("networkidle")  # the view is swapped into the page; whoever leaves before, leaves an error
    click_link(page, f"tbody >> text={stage}")


def fill_form(page: Page, fields: Mapping[str, str]) -> None:
    """Type into fields of the page's form, and choose from its lists by the words that they show."""
    for name, text in fields.items():
        control = page.locator(f"main form [name={name}]")
        if control.evaluate("control => control.tagName") == "SELECT":
            control.select_option(label=text)
        else:
            control.fill(text)


def press(page: Page, button: str) -> None:
    """Press a button of the page's form and wait for the next page."""
    with page.expect_navigation():
        page.locator("main form").get_by_role("button", name=button, exact=True).click()


def make_move(page: Page, move: str, **fields: str) -> None:
    """Make a move of the project or the entry whose page is open."""
    click_link(page, f".page-head .actions >> text={move}")
    fill_form(page, fields)
    press(page, move)


def edit_project(page: Page, **fields: str) -> None:
    """Change fields of the project whose page is open."""
    click_link(page, ".page-head .actions >> text=修改")
    fill_form(page, fields)
    press(page, "保存修改")
    expect(page.locator("#toasts")).to_contain_text("已保存")


def attach_approval(page: Page) -> None:
    page.select_option("#attachments [name=document]", label="环评批复")
    file = FilePayload(name="环评批复.jpg", mimeType="image/jpeg", buffer=APPROVAL)
    page.set_input_files("#attachments [name=file]", file)
    with page.expect_navigation():
        page.click("#attachments >> text=添加 >> nth=-1")
    expect(page.locator("#attachments tbody")).to_contain_text("环评批复")


def expect_standing(page: Page, stage: str, verdict: str, rule: str, why: str, status: str = "推进中") -> None:
    """Read on the project's page its stage, its status and whether it counts, by which rule and why."""
    expect(page.locator("ol.stages [aria-current=step]")).to_have_text(stage)
    expect(block(page, "基本情况").locator("dt:text-is('状态') + dd")).to_contain_text(status)
    judged = block(page, "计数判定")
    expect(judged.locator(".state")).to_have_text(verdict)
    expect(judged.locator("p")).to_have_text(why)
    expect(judged.locator("dd").first).to_contain_text(rule)


def expect_intended(page: Page) -> None:
    expect_standing(page, "意向2013-06-03", "未签约", "R2", "还没有签约，签约并经月报核定后判定。")


def expect_counted(page: Page, stage: str, status: str = "推进中") -> None:
    """Read that the project counts in June, which nothing changes after the return is accepted."""
    expect_standing(page, stage, "计入", "R1", "按规则 R1，首次签约之日 2013-06-20 计入 2013年6月。", status)


# --- The month's return ---------------------------------------------------------------------------------------------
def open_return(page: Page) -> None:
    """Go from the home page to the return that is to be filled in."""
    click_link(page, "main .page-head .btn-primary")


def fill_return_on_pages(reporter: Page) -> None:
    """Type June's figures: one new project of 10 million dollars, of which 4 million came in."""
    open_return(reporter)
    click_link(reporter, "#sheet-tabs >> text=项目进度")
    row = [cell_input(reporter, at).input_value() for at in ("E4", "F4", "H4")]
    assert row == ["签约", "2013-06-20", "2013-07-20"], "the register fills in stage, its day and the expected day"
    type_figure(reporter, "I4", "0")
    type_figure(reporter, "J4", "400")
    wait_until_saved(reporter)
    click_link(reporter, "#sheet-tabs >> text=市州汇总")
    for line, figure in (dict.fromkeys(SUMMARY_LINES, "0") | {9: "1", 13: "1000", 14: "400"}).items():
        type_figure(reporter, f"E{line}", figure)
    wait_until_saved(reporter)


def fill_return_in_workbook(reporter: Page) -> None:
    """Write July's figures into the workbook of the return and upload it: 3 million dollars more came in."""
    open_return(reporter)
    with reporter.expect_download() as downloaded:
        reporter.click("#return-actions >> text=下载 .xlsx")
    book = load_workbook(BytesIO(downloaded.value.path().read_bytes()))
    progress, summary = book["项目进度"], book["市州汇总"]
    assert [progress[at].value for at in ("D4", "E4", "G4")] == ["签约", "投产", "2013-07-20"]
    progress["I4"], progress["J4"] = 0, 300
    for line in SUMMARY_LINES:
        summary[f"E{line}"] = 300 if line == 14 else 0
    filled = BytesIO()
    book.save(filled)
    click_link(reporter, "#return-actions >> text=上传 .xlsx")
    reporter.set_input_files("[name=file]", {"name": "7月.xlsx", "mimeType": XLSX, "buffer": filled.getvalue()})
    click_link(reporter, "main button[type=submit]")
    click_link(reporter, "main button:has-text('写入 14 处改动')")


def send_return(reporter: Page, lead: Page, officer: Page) -> None:
    """Hand up the return, let the city's lead sign it and an officer accept it."""
    with reporter.expect_navigation():
        reporter.locator("#return-actions button", has_text="送市州负责人").click()
    expect(reporter.locator("h1 + .state")).to_contain_text("待签发")
    lead.goto("/")
    click_link(lead, "main a:has-text('签发')")
    lead.click("#return-actions >> text=签发送省厅")
    click_link(lead, "dialog[open] button:has-text('签发送省厅')")
    expect(lead.locator("h1")).to_contain_text("月报回执")
    officer.goto("/")
    click_link(officer, "text=开始审核（1）")
    click_link(officer, "main table a:has-text('郴州')")
    click_link(officer, "[data-accept]")
    expect(officer.locator("h1")).to_have_text("没有待审核的月报")


# --- The walk -------------------------------------------------------------------------------------------------------
def test_a_project_gets_from_intention_to_operation_and_counts_once(portal: DemoDatabase) -> None:
    with running_on(portal, date(2013, 6, 26)) as browser:
        enter_and_sign(browser)
    with running_on(portal, date(2013, 7, 3), opens=JUNE) as browser:
        reporter, lead, officer = (browser.sign_in(name) for name in ("reporter", "lead", "officer"))
        fill_return_on_pages(reporter)
        send_return(reporter, lead, officer)
        open_project(reporter)
        expect_counted(reporter, SIGNED)
        put_off_and_increase(reporter, lead)
        land_at_the_second_attempt(reporter, officer)
    with running_on(portal, date(2013, 7, 29)) as browser:
        produce_and_operate(browser.sign_in("reporter"))
    with running_on(portal, date(2013, 8, 2), opens=JULY) as browser:
        people = [browser.sign_in(name) for name in ("reporter", "lead", "officer")]
        fill_return_in_workbook(people[0])
        send_return(*people)
        confirm_and_finish(people[0], browser.sign_in("boss"))


def enter_and_sign(browser: PortalBrowser) -> None:
    """Enter a project, of which no more is certain than that it is intended, and sign it after two refusals."""
    reporter = browser.sign_in("reporter")
    open_register(reporter)
    click_link(reporter, "main >> text=登记项目")
    known = {"name": NAME, "area": "苏仙区", "intended_on": "2013-06-03", "factory_m2": "12000"}
    fill_form(reporter, {**known, "expected_produced_on": "2013-07-20"})
    press(reporter, "登记")
    expect_intended(reporter)

    # First refusal: nothing is signed without investor and contract. The page leads to what it lacks.
    expect(reporter.locator("#no-sign")).to_have_text("到“签约”，还差 2 项")
    expect(reporter.get_by_role("button", name="登记签约")).to_be_disabled()
    click_link(reporter, "main >> text=未填投资方")
    expect(reporter.locator("#id_investors")).to_be_in_viewport()
    fill_form(reporter, {"investors": "演示光电有限公司", "contracted_usd": "1000", "reason": "合同文本已定"})
    press(reporter, "保存修改")
    expect(block(reporter, "阶段")).to_contain_text("到“签约”，条件已齐，可以登记")

    # Second refusal: nothing is signed tomorrow, and nothing of it stays.
    browser.expected_errors.append("422")
    make_move(reporter, "登记签约", effective_on="2013-06-27")
    expect(reporter.locator("h1")).to_have_text("没有登记签约")
    expect(reporter.locator(".field.bad")).to_contain_text("签约日期 2013-06-27 还没有到")
    open_project(reporter)
    expect_intended(reporter)
    make_move(reporter, "登记签约", effective_on="2013-06-20")
    unaccepted = "2013-06-20 的签约未核定，待月报核定后判定。"
    expect_standing(reporter, f"{SIGNED}，未核定", "未核定", "R2", unaccepted)


def put_off_and_increase(reporter: Page, lead: Page) -> None:
    """Put off production by eight days, and let the investor add capital: more money, and no project more."""
    edit_project(reporter, expected_produced_on="2013-07-28", reason="设备晚到")
    expect(block(reporter, "日期推迟")).to_contain_text("晚 8 天")
    expect(block(reporter, "日期推迟")).to_contain_text("设备晚到")
    expect_counted(reporter, SIGNED)

    make_move(reporter, "申报增资", effective_on="2013-07-02", amount_usd="200", reason="补充协议")
    expect_counted(reporter, SIGNED)
    open_register(lead)
    click_link(lead, "main >> text=增资")
    click_link(lead, "main >> text=待负责人确认")
    click_link(lead, "tbody >> text=2013-07-02")
    make_move(lead, "确认")
    open_project(lead)
    expect(block(lead, "增资")).to_contain_text("不另计项目")
    expect(block(lead, "增资")).to_contain_text("原合同 1,000 + 增资 200 = 合计 1,200 万美元")
    expect_counted(lead, SIGNED)


def land_at_the_second_attempt(reporter: Page, officer: Page) -> None:
    """Propose the landing, which the province gives back, and again, which it confirms."""
    open_project(reporter)
    expect(block(reporter, "阶段")).to_contain_text("到“落地”，还差 2 项和省厅确认")
    edit_project(reporter, registered_on="2013-06-25")
    attach_approval(reporter)
    make_move(reporter, "申报落地", effective_on="2013-07-01")
    expect(block(reporter, "阶段")).to_contain_text("落地 2013-07-01，待省厅确认")
    expect_counted(reporter, SIGNED)
    open_waiting_step(officer, "落地")
    make_move(officer, "退回", reason="环评批复缺盖章页")

    open_project(reporter)
    expect_counted(reporter, SIGNED)
    click_link(reporter, "main >> text=落地 2013-07-01 已退回，看原因后重新申报")
    expect(block(reporter, "基本情况")).to_contain_text("环评批复缺盖章页")
    open_project(reporter)
    make_move(reporter, "申报落地", effective_on="2013-07-01", reason="已补盖章页")
    open_waiting_step(officer, "落地")
    make_move(officer, "确认")
    open_project(officer)
    expect_counted(officer, "落地2013-07-01")


def produce_and_operate(reporter: Page) -> None:
    """Enter production, which waits for July's return, and operation, which then waits for the province."""
    open_project(reporter)
    make_move(reporter, "登记投产", effective_on="2013-07-26")
    expect_counted(reporter, "投产2013-07-26，未核定")
    make_move(reporter, "申报营运", effective_on="2013-07-29")
    expect(block(reporter, "阶段")).to_contain_text("营运 2013-07-29，投产月报核定后由省厅确认")
    expect_counted(reporter, "投产2013-07-26，未核定")


def confirm_and_finish(reporter: Page, boss: Page) -> None:
    """Let the province's lead confirm the operation, and the reporter finish the project."""
    open_project(reporter)
    expect(block(reporter, "阶段")).to_contain_text("营运 2013-07-29，待省厅确认")
    expect_counted(reporter, "投产2013-07-26")
    open_waiting_step(boss, "营运")
    make_move(boss, "确认")
    open_project(boss)
    expect_counted(boss, "营运2013-07-29")
    open_project(reporter)
    make_move(reporter, "设为完成", reason="满负荷生产")
    expect_counted(reporter, "营运2013-07-29", "完成")
