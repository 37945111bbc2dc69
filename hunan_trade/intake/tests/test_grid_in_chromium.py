"""Tests the grid in a real Chromium: pasting, input methods, typing, and what is saved."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page, expect

from enterprises.models import Enterprise
from enterprises.tests import return_factories
from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.intake import datasets, grid_data
from hunan_trade.intake.actions import filling
from hunan_trade.intake.models import MonthlyReturn, Row
from hunan_trade.intake.tests.return_requests_and_workbooks import return_url, save_grid_rows, signed_in_client
from hunan_trade.periods import Month
from hunan_trade.tabular.column_parsers import NOTATION, number_parser
from hunan_trade.testing.chromium import BrowserWindow, launch_chromium
from hunan_trade.text_cleaning import tidy

pytestmark = pytest.mark.django_db
JANUARY = Month(2013, 1)
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with launch_chromium() as found:
        yield found


@pytest.fixture(autouse=True)
def frozen_in_february() -> Iterator[None]:
    with clock.frozen_at(clock.at(date(2013, 2, 4), 10)):
        yield


@pytest.fixture
def january() -> MonthlyReturn:
    reporter = cast.reporter(name="甄试二")
    for name in ("清风电子", "明月五金", "远山电子"):
        return_factories.enterprise(reporter, name=name)
    return return_factories.opened("430100", JANUARY)


@pytest.fixture
def window(chromium: Browser, january: MonthlyReturn) -> Iterator[BrowserWindow]:
    reporter = User.objects.get(name="甄试二")
    found = BrowserWindow(chromium, signed_in_client(reporter))
    yield found
    found.browser.close()
    assert not found.console_errors, "\n".join(found.console_errors)


@pytest.fixture
def page(window: BrowserWindow, january: MonthlyReturn) -> Page:
    return window.open(return_url(january))


def cell(page: Page, place: str) -> Any:
    return page.locator(f"#c-{place} input")


def cell_values(page: Page, *places: str) -> list[str]:
    return [cell(page, place).input_value() for place in places]


def paste(page: Page, place: str, text: str) -> None:
    """Paste `text` as Ctrl+V does after copying in a spreadsheet."""
    cell(page, place).click()
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    page.keyboard.press("Control+V")


def wait_until_saved(page: Page) -> None:
    expect(page.locator("#save-state")).to_contain_text("已保存")


def enterprise_rows() -> Any:
    return Enterprise.objects.all()


def stored_texts(monthly_return: MonthlyReturn) -> dict[str, dict[str, str]]:
    """Return the stored texts of each enterprise, by its name."""
    names = {row.customs_code: row.name for row in enterprise_rows()}
    return {names[row.key.split("/")[0]]: row.texts for row in Row.objects.filter(monthly_return=monthly_return)}


# --- Pasting --------------------------------------------------------------------------------------------------------
def test_a_pasted_line_break_stays_in_its_cell(page: Page, january: MonthlyReturn) -> None:
    paste(page, "F4", '40.29\t20.11\t\t"订单推迟\n到七月"\r\n18.50\t10.20\t\t"说""稳""\t未变"\r\n7\t8\t\t\r\n')
    wait_until_saved(page)
    assert stored_texts(january) == {
        "清风电子": {"export": "40.29", "import": "20.11", "reason": "订单推迟 到七月"},
        "明月五金": {"export": "18.50", "import": "10.20", "reason": '说"稳" 未变'},
        "远山电子": {"export": "7", "import": "8"},
    }


@pytest.mark.parametrize(
    ("place", "text", "message"),
    [
        ("F4", "1\t2\n3\n5\t6\n", "第 2 行有 1 格，第 1 行有 2 格，各行不齐"),
        ("F4", "1\t2\t3\t好\t5\n", "有 5 列，从这一格向右只有 4 列可填"),
        ("I4", "1\t2\n3\t4\n", "有 2 列，从这一格向右只有 1 列可填"),
        ("F5", "1\t2\n3\t4\n5\t6\n", "有 3 行，从这一格向下只有 2 行"),
        ("G6", "1\n2\n", "有 2 行，从这一格向下只有 1 行"),
    ],
)
def test_a_block_that_does_not_fit_is_refused_before_anything_is_written(
    window: BrowserWindow, page: Page, january: MonthlyReturn, place: str, text: str, message: str
) -> None:
    cell(page, "F4").fill("9")
    wait_until_saved(page)
    sent = list(window.write_requests)
    paste(page, place, text)
    expect(page.locator("#page-notes")).to_contain_text(f"{message}。没有粘贴。")
    assert cell_values(page, "F4", "F5", "F6", "G4", "G5", "G6", "H4", "I4") == ["9", *[""] * 7]
    cell(page, "G4").fill("8")
    expect(page.locator("#save-state")).to_have_text("正在保存…")
    wait_until_saved(page)
    assert stored_texts(january) == {"清风电子": {"export": "9", "import": "8"}}
    assert window.write_requests == sent * 2


def test_blank_cells_around_a_pasted_block_overwrite_nothing(page: Page, january: MonthlyReturn) -> None:
    paste(page, "F5", "1\t2\t\t\t\t\n3\t4\t\t\t\t\n\t\t\t\t\t\n")
    wait_until_saved(page)
    assert stored_texts(january) == {
        "明月五金": {"export": "1", "import": "2"},
        "远山电子": {"export": "3", "import": "4"},
    }


def test_a_block_is_not_pasted_across_rows_hidden_by_a_filter(page: Page, january: MonthlyReturn) -> None:
    page.fill("#sheet-filters input[type=search]", "电子")
    expect(cell(page, "F5")).to_be_hidden()
    paste(page, "F4", "7\n8\n")
    expect(page.locator("#page-notes")).to_contain_text("没有显示，没有粘贴。先选“全部”")
    assert cell_values(page, "F4", "F5", "F6") == ["", "", ""]
    paste(page, "F4", "7\t8\n")
    wait_until_saved(page)
    assert stored_texts(january) == {"清风电子": {"export": "7", "import": "8"}}


def test_one_pasted_cell_with_a_line_break_goes_in_at_the_caret(page: Page, january: MonthlyReturn) -> None:
    cell(page, "I4").fill("原因：")
    cell(page, "I4").press("End")
    page.evaluate("text => navigator.clipboard.writeText(text)", '"订单""推迟""\n到七月"\r\n')
    page.keyboard.press("Control+V")
    expect(cell(page, "I4")).to_have_value('原因：订单"推迟" 到七月')
    wait_until_saved(page)
    assert stored_texts(january)["清风电子"]["reason"] == '原因：订单"推迟" 到七月'
    page.keyboard.press("Control+Z")
    expect(cell(page, "I4")).to_have_value("原因：")


def test_a_block_dropped_with_the_mouse_is_pasted_as_a_block(page: Page, january: MonthlyReturn) -> None:
    page.evaluate(
        """() => {
            const carried = new DataTransfer();
            carried.setData("text/plain", "1\\t2\\n3\\t4\\n");
            const input = document.querySelector("#c-F4 input");
            input.dispatchEvent(new DragEvent("drop", { dataTransfer: carried, bubbles: true, cancelable: true }));
        }"""
    )
    wait_until_saved(page)
    assert stored_texts(january) == {
        "清风电子": {"export": "1", "import": "2"},
        "明月五金": {"export": "3", "import": "4"},
    }
    page.keyboard.press("Control+Z")
    wait_until_saved(page)
    assert not any(any(texts.values()) for texts in stored_texts(january).values())


def test_undo_takes_back_a_paste_in_one_step_and_earlier_typing_in_the_next(page: Page, january: MonthlyReturn) -> None:
    cell(page, "F4").click()
    page.keyboard.type("5")
    page.keyboard.press("Enter")
    paste(page, "F4", '1\t2\t\t"甲\n乙"\n3\t4\t\t\n')
    wait_until_saved(page)
    assert cell_values(page, "F4", "G4", "I4", "F5", "G5") == ["1", "2", "甲 乙", "3", "4"]
    page.keyboard.press("Control+Z")
    wait_until_saved(page)
    assert cell_values(page, "F4", "G4", "I4", "F5", "G5") == ["5", "", "", "", ""]
    assert {
        name: {key: text for key, text in texts.items() if text} for name, texts in stored_texts(january).items()
    } == {
        "清风电子": {"export": "5"},
        "明月五金": {},
    }
    page.keyboard.press("Control+Z")
    wait_until_saved(page)
    assert cell_values(page, "F4", "F5") == ["", ""] and not stored_texts(january)["清风电子"].get("export")


def test_undo_during_a_save_is_saved_afterwards(window: BrowserWindow, page: Page, january: MonthlyReturn) -> None:
    window.hold_writes()
    with page.expect_request("**/rows/"):
        paste(page, "F4", "1\n2\n")
    page.keyboard.press("Control+Z")
    expect(cell(page, "F5")).to_have_value("")
    window.continue_held_writes()
    wait_until_saved(page)
    page.reload()
    assert cell_values(page, "F4", "F5") == ["", ""]
    assert not any(any(texts.values()) for texts in stored_texts(january).values())


# --- Composing, as every Chinese word is typed ----------------------------------------------------------------------
class InputMethod:
    """Simulates an input method in the focused cell, while the page's clock stands still."""

    def __init__(self, window: BrowserWindow, monthly_return: MonthlyReturn) -> None:
        self.page = window.browser.new_page()
        self.page.clock.install()
        self.page.goto(return_url(monthly_return))
        self.keys = window.browser.new_cdp_session(self.page)

    def compose(self, place: str, letters: str) -> None:
        cell(self.page, place).click()
        self.keys.send("Input.imeSetComposition", {"text": letters, "selectionStart": 0, "selectionEnd": len(letters)})
        expect(cell(self.page, place)).to_have_value(letters)

    def choose(self, words: str) -> None:
        self.keys.send("Input.insertText", {"text": words})

    def run_a_minute(self) -> None:
        self.page.clock.run_for(60_000)


