"""Tests of a new SECRET_KEY with the old one as fallback: no session ends, no open page is refused."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from pytest_django import Settings

from hunan_trade.accounts.tests import factories

pytestmark = pytest.mark.django_db


def token_in(page: bytes) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.decode())
    assert found
    return found[1]


def signed_in() -> Client:
    client = Client(enforce_csrf_checks=True)
    token = token_in(client.get("/login/").content)
    sent = {"username": factories.officer().username, "password": factories.PASSWORD, "csrfmiddlewaretoken": token}
    assert client.post("/login/", sent).status_code == 302
    return client


def test_a_page_that_was_open_while_the_key_was_changed_can_still_be_sent(settings: Settings) -> None:
    client = signed_in()
    token = token_in(client.get("/sessions/").content)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 50, [settings.SECRET_KEY]
    assert client.get("/sessions/").status_code == 200
    assert client.post("/logout/", {}).status_code == 403
    assert client.post("/logout/", {"csrfmiddlewaretoken": token}).status_code == 302
    assert client.get("/sessions/").status_code == 302


def test_once_the_old_key_is_dropped_its_sessions_end(settings: Settings) -> None:
    client = signed_in()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 50, []
    assert client.get("/sessions/").status_code == 302
