"""Tests in Chromium how a work plan is uploaded, corrected, published and amended."""

from __future__ import annotations

from playwright.sync_api import Dialog, Page, expect

from hunan_trade.testing.chromium import wait_until_true
from hunan_trade.tests.test_pages_in_chromium import FITS_SCREEN, PortalBrowser, click_link, portal_browser
from targets.tests.test_plan_drafts import PLAN

__all__ = ["portal_browser"]
NEXT_YEAR = PLAN.replace("（市发改委牵头）", "（市发改委牵头）建设标准厂房20万平方米。")


def open_source_piece(page: Page, words: str) -> None:
    """Click the part of the draft's text that contains these words, which opens its form."""
    page.locator(".piece", has_text=words).locator(".where").click()
    expect(page.locator(".piece.current")).to_contain_text(words)


def press_button(page: Page, button: str) -> None:
    """Press a button of the form and wait until the response has replaced the form."""
    page.evaluate("document.getElementById('draft').dataset.before = ''")
    page.locator(".focus").get_by_role("button", name=button, exact=True).click()
    expect(page.locator("#draft[data-before]")).to_have_count(0)


def answer_next_dialog(page: Page, accept: bool, kinds: list[str]) -> None:
    """Accept or dismiss the browser's next dialog and append its kind to `kinds`."""

    def answer(dialog: Dialog) -> None:
        kinds.append(dialog.type)
        if accept:
            dialog.accept()
        else:
            dialog.dismiss()

    page.once("dialog", answer)


def test_unsaved_edits_of_a_draft_are_not_lost_without_a_question(portal_browser: PortalBrowser) -> None:
    officer, colleague = portal_browser.sign_in("officer1"), portal_browser.sign_in("officer2")
    officer.goto("/plan/drafts/new/")
    officer.set_input_files("[name=file]", {"name": "要点.txt", "mimeType": "text/plain", "buffer": PLAN.encode()})
    click_link(officer, "button:has-text('读入文件')")
    dialog_kinds: list[str] = []

    # Another piece is clicked, then a link away from the page: both ask, and who stays has what was typed.
    open_source_piece(officer, "推进重大项目")
    officer.fill(".focus [name=title]", "写了一半")
    answer_next_dialog(officer, False, dialog_kinds)
    officer.locator(".piece", has_text="加强督促检查").locator(".where").click()
    answer_next_dialog(officer, False, dialog_kinds)
    officer.click(".crumbs >> text=读入文件", no_wait_after=True)
    expect(officer.locator(".focus [name=title]")).to_have_value("写了一半")
    assert dialog_kinds == ["confirm", "beforeunload"]
    answer_next_dialog(officer, True, dialog_kinds)
    open_source_piece(officer, "加强督促检查")
    assert dialog_kinds[2:] == ["confirm"]

    # Nothing typed, nothing asked; and the form's own button asks nothing.
    open_source_piece(officer, "推进重大项目")
    officer.fill(".focus [name=title]", "甲写的")
    colleague.goto(officer.url)
    colleague.fill(".focus [name=title]", "乙写的")
    press_button(colleague, "保存本条")
    assert len(dialog_kinds) == 3

    # The colleague was faster: both are shown, nothing typed is lost, and what is sent once more is a decision.
    portal_browser.expected_errors.append("409")
    with officer.expect_response(lambda answer: answer.status == 409):
        officer.click("button:has-text('保存本条')")
    expect(officer.locator(".focus .conflict")).to_contain_text("乙写的")
    expect(officer.locator(".focus .conflict")).to_be_in_viewport()
    expect(officer.locator(".focus [name=title]")).to_have_value("甲写的")
    for width, height in ((390, 844), (1366, 768)):
        officer.set_viewport_size({"width": width, "height": height})
        assert wait_until_true(officer, FITS_SCREEN)
    answer_next_dialog(officer, False, dialog_kinds)
    officer.locator(".piece", has_text="加强督促检查").locator(".where").click()
    assert dialog_kinds[3:] == ["confirm"], "it came back unsaved"
    press_button(officer, "保存本条")
    expect(officer.locator(".conflict")).to_have_count(0)
    expect(officer.locator(".focus [name=title]")).to_have_value("甲写的")

    # A task's progress, in two tabs of two people.
    for page in (officer, colleague):
        page.goto("/plan/2013/items/24/")
        click_link(page, "text=更新进展")
    colleague.fill("[name=text]", "办法已印发")
    click_link(colleague, "button:has-text('更新进展')")
    officer.fill("[name=text]", "办法已起草")
    click_link(officer, "button:has-text('更新进展')")
    expect(officer.locator(".conflict")).to_contain_text("办法已印发")
    expect(officer.locator("[name=text]")).to_have_value("办法已起草")
    for width, height in ((390, 844), (1366, 768)):
        officer.set_viewport_size({"width": width, "height": height})
        assert wait_until_true(officer, FITS_SCREEN)
    click_link(officer, "button:has-text('更新进展')")
    expect(officer.locator("main")).to_contain_text("办法已起草")


