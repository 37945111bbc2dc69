"""Tests that concurrent transactions write one unbroken hash chain without blocking each other."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event as Flag
from threading import Thread

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now
from pytest_django import Settings

from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit import chain_queries, chain_verification, saved_chain_heads
from hunan_trade.audit.actions import System, record
from hunan_trade.audit.models import Event, Link
from hunan_trade.audit.tests.tampering import event_seq_of_link, execute_sql, without_triggers
from hunan_trade.jobs import actions as jobs
from hunan_trade.jobs.models import Job
from hunan_trade.setup.database_owner import as_owner

pytestmark = pytest.mark.usefixtures("cloned_database")


@pytest.fixture(autouse=True)
def heads_of_this_database(settings: Settings, tmp_path: Path) -> None:
    """Save chain heads in a folder of this test, as the session's may hold heads of another test's log."""
    settings.DATA_DIR = tmp_path


def assert_chain_is_intact(count: int) -> None:
    found = chain_verification.verify_chain()
    assert found.fault is None and found.head.number == count == Event.objects.count()


def test_fifty_writers_some_rolled_back_leave_one_chain_without_gaps() -> None:
    undone = random.Random(8).sample(range(250), 60)

    def write(number: int) -> None:
        for turn in range(5):
            try:
                with transaction.atomic():
                    record("test.done", by=System(f"张{number}"))
                    with transaction.atomic():
                        record("test.done", by=System(f"李{number}"))
                    if number * 5 + turn in undone:
                        raise ZeroDivisionError
            except ZeroDivisionError:
                pass
        connection.close()

    with ThreadPoolExecutor(50) as pool:
        list(pool.map(write, range(50)))
    assert_chain_is_intact(2 * (250 - 60))
    assert Event.objects.latest("seq").seq > Event.objects.count()  # the undone ones did take numbers of the table


def test_a_long_transaction_does_not_block_other_writers() -> None:
    recorded, go_on = Flag(), Flag()

    def accept() -> None:
        with transaction.atomic():
            record("test.done", by=System("慢"))
            recorded.set()
            assert go_on.wait(30)
        connection.close()

    slow = Thread(target=accept)
    slow.start()
    assert recorded.wait(30)
    try:
        with connection.cursor() as sql:
            sql.execute("SET lock_timeout = '3s'")
        for _ in range(12):
            record("test.done", by=System("快"))
        assert_chain_is_intact(12)
    finally:
        go_on.set()
        slow.join()
    assert_chain_is_intact(13)
    assert Link.objects.latest("number").event == Event.objects.earliest("seq")  # sealed in the order of commits


def test_the_chain_lock_is_taken_last_so_that_writers_do_not_deadlock() -> None:
    """Let one session record and then need a row that another locks before it records."""
    person = cast.officer()
    ended: list[str] = []

    def ask() -> None:
        try:
            with transaction.atomic():
                record("test.done", by=System("先记"))
                Job.objects.create(kind="test", key="k", title="任务", requested_by=person, lease_until=Now())
            ended.append("done")
        except Exception as failure:
            ended.append(str(failure))
        connection.close()

    asker = Thread(target=ask)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=person.pk)
        asker.start()
        while not _somebody_waits_for_a_lock():
            assert asker.is_alive(), ended
        record("test.done", by=System("后记"))
    asker.join()
    assert ended == ["done"]
    assert_chain_is_intact(2)


def _somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as sql:
        sql.execute(
            "SELECT pg_sleep(0.02), EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pid IN"
            " (SELECT pid FROM pg_stat_activity WHERE datname = current_database()))"
        )
        return bool(sql.fetchone()[1])


def test_the_hourly_job_verifies_the_chain_and_fails_on_a_broken_one() -> None:
    for _ in range(5):
        record("test.done", by=System())
    hourly = jobs.enqueue_hourly("audit.verify", title="核验审计记录链")
    assert hourly
    jobs.run_job(hourly.pk, worker="w")
    assert Job.objects.get().state == Job.State.DONE and saved_chain_heads.read_hashes()
    with as_owner(), without_triggers():
        execute_sql("UPDATE audit_event SET reason = '改过' WHERE seq = %s", event_seq_of_link(5))
    Job.objects.all().delete()
    jobs.run_job(jobs.enqueue("audit.verify", {}, key="again", by=System(), title="核验审计记录链").pk, worker="w")
    job = Job.objects.get()
    assert job.state == Job.State.FAILED and "第 5 条" in job.error
    verified = chain_queries.last_verification()
    assert verified and verified.whole is False
