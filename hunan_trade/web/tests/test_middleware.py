"""Tests of security headers, client addresses, denials in the audit log and error responses."""

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
from hunan_trade.web.access_decorators import public
from hunan_trade.web.middleware import client_ip
from hunan_trade.workflow import MoveRefused, Stale

pytestmark = pytest.mark.django_db


@public("a page of these tests")
def failing_view(request: HttpRequest) -> HttpResponse:
    raise {
        "move": MoveRefused("“待审核”时不能签发"),
        "stale": Stale("贾试五 刚刚改过"),
        "bug": KeyError("sql secret /srv"),
    }[request.GET["how"]]


urlpatterns = [path("fails/", failing_view), *portal_urls]
with_test_urls = pytest.mark.urls("hunan_trade.web.tests.test_middleware")


@with_test_urls
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
def test_every_response_carries_the_security_headers(address: str, status: int) -> None:
    answer = Client(raise_request_exception=False).get(address)
    answer.close()
    assert answer.status_code == status
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
    assert answer["X-Content-Type-Options"] == "nosniff" and answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin" and answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "geolocation=()" in answer["Permissions-Policy"] and answer["X-Request-ID"]


def test_pages_are_never_cached_and_the_api_answers_304_when_unchanged() -> None:
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
def test_the_client_ip_is_the_one_seen_by_the_outermost_trusted_proxy(
    settings: Settings, proxies: int, forwarded: str, expected: str | None
) -> None:
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", headers={"X-Forwarded-For": forwarded})
    assert client_ip(request) == expected


def test_a_spoofed_client_ip_is_not_recorded() -> None:
    Client().post("/login/", {"username": "x", "password": "y"}, headers={"X-Forwarded-For": "6.6.6.6"})
    event = Event.objects.get(verb="session.refused")
    assert (event.ip, event.method) == ("127.0.0.1", "POST") and event.request_id


def test_a_denied_access_is_recorded_with_user_and_address() -> None:
    client = Client()
    reporter = factories.reporter()
    client.force_login(reporter)
    answer = client.get("/audit/")
    assert answer.status_code == 403 and "查审计记录" in answer.content.decode()
    event = Event.objects.get(verb="access.denied")
    assert (event.actor_id, event.result) == (reporter.pk, "refused") and "/audit/" in event.reason
    assert client.cookies["sessionid"].value not in str(event.credential) and len(event.credential) == 16


@with_test_urls
def test_a_refused_move_is_a_409_as_page_text_or_json() -> None:
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
def test_an_oversized_or_incomplete_form_body_is_refused_with_a_reason(
    sent: dict[str, Any], status: int, told: str
) -> None:
    answer = Client().post("/login/", **sent)
    assert answer.status_code == status and told in answer.content.decode()


def test_opening_the_address_of_a_button_explains_the_405() -> None:
    page = Client().get("/logout/")
    assert (page.status_code, page["Allow"]) == (405, "POST") and "只供页面上的按钮使用" in page.content.decode()
    part = Client().get("/logout/", headers={"HX-Request": "true"})
    assert part.content.decode() == "这个地址只供页面上的按钮使用。回到所在页面再办。"


@with_test_urls
def test_an_unexpected_error_shows_only_its_request_id() -> None:
    answer = Client(raise_request_exception=False).get("/fails/?how=bug")
    text = answer.content.decode()
    assert answer.status_code == 500 and answer["X-Request-ID"] in text
    assert not any(leak in text for leak in ("KeyError", "secret", "/srv", "Traceback", "Django"))


def test_a_login_fails_when_the_audit_log_cannot_be_written() -> None:
    with connection.cursor() as sql:
        sql.execute("CREATE TEMPORARY TABLE audit_event (LIKE public.audit_event)")  # in front of the real one
        sql.execute("REVOKE INSERT ON audit_event FROM CURRENT_USER")
    client = Client(raise_request_exception=False)
    sent = {"username": factories.officer().username, "password": factories.PASSWORD}
    assert client.post("/login/", sent).status_code == 503
    assert client.get("/sessions/").status_code == 302
