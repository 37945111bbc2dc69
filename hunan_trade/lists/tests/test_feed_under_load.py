"""Tests that feed clients stay complete while eight writers change a register for 30 seconds.

They end with exactly what they may see.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import closing
from threading import Event, Thread
from time import monotonic, sleep
from typing import Any

import psycopg2
import pytest
from django.db import connection
from django.test import Client, override_settings

from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.lists.tests.sample_workshop_models import Workshop, create_tables
from hunan_trade.testing.plugin import ClonedDatabase
from hunan_trade.testing.transaction_simulation_and_waiting import wait_for_writes_in_other_databases

SECONDS, WRITERS, ROWS = 30, 8, 100_000
CITIES = (cast.CHANGSHA, cast.CHENZHOU)
NEXT_ROW = "SELECT id FROM lists_tests_workshop WHERE id >= %s ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED"


@pytest.fixture
def workshops(cloned_database: ClonedDatabase) -> Iterator[ClonedDatabase]:
    create_tables()
    with override_settings(ROOT_URLCONF="hunan_trade.lists.tests.urls"):
        yield cloned_database


def write_until(ended: Event, database: ClonedDatabase, seed: int) -> None:
    """Create, change, move and delete workshops in transactions of one to five steps, a fifth of them rolled back."""
    dice = random.Random(seed)
    with closing(psycopg2.connect(database.url)) as writer:
        while not ended.is_set():
            for _ in range(dice.randint(1, 5)):
                first = dice.choice((dice.randint(1, 40), dice.randint(1, ROWS)))
                some, city = (first, dice.choice((1, 1, 20))), dice.choice(CITIES)
                statement, values = dice.choice(
                    (
                        ("INSERT INTO lists_tests_workshop (name, region_id) VALUES ('新', %s)", (city,)),
                        (f"UPDATE lists_tests_workshop SET name = name || '改' WHERE id IN ({NEXT_ROW})", some),
                        (f"UPDATE lists_tests_workshop SET region_id = %s WHERE id IN ({NEXT_ROW})", (city, *some)),
                        (f"DELETE FROM lists_tests_workshop WHERE id IN ({NEXT_ROW})", some),
                    )
                )
                with writer.cursor() as cursor:
                    cursor.execute(statement, values)
                sleep(dice.choice((0, 0, 0.02)))
            (writer.rollback if dice.random() < 0.2 else writer.commit)()


class FeedClient:
    """A program that copies a register by its feed."""

    def __init__(self, user: User) -> None:
        self.user, self.client = user, Client(headers=cast.bearer_headers(user))
        self.address = "/api/v1/workshops/changes/?page_size=200"
        self.copy: dict[int, tuple[int, str, str]] = {}

    def poll(self) -> bool:
        """Read one page; return whether there is more."""
        answer = self.client.get(self.address)
        assert answer.status_code == 200, answer.content
        body: dict[str, Any] = answer.json()
        self.copy |= {row["id"]: (row["version"], row["name"], row["region"]) for row in body["results"]}
        for entry in body["gone"]:
            self.copy.pop(entry["id"], None)
        self.address = body["next"]
        return bool(body["more"])

    def poll_until(self, ended: Event) -> None:
        while not ended.is_set():
            if not self.poll():
                sleep(0.05)
        while self.poll():
            pass


def run_thread(target: Callable[..., None], *arguments: Any, failures: list[BaseException]) -> Thread:
    def run() -> None:
        try:
            target(*arguments)
        except BaseException as failure:
            failures.append(failure)
        finally:
            connection.close()

    thread = Thread(target=run)
    thread.start()
    return thread


def join(ended: Event, threads: list[Thread]) -> None:
    ended.set()
    for thread in threads:
        thread.join()


@pytest.mark.slow
def test_a_polling_client_ends_with_exactly_the_table(workshops: ClonedDatabase) -> None:
    """The writers begin before the first read of 100,000 rows does (traps F1, F4)"""
    Workshop.objects.bulk_create(
        (Workshop(name="始", region_id=CITIES[number % 2]) for number in range(ROWS)), batch_size=20_000
    )
    clients = [FeedClient(user) for user in (cast.officer(), cast.reporter(CITIES[0]), cast.reporter(CITIES[1]))]
    failures: list[BaseException] = []
    writers_end, readers_end = Event(), Event()
    began = monotonic()
    writers = [run_thread(write_until, writers_end, workshops, seed, failures=failures) for seed in range(WRITERS)]
    sleep(0.5)
    readers = [run_thread(client.poll_until, readers_end, failures=failures) for client in clients]
    while monotonic() < began + SECONDS and not failures:
        sleep(0.2)
    join(writers_end, writers)
    wait_for_writes_in_other_databases()
    join(readers_end, readers)
    assert not failures
    for client in clients:
        rows = Workshop.objects.visible_to(client.user).values_list("pk", "version", "name", "region_id")
        assert client.copy == {key: tuple(values) for key, *values in rows}
