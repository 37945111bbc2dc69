from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import path
from pytest_django import Settings

from hunan_trade.accounts.tests import factories
from hunan_trade.audit.models import Event
from hunan_trade.urls import handler400, handler403, handler404, handler500  # noqa: F401
from hunan_trade.urls import urlpatterns as portal_urls
from hunan_trade.web.access import public
from hunan_trade.web.middleware import client_ip
from hunan_trade.workflow import MoveRefused, Stale

pytestmark = pytest.mark.django_db


@public("a page of these tests")
def fails(request: HttpRequest) -> HttpResponse:
    raise {
        "move": MoveRefused("“待审核”时不能签发"),
        "stale": Stale("贾试五 刚刚改过"),
        "bug": KeyError("sql secret /srv"),
    }[request.GET["how"]]


urlpatterns = [path("fails/", fails), *portal_urls]
pages = pytest.mark.urls("hunan_trade.web.tests.test_middleware")


@pages
@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/login/", 200),
        ("/roles/", 302),
        ("/nowhere/", 404),
        ("/static/css/tokens.css", 200),
        ("/static/nowhere.css", 404),
        ("/logout/", 405),
        ("/api/v1/regions/", 401),
        ("/fails/?how=move", 409),
        ("/fails/?how=bug", 500),
    ],
)
def test_every_answer_carries_the_same_protection(address: str, status: int) -> None:
    answer = Client(raise_request_exception=False).get(address)
    answer.close()
    assert answer.status_code == status
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
    assert answer["X-Content-Type-Options"] == "nosniff" and answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin" and answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "geolocation=()" in answer["Permissions-Policy"] and answer["X-Request-ID"]


def test_pages_are_not_stored_and_the_api_is_asked_again() -> None:
    client = Client()
    client.force_login(factories.officer())
    assert client.get("/roles/")["Cache-Control"] == "no-store, private"
    answer = client.get("/api/v1/regions/?level=city")
    assert answer["Cache-Control"] == "private, no-cache"
    again = client.get("/api/v1/regions/?level=city", headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_foreign_host_is_refused() -> None:
    answer = Client().get("/login/", headers={"host": "evil.example"})
    assert answer.status_code == 400 and answer["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "6.6.6.6", "10.0.0.1"),
        (1, "6.6.6.6, 172.16.0.9", "172.16.0.9"),
        (2, "6.6.6.6, 172.16.0.9, 10.0.0.7", "172.16.0.9"),
        (2, "172.16.0.9", "10.0.0.1"),
        (1, "nonsense", None),
        (1, "", None),
    ],
)
def test_an_address_is_what_the_last_trusted_proxy_saw(
    settings: Settings, proxies: int, forwarded: str, expected: str | None
) -> None:
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", headers={"X-Forwarded-For": forwarded})
    assert client_ip(request) == expected


def test_a_spoofed_address_is_not_in_the_log() -> None:
    Client().post("/login/", {"username": "x", "password": "y"}, headers={"X-Forwarded-For": "6.6.6.6"})
    event = Event.objects.get(verb="session.refused")
    assert (event.ip, event.method) == ("127.0.0.1", "POST") and event.request_id


def test_a_refusal_is_in_the_log_with_who_and_what() -> None:
    client = Client()
    reporter = factories.reporter()
    client.force_login(reporter)
    answer = client.get("/audit/")
    assert answer.status_code == 403 and "查审计记录" in answer.content.decode()
    event = Event.objects.get(verb="access.denied")
    assert (event.actor_id, event.result) == (reporter.pk, "refused") and "/audit/" in event.reason
    assert client.cookies["sessionid"].value not in str(event.credential) and len(event.credential) == 16


@pages
def test_a_refused_move_is_a_conflict_in_words() -> None:
    client = Client()
    page = client.get("/fails/?how=move")
    assert page.status_code == 409 and "“待审核”时不能签发" in page.content.decode()
    part = client.get("/fails/?how=stale", headers={"HX-Request": "true"})
    assert part.status_code == 409 and part.content.decode() == "贾试五 刚刚改过"
    told = client.get("/fails/?how=stale", headers={"Accept": "application/json"})
    assert told["Content-Type"] == "application/problem+json" and told.json()["detail"] == "贾试五 刚刚改过"


@pytest.mark.parametrize(
    ("sent", "status", "told"),
    [
        ({"data": b"a=" + b"x" * 13_000_000, "content_type": "application/x-www-form-urlencoded"}, 413, "内容过大"),
        ({"data": {"username": ["x"] * 20_001}}, 413, "内容过大"),
        ({"data": b"x", "content_type": "multipart/form-data; boundary="}, 400, "内容不完整"),
    ],
)
def test_a_body_that_no_page_sends_is_refused_in_words(sent: dict[str, Any], status: int, told: str) -> None:
    answer = Client().post("/login/", **sent)
    assert answer.status_code == status and told in answer.content.decode()


def test_the_address_of_a_button_says_so_when_it_is_opened() -> None:
    page = Client().get("/logout/")
    assert (page.status_code, page["Allow"]) == (405, "POST") and "只供页面上的按钮使用" in page.content.decode()
    part = Client().get("/logout/", headers={"HX-Request": "true"})
    assert part.content.decode() == "这个地址只供页面上的按钮使用。回到所在页面再办。"


@pages
def test_an_accident_shows_its_number_and_nothing_else() -> None:
    answer = Client(raise_request_exception=False).get("/fails/?how=bug")
    text = answer.content.decode()
    assert answer.status_code == 500 and answer["X-Request-ID"] in text
    assert not any(leak in text for leak in ("KeyError", "secret", "/srv", "Traceback", "Django"))


def test_a_log_that_cannot_be_written_stops_the_work() -> None:
    with connection.cursor() as sql:
        sql.execute("CREATE TEMPORARY TABLE audit_event (LIKE public.audit_event)")  # in front of the real one
        sql.execute("REVOKE INSERT ON audit_event FROM CURRENT_USER")
    client = Client(raise_request_exception=False)
    sent = {"username": factories.officer().username, "password": factories.PASSWORD}
    assert client.post("/login/", sent).status_code == 503
    assert client.get("/sessions/").status_code == 302
