"""Tests the page of a list in a real Chromium, with parts swapped by htmx and the Back button."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, Route, expect

from hunan_trade.accounts import sessions
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.lists.models import Act
from hunan_trade.lists.record_change_preparation import RecordChange
from hunan_trade.lists.tests.sample_firm_list import firm
from hunan_trade.lists.tests.test_record_writes import VALUES
from hunan_trade.testing.chromium import BrowserWindow, launch_chromium
from hunan_trade.testing.transaction_simulation_and_waiting import next_transaction
from parks.actions import save_parks

pytestmark = [
    pytest.mark.slow,
    pytest.mark.usefixtures("firms_table"),
    pytest.mark.urls("hunan_trade.lists.tests.urls"),
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Start the browser before the test's transaction, whose connection would not be seen from its loop."""
    with launch_chromium() as found:
        yield found


def _signed_in(user: User) -> Client:
    client = Client()
    session: Any = client.session
    sessions.sign_in(session, user, ip=None, browser="test")
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    return client


def test_back_gives_the_same_page_after_filter_columns_and_pager(chromium: Browser) -> None:
    """Every link is made from the address alone, and keys do what clicks do (traps V8)."""
    for at in range(120):
        firm(f"第{at:03}家", kind="parts")
    client = _signed_in(cast.officer())
    window = BrowserWindow(chromium, client)
    page = window.open("/firms/")
    expect(page.locator(".tabs .n").first).to_have_text("0")  # 大额, counted by a request of its own
    page.keyboard.press("/")
    expect(page.locator(".topbar .search")).to_be_focused()

    page.fill("#list-block [name=q]", "第")
    page.locator("#list-block [name=q]").press("Enter")
    expect(page.locator(".chip")).to_contain_text("查找 “第”")
    expect(page.locator("#list-sums")).to_have_text("120 家")
    assert re.search(r"/firms/\?q=[^&]+$", page.url), page.url

    page.focus("#sort-name")
    page.keyboard.press("Enter")
    expect(page.locator("th[aria-sort=ascending] #sort-name")).to_be_focused()

    page.click("#list-columns")
    page.uncheck("#columns [name=shown][value=code]")
    page.click("#columns >> text=按此显示")
    expect(page.locator("#columns")).to_have_count(0)
    expect(page.locator("thead")).not_to_contain_text("编号")

    page.click("#page-2")
    expect(page.locator("#list-pager")).to_contain_text("第 51—100 家，共 120 家")
    page.click("#page-3")
    expect(page.locator("#list-pager")).to_contain_text("第 101—120 家，共 120 家")
    expect(page.locator("tbody tr")).to_have_count(20)
    before, url = page.locator("#list-block").inner_text(), page.url
    page.goto("/parks/")
    page.go_back()
    expect(page.locator("h1")).to_have_text("企业（试）")
    expect(page.locator("#list-pager")).to_contain_text("共 120 家")
    assert (page.locator("#list-block").inner_text(), page.url) == (before, url)

    page.go_back()  # to what htmx had put into the address
    expect(page.locator("#list-pager")).to_contain_text("第 51—100 家，共 120 家")
    expect(page.locator("h1")).to_have_text("企业（试）")
    expect(page.locator("thead")).not_to_contain_text("编号")
    assert window.console_errors == []


def test_a_wrong_value_is_said_beside_its_field(chromium: Browser) -> None:
    firm("甲")
    client = _signed_in(cast.officer())
    window = BrowserWindow(chromium, client)
    window.expected_errors.append("400")
    page = window.open("/firms/")
    page.click("#list-filters")
    page.fill("[name=capital_usd_min]", "很多")
    page.locator("#list-block").get_by_role("button", name="筛选", exact=True).click()
    expect(page.locator(".facet .field-error")).to_have_text("“很多”不是数。只填数字，单位是万美元。")
    expect(page.locator("tbody")).to_have_count(0)
    expect(page.locator("[name=capital_usd_min]")).to_have_value("很多")
    assert window.console_errors == []


def test_back_from_a_record_gives_the_same_full_page(chromium: Browser) -> None:
    """After filter, columns and pager, each swapped into the page, and after one of them is opened anew (traps V8)."""
    officer = cast.officer()
    parks = [RecordChange({**VALUES, "name": f"第{at}园区"}) for at in range(60)]
    save_parks(changes=parks, by=officer, kind=Act.Kind.CREATED)
    next_transaction()
    window = BrowserWindow(chromium, _signed_in(officer))
    page = window.open("/parks/")
    page.fill("#list-block [name=q]", "区")
    page.locator("#list-block [name=q]").press("Enter")
    expect(page.locator(".chip")).to_contain_text("查找 “区”")
    page.click("#list-columns")
    page.uncheck("#columns [name=shown][value=level]")
    page.click("#columns >> text=按此显示")
    expect(page.locator("#columns")).to_have_count(0)
    page.click("#page-2")
    expect(page.locator("#list-pager")).to_contain_text("第 51—")
    expect(page.locator("#list-sums")).to_contain_text("个")
    before, url = page.locator("body").inner_text(), page.url

    for _ in range(2):
        page.locator("#list-table tbody th a").first.click()
        expect(page.locator(".log")).to_be_visible()
        page.go_back()
        expect(page.locator("#list-pager")).to_contain_text("第 51—")
        expect(page.locator("#list-sums")).to_contain_text("个")
        assert (page.locator("body").inner_text(), page.url) == (before, url)
        page.reload()
    assert "级别" not in page.locator("thead").inner_text() and window.console_errors == []


def test_what_a_page_asks_for_by_itself_gives_way_to_a_pressed_tab(chromium: Browser) -> None:
    """Counts that arrive between press and answer replace no tab, and sums of the view that was left are dropped."""
    firm("甲")
    window = BrowserWindow(chromium, _signed_in(cast.officer()))
    counts: list[Route] = []
    sums: list[Route] = []
    pressed: list[Route] = []
    page = window.browser.new_page()
    page.route("**/firms/tabs/**", lambda route: counts.append(route))
    page.route("**/firms/summary/**", lambda route: sums.append(route))
    page.goto("/firms/")
    page.route(re.compile(r"/firms/\?"), lambda route: pressed.append(route))
    tab = page.locator(".tabs >> text=大额")
    tab.click()
    assert _each_holds_one(page, counts, sums, pressed)

    with page.expect_response("**/firms/tabs/**"):
        counts.pop().fallback()
    page.wait_for_timeout(200)  # a swap would follow at once
    expect(page.locator(".tabs .n")).to_have_count(0)
    pressed.pop().fallback()
    expect(page.locator(".tabs [aria-current=page]")).to_contain_text("大额")
    assert "capital_usd_min=300" in str(page.locator("#list-download .menu-list a").first.get_attribute("href"))
    with page.expect_response("**/firms/summary/**"):
        sums.pop(0).fallback()
    page.wait_for_timeout(200)
    assert window.console_errors == []


def _each_holds_one(page: Page, *held: list[Route]) -> bool:
    """Wait until each of the held requests was sent."""
    for _ in range(200):
        if all(held):
            return True
        page.wait_for_timeout(50)
    return False
