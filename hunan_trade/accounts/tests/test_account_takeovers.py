"""Tests that nobody alone can take over an account, whatever the pages of one role show."""

from __future__ import annotations

import re
from datetime import timedelta
from io import StringIO
from itertools import product

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client

from hunan_trade import clock
from hunan_trade.accounts import actions
from hunan_trade.accounts.models import PasswordLink, Token, User
from hunan_trade.accounts.roles import Role
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.models import Event
from hunan_trade.workflow import MoveRefused

pytestmark = pytest.mark.django_db
CODE = re.compile(r"[A-Z2-7]{5}(?:-[A-Z2-7]{5})+")
NEW = "Xiangjiang-2013!"


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def can_take_over(shown: list[str]) -> bool:
    """Return whether the texts shown, typed as code halves in every order, open an account."""
    for first, second in product(shown, repeat=2):
        sent = {
            "code": first,
            "first": first,
            "second": second,
            "password": NEW,
            "again": NEW,
            "username": "",
            "name": "",
        }
        if Client().post("/activate/", sent).status_code == 302:
            return True
    return False


@pytest.mark.parametrize("role", Role.values)
@pytest.mark.parametrize("act", ["reset", "reopen"])
def test_the_administrator_alone_gets_into_no_account(act: str, role: str) -> None:
    target = cast.person(role, region=cast.CHANGSHA if role.startswith("city_") else "")
    admin = cast.administrator()
    if act == "reopen":
        actions.close_account(user=target, by=admin, reason="调离")
    shown = CODE.findall(browser(admin).post(f"/accounts/{target.pk}/{act}/", {"reason": "忘记"}).content.decode())
    shown += CODE.findall(browser(admin).get(f"/accounts/{target.pk}/").content.decode())
    assert shown and not can_take_over(shown)


def test_the_administrator_alone_does_not_become_whoever_is_opened_next() -> None:
    admin = browser(cast.administrator())
    account = {"username": "liumin", "name": "甄试一", "region": "", "phone": "", "email": ""}
    shown = CODE.findall(admin.post("/accounts/new/", account).content.decode())
    assert shown and not can_take_over(shown)


def asked(target: User, by: User) -> tuple[str, PasswordLink]:
    return actions.reset_password(user=target, by=by, reason="忘记"), target.password_links.get(used_at=None)


def test_the_security_officer_alone_releases_nothing_that_opens_an_account() -> None:
    target, security = cast.province_lead(), cast.security_officer()
    _, link = asked(target, cast.administrator())
    keeper = browser(security)
    assert target.name in keeper.get("/codes/").content.decode()
    shown = CODE.findall(keeper.post(f"/codes/{link.pk}/release/").content.decode())
    assert len(shown) == 1 and not can_take_over(shown)
    assert keeper.post(f"/codes/{link.pk}/release/").status_code == 409


@pytest.mark.parametrize("swapped", [False, True])
def test_the_owner_with_both_halves_gets_in_whichever_is_typed_first(swapped: bool) -> None:
    target = cast.officer()
    first, _ = asked(target, cast.administrator())
    halves = (first, cast.release_second_half(target))
    first, second = reversed(halves) if swapped else halves
    client = Client()
    sent = {"first": first, "second": second, "password": NEW, "again": NEW}
    assert client.post("/activate/", sent).status_code == 302
    assert client.get("/sessions/").status_code == 200


def test_one_half_twice_is_not_two_halves() -> None:
    target = cast.officer()
    first, _ = asked(target, cast.administrator())
    second = cast.release_second_half(target)
    for half in (first, second):
        with pytest.raises(MoveRefused):
            actions.set_password_by_code(first=half, second=half, password=NEW)


def test_nobody_releases_what_they_asked_for_or_what_is_their_own() -> None:
    admin, security = cast.administrator(), cast.security_officer()
    _, link = asked(cast.officer(), admin)
    User.objects.filter(pk=admin.pk).update(role=Role.SECURITY_OFFICER)
    _, own = asked(security, cast.administrator())
    for refused, keeper in ((link, admin), (own, security)):
        answer = browser(User.objects.get(pk=keeper.pk)).post(f"/codes/{refused.pk}/release/")
        assert answer.status_code in {302, 409}
        with pytest.raises(MoveRefused):
            actions.release_code(link=refused, by=keeper)
        with pytest.raises(IntegrityError), transaction.atomic():
            whole = {"released_by": keeper, "released_at": clock.real_now(), "second_digest": "0" * 64}
            PasswordLink.objects.filter(pk=refused.pk).update(**whole)
    assert "须由另一位安全管理员放行" in str(PasswordLink.objects.get(pk=own.pk).release_refusal(security.pk))


