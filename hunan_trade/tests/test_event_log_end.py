"""Tests that cutting off the newest end of the log is detected within a minute."""

from __future__ import annotations

from pathlib import Path

import pytest
from celery.beat import BeatLazyFunc
from celery.signals import worker_shutdown
from django.db import connection
from pytest_django import Settings

from hunan_trade.audit import chain_verification, queries, saved_chain_heads
from hunan_trade.audit.actions import System, record
from hunan_trade.audit.tests.tampering import event_seq_of_link, execute_sql, without_triggers
from hunan_trade.jobs import tasks  # noqa: F401  # registers them
from hunan_trade.jobs.broker import app


@pytest.fixture(autouse=True)
def sealed_at_once(tables_owner: None, db: None, settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    with connection.cursor() as sql:
        sql.execute("SET CONSTRAINTS ALL IMMEDIATE")


def events(count: int) -> None:
    for _ in range(count):
        record("test.done", by=System())


def a_minute_of_beat() -> None:
    """Run everything that beat sends within a minute, except hourly jobs."""
    for entry in app.conf.beat_schedule.values():
        if entry["schedule"] <= 60 and entry["task"] != "jobs.tick":
            arguments = [part() if isinstance(part, BeatLazyFunc) else part for part in entry["args"]]
            app.tasks[entry["task"]](*arguments, **entry["kwargs"])


def cut(first: int) -> None:
    with without_triggers():
        execute_sql("DELETE FROM audit_event WHERE seq >= %s", event_seq_of_link(first))
        execute_sql("DELETE FROM audit_link WHERE number >= %s", first)


def fault() -> str:
    return str(chain_verification.verify().fault or "")


@pytest.mark.parametrize("verified", [0, 5], ids=["never verified", "verified before"])
def test_an_end_cut_a_minute_after_it_was_written_is_missed(verified: int) -> None:
    events(verified)
    if verified:
        chain_verification.record_verification(chain_verification.verify(), by=System())
    events(12)
    a_minute_of_beat()
    last = queries.newest_head().number
    cut(last)
    assert f"库外留存到第 {last} 条，库内只到第 {last - 1} 条" in fault()


def test_an_end_that_was_cut_and_grew_again_is_missed_however_long_it_grows() -> None:
    events(9)
    a_minute_of_beat()
    cut(8)
    for _ in range(3):
        events(5)
        a_minute_of_beat()
        assert "与库外留存的摘要不一致" in fault() and "第 9 条" in fault()


def test_the_last_worker_to_leave_keeps_the_end() -> None:
    events(3)
    worker_shutdown.send(sender=None)
    cut(3)
    assert "库外留存到第 3 条" in fault()


def test_what_is_kept_each_minute_does_not_grow() -> None:
    for _ in range(20):
        events(1)
        a_minute_of_beat()
    assert sum(len(path.read_text().splitlines()) for path in saved_chain_heads.heads_path().parent.iterdir()) == 1
    assert fault() == ""


@pytest.mark.parametrize("torn", ["", "{", '{"number": 1}', "½"])
def test_a_kept_end_that_cannot_be_read_is_told_and_not_written_over(torn: str) -> None:
    events(3)
    a_minute_of_beat()
    kept = next(saved_chain_heads.heads_path().parent.iterdir())
    kept.write_text(torn)
    a_minute_of_beat()
    assert kept.read_text() == torn and "读不懂" in fault()
