"""Tests the portal's pages with the demo data by clicking and typing in a real Chromium.

Whatever is done, the page may not complain: no error on the console, nothing that the Content-Security-Policy refused,
no request to another host.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.urls import Resolver404, resolve
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Route, expect

from enterprises.models import Enterprise
from events.models import Event
from hunan_trade.accounts.demo_accounts import PASSWORD
from hunan_trade.accounts.models import User
from hunan_trade.testing.chromium import TIMEOUT_MS, launch_chromium, wait_until_true
from hunan_trade.testing.demo_database import DemoDatabase
from hunan_trade.testing.portal_processes import PortalProcesses, run_portal
from parks.models import Park
from projects.models import Project

VIOLATIONS = (
    "addEventListener('securitypolicyviolation', (e) => console.error('CSP', e.violatedDirective, e.blockedURI))"
)


class PortalBrowser:
    """Browser connected to the running portal, which collects errors and warnings of pages."""

    def __init__(self, browser: Browser, portal: PortalProcesses) -> None:
        self.browser, self.portal = browser, portal
        self.console_errors: list[str] = []
        self.expected_errors: list[str] = []

    def sign_in(self, username: str, width: int = 1366, height: int = 768) -> Page:
        """Open a new window and sign in."""
        context = self.browser.new_context(
            base_url=self.portal.address, viewport={"width": width, "height": height}, locale="zh-CN"
        )
        context.set_default_timeout(TIMEOUT_MS)
        context.add_init_script(VIOLATIONS)
        context.on("request", self._note_foreign_request)
        context.on("console", self._note_console_message)
        context.on(
            "weberror", lambda error: self.console_errors.append(f"{error.page and error.page.url}: {error.error}")
        )
        page = context.new_page()
        page.goto("/login/")
        page.fill("[name=username]", username)
        page.fill("[name=password]", PASSWORD)
        click_link(page, "button:has-text('登录')")
        expect(page.locator(".who summary")).to_be_visible()
        return page

    def _note_foreign_request(self, request: Request) -> None:
        if not request.url.startswith((self.portal.address + "/", "data:", "blob:")):
            self.console_errors.append(f"a request to {request.url}")

    def _note_console_message(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not any(word in message.text for word in self.expected_errors):
            self.console_errors.append(f"{message.location.get('url')}: {message.text}")


@pytest.fixture
def portal_browser(demo_database: DemoDatabase) -> Iterator[PortalBrowser]:
    with launch_chromium() as browser, run_portal(demo_database) as portal:
        found = PortalBrowser(browser, portal)
        yield found
        assert not found.console_errors, "\n".join(found.console_errors)


def cell_input(page: Page, address: str) -> Any:
    """Return the input of a cell by its address in the workbook."""
    return page.locator(f"#c-{address} input")


def wait_until_saved(page: Page) -> None:
    expect(page.locator("#save-state")).to_contain_text("已保存")


def click_link(page: Page, link: str) -> None:
    """Click a link and wait until its page is loaded and scrolled to the link's target.

    A busy browser goes to the place long after the load, and a click that is under way then meets nothing.
    """
    with page.expect_navigation():
        page.click(link)
    page.evaluate("() => document.querySelector(':target')?.scrollIntoView({behavior: 'instant'})")


def type_figure(page: Page, address: str, figure: str) -> None:
    """Type a figure into a cell of the grid and go on to the next row."""
    cell_input(page, address).click()
    page.keyboard.type(figure)
    page.keyboard.press("Enter")


def test_a_month_is_corrected_signed_accepted_and_issued_by_clicking(portal_browser: PortalBrowser) -> None:
    portal_browser.portal.start_worker()  # it will be ready long before the bulletin is asked for

    # The reporter of 郴州 finds two cells that the province gave back.
    reporter = portal_browser.sign_in("chenzhou-reporter")
    click_link(reporter, "text=去改 F5")
    expect(cell_input(reporter, "F5")).to_be_focused()
    type_figure(reporter, "F5", "1351.7")
    wait_until_saved(reporter)

    # The sums of the other sheet follow by hand, and one figure more was wrong; it wants a reason.
    click_link(reporter, "#sheet-tabs >> text=市州汇总")
    for address in ("E4", "E5", "E7"):
        figure = Decimal(cell_input(reporter, address).input_value()) - Decimal("12165.3")
        type_figure(reporter, address, f"{figure:f}")
    type_figure(reporter, "E9", "33")
    type_figure(reporter, "E14", "24050")
    wait_until_saved(reporter)
    hand_up = reporter.locator("#return-actions button", has_text="送市州负责人")
    expect(hand_up).to_be_disabled()
    reporter.keyboard.press("F8")
    expect(cell_input(reporter, "E14")).to_be_focused()
    type_figure(reporter, "G14", "上年合同外资本月集中到位，验资报告已核对。")
    wait_until_saved(reporter)
    with reporter.expect_navigation():
        hand_up.click()
    expect(reporter.locator("h1 + .state")).to_contain_text("待签发")

    # His lead signs, and has a receipt.
    lead = portal_browser.sign_in("chenzhou-lead")
    click_link(lead, "main a:has-text('签发')")
    lead.click("#return-actions >> text=签发送省厅")
    click_link(lead, "dialog[open] button:has-text('签发送省厅')")
    expect(lead.locator("h1")).to_have_text("月报回执 2013-06-郴州-2")

    # The province accepts the two that wait; 湘西 stays missing.
    officer = portal_browser.sign_in("officer1")
    click_link(officer, "text=开始审核（2）")
    click_link(officer, "text=郴州市2013年6月月报")
    for city in ("郴州市", "怀化市"):
        expect(officer.locator("h1")).to_have_text(f"{city} 2013年6月月报")
        click_link(officer, "[data-accept]")
    expect(officer.locator("h1")).to_have_text("没有待审核的月报")

    # He has the bulletin drafted. The page tells how far the worker is.
    click_link(officer, "nav >> text=通报调度")
    click_link(officer, "button:has-text('起草情况通报')")
    click_link(officer, "a:has-text('2013年6月情况通报')")
    expect(officer.locator("article")).to_contain_text("本期全省数不含湘西自治州")
    click_link(officer, "button:has-text('送审核')")

    # Somebody else reviews it.
    reviewer = portal_browser.sign_in("officer2")
    click_link(reviewer, "text=2013年6月情况通报")
    click_link(reviewer, "button:has-text('审核通过')")
    expect(reviewer.locator("h1 + .state").first).to_have_text("待签发")

    # A lead issues it, having confirmed who is missing. It is the sixth of the year, and frozen.
    boss = portal_browser.sign_in("lead1")
    click_link(boss, "text=2013年6月情况通报")
    boss.check("text=缺报，不列入本期")
    click_link(boss, "button:has-text('签发本期')")
    expect(boss.locator("h1 + .state").first).to_have_text("已签发，内容冻结")
    expect(boss.locator(".docno")).to_contain_text("2013年第6期")

    # Each number opens what is behind it, as far as the cells of a signed workbook.
    click_link(boss, "article table tr:has-text('郴州') .fig >> nth=0")
    click_link(boss, "#prov a:has-text('郴州加工贸易出口')")
    expect(boss.locator("#prov")).to_contain_text("文件和单元格")
    expect(boss.locator("#prov")).to_contain_text("填报 甄苏仙")
    expect(boss.locator("#prov tr:has-text('F5')")).to_contain_text("1,351.70")


def test_typed_and_pasted_cells_are_saved_even_if_the_session_ends(portal_browser: PortalBrowser) -> None:
    page = portal_browser.sign_in("xiangxi-reporter")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    click_link(page, "main a:has-text('填')")

    # What is typed saves itself, also while the cell is still in hand.
    sent: list[Route] = []
    page.route("**/rows/", lambda route: sent.append(route))
    cell_input(page, "F4").click()
    page.keyboard.type("12.5")
    while not sent:
        page.wait_for_timeout(50)
    expect(page.locator("#save-state")).to_have_text("正在保存…")
    sent.pop().continue_()
    wait_until_saved(page)
    page.unroute("**/rows/")

    # A block from a spreadsheet fills the cells to the right and below.
    page.evaluate("navigator.clipboard.writeText('31.5\\t20\\r\\n7\\t2.25\\r\\n')")
    cell_input(page, "F5").click()
    page.keyboard.press("Control+V")
    wait_until_saved(page)
    page.reload()
    assert [cell_input(page, address).input_value() for address in ("F4", "F5", "G5", "F6", "G6")] == [
        "12.5", "31.5", "20", "7", "2.25"
    ]  # fmt: skip

    # F8 goes from one blank or questioned cell to the next.
    cell_input(page, "F4").click()
    page.keyboard.press("F8")
    expect(cell_input(page, "G4")).to_be_focused()

    # From another computer the same person ends this session. What is being typed stays, and asks for the password.
    other = portal_browser.sign_in("xiangxi-reporter")
    other.goto("/sessions/")
    click_link(other, "text=退出这一处")
    portal_browser.expected_errors.append("401")
    page.keyboard.type("8.75")
    page.keyboard.press("Enter")
    expect(page.locator("#reauth")).to_be_visible()
    expect(page.locator("#save-state")).to_contain_text("没有保存")
    assert cell_input(page, "G4").input_value() == "8.75"
    page.fill("#reauth-password", PASSWORD)
    page.click("text=继续办理")
    expect(page.locator("#reauth")).to_be_hidden()
    wait_until_saved(page)
    page.reload()
    assert cell_input(page, "G4").input_value() == "8.75"


SLOW_TEST = pytest.mark.slow  # the others of a side see the same pages but for a few
PEOPLE = [
    "chenzhou-reporter",
    "officer1",
    *(pytest.param(name, marks=SLOW_TEST) for name in ("chenzhou-lead", "lead1", "admin", "security", "auditor")),
]
FITS_SCREEN = "document.documentElement.scrollWidth <= innerWidth"
FILE_URL_WORDS = ("workbook", "download", "annotated", "schema")  # in the names of addresses that answer with a file


def visit_linked_pages(page: Page, address: str) -> Iterator[str]:
    """Open one page of each kind that is linked, and yield its URL name while it is open."""
    waiting, seen = ["/"], {"console:logout"}
    while waiting:
        path = waiting.pop(0)
        try:
            name = resolve(path.split("?")[0].split("#")[0]).view_name
        except Resolver404:
            continue
        if name in seen or any(word in name for word in FILE_URL_WORDS):
            continue
        seen.add(name)
        answer = page.goto(path)
        assert answer and answer.status == 200, f"{path} answers {answer and answer.status}"
        yield name
        hrefs = page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
        waiting += [href.removeprefix(address) for href in hrefs if href.startswith(address + "/")]


@pytest.fixture
def longest_names(demo_database: DemoDatabase) -> None:
    """Fill the name of every record of the registers, and of every account, to the length that its field takes."""
    for model in (Enterprise, Event, Park, Project, User):
        table, most = model._meta.db_table, model._meta.get_field("name").max_length
        lengthen = f"UPDATE {table} SET name = left(name || repeat('演示名称写到最长为止', 12), {most})"
        demo_database.execute_as_owner(
            f"ALTER TABLE {table} DISABLE TRIGGER USER; {lengthen}; ALTER TABLE {table} ENABLE TRIGGER USER"
        )


def pages_wider_than_screen(page: Page, address: str) -> list[str]:
    """Open one page of each kind that is linked, in two widths, and return those that are wider than the screen."""
    wide, names = [], []
    for name in visit_linked_pages(page, address):
        names.append(name)
        for width, height in ((390, 844), (1366, 768)):
            page.set_viewport_size({"width": width, "height": height})
            if not wait_until_true(page, FITS_SCREEN):  # charts have their time to follow
                wide.append(f"{name} at {width}: {page.evaluate('document.documentElement.scrollWidth')}")
    assert len(names) > 5
    return wide


@pytest.mark.parametrize("username", PEOPLE)
def test_no_page_is_wider_than_the_screen(portal_browser: PortalBrowser, username: str) -> None:
    assert not pages_wider_than_screen(portal_browser.sign_in(username), portal_browser.portal.address)


@pytest.mark.slow
@pytest.mark.parametrize("username", ["chenzhou-reporter", "officer1"])
def test_no_page_is_wider_than_the_screen_with_the_longest_names(
    longest_names: None, portal_browser: PortalBrowser, username: str
) -> None:
    assert not pages_wider_than_screen(portal_browser.sign_in(username), portal_browser.portal.address)