def test_a_code_waits_a_day_for_its_release_and_a_day_for_its_owner() -> None:
    target = cast.officer()
    first, link = asked(target, cast.administrator())
    now = clock.real_now()
    with time_machine.travel(now + timedelta(hours=24, seconds=1)), pytest.raises(MoveRefused, match="重新申请"):
        actions.release_code(link=link, by=cast.security_officer())
    with time_machine.travel(now + timedelta(hours=23)):
        second = cast.release_second_half(target)
    with time_machine.travel(now + timedelta(hours=47, seconds=1)), pytest.raises(MoveRefused):
        actions.set_password_by_code(first=first, second=second, password=NEW)
    with time_machine.travel(now + timedelta(hours=46)):
        assert actions.set_password_by_code(first=first, second=second, password=NEW) == target


def test_the_owner_is_told_at_the_next_sign_in_who_let_a_new_password_in() -> None:
    target, client = cast.officer(), Client()
    client.post("/login/", {"username": target.username, "password": cast.PASSWORD})
    admin = cast.administrator(name="万事通")
    first, link = asked(target, admin)
    second = actions.release_code(link=link, by=cast.security_officer(name="万无失"))
    client.post("/activate/", {"first": first, "second": second, "password": NEW, "again": NEW})
    page = client.get("/sessions/").content.decode()
    assert "万事通重置密码" in page and "万无失放行激活码" in page and "安全审计员" in page
    client.post("/logout/")
    client.post("/login/", {"username": target.username, "password": NEW})
    later = client.get("/sessions/").content.decode()
    assert "上次登录以后" not in later and "万无失" in later  # told once above the page, kept below the sessions


def test_the_host_helps_the_last_keeper_of_a_role_and_nobody_else() -> None:
    security, officer = cast.security_officer(username="guard"), cast.officer(username="zhang")
    for wrong in (officer.username, "nobody"):
        with pytest.raises(CommandError):
            call_command("activate", user=wrong, stdout=StringIO())
    assert officer.check_password(cast.PASSWORD)
    out = StringIO()
    call_command("activate", user="Guard ", stdout=out)
    first, second = CODE.findall(out.getvalue())
    assert actions.set_password_by_code(first=first, second=second, password=NEW) == security
    told = Event.objects.order_by("seq").values_list("verb", "actor_name")
    assert list(told)[:2] == [("password.reset", "命令行"), ("activation.released", "命令行")]


def test_a_code_for_a_first_keeper_ends_when_the_role_is_held() -> None:
    first, second = actions.create_first_account_code(role=Role.ADMINISTRATOR)
    cast.administrator()
    with pytest.raises(MoveRefused, match="已有人担任"):
        actions.set_password_by_code(first=first, second=second, password=NEW, username="late", name="后来")


def test_the_security_officer_sees_no_token_that_works() -> None:
    target, keeper = cast.officer(), browser(cast.security_officer())
    wish = {"user": target.pk, "label": "取数", "scope": "read", "days": "30", "networks": ""}
    shown = keeper.post("/tokens/new/", wish, follow=True).content.decode() + keeper.get("/tokens/").content.decode()
    token = Token.objects.get(user=target)
    shown += keeper.post(f"/tokens/{token.pk}/fetch/").content.decode()
    for secret in re.findall(r"hnt_\w{8}_[\w-]{20,}", shown):
        assert Client().get("/api/v1/regions/", headers={"Authorization": f"Bearer {secret}"}).status_code == 401


def test_a_token_is_fetched_by_its_owner_alone_and_works_from_then_on() -> None:
    owner, other, security = cast.officer(), cast.officer(), cast.security_officer()
    token = actions.grant_token(user=owner, label="取数", scope="read", by=security)
    for client in (browser(other), browser(security), Client()):
        assert "hnt_" not in client.post(f"/tokens/{token.pk}/fetch/").content.decode()
    with pytest.raises(MoveRefused, match="本人领取"):
        actions.fetch_token(token=token, by=security)
    client = Client()
    client.post("/login/", {"username": owner.username, "password": cast.PASSWORD})
    page = client.get("/tokens/").content.decode()
    assert "有 1 个接口令牌待您领取" in page and "领取令牌" in page
    secret = re.findall(r"hnt_\w{8}_[\w-]{20,}", client.post(f"/tokens/{token.pk}/fetch/").content.decode())[0]
    headers = {"Authorization": f"Bearer {secret}"}
    assert Client().get("/api/v1/regions/", headers=headers).status_code == 200
    told = Event.objects.filter(verb__startswith="token.").order_by("seq").values_list("verb", "actor_id")
    assert list(told) == [("token.granted", security.pk), ("token.issued", owner.pk)]


@pytest.mark.parametrize("end", ["revoked", "expired", "role"])
def test_a_token_that_ended_before_it_was_fetched_is_not_fetched(end: str) -> None:
    owner, security = cast.officer(), cast.security_officer()
    token = actions.grant_token(user=owner, label="取数", scope="read", by=security, lasts=timedelta(days=1))
    if end == "revoked":
        actions.revoke_token(token=token, by=security)
    elif end == "role":
        actions.give_role(user=owner, role="", by=security)
    later = clock.real_now() + timedelta(days=1 if end == "expired" else 0, seconds=1)
    with time_machine.travel(later), pytest.raises(MoveRefused, match="吊销或到期"):
        actions.fetch_token(token=token, by=owner)
