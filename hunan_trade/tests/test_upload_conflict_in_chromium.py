"""Tests in Chromium how a user resolves conflicts between an old workbook and newer edits."""

from __future__ import annotations

from io import BytesIO

from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from hunan_trade.tests.test_pages_in_chromium import (
    FITS_SCREEN,
    PortalBrowser,
    cell_input,
    portal_browser,
    type_figure,
    wait_until_saved,
)

__all__ = ["portal_browser"]  # the fixture
FORM = "/returns/431000/2013-06/"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def download_workbook(page: Page) -> bytes:
    """Click the page's download button and return the workbook's bytes."""
    with page.expect_download() as downloaded:
        page.evaluate(f"location.assign('{FORM}workbook/')")
    return downloaded.value.path().read_bytes()


def test_a_conflict_is_resolved_by_clicking_and_the_rest_is_merged(portal_browser: PortalBrowser) -> None:
    page = portal_browser.sign_in("chenzhou-reporter")
    page.goto(f"{FORM}?sheet=city_summary")
    book = load_workbook(BytesIO(download_workbook(page)))
    before = cell_input(page, "E15").input_value()
    for address, figure in (("E9", "36"), ("E10", "12"), ("E15", "151")):  # after it was downloaded
        type_figure(page, address, figure)
    wait_until_saved(page)
    sheet = book["市州汇总"]
    sheet["E9"], sheet["E10"] = 35, 11
    changed = BytesIO()
    book.save(changed)
    page.goto(f"{FORM}upload/")
    page.set_input_files("[name=file]", {"name": "旧表.xlsx", "mimeType": XLSX, "buffer": changed.getvalue()})
    page.click("main button[type=submit]")
    expect(page.locator("h1")).to_contain_text("2 格文件和系统中都改过")
    assert kept_cell_texts(page, "#kept") == [before]
    for width, height in ((390, 844), (1366, 768)):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_function(FITS_SCREEN, polling=100)
    chosen = page.locator(".choose .one input:checked")
    expect(chosen).to_have_count(0)
    page.locator(".choose .all").get_by_label("都用文件中的").check()
    expect(chosen).to_have_count(2)
    page.locator(".choose .one").nth(1).get_by_label("保留").check()
    page.click("text=按所选写入")
    expect(page.locator("#toasts")).to_contain_text("已写入")
    page.goto(f"{FORM}?sheet=city_summary")
    assert [cell_input(page, at).input_value() for at in ("E9", "E10", "E15")] == ["35", "12", "151"]


def kept_cell_texts(page: Page, block: str) -> list[str]:
    """Return the workbook's texts of cells in which the return keeps its stored text."""
    found = page.locator(f"section[aria-labelledby={block.removeprefix('#')}] td[data-label=文件中]").all_inner_texts()
    return [text.strip() for text in found]
