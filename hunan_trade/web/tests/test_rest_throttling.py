"""Tests of the rate limit of the REST API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from hunan_trade import clock
from hunan_trade.accounts.models import Token, User
from hunan_trade.accounts.tests import factories
from hunan_trade.web import rest_throttling

pytestmark = pytest.mark.django_db
REGIONS = "/api/v1/regions/"


@pytest.fixture
def reporter() -> User:
    return factories.reporter()


def token_client(user: User) -> Client:
    return Client(headers=factories.bearer_headers(user, Token.Scope.READ))


def test_a_token_that_calls_too_often_is_told_when_to_go_on(reporter: User, settings: Any) -> None:
    settings.API_CALLS_A_MINUTE = 2
    client, other, browser = token_client(reporter), token_client(reporter), Client()
    browser.force_login(reporter)
    with time_machine.travel("2013-07-08T08:00:20+08:00", tick=False) as travelled:
        Token.objects.update(expires_at=clock.real_now() + timedelta(days=9))
        assert [client.get(REGIONS).status_code for _ in range(3)] == [200, 200, 429]
        refused = client.get(REGIONS)
        assert refused["Content-Type"] == "application/problem+json" and "Retry-After" in refused.json()["detail"]
        assert [other.get(REGIONS).status_code, browser.get(REGIONS).status_code] == [200, 200]
        travelled.shift(int(refused["Retry-After"]))
        assert client.get(REGIONS).status_code == 200


def test_processes_count_the_calls_of_a_token_together(
    reporter: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None is refused too early, and each process but one lets at most nine more pass."""
    settings.API_CALLS_A_MINUTE = 30
    client, passed = token_client(reporter), 0
    processes: list[dict[str, Any]] = [{}, {}, {}]  # what each of them remembers
    with time_machine.travel("2013-07-08T08:00:20+08:00", tick=False):
        Token.objects.update(expires_at=clock.real_now() + timedelta(days=9))
        for call in range(90):
            monkeypatch.setattr(rest_throttling, "_calls", processes[call % 3])
            passed += client.get(REGIONS).status_code == 200
            assert passed >= min(call + 1, 30)
    assert passed <= 30 + 2 * 9


def test_without_redis_no_call_is_refused(reporter: User, settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    settings.API_CALLS_A_MINUTE, settings.REDIS_URL = 0, "redis://127.0.0.1:1/0"
    assert token_client(reporter).get(REGIONS).status_code == 200
    assert "not counted" in caplog.text


def test_the_refusal_of_too_many_calls_is_described(reporter: User) -> None:
    paths = token_client(reporter).get("/api/v1/schema/?format=json").json()["paths"]
    answers = [operation["responses"].get("429", {}) for each in paths.values() for operation in each.values()]
    assert answers and all("Retry-After" in answer.get("headers", {}) for answer in answers)
