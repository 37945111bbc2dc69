"""Tests what messages to the workers contain, and that a broker that is down or silent raises no error."""

from __future__ import annotations

import socket

import pytest
from django.utils.module_loading import import_string
from kombu.exceptions import EncodeError
from pytest_django import Settings

from hunan_trade.accounts.roles import Permission
from hunan_trade.celery import HOURLY, NIGHTLY
from hunan_trade.jobs import broker, tasks
from hunan_trade.jobs.broker import app


def test_a_job_ends_before_the_broker_delivers_its_message_again() -> None:
    limits = app.conf.task_soft_time_limit, app.conf.task_time_limit
    assert limits[0] < limits[1] < app.conf.broker_transport_options["visibility_timeout"]


def test_messages_are_acknowledged_only_after_the_job() -> None:
    assert app.conf.task_acks_late and app.conf.task_reject_on_worker_lost
    assert app.conf.worker_prefetch_multiplier == 1


def test_messages_are_json_and_results_are_not_kept(settings: Settings) -> None:
    assert app.conf.accept_content == ["json"] and app.conf.task_serializer == "json"
    assert app.conf.task_ignore_result and app.conf.result_backend is None
    with broker._connection() as connection, pytest.raises(EncodeError):
        app.send_task("jobs.run", args=[object()], connection=connection, retry=False)


def test_beat_sends_only_existing_tasks() -> None:
    own = {
        tasks.run.name,
        tasks.requeue_overdue_jobs.name,
        tasks.enqueue_periodic_job.name,
        tasks.record_ping_answer.name,
        tasks.save_log_head.name,
    }
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= own
    assert all(entry["options"]["expires"] for entry in app.conf.beat_schedule.values())


def test_jobs_use_another_queue_than_pings_and_sweeps() -> None:
    queues = {name: app.amqp.router.route({}, name)["queue"].name for name in ("jobs.run", "jobs.ping", "jobs.sweep")}
    assert queues == {"jobs.run": "heavy", "jobs.ping": "fast", "jobs.sweep": "fast"}


@pytest.mark.parametrize("mute", [False, True], ids=["refused", "mute"])
def test_an_unreachable_or_silent_broker_raises_no_error(settings: Settings, mute: bool) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        if mute:
            server.listen(8)
        settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{server.getsockname()[1]}/0"
        assert not broker.announce_job(1)
        assert not broker.is_reachable()


def test_job_functions_and_permissions_named_in_the_settings_exist(settings: Settings) -> None:
    for path in (*settings.JOB_KINDS.values(), *settings.HOUSEKEEPING.values()):
        assert callable(import_string(path))
    assert set(settings.JOB_PERMISSIONS) <= set(settings.JOB_KINDS) and {*HOURLY, *NIGHTLY} <= set(settings.JOB_KINDS)
    assert set(settings.JOB_PERMISSIONS.values()) <= set(Permission)
