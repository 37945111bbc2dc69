"""Tests the feed of a register's changes, with its entries, their order and the deletions.

Traps F.
"""

from __future__ import annotations

import time
from contextlib import closing

import psycopg2
import pytest
from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Concat

from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.lists.declaration import Listing
from hunan_trade.lists.feed.feed_changes import Changes, Position, changes_since, read_transaction_horizon
from hunan_trade.lists.tests import sample_visited_organisations
from hunan_trade.lists.tests.sample_visited_organisations import BODIES, Body, Visit
from hunan_trade.lists.tests.sample_workshop_models import WORKSHOPS, Workshop, create_tables
from hunan_trade.testing.plugin import ClonedDatabase
from hunan_trade.testing.transaction_simulation_and_waiting import wait_for_writes_in_other_databases

OURS, THEIRS = cast.CHANGSHA, cast.CHENZHOU


@pytest.fixture
def workshops(cloned_database: ClonedDatabase) -> ClonedDatabase:
    create_tables()
    return cloned_database


@pytest.fixture
def bodies(cloned_database: ClonedDatabase) -> ClonedDatabase:
    sample_visited_organisations.create_tables()
    return cloned_database


class Client:
    """A client of the feed that keeps a copy: the version of each record by its key."""

    def __init__(self, user: User, size: int = 3, listing: Listing = WORKSHOPS) -> None:
        self.user, self.size, self.listing = user, size, listing
        self.position: Position | None = None
        self.copy: dict[int, int] = {}
        self.gone: list[int] = []

    def poll(self) -> Changes:
        wait_for_writes_in_other_databases()
        page = changes_since(self.listing, self.user, self.position, read_transaction_horizon(self.listing), self.size)
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
        return dict(self.listing.visible_rows(self.user).values_list("pk", "version"))


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


@pytest.mark.parametrize("limit", ["idle_in_transaction_session_timeout", "transaction_timeout"])
def test_a_transaction_that_the_server_ends_holds_the_feed_no_longer(workshops: ClonedDatabase, limit: str) -> None:
    """Nothing is missing after it (traps F3)"""
    client = Client(cast.officer()).catch_up()
    with closing(psycopg2.connect(workshops.url)) as stuck, stuck.cursor() as cursor:
        if limit == "transaction_timeout" and stuck.info.server_version < 170000:
            return  # such a server ends what is idle
        cursor.execute("INSERT INTO lists_tests_workshop (name, region_id) VALUES ('未完', %s)", [OURS])
        waiting = workshop()
        assert not client.poll().records
        cursor.execute(f"SET {limit} = '1s'")  # only now: the poll itself may wait for the tests beside it
        with pytest.raises(psycopg2.OperationalError):  # the session is over
            for _ in range(40):
                time.sleep(2 if limit.startswith("idle") else 0.1)
                cursor.execute("SELECT 1")
    assert client.catch_up().copy == client.truth == {waiting.pk: 1}


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


def test_a_transaction_that_changes_and_deletes_is_read_whole_across_pages(workshops: ClonedDatabase) -> None:
    """(traps F2)"""
    rows = [workshop() for _ in range(12)]
    client = Client(cast.officer(), size=2).catch_up()
    with transaction.atomic():
        for number, one in enumerate(rows):
            if number % 3:
                rename(one)
            else:
                Workshop.objects.filter(pk=one.pk).delete()
    assert client.catch_up().gone == [one.pk for one in rows[::3]] and client.copy == client.truth


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


# --- Sight through other records ------------------------------------------------------------------------------------
def test_records_come_and_go_with_the_records_that_show_them(bodies: ClonedDatabase) -> None:
    """A body's own number stays old all the while (traps F1)"""
    one, two = Body.objects.create(name="甲"), Body.objects.create(name="乙")
    ours, theirs = (Client(cast.reporter(region), listing=BODIES).catch_up() for region in (OURS, THEIRS))
    visit = Visit.objects.create(body=one, region_id=OURS)
    assert ours.catch_up().copy == {one.pk: 1} and not theirs.catch_up().copy
    Visit.objects.filter(pk=visit.pk).update(region=THEIRS)
    assert ours.catch_up().gone == [one.pk] and theirs.catch_up().copy == {one.pk: 1}
    Visit.objects.filter(pk=visit.pk).update(body=two)
    assert theirs.catch_up().gone == [one.pk] and theirs.copy == {two.pk: 1}
    with transaction.atomic():  # a cascade takes the link first
        Visit.objects.filter(pk=visit.pk).delete()
        Body.objects.filter(pk=two.pk).delete()
    assert theirs.catch_up().gone == [one.pk, two.pk] and ours.catch_up().gone == [one.pk]


def test_a_record_stays_as_long_as_one_other_shows_it(bodies: ClonedDatabase) -> None:
    body = Body.objects.create(name="甲")
    first, _ = (Visit.objects.create(body=body, region_id=OURS) for _ in range(2))
    ours = Client(cast.reporter(OURS), listing=BODIES).catch_up()
    first.delete()
    with transaction.atomic():
        Visit.objects.create(body=Body.objects.create(name="乙"), region_id=OURS).delete()
    assert not ours.catch_up().gone and ours.copy == {body.pk: 1}
