"""Background work during the load test, such as drafting bulletins and exporting lists."""

from __future__ import annotations

import json
import random
import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from scripts.load_test.http_client import HttpClient, RequestLog, UserGaveUp
from scripts.load_test.portal_under_test import PortalUnderTest
from scripts.load_test.simulated_users import SharedState

EXPORTED_LISTS = ("observations", "returns", "reports")
PAUSE_SECONDS = 2.0  # seconds between two looks at a job, and two pages of an export


@dataclass
class BackgroundWork:
    """Counts of what the load test's background work produced, such as bulletins and exported rows."""

    bulletins: int = 0
    files: int = 0
    exported: int = 0  # rows
    _over: threading.Event = field(default_factory=threading.Event)


@contextmanager
def background_load(
    portal: PortalUnderTest, officer: Mapping[str, Any], months: list[str], shared: SharedState, *, enabled: bool
) -> Iterator[BackgroundWork]:
    """Context manager that drafts bulletins and exports lists in threads if `enabled`, and yields their counts."""
    work = BackgroundWork()
    threads = []
    for task in (_prepare_and_download_bulletin, _fetch_lists_page_by_page) if enabled else ():
        client = HttpClient(portal.port, "10.43.99.9", random.Random(task.__name__), RequestLog())
        threads.append(threading.Thread(target=_repeat_until_over, args=(task, client, officer, months, work, shared)))
    for thread in threads:
        thread.start()
    try:
        yield work
    finally:
        work._over.set()
        for thread in threads:
            thread.join()


def _repeat_until_over(
    task: Any,
    client: HttpClient,
    officer: Mapping[str, Any],
    months: list[str],
    work: BackgroundWork,
    shared: SharedState,
) -> None:
    try:
        client.login(officer["username"], officer["password"])
        while not work._over.is_set():
            task(client, months, work)
    except UserGaveUp as failed:
        shared.ledger.given_up.append(f"heavy: {failed}")


def _prepare_and_download_bulletin(client: HttpClient, months: list[str], work: BackgroundWork) -> None:
    """Request a bulletin's draft, wait until it is ready, and download it in all file formats."""
    before = set(_report_ids(client))
    client.get("reports", "/reports/")
    fields = {"kind": "monthly-bulletin", "month": months[work.bulletins % len(months)]}
    answer = client.post_form("prepare", "/reports/prepare/", fields)
    if answer.status != 302:
        raise UserGaveUp(f"prepare {answer.status}")
    while not (fresh := set(_report_ids(client)) - before):
        if work._over.wait(PAUSE_SECONDS):
            return
    work.bulletins += 1
    for format_ in ("docx", "pdf", "xlsx", "html"):
        client.get("file", f"/reports/{min(fresh)}/files/{format_}/")
        work.files += 1


def _report_ids(client: HttpClient) -> list[str]:
    return re.findall(r'href="/reports/(\d+)/"', client.get("reports", "/reports/").text)


def _fetch_lists_page_by_page(client: HttpClient, months: list[str], work: BackgroundWork) -> None:
    """Fetch all rows of three lists, such as monthly returns, from the REST API, page after page."""
    for name in EXPORTED_LISTS:
        path = f"/api/v1/{name}/?page_size=200"
        while path and not work._over.is_set():
            page = json.loads(client.get("export", path, "application/json").body)
            work.exported += len(page["results"])
            onward = urlsplit(page["next"] or "")
            path = f"{onward.path}?{onward.query}" if onward.path else ""
            time.sleep(0.1)
