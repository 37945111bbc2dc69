"""Tests the feed of a register's changes against a model, with transactions that overlap in every order (traps F)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import psycopg2
import pytest
from django.db import connection, transaction
from django.db.models import Value
from django.db.models.functions import Concat
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.lists.feed import Changes, Position, changes_since, horizon_of
from hunan_trade.lists.tests.workshops import WORKSHOPS, Workshop, create_tables
from hunan_trade.testing.plugin import ClonedDatabase

OURS, THEIRS = cast.CHANGSHA, cast.CHENZHOU


@pytest.fixture
def workshops(cloned_database: ClonedDatabase) -> Iterator[ClonedDatabase]:
    create_tables()
    yield cloned_database


class Client:
    """A client of the feed that keeps a copy: the version of each record by its key."""

    def __init__(self, user: User, size: int = 3) -> None:
        self.user, self.size = user, size
        self.position: Position | None = None
        self.copy: dict[int, int] = {}
        self.gone: list[int] = []

    def poll(self) -> Changes:
        page = changes_since(WORKSHOPS, self.user, self.position, horizon_of(WORKSHOPS), self.size)
        assert len(page.records) + len(page.gone) <= self.size
        self.copy |= {record.pk: record.version for record in page.records}
        for key in page.gone:
            self.copy.pop(key, None)
        self.gone += page.gone
        self.position = page.next
        return page

    def catch_up(self) -> Client:
        while self.poll().more:
            pass
        return self

    @property
    def truth(self) -> dict[int, int]:
        return dict(Workshop.objects.visible_to(self.user).values_list("pk", "version"))


def workshop(region: str = OURS, name: str = "车间") -> Workshop:
    one: Workshop = Workshop.objects.create(name=name, region_id=region)
    return one


def move(one: Workshop, region: str) -> None:
    Workshop.objects.filter(pk=one.pk).update(region=region)


def rename(one: Workshop) -> None:
    Workshop.objects.filter(pk=one.pk).update(name=Concat("name", Value("改")))


# --- What comes, and when -------------------------------------------------------------------------------------------
def test_an_older_transaction_that_commits_last_is_waited_for(workshops: ClonedDatabase) -> None:
    """What is complete is given meanwhile (traps F3)"""
    client = Client(cast.officer()).catch_up()
    with closing(psycopg2.connect(workshops.url)) as late:
        early = workshop()
        late.cursor().execute("INSERT INTO lists_tests_workshop (name, region_id) VALUES ('迟', %s)", [OURS])
        workshop()
        assert client.catch_up().copy == {early.pk: 1}
        late.commit()
    assert client.catch_up().copy == client.truth and len(client.copy) == 3


def test_one_transaction_of_many_records_arrives_once_and_whole(workshops: ClonedDatabase) -> None:
    """(traps F2)"""
    client = Client(cast.officer(), size=200).catch_up()
    Workshop.objects.bulk_create(Workshop(name="批", region_id=OURS) for _ in range(5000))
    arrived: list[int] = []
    while len(arrived) < 10_000:
        page = client.poll()
        arrived += [record.pk for record in page.records]
        if not page.more:
            break
    assert len(arrived) == len(set(arrived)) == 5000 and client.copy == client.truth
    assert not client.poll().records


def test_what_changes_during_the_first_read_comes_after_it(workshops: ClonedDatabase) -> None:
    """(traps F4)"""
    rows = [workshop() for _ in range(9)]
    client = Client(cast.reporter(OURS))
    assert len(client.poll().records) == 3
    rename(rows[0])
    move(rows[1], THEIRS)
    rows[2].delete()
    move(rows[8], THEIRS)
    added = workshop()
    assert client.catch_up().copy == client.truth and added.pk in client.copy and rows[1].pk not in client.copy


# --- What is gone ---------------------------------------------------------------------------------------------------
def test_a_lost_record_is_told_once_and_nothing_of_what_happens_to_it_later(workshops: ClonedDatabase) -> None:
    """(traps F5)"""
    one = workshop()
    ours, theirs = Client(cast.reporter(OURS)).catch_up(), Client(cast.reporter(THEIRS)).catch_up()
    move(one, THEIRS)
    assert ours.catch_up().gone == [one.pk] and theirs.catch_up().copy == {one.pk: 2}
    rename(one)
    Workshop.objects.filter(pk=one.pk).delete()
    assert ours.catch_up().gone == theirs.catch_up().gone == [one.pk]


def test_nothing_is_told_of_what_a_reader_never_might_see(workshops: ClonedDatabase) -> None:
    """What a transaction made and took back before it ended was nobody's to see (traps F5)"""
    ours, province = Client(cast.reporter(OURS)).catch_up(), Client(cast.officer()).catch_up()
    workshop(THEIRS).delete()
    with transaction.atomic():
        move(one := workshop(OURS), THEIRS)
        workshop(OURS).delete()
    with transaction.atomic():
        move(one, OURS)
        move(one, THEIRS)
    assert not ours.catch_up().gone and not ours.copy
    assert province.catch_up().copy == {one.pk: 4}


