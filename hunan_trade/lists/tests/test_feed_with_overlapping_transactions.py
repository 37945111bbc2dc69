"""Tests feeds of changes against a simple model, with transactions that overlap in every order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing

import psycopg2
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from hunan_trade.accounts.tests import factories as cast
from hunan_trade.lists.declaration import Listing
from hunan_trade.lists.tests import sample_visited_organisations, sample_workshop_models
from hunan_trade.lists.tests.test_feed import OURS, THEIRS, Client
from hunan_trade.testing.plugin import ClonedDatabase

WORKSHOP, BODY, VISIT = "lists_tests_workshop", "lists_tests_body", "lists_tests_visit"
PICKED = "id IN (SELECT id FROM {} ORDER BY id OFFSET %(nth)s LIMIT 1 FOR UPDATE SKIP LOCKED)"  # nobody waits here
A_WORKSHOP, A_BODY, A_VISIT = map(PICKED.format, (WORKSHOP, BODY, VISIT))
# Each returns the keys of the records whose readers may have changed.
WORKSHOP_STEPS = {
    "create": f"INSERT INTO {WORKSHOP} (name, region_id) VALUES ('新', %(region)s) RETURNING id",
    "move": f"UPDATE {WORKSHOP} SET region_id = %(region)s WHERE {A_WORKSHOP} RETURNING id",
    "rename": f"UPDATE {WORKSHOP} SET name = name || '改' WHERE {A_WORKSHOP} RETURNING id",
    "delete": f"DELETE FROM {WORKSHOP} WHERE {A_WORKSHOP} RETURNING id",
}
SEES_WORKSHOP = (
    f"SELECT id, region_id FROM {WORKSHOP} WHERE id = ANY(%(keys)s)"
    f" UNION SELECT id, 'province' FROM {WORKSHOP} WHERE id = ANY(%(keys)s)"
)
BODY_STEPS = {
    "create": f"INSERT INTO {BODY} (name) VALUES ('新') RETURNING id",
    "rename": f"UPDATE {BODY} SET name = name || '改' WHERE {A_BODY} RETURNING id",
    "visit": f"INSERT INTO {VISIT} (body_id, region_id) SELECT id, %(region)s FROM {BODY} WHERE {A_BODY} RETURNING body_id",
    "pass on": f"UPDATE {VISIT} SET region_id = %(region)s WHERE {A_VISIT} RETURNING body_id",
    "redirect": f"UPDATE {VISIT} SET body_id = coalesce((SELECT max(id) FROM {BODY}), body_id) WHERE {A_VISIT}"
    " RETURNING body_id",
    "end": f"DELETE FROM {VISIT} WHERE {A_VISIT} RETURNING body_id",
    "delete": f"WITH gone AS (DELETE FROM {BODY} WHERE {A_BODY} RETURNING id) DELETE FROM {VISIT} WHERE id IN"
    f" (SELECT id FROM {VISIT} WHERE body_id IN (SELECT id FROM gone) FOR UPDATE SKIP LOCKED) RETURNING body_id",
}
SEES_BODY = (
    f"SELECT body_id, region_id FROM {VISIT} WHERE body_id = ANY(%(keys)s)"
    f" UNION SELECT id, 'province' FROM {BODY} WHERE id = ANY(%(keys)s)"
)
Script = Sequence[tuple[int, str, int, str]]  # number of a writer or reader, step, nth record, region


class Writer:
    """A connection that changes records, one transaction at a time; `seen` gets who might see what it committed."""

    def __init__(self, database: ClonedDatabase, sees: str, seen: set[tuple[int, str]]) -> None:
        self.connection = psycopg2.connect(database.url)
        self.sees, self.seen = sees, seen
        self.touched: set[int] = set()

    def take(self, statement: str, nth: int, region: str) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(statement, {"nth": nth, "region": region})
            self.touched |= {key for (key,) in cursor.fetchall()}

    def commit(self) -> None:
        self.connection.commit()
        with self.connection.cursor() as cursor:
            cursor.execute(self.sees, {"keys": list(self.touched)})
            self.seen |= set(cursor.fetchall())
        self.roll_back()

    def roll_back(self) -> None:
        self.connection.rollback()
        self.touched = set()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("listing", "create_tables", "steps", "sees"),
    [
        (sample_workshop_models.WORKSHOPS, sample_workshop_models.create_tables, WORKSHOP_STEPS, SEES_WORKSHOP),
        (sample_visited_organisations.BODIES, sample_visited_organisations.create_tables, BODY_STEPS, SEES_BODY),
    ],
    ids=("own region", "through others"),
)
def test_whoever_polls_ends_with_exactly_what_they_may_see(
    listing: Listing,
    create_tables: Callable[[], None],
    steps: Mapping[str, str],
    sees: str,
    cloned_database: ClonedDatabase,
) -> None:
    """Of records that left or were deleted, only those are told that this reader might have seen (traps F1, F5)"""
    create_tables()
    readers = {"province": cast.officer(), OURS: cast.reporter(OURS), THEIRS: cast.reporter(THEIRS)}
    every_step = [*steps, *steps, "create", "commit", "commit", "commit", "roll back", "poll", "poll", "poll"]
    scripts = st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from(every_step), st.integers(0, 4), st.sampled_from([OURS, THEIRS])),
        max_size=40,
    )

    @given(scripts)
    @hypothesis_settings(max_examples=100)
    def run(script: Script) -> None:
        for link in listing.seen_through:
            link.model._default_manager.all().delete()
        listing.rows().delete()
        seen: set[tuple[int, str]] = set()
        clients = {region: Client(reader, listing=listing) for region, reader in readers.items()}
        with ExitStack() as stack:
            writers = [Writer(cloned_database, sees, seen) for _ in range(3)]
            for writer in writers:
                stack.enter_context(closing(writer.connection))
            for number, step, nth, region in script:
                if step == "poll":
                    list(clients.values())[number].poll()
                elif step in steps:
                    writers[number].take(steps[step], nth, region)
                else:
                    (writers[number].commit if step == "commit" else writers[number].roll_back)()
            for writer in writers:
                writer.commit()
        for region, client in clients.items():
            assert client.catch_up().copy == client.truth
            assert set(client.gone) <= {key for key, might in seen if might == region}

    run()
