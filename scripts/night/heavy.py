"""Heavy work beside the night: the province drafts bulletins one after another and takes everything it has through the API."""

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

from scripts.night.people import Night
from scripts.night.site import Site
from scripts.night.visitor import Failed, Log, Visitor

EXPORTED = ("observations", "returns", "reports")
REST = 2.0  # seconds between two looks at a job, and two pages of an export


@dataclass
class Done:
    """What the heavy work came to."""

    bulletins: int = 0
    files: int = 0
    exported: int = 0  # rows
    _over: threading.Event = field(default_factory=threading.Event)


@contextmanager
def under_way(site: Site, officer: Mapping[str, Any], months: list[str], night: Night, *, on: bool) -> Iterator[Done]:
    """From the first to the last minute, where `on`. Its requests are timed in a log of their own."""
    done = Done()
    threads = []
    for what in (_bulletins, _exports) if on else ():
        visitor = Visitor(site.port, "10.43.99.9", random.Random(what.__name__), Log())
        threads.append(threading.Thread(target=_on, args=(what, visitor, officer, months, done, night)))
    for thread in threads:
        thread.start()
    try:
        yield done
    finally:
        done._over.set()
        for thread in threads:
            thread.join()


def _on(what: Any, visitor: Visitor, officer: Mapping[str, Any], months: list[str], done: Done, night: Night) -> None:
    try:
        visitor.login(officer["username"], officer["password"])
        while not done._over.is_set():
            what(visitor, months, done)
    except Failed as failed:
        night.ledger.given_up.append(f"heavy: {failed}")


def _bulletins(visitor: Visitor, months: list[str], done: Done) -> None:
    """Ask for a bulletin of each month in turn, wait for it, take all its formats."""
    before = set(_reports(visitor))
    visitor.get("reports", "/reports/")
    asked = {"kind": "monthly-bulletin", "month": months[done.bulletins % len(months)]}
    answer = visitor.form("prepare", "/reports/prepare/", asked)
    if answer.status != 302:
        raise Failed(f"prepare {answer.status}")
    while not (fresh := set(_reports(visitor)) - before):
        if done._over.wait(REST):
            return
    done.bulletins += 1
    for format_ in ("docx", "pdf", "xlsx", "html"):
        visitor.get("file", f"/reports/{min(fresh)}/files/{format_}/")
        done.files += 1


def _reports(visitor: Visitor) -> list[str]:
    return re.findall(r'href="/reports/(\d+)/"', visitor.get("reports", "/reports/").text)


def _exports(visitor: Visitor, months: list[str], done: Done) -> None:
    """Every row that the API lists, page after page, as a program of the province would."""
    for name in EXPORTED:
        path = f"/api/v1/{name}/?page_size=200"
        while path and not done._over.is_set():
            page = json.loads(visitor.get("export", path, "application/json").body)
            done.exported += len(page["results"])
            onward = urlsplit(page["next"] or "")
            path = f"{onward.path}?{onward.query}" if onward.path else ""
            time.sleep(0.1)
