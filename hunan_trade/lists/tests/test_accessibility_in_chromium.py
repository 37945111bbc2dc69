"""Tests the pages of a list in a real Chromium for accessibility, by axe-core's rules and by keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.http import QueryDict
from playwright.sync_api import Browser, Page, expect

from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.actions import System
from hunan_trade.lists.attachments.actions import attach
from hunan_trade.lists.downloads import download_jobs
from hunan_trade.lists.downloads.list_file_writer import DownloadQuery
from hunan_trade.lists.tests.attachment_files import PDF
from hunan_trade.lists.tests.import_factories import NEW_PARK, checked_import, received_import, written_import
from hunan_trade.lists.tests.test_list_in_chromium import _signed_in
from hunan_trade.regions import actions_load_reference_tables as regions
from hunan_trade.testing.chromium import BrowserWindow, launch_chromium, wait_until_true
from parks.actions import load_parks
from parks.models import Park
from parks.tables import PARKS

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

AXE = settings.BASE_DIR / "node_modules" / "axe-core" / "axe.min.js"
VIOLATIONS = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations.flatMap(
    (rule) => rule.nodes.map((node) => `${rule.id}: ${node.html.slice(0, 200)}`))"""
SIZES = ((1366, 768), (390, 844))
# Whether whoever uses the keyboard sees where they are: an outline, on an element inside the window.
FOCUS_IS_VISIBLE = """() => {
    const at = document.activeElement, style = getComputedStyle(at), box = at.getBoundingClientRect();
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 && box.height > 0
        && box.top < innerHeight && box.bottom > 0 && box.left < innerWidth && box.right > 0;
}"""
MOST_STOPS = 120


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Start the browser before the test's transaction, whose connection would not be seen from its loop."""
    with launch_chromium() as found:
        yield found


@pytest.fixture
def officer(chromium: Browser, db: None) -> User:
    regions.load_regions()
    load_parks(by=System("初始化"))
    return cast.officer()


def _addresses(officer: User) -> list[str]:
    park = Park.objects.earliest("pk")
    known = (park.name, "长沙市", "园区", "县级", "待核", "改过的说明", "")
    unreadable = ("另一试验园", "无名市", "园区", "县级", "待核", "", "")
    download_jobs.request_download(DownloadQuery.from_parameters(PARKS, officer, QueryDict("")), by=officer)
    attach(PARKS, park.pk, PDF, "批复.pdf", by=officer)
    imports = [
        received_import(officer, NEW_PARK, known, unreadable),
        checked_import(officer, NEW_PARK, known, unreadable),
        written_import(officer, ("写入的试验园", *NEW_PARK[1:])),
    ]
    return [
        "/parks/",
        "/parks/?q=园&level=national&open=columns",
        "/parks/?q=园&open=view",
        "/parks/?approved=never",
        f"/parks/{park.pk}/",
        f"/parks/{park.pk}/edit/",
        "/parks/new/",
        f"/parks/bulk/?pick={park.pk}",
        "/parks/import/",
        *(f"/parks/import/{each.pk}/" for each in imports),
        f"/parks/undo/import:{imports[-1].pk}/",
        "/downloads/",
        "/search/?q=园",
        "/returns/exemptions/",
    ]


def test_axe_finds_nothing_on_the_pages_of_a_list(chromium: Browser, officer: User) -> None:
    """On a wide and on a narrow screen, with findings, an empty list and opened panels."""
    window = BrowserWindow(chromium, _signed_in(officer))
    window.expected_errors.append("400")
    window.browser.add_init_script(path=AXE)
    found = []
    for address in _addresses(officer):
        page = window.open(address)
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_load_state("networkidle")
            found += [f"{address} at {width}: {violation}" for violation in page.evaluate(VIOLATIONS)]
        page.close()
    assert found == [], "\n".join(found)


def _tab_to(page: Page, selector: str, *, key: str = "Tab") -> None:
    """Press Tab until an element has the focus, which must be visible at each stop."""
    for _ in range(MOST_STOPS):
        page.keyboard.press(key)
        stop: Any = page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
        if stop.startswith("<body"):  # behind the last element, where a window would lead to the browser's own buttons
            continue
        assert wait_until_true(page, f"({FOCUS_IS_VISIBLE})()"), stop  # once the page has scrolled there
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
    pytest.fail(f"{selector} cannot be reached by {key}")


def test_a_list_is_used_by_keyboard_alone(chromium: Browser, officer: User) -> None:
    """From the search box to filter, sort, tick, bulk bar and export, with the focus in sight."""
    window = BrowserWindow(chromium, _signed_in(officer))
    page = window.open("/parks/")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("/")
    expect(page.locator(".topbar .search")).to_be_focused()

    _tab_to(page, "#list-block [type=search]")
    page.keyboard.type("区")
    page.keyboard.press("Enter")
    expect(page.locator(".chip")).to_have_text(["查找 “区”取消"])
    expect(page.locator("#list-block [type=search]")).to_be_focused()

    _tab_to(page, "[name=level]")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.locator(".chip")).to_have_count(2)
    expect(page.locator("[type=checkbox][name=level]").first).to_be_focused()

    _tab_to(page, "#sort-name")
    page.keyboard.press("Enter")
    expect(page.locator("th[aria-sort=ascending] #sort-name")).to_be_focused()

    _tab_to(page, "[name=pick]")
    page.keyboard.press("Space")
    expect(page.locator("[data-picked]")).to_have_text("1")
    _tab_to(page, ".bulkbar [formaction$='/bulk/']")
    _tab_to(page, ".bulkbar [type=reset]")
    page.keyboard.press("Enter")
    expect(page.locator(".bulkbar")).to_be_hidden()
    expect(page.locator("[name=pick]").first).to_be_focused()  # instead of nowhere, as what had the focus is gone

    _tab_to(page, "#list-download summary", key="Shift+Tab")
    page.keyboard.press("Enter")
    _tab_to(page, "#list-download a[href*='format=csv']")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename.endswith(".csv")
    assert window.console_errors == []
