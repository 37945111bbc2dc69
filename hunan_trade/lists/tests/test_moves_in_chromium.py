"""Tests in Chromium changing the state of ticked records, and those pages by axe-core's accessibility rules."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from playwright.sync_api import Browser, expect

from hunan_trade.accounts.tests import factories as cast
from hunan_trade.lists.tests.sample_crane_register import Crane, crane, create_cranes
from hunan_trade.lists.tests.test_accessibility_in_chromium import AXE, SIZES, VIOLATIONS
from hunan_trade.lists.tests.test_list_in_chromium import _signed_in
from hunan_trade.testing.chromium import BrowserWindow, launch_chromium
from hunan_trade.testing.shared_rows import shared_rows

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db,
    pytest.mark.usefixtures("tables"),
    pytest.mark.urls("hunan_trade.lists.tests.sample_crane_register"),
]
PAGES = (
    "/cranes/",
    "/cranes/CS-0001/",
    "/cranes/CS-0002/",
    "/cranes/CS-0001/moves/start/",
    "/cranes/CS-0002/moves/start/",
    "/cranes/bulk/moves/?pick=CS-0001&pick=CS-0002",
    "/cranes/bulk/moves/start/?pick=CS-0001&pick=CS-0002",
    "/cranes/bulk/all/moves/stop/?city=430100",
    "/cranes/bulk/moves/",
)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with launch_chromium() as found:
        yield found


@pytest.fixture(scope="module")
def tables(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[None]:
    with shared_rows(request, create_cranes):
        yield


@pytest.fixture
def client() -> Client:
    crane("CS-0001", "一号机")
    crane("CS-0002", "二号机", note="封存")
    crane("CS-0003", "三号机")
    return _signed_in(cast.officer())


def test_ticked_records_are_moved_after_the_preview(chromium: Browser, client: Client) -> None:
    page = BrowserWindow(chromium, client).open("/cranes/")
    for code in ("CS-0001", "CS-0002"):
        page.check(f"[name=pick][value={code}]")
    page.get_by_role("button", name="改状态", exact=True).click()
    page.get_by_role("link", name="启用", exact=True).click()
    expect(page.locator("tbody tr").first).to_contain_text("说明里写着封存，先改说明")
    page.fill("[name=started_on]", "2013-07-05")
    page.select_option("[name=load]", "full")
    page.get_by_role("button", name="启用 1 台").click()
    expect(page.locator(".toasts")).to_contain_text("已启用 1 台")
    assert list(Crane.objects.order_by("code").values_list("state", flat=True)) == ["busy", "idle", "idle"]


def test_axe_finds_nothing_on_the_pages_of_moves(chromium: Browser, client: Client) -> None:
    window = BrowserWindow(chromium, client)
    window.browser.add_init_script(path=AXE)
    found = []
    for address in PAGES:
        page = window.open(address)
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_load_state("networkidle")
            found += [f"{address} at {width}: {violation}" for violation in page.evaluate(VIOLATIONS)]
        page.close()
    assert found == [], "\n".join(found)
