"""Tests that password guessing is slowed down and cannot lock out the account's owner."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client

from hunan_trade import clock
from hunan_trade.accounts import actions
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.accounts.tests.factories import PASSWORD
from hunan_trade.audit.models import Event

pytestmark = pytest.mark.django_db
STRANGER, BUREAU = "203.0.113.9", "10.43.0.1"


@pytest.fixture
def travel() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(clock.real_now(), tick=False) as traveller:
        yield traveller


def attempt_login(client: Client, username: str, password: str = "wrong", *, ip: str = BUREAU) -> Any:
    return client.post("/login/", {"username": username, "password": password}, REMOTE_ADDR=ip)


def guess_passwords(*usernames: str, times: int = 5) -> list[int]:
    return [attempt_login(Client(), name, ip=STRANGER).status_code for name in usernames for _ in range(times)]


def test_the_unlock_command_unlocks_accounts_that_strangers_locked() -> None:
    keepers = [cast.administrator(username="admin"), cast.security_officer(username="security")]
    guess_passwords("admin", "security")
    for keeper in keepers:
        assert attempt_login(Client(), keeper.username, PASSWORD).status_code == 403
        call_command("unlock", f" {keeper.username.title()}", stdout=StringIO())
        assert attempt_login(Client(), keeper.username, PASSWORD).status_code == 302
    told = Event.objects.filter(verb="account.unlocked").order_by("seq").values_list("actor_name", "object_id")
    assert list(told) == [("命令行", str(keeper.pk)) for keeper in keepers]
    for wrong in ("admin", "nobody"):
        with pytest.raises(CommandError):
            call_command("unlock", wrong, stdout=StringIO())


def test_a_known_browser_can_log_in_however_long_strangers_guess(travel: time_machine.Traveller) -> None:
    security, own = cast.security_officer(username="security"), Client()
    assert attempt_login(own, "security", PASSWORD).status_code == 302
    for _ in range(8):
        guess_passwords("security")
        assert attempt_login(Client(), "security", PASSWORD).status_code == 403
        own.post("/logout/")
        assert attempt_login(own, "security", PASSWORD).status_code == 302
        assert attempt_login(Client(), "security", PASSWORD).status_code == 403  # strangers do not begin anew by that
        travel.shift(timedelta(minutes=31))
    assert User.objects.get(pk=security.pk).is_active


def test_a_password_code_lets_the_owner_past_the_lock_and_makes_the_browser_known() -> None:
    target, own = cast.officer(username="zhang"), Client()
    guess_passwords("zhang")
    first = actions.replace_password_with_code(user=target, by=cast.administrator())
    sent = {
        "first": first,
        "second": cast.release_second_half(target),
        "password": "Xiangjiang-2013!",
        "again": "Xiangjiang-2013!",
    }
    assert own.post("/activate/", sent).status_code == 302
    guess_passwords("zhang")
    own.post("/logout/")
    assert attempt_login(own, "zhang", "Xiangjiang-2013!").status_code == 302


def test_a_known_browser_is_locked_after_five_failures_too() -> None:
    cast.officer(username="zhang")
    own = Client()
    attempt_login(own, "zhang", PASSWORD)
    own.post("/logout/")
    for _ in range(5):
        attempt_login(own, "zhang")
    assert attempt_login(own, "zhang", PASSWORD).status_code == 403
    assert attempt_login(Client(), "zhang", PASSWORD).status_code == 403


@pytest.mark.parametrize("forged", ["another's", "changed", "old"])
def test_a_known_browser_cookie_is_valid_for_one_account_and_half_a_year(
    forged: str, travel: time_machine.Traveller
) -> None:
    zhang, li = cast.officer(username="zhang"), cast.officer(username="li")
    own = Client()
    attempt_login(own, "zhang", PASSWORD)
    name = next(name for name in own.cookies if name.endswith(f"-{zhang.pk}"))
    mark, thief = own.cookies[name].value, Client()
    if forged == "old":
        travel.shift(timedelta(days=181))
    target = li if forged == "another's" else zhang
    thief.cookies[name.replace(str(zhang.pk), str(target.pk))] = mark[:-1] + "x" if forged == "changed" else mark
    guess_passwords(target.username)
    assert attempt_login(thief, target.username, PASSWORD).status_code == 403


def test_an_address_guessing_at_many_names_is_slowed_before_it_locks_further_accounts(
    travel: time_machine.Traveller,
) -> None:
    people = [cast.officer(username=f"zhang{number}") for number in range(12)]
    answered = guess_passwords(*(user.username for user in people))
    assert answered == [403] * 30 + [429] * 30
    slowed = attempt_login(Client(), people[-1].username, PASSWORD, ip=STRANGER)
    assert (slowed.status_code, slowed["Retry-After"]) == (429, "60") and "60 秒后再试" in slowed.content.decode()
    for user in people[6:]:  # of whom none was locked, nor is anybody elsewhere slowed
        assert attempt_login(Client(), user.username, PASSWORD).status_code == 302


def test_a_slowed_address_may_try_once_a_minute_and_is_never_blocked(travel: time_machine.Traveller) -> None:
    cast.officer(username="zhang")
    guess_passwords(*(f"nobody{number}" for number in range(6)))
    for _ in range(3):
        assert guess_passwords("nobody9", times=2) == [429, 429]
        travel.shift(timedelta(seconds=60))
        assert guess_passwords("nobody9", times=2) == [403, 429]
    travel.shift(timedelta(seconds=60))
    assert attempt_login(Client(), "zhang", PASSWORD, ip=STRANGER).status_code == 302


def test_ten_users_behind_one_address_can_log_in_despite_failures_of_some() -> None:
    people, browsers = [cast.reporter(username=f"li{number}") for number in range(10)], [Client() for _ in range(10)]
    for user, client in zip(people, browsers, strict=True):
        for _ in range(2):
            assert attempt_login(client, user.username).status_code == 403
        assert attempt_login(client, user.username, PASSWORD).status_code == 302
        client.post("/logout/")
    for number in range(40):
        attempt_login(Client(), f"nobody{number}")
    assert attempt_login(Client(), people[0].username, PASSWORD).status_code == 429
    for user, client in zip(people, browsers, strict=True):
        assert attempt_login(client, user.username, PASSWORD).status_code == 302


def test_the_login_dialog_says_how_long_a_slowed_address_must_wait(travel: time_machine.Traveller) -> None:
    guess_passwords(*(f"nobody{number}" for number in range(6)))
    sent = {"username": "nobody", "password": "wrong"}
    answer = Client().post("/login/again/", sent, REMOTE_ADDR=STRANGER)
    assert (answer.status_code, answer["Retry-After"]) == (429, "60") and "秒后再试" in answer.json()["reason"]
