"""Tests two people who change the state of the same records at once: one succeeds, the other is told."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections
from django.test import Client, override_settings

from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.models import Event
from hunan_trade.lists.models import Act
from hunan_trade.lists.tests.sample_crane_register import Crane, crane, create_cranes
from hunan_trade.testing.plugin import ClonedDatabase

FORM = {"started_on": "2013-07-05", "load": "full", "reason": "检修完"}


@pytest.fixture
def people(cloned_database: ClonedDatabase) -> Iterator[list[User]]:
    create_cranes()
    crane("CS-0001", "一号机")
    crane("CS-0002", "二号机")
    with override_settings(ROOT_URLCONF="hunan_trade.lists.tests.sample_crane_register"):
        yield [cast.reporter(name="刘敏"), cast.officer(name="陈立")]


def posted_at_once(people: list[User], address: str, forms: list[dict[str, str]]) -> list[tuple[int, str]]:
    """Return the status and the text of what each person is answered who posts in the same moment."""
    clients, start = [Client() for _ in people], Barrier(len(people))
    for client, person in zip(clients, people, strict=True):
        client.force_login(person)

    def post(at: int) -> tuple[int, str]:
        try:
            start.wait(30)
            answer = clients[at].post(address, forms[at])
            return answer.status_code, answer.content.decode()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(people)) as threads:
        return list(threads.map(post, range(len(people))))


def test_of_two_moves_of_one_record_one_wins_and_the_other_is_told(people: list[User]) -> None:
    answers = posted_at_once(people, "/cranes/CS-0001/moves/start/", [FORM | {"version": "1"}] * 2)
    assert sorted(status for status, _ in answers) == [302, 409]
    act = Act.objects.get(kind=Act.Kind.MOVED)
    (told,) = (page for status, page in answers if status == 409)
    assert f"{act.by_name}于" in told and Event.objects.filter(verb="crane.started").count() == 1


def test_of_two_moves_of_the_same_many_each_record_moves_once(people: list[User]) -> None:
    versions = [{"versions": "CS-0001:1 CS-0002:1"}, {"versions": "CS-0002:1 CS-0001:1"}]
    address = "/cranes/bulk/moves/start/?pick=CS-0001&pick=CS-0002"
    answers = posted_at_once(people, address, [FORM | each for each in versions])
    assert sorted(status for status, _ in answers) == [302, 409]
    assert list(Crane.objects.values_list("state", "version")) == [("busy", 2)] * 2
    assert Act.objects.filter(kind=Act.Kind.MOVED).count() == 1