def test_nothing_is_saved_while_an_input_method_composes(window: BrowserWindow, january: MonthlyReturn) -> None:
    composer = InputMethod(window, january)
    page = composer.page
    cell(page, "F4").fill("5")
    composer.compose("I4", "dingdan")
    composer.run_a_minute()
    for event in ("window, 'online'", "document, 'portal-signed-in'", "document.activeElement, 'focusout'"):
        target, name = event.split(", ")
        page.evaluate(f"{target}.dispatchEvent(new Event({name}, {{ bubbles: true }}))")
        composer.run_a_minute()
    assert window.write_requests == [] and stored_texts(january) == {}
    composer.choose("订单推迟")
    composer.run_a_minute()
    wait_until_saved(page)
    assert stored_texts(january) == {"清风电子": {"export": "5", "reason": "订单推迟"}}


def test_a_server_answer_during_composing_is_applied_after_it_ends(
    window: BrowserWindow, january: MonthlyReturn
) -> None:
    composer = InputMethod(window, january)
    page = composer.page
    first = min(enterprise.customs_code for enterprise in enterprise_rows())
    colleague = cast.reporter(name="甄试一")
    theirs = {"key": f"{first}/进料加工", "texts": {"export": "7"}}
    save_grid_rows(signed_in_client(colleague), january, "processing_trade", theirs)
    window.expected_errors.append("409")
    window.hold_writes()
    cell(page, "F4").fill("5")
    composer.run_a_minute()
    composer.compose("I5", "gongqi")
    with page.expect_response("**/rows/"):
        window.continue_held_writes()
    composer.run_a_minute()
    expect(cell(page, "I5")).to_be_focused()
    expect(cell(page, "I5")).to_have_value("gongqi")
    composer.choose("工期")
    expect(page.locator(".conflict")).to_be_visible()
    composer.run_a_minute()
    expect(page.locator("#save-state")).to_contain_text("别人改过")
    texts = stored_texts(january)
    assert texts["明月五金"] == {"reason": "工期"} and texts["清风电子"] == {"export": "7"}


