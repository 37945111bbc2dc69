"""Tests of the lock that follows too many failed logins."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import connection

from hunan_trade import clock
from hunan_trade.accounts import actions, backends, login_failures
from hunan_trade.accounts.backends import LoginRefused, PortalBackend, check_login
from hunan_trade.accounts.models import LoginFailures, User, normalise_username
from hunan_trade.accounts.tests import factories
from hunan_trade.accounts.tests.factories import PASSWORD
from hunan_trade.audit.models import Event
from hunan_trade.testing.plugin import ClonedDatabase


def login_refusal(name: str, password: str = "wrong") -> str:
    with pytest.raises(LoginRefused) as refused:
        check_login(name, password)
    return str(refused.value)


def test_of_fifty_simultaneous_guesses_only_five_are_checked(
    cloned_database: ClonedDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.officer(username="zhang")
    checks: list[str] = []
    guard = threading.Lock()

    def check(user: User | None, password: str) -> bool:
        with guard:
            checks.append(password)
        return False

    monkeypatch.setattr(backends, "_password_matches", check)
    start = threading.Barrier(25)

    def guess(number: int) -> str:
        try:
            start.wait()
            check_login("zhang", f"guess {number}")
        except LoginRefused as refused:
            return str(refused)
        finally:
            connection.close()
        return ""

    with ThreadPoolExecutor(25) as pool:
        answers = list(pool.map(guess, range(50)))
    assert len(checks) == 5 and all(answers)
    assert LoginFailures.objects.get().count == 5
    assert Event.objects.filter(verb="account.locked").count() == 1


@pytest.fixture
def travel() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(clock.real_now(), tick=False) as traveller:
        yield traveller


@pytest.mark.django_db
@pytest.mark.parametrize("variant", ["Zhang", "zhang ", "ｚｈａｎｇ", "zháng", "ZHANG\t"])
def test_spellings_of_a_login_name_share_one_failure_count(variant: str) -> None:
    factories.officer(username="zhang")
    login_refusal("zhang")
    assert "还可试 3 次" in login_refusal(variant)
    assert check_login(variant, PASSWORD).username == "zhang"


@pytest.mark.django_db
def test_the_right_password_does_not_open_a_locked_account_until_half_an_hour_is_over(
    travel: time_machine.Traveller,
) -> None:
    factories.officer(username="zhang")
    for _ in range(5):
        login_refusal("zhang")
    assert "已停止登录" in login_refusal("zhang", PASSWORD)
    travel.shift(timedelta(minutes=29, seconds=59))
    assert "已停止登录" in login_refusal("zhang", PASSWORD)
    travel.shift(timedelta(seconds=1))
    assert check_login("zhang", PASSWORD)
    assert "还可试 4 次" in login_refusal("zhang")


@pytest.mark.django_db
def test_refusals_do_not_reveal_which_login_names_exist(travel: time_machine.Traveller) -> None:
    factories.officer(username="zhang")
    closed = factories.officer(username="closed")
    closed.is_active = False
    closed.save()
    seen = {
        name: [login_refusal(name, PASSWORD if name == "closed" else "wrong") for _ in range(7)]
        for name in ("zhang", "li", "closed")
    }
    assert seen["zhang"] == seen["li"] == seen["closed"]


@pytest.mark.django_db
def test_an_unknown_login_name_is_hashed_like_a_known_one(monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[str] = []
    monkeypatch.setattr(backends, "make_password", hashed.append)
    login_refusal("nobody-at-all")
    assert hashed == ["wrong"]


@pytest.mark.django_db
def test_the_audit_log_does_not_store_a_password_typed_as_login_name() -> None:
    login_refusal("Secret-Pass-99")
    assert "secret" not in str(list(Event.objects.values())).lower()


@pytest.mark.django_db
def test_a_security_officer_unlocks_a_locked_account() -> None:
    zhang = factories.officer(username="zhang")
    for _ in range(5):
        login_refusal("zhang")
    actions.unlock_account(user=zhang, by=factories.security_officer())
    assert check_login("zhang", PASSWORD) == zhang
    assert Event.objects.filter(verb="account.unlocked").count() == 1


@pytest.mark.django_db
def test_an_account_without_a_password_cannot_log_in() -> None:
    fresh, _ = actions.open_account(username="new", name="新人", by=factories.administrator())
    assert "不对" in login_refusal(fresh.username, "") and "不对" in login_refusal(fresh.username, fresh.password)


@pytest.mark.django_db
def test_djangos_authenticate_uses_the_same_check_and_counter() -> None:
    factories.officer(username="zhang")
    assert PortalBackend().authenticate(None, username="zhang", password="wrong") is None
    assert LoginFailures.objects.get(pk="zhang").count == 1
    user = PortalBackend().authenticate(None, username="zhang", password=PASSWORD)
    assert user is not None and PortalBackend().get_user(user.pk) == user


@pytest.mark.django_db
def test_passwords_are_argon2id_of_19_mib() -> None:
    assert factories.officer(password=PASSWORD).password.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.django_db
def test_an_old_hash_is_renewed_at_login() -> None:
    zhang = factories.officer(username="zhang")
    User.objects.filter(pk=zhang.pk).update(password=PBKDF2PasswordHasher().encode(PASSWORD, "salt1234", 1000))
    check_login("zhang", PASSWORD)
    zhang.refresh_from_db()
    assert zhang.password.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert check_login("zhang", PASSWORD)


def test_login_names_are_normalised() -> None:
    assert {normalise_username(name) for name in ("Zhang", "zhang ", "ｚｈａｎｇ", "zháng")} == {"zhang"}
    assert normalise_username("甄试一") == "甄试一" and len(normalise_username("a" * 999)) == 150


@pytest.mark.django_db(transaction=False)
def test_failures_older_than_the_lockout_time_are_not_counted(travel: time_machine.Traveller) -> None:
    for _ in range(4):
        login_failures.count_attempt("zhang")
    travel.shift(timedelta(minutes=31))
    assert login_failures.count_attempt("zhang").left == 4
