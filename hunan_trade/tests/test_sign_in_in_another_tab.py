"""Tests in Chromium what happens to an open page when someone signs in in another tab.

A sign-in renews the CSRF token of every form. The user who opened the page goes on as before; another user who signed in
since does not save what the first one typed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from enterprises.tests import return_factories
from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.intake.models import MonthlyReturn, Row
from hunan_trade.intake.tests.return_requests_and_workbooks import return_url, signed_in_client
from hunan_trade.periods import Month
from hunan_trade.testing.chromium import BrowserWindow, launch_chromium
from targets.models import PlanDraft
from targets.tests import test_plan_drafts as drafts

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with launch_chromium() as found:
        yield found


@pytest.fixture(autouse=True)
def fixed_clock() -> Iterator[None]:
    with clock.frozen_at(clock.at(date(2013, 2, 4), 10)):
        yield


@pytest.fixture
def reporter() -> User:
    return cast.reporter(name="甄试二")


@pytest.fixture
def january(reporter: User) -> MonthlyReturn:
    return_factories.enterprise(reporter, name="清风电子")
    return return_factories.opened("430100", Month(2013, 1))


@pytest.fixture
def open_window(chromium: Browser) -> Iterator[Any]:
    """Fixture with a function that opens a browser window of a signed-in user."""
    opened: list[BrowserWindow] = []

    def window(user: User | None) -> BrowserWindow:
        client = Client(enforce_csrf_checks=True)
        if user is not None:
            client.cookies = signed_in_client(user).cookies
        opened.append(BrowserWindow(chromium, client))
        return opened[-1]

    yield window
    for found in opened:
        found.browser.close()
        assert not found.console_errors, "\n".join(found.console_errors)


def sign_in_in_other_tab(window: BrowserWindow, user: User) -> None:
    """Sign a user in in another tab of the browser window."""
    tab = window.open("/login/")
    tab.fill("[name=username]", user.username)
    tab.fill("[name=password]", cast.PASSWORD)
    with tab.expect_navigation():
        tab.click("main button[type=submit]")
    expect(tab.locator(".who summary")).to_contain_text(user.name)
    tab.close()


def end_session(window: BrowserWindow) -> None:
    """End the window's session, as a timeout does."""
    window.client.session.flush()


def type_exports(page: Page, text: str) -> None:
    page.locator("#c-F4 input").fill(text)
    page.keyboard.press("Enter")


def stored_exports() -> str:
    return str(Row.objects.get().texts["export"]) if Row.objects.exists() else ""


def test_the_grid_saves_after_the_same_user_signed_in_again(
    open_window: Any, reporter: User, january: MonthlyReturn
) -> None:
    window = open_window(reporter)
    window.expected_errors.append("403")
    page = window.open(return_url(january))
    sign_in_in_other_tab(window, reporter)
    type_exports(page, "5")
    expect(page.locator("#save-state")).to_contain_text("已保存")
    assert stored_exports() == "5"


def test_the_grid_does_not_save_for_another_user_and_keeps_the_typed_text(
    open_window: Any, reporter: User, january: MonthlyReturn
) -> None:
    window, other = open_window(reporter), cast.reporter(name="甄试一")
    window.expected_errors.append("403")
    page = window.open(return_url(january))
    sign_in_in_other_tab(window, other)
    type_exports(page, "5")
    state = page.locator("#save-state")
    expect(state).to_contain_text("甄试一")
    expect(state).to_contain_text("没有保存")
    assert page.locator("#c-F4 input").input_value() == "5" and stored_exports() == ""
    sign_in_in_other_tab(window, reporter)
    state.get_by_text("重试").click()
    expect(state).to_contain_text("已保存")
    assert stored_exports() == "5"


def test_the_grid_accepts_a_password_after_a_new_sign_in_and_an_ended_session(
    open_window: Any, reporter: User, january: MonthlyReturn
) -> None:
    window = open_window(reporter)
    window.expected_errors += ["403", "401"]
    page = window.open(return_url(january))
    sign_in_in_other_tab(window, reporter)
    end_session(window)
    type_exports(page, "5")
    page.fill("#reauth-password", cast.PASSWORD)
    page.click("#reauth button[type=submit]")
    expect(page.locator("#save-state")).to_contain_text("已保存")
    assert stored_exports() == "5"


def test_a_form_is_sent_after_the_same_user_signed_in_again(
    open_window: Any, reporter: User, january: MonthlyReturn
) -> None:
    window = open_window(reporter)
    page = window.open(return_url(january))
    page.click("[data-dialog=nil]")
    page.fill("#nil-reason", "全月停产")
    sign_in_in_other_tab(window, reporter)
    with page.expect_navigation():
        page.click("#nil button[type=submit]")
    expect(page.locator("main")).to_contain_text("全月停产")
    assert MonthlyReturn.objects.get(pk=january.pk).nil_reason == "全月停产"


def test_a_form_is_not_sent_for_another_user(open_window: Any, reporter: User, january: MonthlyReturn) -> None:
    window, other = open_window(reporter), cast.reporter(name="甄试一")
    page = window.open(return_url(january))
    page.click("[data-dialog=nil]")
    page.fill("#nil-reason", "全月停产")
    sign_in_in_other_tab(window, other)
    page.click("#nil button[type=submit]")
    expect(page.locator("#nil .note")).to_contain_text("甄试一")
    expect(page.locator("#nil .note")).to_contain_text("没有保存")
    assert (
        page.locator("#nil-reason").input_value() == "全月停产"
        and MonthlyReturn.objects.get(pk=january.pk).nil_reason == ""
    )


def test_a_plan_draft_is_edited_after_the_same_user_signed_in_again(open_window: Any) -> None:
    officer = cast.officer()
    draft = drafts.draft_of(by=officer)
    window = open_window(officer)
    page = window.open(f"/plan/drafts/{draft.pk}/?node={drafts.LAST + 1}")
    before = PlanDraft.objects.get().nodes
    sign_in_in_other_tab(window, officer)
    with page.expect_response(lambda answer: answer.request.method == "POST") as answered:
        page.locator(".focus").get_by_role("button", name="下移一级").click()
    assert answered.value.status == 200
    assert PlanDraft.objects.get().nodes != before


def test_a_plan_draft_is_not_changed_for_another_user(open_window: Any) -> None:
    officer, other = cast.officer(), cast.officer(name="甄试一")
    draft = drafts.draft_of(by=officer)
    window = open_window(officer)
    page = window.open(f"/plan/drafts/{draft.pk}/?node={drafts.LAST + 1}")
    sign_in_in_other_tab(window, other)
    page.fill(".focus [name=title]", "新标题")
    page.click("button:has-text('保存本条')")
    expect(page.locator("#page-notes")).to_contain_text("甄试一")
    assert page.locator(".focus [name=title]").input_value() == "新标题"
    assert PlanDraft.objects.get().version == draft.version


def test_a_login_page_opened_before_another_sign_in_still_works(open_window: Any, reporter: User) -> None:
    window = open_window(None)
    page = window.open("/login/")
    sign_in_in_other_tab(window, cast.reporter(name="甄试一"))
    page.fill("[name=username]", reporter.username)
    page.fill("[name=password]", cast.PASSWORD)
    page.click("main button[type=submit]")
    expect(page.locator(".who summary")).to_contain_text("甄试二")