# --- What counts as a number ----------------------------------------------------------------------------------------
NUMBERS = [
    "12,5", "5²", "½", "１２．５", "－３", "٣٣", "1e3", "1.5E+03", "1e-7", "1,234.5", "1 234", "1,23", "无", "零", "—", "NaN",
    "Infinity", "-5", "-0", "+3", "5.", ".5", ".", "1_0", "0x10", " 7 ", "\u30007", "1\u200b2", "8\ufe0f", "007", "1.1234567",
    "1.10000000", "123456789", "1234567890", "3万", "1.2.3", "１２，３４５", "1.005", "0.005",
]  # fmt: skip


def display_and_sum_by_check(text: str) -> tuple[str, str]:
    """Return a cell's display and the column's sum by the check alone, when the next row holds 1."""
    value = datasets.get("processing_trade").column("export").parse([tidy(text)]).values[0]
    shown = tidy(text) if value is None else grid_data.amount_text(value, "万美元")
    return shown, grid_data.amount_text((value or Decimal(0)) + 1, "万美元")


def test_the_page_recognises_the_same_numbers_as_the_check(page: Page) -> None:
    cell(page, "F5").fill("1")
    wrong = {}
    for text in NUMBERS:
        cell(page, "F4").fill(text)
        found = page.locator("#c-F4").get_attribute("data-shown"), page.locator("[data-sum=export]").inner_text()
        if (tidy(found[0]), found[1]) != display_and_sum_by_check(text):
            wrong[text] = found, display_and_sum_by_check(text)
    assert not wrong
    wait_until_saved(page)


