"""Tests that sessions and open pages stay valid after SECRET_KEY is replaced.

The old key is then a fallback.
"""

from __future__ import annotations

import re

import pytest
from django.test import Client
from pytest_django import Settings

from hunan_trade.accounts.tests import factories

pytestmark = pytest.mark.django_db


def csrf_token_in(page: bytes) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.decode())
    assert found
    return found[1]


def signed_in_client() -> Client:
    client = Client(enforce_csrf_checks=True)
    token = csrf_token_in(client.get("/login/").content)
    sent = {"username": factories.officer().username, "password": factories.PASSWORD, "csrfmiddlewaretoken": token}
    assert client.post("/login/", sent).status_code == 302
    return client


def test_a_form_opened_before_the_key_change_can_still_be_sent(settings: Settings) -> None:
    client = signed_in_client()
    token = csrf_token_in(client.get("/sessions/").content)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 50, [settings.SECRET_KEY]
    assert client.get("/sessions/").status_code == 200
    assert client.post("/logout/", {}).status_code == 403
    assert client.post("/logout/", {"csrfmiddlewaretoken": token}).status_code == 302
    assert client.get("/sessions/").status_code == 302


def test_sessions_end_once_the_old_key_is_removed(settings: Settings) -> None:
    client = signed_in_client()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 50, []
    assert client.get("/sessions/").status_code == 302
