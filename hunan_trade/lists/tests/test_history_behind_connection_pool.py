"""Tests that changes made behind a transaction-pooling proxy are each attributed to whoever made them (traps H6)."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from django.db import connection, connections, transaction

from hunan_trade.accounts.tests import factories as cast
from hunan_trade.lists.models import Act
from hunan_trade.lists.record_change_preparation import RecordChange
from hunan_trade.lists.tests.test_record_writes import VALUES
from hunan_trade.regions import actions_load_reference_tables as regions
from hunan_trade.setup.database_owner import as_owner
from hunan_trade.testing.plugin import ClonedDatabase
from hunan_trade.testing.pooling_proxy import pooling_proxy
from parks.actions import save_parks
from parks.models import Park, ParkHistory


@pytest.fixture
def two_people(cloned_database: ClonedDatabase, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[ThreadPoolExecutor]]:
    """Give two people a thread each, whose connections to the database share one server process."""
    regions.load_regions()
    place = urlsplit(cloned_database.url)
    host = parse_qs(place.query).get("host", [unquote(place.hostname or "")])[0]
    settings = connections.settings["default"]
    port = str(settings["PORT"] or place.port or parse_qs(place.query).get("port", ["5432"])[0])
    connections.close_all()
    with pooling_proxy(host, port) as folder, ThreadPoolExecutor(1) as one, ThreadPoolExecutor(1) as other:
        usual = settings["HOST"]
        settings["HOST"] = str(folder)
        try:
            yield [one, other]
        finally:
            for person in (one, other):
                person.submit(connections.close_all).result(30)
            settings["HOST"] = usual


def server_process() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


@pytest.mark.slow  # with the portal's own server alone: the proxy stands before a Unix socket
def test_two_people_in_turns_are_each_named_right(two_people: list[ThreadPoolExecutor]) -> None:
    """Also a job beside them, somebody in the database itself, and a writing that fails (traps H6)"""
    one, other = two_people
    users = one.submit(lambda: [cast.officer(name="甲"), cast.officer(name="乙")]).result(30)
    create = lambda: save_parks(changes=[RecordChange(VALUES)], by=users[0], kind=Act.Kind.CREATED)[0].pk  # noqa: E731
    key = one.submit(create).result(30) or 0
    assert one.submit(server_process).result(30) == other.submit(server_process).result(30)

    def save(at: int, note: str, kind: Act.Kind = Act.Kind.EDITED) -> None:
        change = RecordChange({"note": note}, key, Park.objects.get(pk=key).version)
        (outcome,) = save_parks(changes=[change], by=users[at], kind=kind)
        assert not outcome.refused

    def fail(at: int) -> None:
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            save(at, "不成")
            raise ZeroDivisionError

    def maintain(note: str) -> None:
        Park.objects.filter(pk=key).update(note=note)

    turns = [
        (one, save, (0, "甲一")),
        (other, save, (1, "乙一")),
        (one, maintain, ("无人一",)),
        (other, fail, (1,)),
        (one, maintain, ("无人二",)),
        (one, save, (0, "甲二")),
        (other, save, (1, "乙导入", Act.Kind.IMPORTED)),
        (one, maintain, ("无人三",)),
        (other, save, (1, "乙二")),
    ]
    for person, turn, arguments in turns:
        person.submit(turn, *arguments).result(30)  # type: ignore[arg-type]
    versions = one.submit(lambda: list(ParkHistory.objects.order_by("version").values_list("note", "act__by_name")))
    named = dict(versions.result(30)[1:])
    assert named == {
        note: {"甲": "甲", "乙": "乙"}.get(note[0])
        for note in ("甲一", "乙一", "无人一", "无人二", "甲二", "乙导入", "无人三", "乙二")
    }


def test_what_a_migration_changes_is_nobodys(cloned_database: ClonedDatabase) -> None:
    """It runs as the owner of the tables, after somebody's act on the same connection (traps H6)"""
    regions.load_regions()
    officer = cast.officer()
    save_parks(changes=[RecordChange(VALUES)], by=officer, kind=Act.Kind.CREATED)
    with as_owner():
        Park.objects.update(note="迁移")
    found = ParkHistory.objects.order_by("version").values_list("note", "act__by_name")
    assert list(found) == [("", officer.name), ("迁移", None)]
