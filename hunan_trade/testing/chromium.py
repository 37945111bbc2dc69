"""Runs a real Chromium in tests; Django's test client answers its requests."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import copy_context
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.db import connections
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Route, expect, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
LAUNCH_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
TIMEOUT_MS = 120_000  # ms; ends what would never come, and says nothing about how soon a busy machine answers
HOST = "http://localhost"  # a secure place to the browser, so that pages may use the clipboard
HEADERS_OF_THE_CLIENT = ("cookie", "host", "content-length", "content-type")

expect.set_options(timeout=TIMEOUT_MS)


@contextmanager
def launch_chromium() -> Iterator[Browser]:
    """Context manager that runs the machine's Chromium headless; skips the test if no Chromium is installed."""
    if CHROMIUM is None:
        pytest.skip("THERE IS NO CHROMIUM ON THIS MACHINE: nothing is known about how the pages behave in a browser")
    connections.close_all()  # those outside the browser's loop: nobody would find them in it
    with pytest.MonkeyPatch.context() as environment, sync_playwright() as playwright:
        # Playwright keeps a loop in this thread, in which nobody awaits.
        environment.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=LAUNCH_ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()
            connections.close_all()  # those of this loop: nobody would find them after it


def wait_until_true(page: Page, expression: str) -> bool:
    """Wait until a JavaScript expression is true on the page; return False after TIMEOUT_MS.

    The test evaluates it again and again, since the page's own policy forbids evaluating text and a busy browser paints
    no frames.
    """
    end = time.monotonic() + TIMEOUT_MS / 1000
    while not page.evaluate(expression):
        if time.monotonic() > end:
            return False
        page.wait_for_timeout(50)
    return True


class BrowserWindow:
    """Chromium window of one user in a test; Django's test client answers its requests in place of a server.

    `console_errors` are the errors and warnings of its pages, except those that contain a word of `expected_errors`;
    `write_requests` are "POST /path/" of all requests that change something. Between `hold_writes` and
    `continue_held_writes` none of those is answered.
    """

    def __init__(self, browser: Browser, client: Client) -> None:
        self.client = client
        self.console_errors: list[str] = []
        self.expected_errors: list[str] = []
        self.write_requests: list[str] = []
        self._held: list[Route] | None = None
        self._context = copy_context()
        self.browser = browser.new_context(base_url=HOST, viewport={"width": 1366, "height": 768}, locale="zh-CN")
        self.browser.set_default_timeout(TIMEOUT_MS)
        self.browser.on("console", self._note_console_message)
        self.browser.on("weberror", lambda error: self.console_errors.append(str(error.error)))
        self.browser.route("**/*", lambda route: self._context.copy().run(self._answer, route))

    def open(self, address: str) -> Page:
        page = self.browser.new_page()
        page.goto(address)
        return page

    def hold_writes(self) -> None:
        self._held = []

    def continue_held_writes(self) -> None:
        held, self._held = self._held or [], None
        for route in held:
            self._answer(route)

    def _answer(self, route: Route) -> None:
        request = route.request
        place = urlsplit(request.url)
        if place.path.startswith("/static/"):
            found = finders.find(place.path.removeprefix("/static/"))
            route.fulfill(path=found) if found else route.fulfill(status=404)
            return
        if request.method != "GET":
            if self._held is not None:
                self._held.append(route)
                return
            self.write_requests.append(f"{request.method} {place.path}")
        route.fulfill(**self._fetch_from_test_client(request, f"{place.path}?{place.query}"))

    def _fetch_from_test_client(self, request: Request, address: str) -> dict[str, Any]:
        """Send a browser request to Django's test client; return the final status, headers and body."""
        headers = {name: text for name, text in request.all_headers().items() if name not in HEADERS_OF_THE_CLIENT}
        answer = self.client.generic(
            request.method,
            address,
            request.post_data_buffer or b"",
            content_type=request.headers.get("content-type", "text/plain"),
            headers=headers,
            SERVER_NAME="localhost",
        )
        while answer.status_code in (301, 302, 303):
            answer = self.client.get(answer["Location"], headers=headers, SERVER_NAME="localhost")
        return {"status": answer.status_code, "headers": dict(answer.items()), "body": answer.getvalue()}

    def _note_console_message(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not any(word in message.text for word in self.expected_errors):
            self.console_errors.append(f"{message.location.get('url')}: {message.text}")
