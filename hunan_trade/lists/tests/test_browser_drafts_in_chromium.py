"""Tests in Chromium that the browser stores unsaved edits and offers them beside newer values (traps W1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Permission
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.intake.tests.return_requests_and_workbooks import signed_in_client
from hunan_trade.lists.editing.record_form import record_form_class
from hunan_trade.lists.tests.test_record_pages import created, edit
from hunan_trade.regions import actions_load_reference_tables as regions
from hunan_trade.testing.chromium import BrowserWindow, launch_chromium, wait_until_true
from parks.models import Park
from parks.tables import PARKS

NOTHING = "localStorage.length === 0"
STORED = "JSON.stringify(Object.entries(localStorage))"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with launch_chromium() as found:
        yield found


@pytest.fixture
def officer(db: None) -> User:
    regions.load_regions()
    return cast.officer()


@pytest.fixture
def window(chromium: Browser, officer: User) -> Iterator[BrowserWindow]:
    found = BrowserWindow(chromium, signed_in_client(officer))
    yield found
    found.browser.close()
    assert not found.console_errors, "\n".join(found.console_errors)


def typed(window: BrowserWindow, park: Park, note: str) -> None:
    """Type a note into the park's edit form, then close the page without saving."""
    page = window.open(f"/parks/{park.pk}/edit/")
    page.fill("[name=note]", note)
    page.close()


def opened(window: BrowserWindow, park: Park) -> Page:
    return window.open(f"/parks/{park.pk}/edit/")


def become(window: BrowserWindow, user: User) -> None:
    """Let somebody else sign in at the same machine."""
    window.client.cookies = signed_in_client(user).cookies


@pytest.mark.slow
def test_a_draft_stands_beside_what_is_newer_and_is_never_put_in_by_itself(window: BrowserWindow) -> None:
    park = created(note="原来的")
    typed(window, park, "草稿的")
    edit(park, note="同事的", source="来函")
    page = opened(window, park)
    expect(page.locator("#draft tbody tr")).to_have_count(1)
    expect(page.locator("#draft tbody tr")).to_contain_text("同事的")
    expect(page.locator("#draft tbody tr .mine")).to_have_text("草稿的")
    expect(page.locator("#draft caption")).to_contain_text("有人改过")
    expect(page.locator("[name=note]")).to_have_value("同事的")
    page.fill("[name=source]", "省政府文件")
    page.click("text=保存修改")
    expect(page.locator("#toasts")).to_contain_text("已保存")
    park.refresh_from_db()
    assert (park.note, park.source) == ("同事的", "省政府文件")


@pytest.mark.slow
def test_a_person_puts_a_draft_in_and_saving_ends_it(window: BrowserWindow) -> None:
    park = created(note="原来的")
    typed(window, park, "草稿的")
    page = opened(window, park)
    expect(page.locator("#draft caption")).not_to_contain_text("有人改过")
    page.click("#draft >> text=填入")
    expect(page.locator("#draft")).to_be_hidden()
    expect(page.locator("[name=note]")).to_have_value("草稿的")
    page.fill("[name=name]", "")
    page.locator("form[data-draft]").evaluate("form => { form.noValidate = true; }")
    page.click("text=保存修改")
    expect(page.locator(".field.bad")).to_have_count(1)
    assert "草稿的" in page.evaluate(STORED), "what was refused is not saved"
    page.fill("[name=name]", park.name)
    page.click("text=保存修改")
    expect(page.locator("#toasts")).to_contain_text("已保存")
    assert Park.objects.get().note == "草稿的" and wait_until_true(page, NOTHING)


@pytest.mark.slow
def test_a_draft_is_of_one_account_and_one_record(window: BrowserWindow, officer: User) -> None:
    park, other = created(note="原来的"), created(name="另一园")
    typed(window, park, "草稿的")
    expect(opened(window, other).locator("#draft")).to_be_hidden()
    become(window, cast.officer())
    page = opened(window, park)
    expect(page.locator("#draft")).to_be_hidden()
    assert wait_until_true(page, NOTHING)
    become(window, officer)
    expect(opened(window, park).locator("#draft")).to_be_hidden()


@pytest.mark.slow
@pytest.mark.parametrize("way", ["退出登录", "放弃", "草稿不要了"])
def test_a_draft_ends_at_logout_and_where_a_person_gives_it_up(window: BrowserWindow, way: str) -> None:
    park = created(note="原来的")
    typed(window, park, "草稿的")
    page = opened(window, park)
    expect(page.locator("#draft")).to_be_visible()
    if way == "退出登录":
        page.click(".who summary")
    page.click(f"text={way}")
    if way != "草稿不要了":
        expect(page.locator("form[data-draft]")).to_have_count(0)
    assert wait_until_true(page, NOTHING)


@pytest.mark.slow
def test_a_private_field_is_not_stored_and_an_old_draft_is_forgotten(window: BrowserWindow) -> None:
    park = created(note="原来的")
    page = opened(window, park)
    page.locator("[name=note]").evaluate("control => { control.dataset.private = ''; }")
    page.fill("[name=note]", "13987654321")
    page.fill("[name=source]", "来函")
    stored: Any = page.evaluate(STORED)
    assert "来函" in stored and "13987654321" not in stored
    page.evaluate(
        "for (const key of Object.keys(localStorage)) { const draft = JSON.parse(localStorage[key]);"
        " draft.at -= 8 * 24 * 3600 * 1000; localStorage[key] = JSON.stringify(draft); }"
    )
    again = window.open("/parks/")
    assert wait_until_true(again, NOTHING)


def test_fields_of_columns_with_a_right_of_their_own_are_private(db: None) -> None:
    columns = tuple(replace(each, see=Permission.READ_AUDIT) if each.key == "note" else each for each in PARKS.columns)
    fields = record_form_class(replace(PARKS, columns=columns), cast.auditor()).base_fields
    assert [name for name, field in fields.items() if "data-private" in field.widget.attrs] == ["note"]


def test_without_script_the_form_offers_nothing(officer: User) -> None:
    client: Client = signed_in_client(officer)
    assert 'id="draft" role="status" hidden' in client.get(f"/parks/{created().pk}/edit/").content.decode()