def test_a_plan_is_uploaded_corrected_published_and_amended_by_clicking(portal_browser: PortalBrowser) -> None:
    officer = portal_browser.sign_in("officer1")
    click_link(officer, "nav >> text=工作要点")
    click_link(officer, "main >> text=读入文件")
    officer.set_input_files(
        "[name=file]", {"name": "2014年要点.txt", "mimeType": "text/plain", "buffer": NEXT_YEAR.encode()}
    )
    click_link(officer, "button:has-text('读入文件')")
    expect(officer.locator(".page-head")).to_contain_text("条目 4")

    for width, height in ((390, 844), (1366, 768)):
        officer.set_viewport_size({"width": width, "height": height})
        assert wait_until_true(officer, FITS_SCREEN)

    # What somebody else is to do stands in one piece with the projects: it becomes an item of its own.
    open_source_piece(officer, "推进重大项目")
    officer.fill(".split [name=words]", "建设标准厂房")
    press_button(officer, "断开")
    expect(officer.locator(".page-head")).to_contain_text("条目 5")
    expect(officer.locator(".piece.current")).to_contain_text("建设标准厂房")
    officer.fill(".focus [name=title]", "建设标准厂房")

    # A number was read wrongly; an impossible one is said where it stands, and nothing that was typed is lost.
    portal_browser.expected_errors.append("422")
    officer.fill("[name=q-0-value]", "二十")
    with officer.expect_response(lambda answer: answer.status == 422):
        officer.click("button:has-text('保存本条')")
    expect(officer.locator(".f-value.bad")).to_be_visible()
    expect(officer.locator(".focus [name=title]")).to_have_value("建设标准厂房")
    officer.fill("[name=q-0-value]", "25")
    press_button(officer, "保存本条")
    expect(officer.locator("[name=q-0-value]")).to_have_value("25")

    officer.click("text=发布为2014年工作要点")
    click_link(officer, "dialog[open] button:has-text('发布工作要点')")
    expect(officer.locator(".note")).to_contain_text("已发布为2014年工作要点第1版")
    click_link(officer, ".note >> text=第1版")
    expect(officer.locator("tr", has_text="建设标准厂房").first).to_contain_text("25 万平方米")

    # Next the year is amended: the split was one too many.
    officer.goto("/plan/drafts/new/")
    officer.set_input_files("[name=file]", {"name": "修订.txt", "mimeType": "text/plain", "buffer": NEXT_YEAR.encode()})
    click_link(officer, "button:has-text('读入文件')")
    open_source_piece(officer, "加强督促检查")
    press_button(officer, "并入上一段")
    expect(officer.locator(".page-head")).to_contain_text("条目 3")
    click_link(officer, "text=发布为2014年工作要点")
    expect(officer.locator("#dropped-head")).to_contain_text("将撤下的条目")
    officer.click("a:has-text('发布工作要点')")
    click_link(officer, "dialog[open] button:has-text('发布工作要点')")
    expect(officer.locator(".note")).to_contain_text("第2版")
    click_link(officer, ".note >> text=第2版")
    click_link(officer, ".page-head >> text=第1版")
    expect(officer.locator("h1")).to_have_text("2014年工作要点第1版")

    # A city reads what is published, and is offered nothing to change.
    reporter = portal_browser.sign_in("chenzhou-reporter", width=390, height=844)
    reporter.goto("/plan/2014/versions/2/")
    expect(reporter.locator("h1")).to_have_text("2014年工作要点第2版")
    reporter.goto("/plan/")
    expect(reporter.locator("main")).not_to_contain_text("读入文件")
