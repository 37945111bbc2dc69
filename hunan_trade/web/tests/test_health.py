"""Tests of the health check when worker, broker or database does not work."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from typing import Any

import psycopg2
import pytest
from django.db import OperationalError, connection
from django.db.models.functions import Now
from django.test import Client
from pytest_django import Settings

from hunan_trade import clock
from hunan_trade.jobs import actions, broker
from hunan_trade.jobs.models import Job, Ping
from hunan_trade.jobs.tests import factories
from hunan_trade.jobs.tests.worker_settings import TEST_JOBS
from hunan_trade.testing.plugin import database_url

pytestmark = pytest.mark.django_db


def request_health() -> tuple[int, dict[str, Any]]:
    response = Client().get("/healthz")
    return response.status_code, response.json()


@pytest.fixture
def ping() -> None:
    actions.record_ping_answer(sent_at=clock.real_now(), worker="w")


def test_health_is_ok_when_a_worker_has_just_answered(ping: None) -> None:
    status, facts = request_health()
    assert 0 <= facts.pop("ping_age_seconds") <= 60
    assert facts.pop("oldest_write_seconds") >= 0  # of the whole server, where other tests run, too
    assert (status, facts) == (200, {"status": "ok", "database": True, "broker": True})


def test_a_named_worker_that_does_not_answer_is_listed_as_silent(ping: None) -> None:
    response = Client().get("/healthz", {"worker": ["w", "heavy@elsewhere"]})
    assert response.json()["silent"] == ["heavy@elsewhere"]


def test_health_fails_when_no_worker_has_ever_answered() -> None:
    status, facts = request_health()
    facts.pop("oldest_write_seconds")
    assert (status, facts) == (
        503,
        {"status": "failing", "database": True, "broker": True, "ping_age_seconds": None},
    )


def test_health_fails_when_the_last_ping_answer_is_old(ping: None) -> None:
    Ping.objects.update(answered_at=Now() - timedelta(seconds=61))
    status, parts = request_health()
    assert (status, parts["ping_age_seconds"]) == (503, 61)


def test_a_worker_busy_with_a_long_job_counts_as_alive(
    ping: None, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.JOB_KINDS = TEST_JOBS
    monkeypatch.setattr(broker, "announce_job", lambda job_id: True)
    Ping.objects.update(answered_at=Now() - timedelta(minutes=4))
    lease = factories.claim(factories.job(), "w")
    assert request_health()[0] == 200
    Job.objects.filter(pk=lease.job_id).update(lease_until=Now() - timedelta(seconds=1))
    assert request_health()[0] == 503


def test_a_long_transaction_that_writes_is_told(ping: None) -> None:
    """Changes feeds wait for it; the portal is well nevertheless (traps F3)"""
    with closing(psycopg2.connect(database_url("DATABASE_URL", connection.settings_dict["NAME"]))) as other:
        other.cursor().execute("SELECT pg_current_xact_id(), pg_sleep(1.1)")
        status, facts = request_health()
    assert status == 200 and facts["oldest_write_seconds"] >= 1


def test_health_fails_when_the_broker_is_unreachable(ping: None, settings: Settings) -> None:
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    status, parts = request_health()
    assert (status, parts["broker"], parts["database"]) == (503, False, True)


def test_health_fails_when_the_database_is_unreachable(ping: None) -> None:
    def refuse_query(*_: Any) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    with connection.execute_wrapper(refuse_query):
        assert request_health() == (
            503,
            {
                "status": "failing",
                "database": False,
                "broker": True,
                "ping_age_seconds": None,
                "oldest_write_seconds": None,
            },
        )


def test_the_health_check_answers_over_http_even_where_https_is_required(settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert Client().get("/login/").status_code == 301
    request_health()  # JSON, not a redirect that the supervisor would take for silence
