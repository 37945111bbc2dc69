"""Tests that the deletion of the newest audit events is detected within a minute."""

from __future__ import annotations

from pathlib import Path

import pytest
from celery.beat import BeatLazyFunc
from celery.signals import worker_shutdown
from django.db import connection
from pytest_django import Settings

import hunan_trade.celery  # noqa: F401  # sets the schedule of beat
from hunan_trade.audit import chain_queries, chain_verification, saved_chain_heads
from hunan_trade.audit.actions import System, record
from hunan_trade.audit.tests.tampering import event_seq_of_link, execute_sql, without_triggers
from hunan_trade.jobs import tasks  # noqa: F401  # registers them
from hunan_trade.jobs.broker import app


@pytest.fixture(autouse=True)
def seal_events_at_once(tables_owner: None, db: None, settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    with connection.cursor() as sql:
        sql.execute("SET CONSTRAINTS ALL IMMEDIATE")


def record_events(count: int) -> None:
    for _ in range(count):
        record("test.done", by=System())


def run_a_minute_of_beat() -> None:
    """Run all tasks that beat sends within a minute, except hourly jobs."""
    for entry in app.conf.beat_schedule.values():
        if entry["schedule"] <= 60 and entry["task"] != "jobs.tick":
            arguments = [part() if isinstance(part, BeatLazyFunc) else part for part in entry["args"]]
            app.tasks[entry["task"]](*arguments, **entry["kwargs"])


def delete_events_from(first: int) -> None:
    with without_triggers():
        execute_sql("DELETE FROM audit_event WHERE seq >= %s", event_seq_of_link(first))
        execute_sql("DELETE FROM audit_link WHERE number >= %s", first)


def verification_fault() -> str:
    return str(chain_verification.verify_chain().fault or "")


@pytest.mark.parametrize("verified", [0, 5], ids=["never verified", "verified before"])
def test_a_truncation_of_the_log_after_a_minute_is_detected(verified: int) -> None:
    record_events(verified)
    if verified:
        chain_verification.record_verification_and_save_head(chain_verification.verify_chain(), by=System())
    record_events(12)
    run_a_minute_of_beat()
    last = chain_queries.newest_head().number
    delete_events_from(last)
    assert f"库外留存到第 {last} 条，库内只到第 {last - 1} 条" in verification_fault()


def test_a_truncation_is_detected_even_if_the_log_grew_again() -> None:
    record_events(9)
    run_a_minute_of_beat()
    delete_events_from(8)
    for _ in range(3):
        record_events(5)
        run_a_minute_of_beat()
        assert "与库外留存的摘要不一致" in verification_fault() and "第 9 条" in verification_fault()


def test_a_worker_that_shuts_down_records_the_newest_head() -> None:
    record_events(3)
    worker_shutdown.send(sender=None)
    delete_events_from(3)
    assert "库外留存到第 3 条" in verification_fault()


def test_the_head_file_does_not_grow_with_every_minute() -> None:
    for _ in range(20):
        record_events(1)
        run_a_minute_of_beat()
    assert sum(len(path.read_text().splitlines()) for path in saved_chain_heads.heads_path().parent.iterdir()) == 1
    assert verification_fault() == ""


@pytest.mark.parametrize("torn", ["", "{", '{"number": 1}', "½"])
def test_an_unreadable_head_file_is_reported_and_not_overwritten(torn: str) -> None:
    record_events(3)
    run_a_minute_of_beat()
    head = next(saved_chain_heads.heads_path().parent.iterdir())
    head.write_text(torn)
    run_a_minute_of_beat()
    assert head.read_text() == torn and "读不懂" in verification_fault()
