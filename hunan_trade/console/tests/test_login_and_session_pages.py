"""Tests of the pages of login, logout, sessions and passwords, and of the login dialog."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.test import Client
from pytest_django import Settings

from hunan_trade import clock
from hunan_trade.accounts import actions
from hunan_trade.accounts.models import LoginFailures, SessionRecord, User
from hunan_trade.accounts.roles import Role
from hunan_trade.accounts.tests import factories
from hunan_trade.accounts.tests.factories import PASSWORD
from hunan_trade.audit.models import Event

pytestmark = pytest.mark.django_db
OWN = "/sessions/"


def sign_in(user: User, client: Client | None = None, **more: str) -> Client:
    client = client or Client()
    answer = client.post("/login/", {"username": user.username, "password": PASSWORD, **more})
    assert answer.status_code == 302
    return client


def is_signed_in(client: Client, **headers: str) -> bool:
    return client.get(OWN, headers=headers or None).status_code == 200


@pytest.fixture
def travel() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(clock.real_now(), tick=False) as traveller:
        yield traveller


# --- Signing in -----------------------------------------------------------------------------------------------------
def test_a_user_logs_in_and_out() -> None:
    officer = factories.officer()
    client = sign_in(officer)
    assert is_signed_in(client)
    client.post("/logout/")
    assert not is_signed_in(client)
    assert list(Event.objects.order_by("seq").values_list("verb", flat=True)) == ["session.opened", "session.closed"]


def test_a_wrong_login_shows_the_tries_left_but_not_which_part_was_wrong() -> None:
    factories.officer(username="zhang")
    for name in ("zhang", "nobody"):
        answer = Client().post("/login/", {"username": name, "password": "wrong"})
        assert answer.status_code == 403 and "用户名或密码不对。还可试 4 次" in answer.content.decode()
        assert "wrong" not in answer.content.decode()


def test_login_replaces_a_session_key_planted_in_the_browser() -> None:
    client = Client()
    planted = client.session
    planted["x"] = 1
    planted.save()
    assert planted.session_key
    client.cookies["sessionid"] = planted.session_key
    sign_in(factories.officer(), client)
    assert client.cookies["sessionid"].value != planted.session_key
    assert not Session.objects.filter(pk=planted.session_key).exists()


def test_signing_in_over_a_session_ends_the_earlier_one() -> None:
    client = sign_in(factories.officer())
    stale = client.cookies["sessionid"].value
    sign_in(factories.officer(), client)
    other = Client()
    other.cookies["sessionid"] = stale
    assert not is_signed_in(other)


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "///evil.example",
        "////evil.example/x",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "\t//evil.example",
        " //evil.example",
        "/\n/evil.example",
        "http://evil.example",
        "https://evil.example/roles/",
        "https:evil.example",
        "http:///evil.example",
        "HTTP://EVIL.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "evil.example",
        "roles/",
        "@evil.example",
        "http://localhost@evil.example",
        "http://testserver/roles/",
        "http://[::1",
        "ftp://evil.example",
        "%2f%2fevil.example",
    ],
)
def test_login_never_redirects_outside_the_portal(target: str) -> None:
    answer = Client().post("/login/", {"username": factories.officer().username, "password": PASSWORD, "next": target})
    assert (answer.status_code, answer["Location"]) == (302, "/")


def test_login_redirects_back_to_the_requested_page() -> None:
    client = Client()
    asked = client.get("/roles/?x=1")
    assert asked["Location"] == "/login/?next=%2Froles%2F%3Fx%3D1"
    page = client.get(asked["Location"]).content.decode()
    assert 'name="next" value="/roles/?x=1"' in page
    answer = client.post(
        "/login/", {"username": factories.officer().username, "password": PASSWORD, "next": "/roles/?x=1"}
    )
    assert answer["Location"] == "/roles/?x=1"


def test_login_and_account_forms_without_a_csrf_token_are_refused() -> None:
    client = Client(enforce_csrf_checks=True)
    user = factories.officer()
    for address in ("/login/", "/login/again/", "/activate/", "/logout/"):
        assert client.post(address, {"username": user.username, "password": PASSWORD}).status_code == 403
    client.force_login(user)
    for address in ("/password/", "/sessions/end/", "/logout/"):
        assert client.post(address).status_code == 403
    assert is_signed_in(client) and not LoginFailures.objects.exists()


def test_the_login_page_lists_demo_accounts_only_in_demo_mode(settings: Settings) -> None:
    assert "changsha-reporter" in Client().get("/login/").content.decode()
    settings.DEMO = False
    assert "changsha-reporter" not in Client().get("/login/").content.decode()


# --- How long a session stands --------------------------------------------------------------------------------------
def test_a_session_ends_after_half_an_hour_without_use(travel: time_machine.Traveller) -> None:
    client = sign_in(factories.officer())
    for _ in range(3):
        travel.shift(timedelta(minutes=29))
        assert is_signed_in(client)
    travel.shift(timedelta(minutes=30, seconds=1))
    assert not is_signed_in(client)
    assert not Session.objects.exists() and not SessionRecord.objects.exists()


def test_a_session_ends_after_twelve_hours_of_use(travel: time_machine.Traveller) -> None:
    client = sign_in(factories.officer())
    for _ in range(24):
        travel.shift(timedelta(minutes=29, seconds=59))
        assert is_signed_in(client)
    travel.shift(timedelta(minutes=1))
    assert not is_signed_in(client)


@pytest.mark.parametrize(("address", "headers"), [(OWN, {"X-Portal-Poll": "1"}), ("/login/again/", {})])
def test_background_requests_of_a_page_do_not_keep_a_session_alive(
    travel: time_machine.Traveller, address: str, headers: dict[str, str]
) -> None:
    client = sign_in(factories.officer())
    for _ in range(31):
        assert client.get(address, headers=headers).status_code == 200
        travel.shift(timedelta(minutes=1))
    assert client.get(address, headers=headers).status_code in {302, 401}


def test_logout_deletes_the_session_on_the_server() -> None:
    client = sign_in(factories.officer())
    thief = Client()
    thief.cookies["sessionid"] = client.cookies["sessionid"].value
    assert is_signed_in(thief)
    client.post("/logout/")
    assert not is_signed_in(thief)


def test_a_third_login_ends_the_oldest_session(travel: time_machine.Traveller) -> None:
    officer, clients = factories.officer(), []
    for _ in range(3):
        clients.append(sign_in(officer))
        travel.shift(timedelta(seconds=1))
    assert [is_signed_in(client) for client in clients] == [False, True, True]


def test_users_see_and_end_only_their_own_sessions(travel: time_machine.Traveller) -> None:
    officer, other = factories.officer(), factories.officer()
    here, there, foreign = sign_in(officer), sign_in(officer), sign_in(other)
    page = here.get(OWN).content.decode()
    assert page.count("退出这一处") == 1
    for client in (here, there):
        assert client.cookies["sessionid"].value not in page
    own = SessionRecord.objects.get(session_key=there.cookies["sessionid"].value)
    theirs = SessionRecord.objects.get(session_key=foreign.cookies["sessionid"].value)
    assert here.post(f"/sessions/{theirs.pk}/end/").status_code == 404 and is_signed_in(foreign)
    here.post(f"/sessions/{own.pk}/end/")
    assert is_signed_in(here) and not is_signed_in(there)
    here.post("/sessions/end/")
    assert not is_signed_in(here) and is_signed_in(foreign)


@pytest.mark.parametrize("change", ["closed", "role", "password", "reset", "ended"])
def test_a_change_to_the_account_ends_its_sessions_at_the_next_request(change: str) -> None:
    user, admin, security = factories.officer(), factories.administrator(), factories.security_officer()
    client = sign_in(user)
    changes: dict[str, Callable[[], object]] = {
        "closed": lambda: actions.close_account(user=user, by=admin, reason="调离"),
        "role": lambda: actions.give_role(user=user, role=Role.PROVINCE_LEAD, by=security),
        "password": lambda: actions.change_password(user=user, password="Lushan-4711-x", by=user),
        "reset": lambda: actions.replace_password_with_code(user=user, by=admin),
        "ended": lambda: actions.end_all_sessions(user=user, by=security),
    }
    changes[change]()
    assert not is_signed_in(client)


# --- The password ---------------------------------------------------------------------------------------------------
def test_changing_the_password_keeps_this_browser_and_ends_the_others() -> None:
    officer = factories.officer()
    here, there = sign_in(officer), sign_in(officer)
    key = here.cookies["sessionid"].value
    sent = {"old": PASSWORD, "password": "Lushan-4711-x", "again": "Lushan-4711-x"}
    assert here.post("/password/", sent)["Location"] == "/"
    assert is_signed_in(here) and not is_signed_in(there) and here.cookies["sessionid"].value != key


def test_a_wrong_old_password_counts_as_a_failed_login() -> None:
    officer = factories.officer()
    client = sign_in(officer)
    sent = {"old": "wrong", "password": "Lushan-4711-x", "again": "Lushan-4711-x"}
    for _ in range(5):
        page = client.post("/password/", sent).content.decode()
    assert "已停止登录" in page
    assert "已停止登录" in client.post("/password/", {**sent, "old": PASSWORD}).content.decode()
    assert Client().post("/login/", {"username": officer.username, "password": PASSWORD}).status_code == 403


def test_the_password_page_lists_every_fault_of_a_new_password() -> None:
    client = sign_in(factories.officer())
    page = client.post("/password/", {"old": PASSWORD, "password": "abc", "again": "abd"}).content.decode()
    assert "两次输入的新密码不一样" in page
    page = client.post("/password/", {"old": PASSWORD, "password": "admin", "again": "admin"}).content.decode()
    assert "至少 10 位" in page and "三种" in page and "太常见" in page


@pytest.mark.parametrize("due", ["age", "reset"])
def test_only_the_password_page_opens_while_a_new_password_is_due(due: str) -> None:
    officer = factories.officer()
    secret = factories.bearer_headers(officer)
    changes: dict[str, Any] = {"must_change_password": True}
    if due == "age":
        changes = {"password_changed_at": clock.real_now() - timedelta(days=91)}
    User.objects.filter(pk=officer.pk).update(**changes)
    client = sign_in(officer)
    assert client.get("/roles/")["Location"] == "/password/"
    assert client.get("/roles/", headers={"HX-Request": "true"}).headers["HX-Redirect"] == "/password/"
    for answer in (client.get("/api/v1/regions/"), Client().get("/api/v1/regions/", headers=secret)):
        assert (answer.status_code, answer.json()["code"]) == (403, "password_due")
    client.post("/password/", {"old": PASSWORD, "password": "Lushan-4711-x", "again": "Lushan-4711-x"})
    assert client.get("/roles/").status_code == 200


def test_both_code_halves_set_a_password_and_log_the_user_in() -> None:
    user, first = actions.open_account(username="liumin", name="甄试一", by=factories.administrator())
    client = Client()
    sent = {"first": first, "second": factories.release_second_half(user), "password": PASSWORD, "again": PASSWORD}
    answer = client.post("/activate/", sent)
    assert answer.status_code == 302 and is_signed_in(client)


# --- Over an open page ----------------------------------------------------------------------------------------------
def test_script_requests_without_a_session_get_a_401_asking_for_login() -> None:
    for headers in ({"HX-Request": "true"}, {"X-Requested-With": "XMLHttpRequest"}, {"Accept": "application/json"}):
        answer = Client().get("/roles/", headers=headers)
        assert (answer.status_code, answer["X-Portal-Login"]) == (401, "required")


def test_a_page_opened_before_a_login_can_fetch_the_user_and_a_valid_csrf_token() -> None:
    officer, client = factories.officer(name="贾试三"), Client(enforce_csrf_checks=True)
    nobody = client.get("/login/again/", headers={"Accept": "application/json"})
    assert (nobody.status_code, nobody["X-Portal-Login"]) == (401, "required")
    sent = {"username": officer.username, "password": PASSWORD}
    assert client.post("/login/", sent, headers={"X-CSRFToken": nobody["X-CSRFToken"]}).status_code == 302
    refused = client.post("/logout/", headers={"X-CSRFToken": nobody["X-CSRFToken"]})
    assert (refused.status_code, refused["X-Portal-Token"]) == (403, "stale")
    there = client.get("/login/again/")
    assert there.json() == {"username": officer.username, "name": "贾试三"}
    assert client.post("/logout/", headers={"X-CSRFToken": there["X-CSRFToken"]}).status_code == 302


def test_the_login_dialog_starts_a_session_and_returns_a_new_csrf_token() -> None:
    officer = factories.officer()
    client = Client(enforce_csrf_checks=True)
    token = client.get("/login/").cookies["csrftoken"].value
    sent = {"username": officer.username, "csrfmiddlewaretoken": token}
    refused = client.post("/login/again/", {**sent, "password": "wrong"})
    assert refused.status_code == 422 and "还可试 4 次" in refused.json()["reason"]
    for odd in ({"username": "a\x01b", "password": "x"}, {"username": "x" * 400, "password": "x"}, {"password": ""}):
        assert client.post("/login/again/", {**sent, **odd}).status_code == 422
    answer = client.post("/login/again/", {**sent, "password": PASSWORD})
    assert answer.status_code == 200 and client.get("/login/again/").status_code == 200
    assert client.post("/logout/", headers={"X-CSRFToken": token}).status_code == 403
    assert client.post("/logout/", headers={"X-CSRFToken": answer.json()["csrf"]}).status_code == 302
