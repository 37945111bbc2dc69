"""Tests in Chromium how the grid takes choices and days, and how pasting and Enter treat read-only cells."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from playwright.sync_api import Browser, Page, expect

from enterprises.tests import return_factories
from hunan_trade import clock
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.intake.models import Row
from hunan_trade.intake.tests import sample_dataset_declaration
from hunan_trade.intake.tests.return_requests_and_workbooks import return_url, signed_in_client
from hunan_trade.intake.tests.test_grid_in_chromium import cell, cell_values, paste, wait_until_saved
from hunan_trade.periods import Month
from hunan_trade.tabular.table_types import PrefilledRow
from hunan_trade.testing.chromium import BrowserWindow, launch_chromium

pytestmark = pytest.mark.django_db
DEFAULTS = {"stage": "签约", "stage_on": "2013-02-06", "words": ""}
MONEY = frozenset({"paid_in", "paid_in_usd"})


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with launch_chromium() as found:
        yield found


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """Fixture with the grid of three projects, of which the second may bring no money."""
    first, second, third = (
        PrefilledRow(f"CS-{n}", name, {"name": name}, DEFAULTS, MONEY if n == 2 else frozenset())
        for n, name in enumerate(("触控模组", "电机", "玩具"), start=1)
    )
    with sample_dataset_declaration.declared(first, second, third), clock.frozen_at(clock.at(date(2013, 3, 2), 10)):
        reporter = cast.reporter()
        february = return_factories.opened("430100", Month(2013, 2))
        window = BrowserWindow(chromium, signed_in_client(reporter))
        yield window.open(return_url(february) + f"?sheet={sample_dataset_declaration.PROJECTS.code}")
        window.browser.close()
        assert not window.console_errors, "\n".join(window.console_errors)


def stored(key: str) -> dict[str, str]:
    texts: dict[str, str] = Row.objects.get(key=key).texts
    return texts


def test_a_choice_and_a_day_are_typed_and_saved_with_the_defaults(page: Page) -> None:
    assert cell_values(page, "C4", "D4") == ["签约", "2013-02-06"]
    assert page.locator("#choices-stage option").count() == 3
    cell(page, "C4").fill("落地")
    page.keyboard.press("ArrowRight")
    expect(cell(page, "D4")).to_be_focused()
    page.keyboard.type("2月9日")
    page.keyboard.press("Enter")
    expect(cell(page, "D5")).to_be_focused()
    wait_until_saved(page)
    assert stored("CS-1") == {"stage": "落地", "stage_on": "2月9日", "words": ""}
    expect(page.locator("#c-D4")).to_have_class("in txt f-block")
    expect(page.locator("#findings")).to_contain_text("“2月9日”没有写年份")


def test_a_block_goes_over_a_locked_cell_only_where_it_says_the_same(page: Page) -> None:
    rows = ["意向\t2013-02-01\t1\t2\t好", "签约\t2013-02-02\t\t\t稳", "落地\t2013-02-03\t5\t6\t快"]
    paste(page, "C4", "\n".join(rows))
    wait_until_saved(page)
    assert [stored(f"CS-{n}").get("paid_in", "") for n in (1, 2, 3)] == ["1", "", "5"]
    assert [stored(f"CS-{n}")["words"] for n in (1, 2, 3)] == ["好", "稳", "快"]
    assert cell_values(page, "C5", "D5", "G5", "F6") == ["签约", "2013-02-02", "稳", "6"]
    paste(page, "E4", "7\t8\n9\t9\n7\t8")
    expect(page.locator("#page-notes")).to_contain_text("E5 是锁定的，现为空白。没有粘贴。")
    assert cell_values(page, "E4", "F4", "E6", "F6", "G5") == ["1", "2", "5", "6", "稳"]
    expect(page.locator("#c-E5")).to_have_text("")


def test_enter_goes_down_a_column_past_a_locked_cell(page: Page) -> None:
    cell(page, "F4").focus()
    page.keyboard.press("Enter")
    expect(cell(page, "F6")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(cell(page, "F4")).to_be_focused()
    cell(page, "D5").focus()
    page.keyboard.press("ArrowRight")
    expect(cell(page, "G5")).to_be_focused()