def test_the_first_rendering_recognises_the_numbers_of_the_check(window: BrowserWindow, january: MonthlyReturn) -> None:
    reporter, (first, second) = User.objects.get(name="甄试二"), sorted(e.customs_code for e in enterprise_rows())[:2]
    wrong = {}
    for text in NUMBERS:
        for code, typed in ((first, text), (second, "1")):
            key = f"{code}/进料加工"
            Row.objects.filter(monthly_return=january, key=key).delete()
            filling.save_rows(
                january.pk, datasets.get("processing_trade"), [filling.RowEdit(key, {"export": typed})], by=reporter
            )
        html = window.client.get(return_url(january)).content.decode()
        cell = re.search(r'id="c-F4"(?: data-shown="([^"]*)")?', html)
        total = re.search(r'data-sum="export">([^<]*)<', html)
        assert cell and total
        if (found := (unescape(cell[1] or ""), total[1])) != display_and_sum_by_check(text):
            wrong[text] = found, display_and_sum_by_check(text)
    assert not wrong


@pytest.fixture(scope="module")
def blank(chromium: Browser) -> Page:
    """Open a page that has only the pure scripts."""
    page = chromium.new_page()
    for name in ("clipboard", "numbers"):
        page.add_script_tag(path=ROOT / f"static/js/{name}.js")
    return page


DIGITS = st.from_regex(r"[+-]?[0-9]{0,17}(\.[0-9]{0,9})?([eE][+-]?[0-9]{1,3})?", fullmatch=True)
SIGNS = st.text("0123456789.,+-eE ５０．，－＋ｅ\u3000\u00a0\u200b\ufe0f\u2800²½٣一零无万_", max_size=9)

# What the newest Unicode alone knows may be a sign to the one and nothing to the other.
ASSIGNED = st.text(st.characters(exclude_categories=("Cn", "Cs")), max_size=4)


@pytest.mark.parametrize("places", [0, 2, 6])
@settings(max_examples=40)
@given(texts=st.lists(st.one_of(DIGITS, SIGNS, ASSIGNED), min_size=20, max_size=60))
@example(texts=[*NUMBERS, *(f"{sign}{text}" for text in NUMBERS for sign in ("-", "0", "\ufeff"))])
@example(texts=["9" * n + tail for n in range(17) for tail in ("", ".", ".0000000", ".1", "e1", "e-3")])
@example(texts=["0e20", "-0e20", "0e-20", ".e1", "1e", "1e1000", "00001e-5", "100e-2"])
def test_script_and_check_parse_every_text_alike(blank: Page, places: int, texts: list[str]) -> None:
    parse = number_parser(places)
    rule = {**NOTATION, "accepted": {"a": parse.valid_number_pattern}}
    ask = "([rule, texts]) => { const read = portal.numbers.parserFor(rule); return texts.map((text) => read('a', text)); }"
    by_check = [parse([tidy(text)]).values[0] for text in texts]
    by_script = blank.evaluate(ask, [rule, texts])
    assert by_script == [None if value is None else float(value) for value in by_check]


# --- The parser alone -----------------------------------------------------------------------------------------------
CELLS = st.text('ab1" ,\n\t字', max_size=6).map(str.strip)


def quoted_like_excel(rows: list[list[str]]) -> str:
    """Return rows as clipboard text, quoted as Excel does."""
    quoted = [[f'"{c.replace(chr(34), 2 * chr(34))}"' if re.search('[\n\t"]', c) else c for c in row] for row in rows]
    return "".join("\t".join(row) + "\r\n" for row in quoted)


@settings(max_examples=300)
@given(st.integers(1, 4).flatmap(lambda n: st.lists(st.lists(CELLS, min_size=n, max_size=n), min_size=1, max_size=4)))
def test_copied_spreadsheet_cells_are_read_cell_by_cell(blank: Page, rows: list[list[str]]) -> None:
    wanted = [[re.sub("[\t\n]+", " ", cell) for cell in row] for row in rows]
    assert blank.evaluate("text => portal.clipboard.parse(text)", quoted_like_excel(rows)) == wanted


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("", [[""]]),
        ("\n", [[""]]),
        ("1\r2\r", [["1"], ["2"]]),
        ('"甲"和"乙"\t2', [['"甲"和"乙"', "2"]]),  # no quoting: it goes on behind the closing quote
        ('5"\t6', [['5"', "6"]]),
        ('"没有收尾\t2\n3\t4', [['"没有收尾', "2"], ["3", "4"]]),
        (" 1 \t\u00a02\u3000", [["1", "2"]]),
        ("1\n\n2\n", [["1"], [""], ["2"]]),
    ],
)
def test_text_that_only_looks_quoted_is_pasted_unchanged(blank: Page, text: str, rows: list[list[str]]) -> None:
    assert blank.evaluate("text => portal.clipboard.parse(text)", text) == rows
