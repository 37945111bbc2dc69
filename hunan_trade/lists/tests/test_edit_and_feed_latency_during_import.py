"""Tests that others go on working while a large import is checked and written."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import count
from threading import Event
from time import monotonic, sleep

import pytest
from django.db import connection
from django.test import override_settings

from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.lists.imports import actions
from hunan_trade.lists.models import Act
from hunan_trade.lists.record_change_preparation import RecordChange
from hunan_trade.lists.tests.import_factories import checked_import
from hunan_trade.lists.tests.sample_workshop_models import Workshop, create_tables
from hunan_trade.lists.tests.test_feed_under_load import FeedClient, join, run_thread
from hunan_trade.lists.tests.test_record_writes import VALUES
from hunan_trade.testing.plugin import ClonedDatabase
from hunan_trade.testing.transaction_simulation_and_waiting import other_databases_write
from parks.actions import save_parks
from parks.models import Park
from parks.tables import PARKS

ROWS = 50_000
FEED_AGE, EDIT_WAIT = 10, 2  # seconds, where the machine has nothing else to do


@pytest.fixture
def register(cloned_database: ClonedDatabase) -> Iterator[None]:
    create_tables()
    with connection.cursor() as cursor, override_settings(ROOT_URLCONF="hunan_trade.lists.tests.urls"):
        cursor.execute("SET statement_timeout = '120s'")  # as that of the process that runs jobs
        yield


def edit_until(ended: Event, park: int, by: User, waits: list[float]) -> None:
    """Edit a park again and again, and note how long each edit took."""
    for number in count(1):
        began = monotonic()
        change = RecordChange({"note": f"第 {number} 次"}, park, number)
        (outcome,) = save_parks(changes=[change], by=by, kind=Act.Kind.EDITED)
        assert outcome.result == "changed", outcome
        waits.append(monotonic() - began)
        if ended.wait(0.2):
            return


def create_until(ended: Event, created: dict[int, float]) -> None:
    """Create a workshop again and again, and note when each was there for others to see."""
    while not ended.wait(0.2):
        created[Workshop.objects.create(name="新", region_id=cast.CHANGSHA).pk] = monotonic()


def follow_until(ended: Event, client: FeedClient, created: dict[int, float], ages: list[float]) -> None:
    """Poll the feed of workshops, and note how long the oldest that it does not give yet has been there.

    Time in which another database of the server writes does not count.
    """
    last, excused = monotonic(), 0.0
    while not ended.is_set() or created.keys() - client.copy.keys():
        while client.poll():
            pass
        now = monotonic()
        excused += now - last if other_databases_write() else 0
        last = now
        missing = [since for key, since in created.copy().items() if key not in client.copy]
        ages.append(now - min(missing, default=now) - excused)
        excused = excused if missing else 0
        sleep(0.1)


@pytest.mark.slow
def test_an_import_of_50000_rows_delays_neither_another_feed_nor_an_edit(register: None) -> None:
    """The file is checked and written; other work of the machine raises the limits (traps I8)"""
    busy = max(1, os.getloadavg()[0] / (os.cpu_count() or 1))
    officer, colleague = cast.officer(), cast.officer()
    (park,) = save_parks(changes=[RecordChange(VALUES)], by=officer, kind=Act.Kind.CREATED)
    waits: list[float] = []
    ages: list[float] = []
    created: dict[int, float] = {}
    failures: list[BaseException] = []
    ended = Event()
    tasks: list[tuple[Callable[..., None], tuple[object, ...]]] = [
        (edit_until, (park.pk, colleague, waits)),
        (create_until, (created,)),
        (follow_until, (FeedClient(colleague), created, ages)),
    ]
    threads = [run_thread(task, ended, *arguments, failures=failures) for task, arguments in tasks]
    try:
        rows = [(f"导入{number:05}号园", "湘潭市", "园区", "县级", "待核", "", "") for number in range(ROWS)]
        found = checked_import(officer, *rows)
        actions.write(PARKS, found, by=officer, seen=found.version)
    finally:
        join(ended, threads)
    assert not failures
    assert Park.objects.count() == ROWS + 1
    assert max(ages) < FEED_AGE * busy, max(ages)
    assert max(waits) < EDIT_WAIT * busy, max(waits)
