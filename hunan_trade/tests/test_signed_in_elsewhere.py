"""Tests in a real Chromium a page that stays open while somebody signs in in another tab.

A sign-in renews the token of every form. Whoever opened the page goes on as if nothing had happened; whoever is signed in
by now does not save what another typed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from enterprises.tests import factories
from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.intake.models import MonthlyReturn, Row
from hunan_trade.intake.tests.return_helpers import return_url, signed_in_client
from hunan_trade.periods import Month
from hunan_trade.testing.chromium import BrowserWindow, launch_chromium
from targets.models import PlanDraft
from targets.tests import test_drafts as drafts

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with launch_chromium() as found:
        yield found


@pytest.fixture(autouse=True)
def february() -> Iterator[None]:
    with clock.frozen_at(clock.at(date(2013, 2, 4), 10)):
        yield


@pytest.fixture
def reporter() -> User:
    return cast.reporter(name="甄试二")


@pytest.fixture
def january(reporter: User) -> MonthlyReturn:
    factories.enterprise(reporter, name="清风电子")
    return factories.opened("430100", Month(2013, 1))


@pytest.fixture
def windows(chromium: Browser) -> Iterator[Any]:
    """Return a function that opens the browser window of a signed-in user, with CSRF checks on."""
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


def sign_in(window: BrowserWindow, user: User) -> None:
    """Sign in in another tab."""
    tab = window.open("/login/")
    tab.fill("[name=username]", user.username)
    tab.fill("[name=password]", cast.PASSWORD)
    with tab.expect_navigation():
        tab.click("main button[type=submit]")
    expect(tab.locator(".who summary")).to_contain_text(user.name)
    tab.close()


def end_session(window: BrowserWindow) -> None:
    """By the clock, or by the person from another computer."""
    window.client.session.flush()


def typed(page: Page, text: str) -> None:
    page.locator("#c-F4 input").fill(text)
    page.keyboard.press("Enter")


def export() -> str:
    return str(Row.objects.get().texts["export"]) if Row.objects.exists() else ""


def test_the_grid_goes_on_saving(windows: Any, reporter: User, january: MonthlyReturn) -> None:
    window = windows(reporter)
    window.expected_errors.append("403")
    page = window.open(return_url(january))
    sign_in(window, reporter)
    typed(page, "5")
    expect(page.locator("#save-state")).to_contain_text("已保存")
    assert export() == "5"


def test_the_grid_says_who_is_signed_in_now_and_keeps_what_was_typed(
    windows: Any, reporter: User, january: MonthlyReturn
) -> None:
    window, other = windows(reporter), cast.reporter(name="甄试一")
    window.expected_errors.append("403")
    page = window.open(return_url(january))
    sign_in(window, other)
    typed(page, "5")
    state = page.locator("#save-state")
    expect(state).to_contain_text("甄试一")
    expect(state).to_contain_text("没有保存")
    assert page.locator("#c-F4 input").input_value() == "5" and export() == ""
    sign_in(window, reporter)
    state.get_by_text("重试").click()
    expect(state).to_contain_text("已保存")
    assert export() == "5"


def test_a_password_that_is_asked_for_twice_is_taken(windows: Any, reporter: User, january: MonthlyReturn) -> None:
    window = windows(reporter)
    window.expected_errors += ["403", "401"]
    page = window.open(return_url(january))
    sign_in(window, reporter)
    end_session(window)
    typed(page, "5")
    page.fill("#reauth-password", cast.PASSWORD)
    page.click("#reauth button[type=submit]")
    expect(page.locator("#save-state")).to_contain_text("已保存")
    assert export() == "5"


def test_a_plain_form_is_sent_as_it_was_filled_in(windows: Any, reporter: User, january: MonthlyReturn) -> None:
    window = windows(reporter)
    page = window.open(return_url(january))
    page.click("[data-dialog=nil]")
    page.fill("#nil-reason", "全月停产")
    sign_in(window, reporter)
    with page.expect_navigation():
        page.click("#nil button[type=submit]")
    expect(page.locator("main")).to_contain_text("全月停产")
    assert MonthlyReturn.objects.get(pk=january.pk).nil_reason == "全月停产"


def test_a_plain_form_is_not_sent_by_somebody_else(windows: Any, reporter: User, january: MonthlyReturn) -> None:
    window, other = windows(reporter), cast.reporter(name="甄试一")
    page = window.open(return_url(january))
    page.click("[data-dialog=nil]")
    page.fill("#nil-reason", "全月停产")
    sign_in(window, other)
    page.click("#nil button[type=submit]")
    expect(page.locator("#nil .note")).to_contain_text("甄试一")
    expect(page.locator("#nil .note")).to_contain_text("没有保存")
    assert (
        page.locator("#nil-reason").input_value() == "全月停产"
        and MonthlyReturn.objects.get(pk=january.pk).nil_reason == ""
    )


def test_the_draft_of_a_plan_goes_on_and_its_buttons_say_which_was_pressed(windows: Any) -> None:
    officer = cast.officer()
    draft = drafts.draft_of(by=officer)
    window = windows(officer)
    page = window.open(f"/plan/drafts/{draft.pk}/?node={drafts.LAST + 1}")
    before = PlanDraft.objects.get().nodes
    sign_in(window, officer)
    with page.expect_response(lambda answer: answer.request.method == "POST") as answered:
        page.locator(".focus").get_by_role("button", name="下移一级").click()
    assert answered.value.status == 200
    assert PlanDraft.objects.get().nodes != before


def test_the_draft_of_a_plan_is_not_changed_by_somebody_else(windows: Any) -> None:
    officer, other = cast.officer(), cast.officer(name="甄试一")
    draft = drafts.draft_of(by=officer)
    window = windows(officer)
    page = window.open(f"/plan/drafts/{draft.pk}/?node={drafts.LAST + 1}")
    sign_in(window, other)
    page.fill(".focus [name=title]", "新标题")
    page.click("button:has-text('保存本条')")
    expect(page.locator("#page-notes")).to_contain_text("甄试一")
    assert page.locator(".focus [name=title]").input_value() == "新标题"
    assert PlanDraft.objects.get().version == draft.version


def test_a_login_page_that_stood_open_still_signs_in(windows: Any, reporter: User) -> None:
    window = windows(None)
    page = window.open("/login/")
    sign_in(window, cast.reporter(name="甄试一"))
    page.fill("[name=username]", reporter.username)
    page.fill("[name=password]", cast.PASSWORD)
    page.click("main button[type=submit]")
    expect(page.locator(".who summary")).to_contain_text("甄试二")
