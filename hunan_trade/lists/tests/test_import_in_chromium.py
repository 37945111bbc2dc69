"""Tests imports in a real Chromium, from mapping a city's spreadsheet to undoing an import.

An office's list is undone in one press.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import Browser, Page, expect

from hunan_trade.accounts.tests import factories as cast
from hunan_trade.lists.tests.sample_venture_list import Venture, create_ventures_table
from hunan_trade.lists.tests.test_list_in_chromium import _signed_in
from hunan_trade.testing.chromium import BrowserWindow, launch_chromium
from hunan_trade.testing.transaction_simulation_and_waiting import next_transaction
from parks.models import Park

pytestmark = [pytest.mark.slow, pytest.mark.django_db, pytest.mark.urls("hunan_trade.lists.tests.sample_venture_list")]
HEAD = ("序号", "项目编号", "项目名称", "所在地市", "总投资（亿元）", "引进内资", None, "签约时间", "进展情况", "备注")
ROWS: list[tuple[Any, ...]] = [
    (1, "CZ-0146", "演示触控模组项目", "郴州市", 1.2, "9,600", 1240, "2013.3.18", "已投产", "二期"),
    (2, None, "演示LED封装项目", "郴州", 0.86, 8600, 0, "2013年5月6日", "落地", None),
    (3, "CZ-0032", "演示有色深加工项目", "湖南省郴州市", 3.5, "3.2亿", 18400, datetime(2013, 4, 16), "投产", "扩产"),
    (4, None, "演示灯饰项目", "郴州市", 0.5, 3000, None, 20130605, "签约", None),
    (5, None, "演示箱包项目", "郴州市", None, 1000, 10, "2013-6-7", "签约", None),
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Start the browser before the test's transaction, whose connection would not be seen from its loop."""
    with launch_chromium() as found:
        yield found


@pytest.fixture(autouse=True)
def tables(chromium: Browser, db: None) -> None:
    create_ventures_table()


def spreadsheet(path: Path, rows: list[tuple[Any, ...]]) -> Path:
    """Write a spreadsheet as a city sends it: three lines of title, a line of units, a head of two merged rows, a sum."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "6月"
    for title in ("郴州市承接产业转移重大项目情况表", "（2013年1—6月）", "填报单位：郴州市演示局", "单位：万元"):
        sheet.append([title])
        sheet.merge_cells(start_row=sheet.max_row, end_row=sheet.max_row, start_column=1, end_column=10)
    sheet.append(HEAD)
    sheet.append([None] * 5 + ["合同引资", "累计到位"])
    sheet.merge_cells("F5:G5")
    for letter in "ABCDEHIJ":
        sheet.merge_cells(f"{letter}5:{letter}6")
    for row in rows:
        sheet.append(row)
    sheet.append([None, None, "合计", None, 6.06, 54200, 19650])
    book.save(path)
    return path


def send_file(page: Page, path: Path) -> None:
    page.set_input_files("[name=file]", {"name": path.name, "mimeType": "text/plain", "buffer": path.read_bytes()})
    page.click("text=读这个文件")


def test_a_city_s_own_spreadsheet_is_mapped_by_clicking_and_the_next_one_needs_no_mapping(
    chromium: Browser, tmp_path: Path
) -> None:
    window = BrowserWindow(chromium, _signed_in(cast.officer()))
    page = window.open("/ventures/import/")
    send_file(page, spreadsheet(tmp_path / "项目台账6月.xlsx", ROWS))
    expect(page.locator("h1")).to_contain_text("导入 5 行")
    expect(page.locator(".found .headrow").first).to_contain_text("序号")
    page.select_option("select[aria-label='D 列对应']", label="市州")
    page.select_option("select[aria-label='A 列对应']", label="不导入")
    page.select_option("select[aria-label='J 列对应']", label="不导入")
    page.locator("label:has-text('已投产') + select").select_option(label="投产")
    right = page.locator("button[value=all]")
    if right.count():
        right.click()
        expect(right).to_have_count(0)  # the page has come back: the next press is not of the earlier one
    page.get_by_role("button", name="检查 5 行", exact=True).click()
    expect(page.locator("h1")).to_contain_text("可写入 5 行")
    expect(page.locator("main")).to_contain_text("合计")
    page.get_by_role("button", name="写入 5 行", exact=True).click()
    expect(page.locator("h1")).to_have_text("已写入 5 行")
    found = {each.name: each for each in Venture.objects.all()}
    assert [each.signed_on for each in found.values()] == [
        date(2013, 3, 18), date(2013, 5, 6), date(2013, 4, 16), date(2013, 6, 5), date(2013, 6, 7),
    ]  # fmt: skip
    touch = found["演示触控模组项目"]
    assert (touch.total_cny, touch.contract_cny, touch.stage) == (Decimal(120_000_000), Decimal(96_000_000), "running")
    assert found["演示有色深加工项目"].contract_cny == Decimal(320_000_000)
    assert found["演示箱包项目"].total_cny is None and {each.city.pk for each in found.values()} == {"431000"}

    next_transaction()
    send_file(
        window.open("/ventures/import/"),
        spreadsheet(tmp_path / "项目台账7月.xlsx", [(*ROWS[0][:6], 1300, *ROWS[0][7:])]),
    )
    page = window.browser.pages[-1]
    expect(page.locator("h1")).to_contain_text("列都对上了")
    page.get_by_role("button", name="检查 1 行", exact=True).click()
    expect(page.locator("h1")).to_contain_text("可写入 1 行")
    assert window.console_errors == []


def test_an_office_s_list_of_parks_is_imported_and_undone_in_one_press(chromium: Browser, tmp_path: Path) -> None:
    window = BrowserWindow(chromium, _signed_in(cast.officer()))
    page = window.open("/parks/")
    page.get_by_role("link", name="导入", exact=True).click()
    path = tmp_path / "园区名单.csv"
    path.write_text(
        "园区名称,市州,类型,级别,依据\n湘潭经开区,湘潭市,经开区,国家级,待核\n九华园,湘潭,园区,县级,待核\n",
        encoding="gb18030",
    )
    send_file(page, path)
    expect(page.locator("h1")).to_contain_text("导入 2 行")
    if page.locator("button[value=all]").count():
        page.click("button[value=all]")
    page.get_by_role("button", name="检查 2 行", exact=True).click()
    page.fill("[name=reason]", "省厅名单")
    page.get_by_role("button", name="写入 2 行", exact=True).click()
    expect(page.locator("h1")).to_have_text("已写入 2 行")
    assert Park.objects.count() == 2
    next_transaction()
    page.get_by_role("link", name="撤销这次导入", exact=True).click()
    page.fill("#undo-reason", "名单有误")
    page.click("#undo button[type=submit]")
    expect(page.locator("h1")).to_have_text("已撤销这次导入")
    assert Park.objects.count() == 0 and window.console_errors == []