def test_what_is_changed_and_lost_in_one_transaction_is_gone(workshops: ClonedDatabase) -> None:
    one, two = workshop(), workshop()
    ours = Client(cast.reporter(OURS)).catch_up()
    with transaction.atomic():
        rename(one)
        move(one, THEIRS)
        rename(one)
        move(two, THEIRS)
        move(two, OURS)
    assert ours.catch_up().gone == [one.pk] and ours.copy == {two.pk: 3}


def test_what_is_lost_and_found_again_between_two_polls_stays(workshops: ClonedDatabase) -> None:
    one, two = workshop(), workshop()
    ours = Client(cast.reporter(OURS)).catch_up()
    for each in (one, two):
        move(each, THEIRS)
        move(each, OURS)
    assert not ours.catch_up().gone and ours.copy == {one.pk: 3, two.pk: 3}


def test_a_deleted_record_that_comes_back_elsewhere_was_not_lost_then(workshops: ClonedDatabase) -> None:
    """Its deletion has the fields of the last version, which nobody sees any more."""
    one = workshop()
    Workshop.objects.filter(pk=one.pk).delete()
    ours = Client(cast.reporter(OURS)).catch_up()
    Workshop.objects.create(pk=one.pk, version=3, name="又", region_id=THEIRS)
    assert not ours.catch_up().gone


# --- Against a model ------------------------------------------------------------------------------------------------
class Writer:
    """A connection that changes workshops, one transaction at a time; `seen` tells who might see what it committed."""

    def __init__(self, database: ClonedDatabase, seen: dict[str, set[int]]) -> None:
        self.connection = psycopg2.connect(database.url)
        self.seen = seen
        self.touched: set[int] = set()

    def execute(self, statement: str, *values: Any) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(statement, values)
            self.touched |= {key for (key,) in cursor.fetchall()}

    def create(self, region: str) -> None:
        self.execute("INSERT INTO lists_tests_workshop (name, region_id) VALUES ('新', %s) RETURNING id", region)

    def change(self, nth: int, assignment: str, *values: Any) -> None:
        found = "SELECT id FROM lists_tests_workshop ORDER BY id OFFSET %s LIMIT 1 FOR UPDATE SKIP LOCKED"
        self.execute(f"UPDATE lists_tests_workshop SET {assignment} WHERE id IN ({found}) RETURNING id", *values, nth)

    def delete(self, nth: int) -> None:
        found = "SELECT id FROM lists_tests_workshop ORDER BY id OFFSET %s LIMIT 1 FOR UPDATE SKIP LOCKED"
        self.execute(f"DELETE FROM lists_tests_workshop WHERE id IN ({found}) RETURNING id", nth)

    def commit(self) -> None:
        self.connection.commit()
        for key, region in Workshop.objects.filter(pk__in=self.touched).values_list("pk", "region_id"):
            self.seen[region].add(key)
        self.touched = set()

    def roll_back(self) -> None:
        self.connection.rollback()
        self.touched = set()


numbers, regions = st.integers(0, 5), st.sampled_from([OURS, THEIRS])
steps = st.one_of(
    st.tuples(st.just("create"), regions),
    st.tuples(st.just("create"), regions),
    st.tuples(st.just("move"), numbers, regions),
    st.tuples(st.just("rename"), numbers),
    st.tuples(st.just("delete"), numbers),
    st.tuples(st.just("commit")),
    st.tuples(st.just("commit")),
    st.tuples(st.just("roll_back")),
    st.tuples(st.just("poll"), st.integers(0, 2)),
)
STEPS: dict[str, Callable[..., None]] = {
    "create": Writer.create,
    "move": lambda writer, nth, region: writer.change(nth, "region_id = %s", region),
    "rename": lambda writer, nth: writer.change(nth, "name = name || '改'"),
    "delete": Writer.delete,
    "commit": Writer.commit,
    "roll_back": Writer.roll_back,
}


@pytest.mark.slow
def test_whoever_polls_ends_with_exactly_what_they_may_see(workshops: ClonedDatabase) -> None:
    """Of records that left or were deleted, only those are told that this reader might have seen (traps F5)."""
    readers = [cast.officer(), cast.reporter(OURS), cast.reporter(THEIRS)]

    @given(st.lists(st.tuples(st.integers(0, 2), steps), max_size=40))
    @hypothesis_settings(deadline=None, max_examples=60)
    def run(script: list[tuple[int, tuple[Any, ...]]]) -> None:
        Workshop.objects.all().delete()
        seen: dict[str, set[int]] = {OURS: set(), THEIRS: set()}
        clients = [Client(reader) for reader in readers]
        with ExitStack() as stack:
            writers = [Writer(workshops, seen) for _ in range(3)]
            for writer in writers:
                stack.enter_context(closing(writer.connection))
            for number, (step, *values) in script:
                if step == "poll":
                    clients[values[0]].poll()
                else:
                    STEPS[step](writers[number], *values)
            for writer in writers:
                writer.commit()
        for client in clients:
            assert client.catch_up().copy == client.truth
        everything = seen[OURS] | seen[THEIRS]
        for client, might_see in zip(clients, (everything, seen[OURS], seen[THEIRS]), strict=True):
            assert set(client.gone) <= might_see

    run()
    connection.close()
