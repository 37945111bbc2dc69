"""Tests that no administrator can take over an account alone."""

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


def signed_in_client(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def can_take_over(shown: list[str]) -> bool:
    """Return whether any two of the texts, used as the two halves of a code, open an account."""
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
def test_an_administrator_alone_cannot_log_in_to_an_account_after_a_reset(act: str, role: str) -> None:
    target = cast.person(role, region=cast.CHANGSHA if role.startswith("city_") else "")
    admin = cast.administrator()
    if act == "reopen":
        actions.close_account(user=target, by=admin, reason="调离")
    shown = CODE.findall(
        signed_in_client(admin).post(f"/accounts/{target.pk}/{act}/", {"reason": "忘记"}).content.decode()
    )
    shown += CODE.findall(signed_in_client(admin).get(f"/accounts/{target.pk}/").content.decode())
    assert shown and not can_take_over(shown)


def test_an_administrator_alone_cannot_activate_a_new_account() -> None:
    admin = signed_in_client(cast.administrator())
    account = {"username": "liumin", "name": "甄试一", "region": "", "phone": "", "email": ""}
    shown = CODE.findall(admin.post("/accounts/new/", account).content.decode())
    assert shown and not can_take_over(shown)


def reset_password_by(target: User, by: User) -> tuple[str, PasswordLink]:
    return actions.replace_password_with_code(user=target, by=by, reason="忘记"), target.password_links.get(
        used_at=None
    )


def test_a_security_officer_alone_cannot_activate_an_account() -> None:
    target, security = cast.province_lead(), cast.security_officer()
    _, link = reset_password_by(target, cast.administrator())
    security_client = signed_in_client(security)
    assert target.name in security_client.get("/codes/").content.decode()
    shown = CODE.findall(security_client.post(f"/codes/{link.pk}/release/").content.decode())
    assert len(shown) == 1 and not can_take_over(shown)
    assert security_client.post(f"/codes/{link.pk}/release/").status_code == 409


@pytest.mark.parametrize("swapped", [False, True])
def test_both_code_halves_activate_an_account_in_either_order(swapped: bool) -> None:
    target = cast.officer()
    first, _ = reset_password_by(target, cast.administrator())
    halves = (first, cast.release_second_half(target))
    first, second = reversed(halves) if swapped else halves
    client = Client()
    sent = {"first": first, "second": second, "password": NEW, "again": NEW}
    assert client.post("/activate/", sent).status_code == 302
    assert client.get("/sessions/").status_code == 200


def test_one_code_half_typed_twice_is_refused() -> None:
    target = cast.officer()
    first, _ = reset_password_by(target, cast.administrator())
    second = cast.release_second_half(target)
    for half in (first, second):
        with pytest.raises(MoveRefused):
            actions.set_password_by_code(first=half, second=half, password=NEW)


def test_a_code_cannot_be_released_by_its_requester_or_its_owner() -> None:
    admin, security = cast.administrator(), cast.security_officer()
    _, link = reset_password_by(cast.officer(), admin)
    User.objects.filter(pk=admin.pk).update(role=Role.SECURITY_OFFICER)
    _, own = reset_password_by(security, cast.administrator())
    for refused, security_client in ((link, admin), (own, security)):
        answer = signed_in_client(User.objects.get(pk=security_client.pk)).post(f"/codes/{refused.pk}/release/")
        assert answer.status_code in {302, 409}
        with pytest.raises(MoveRefused):
            actions.release_second_code_half(link=refused, by=security_client)
        with pytest.raises(IntegrityError), transaction.atomic():
            whole = {"released_by": security_client, "released_at": clock.real_now(), "second_digest": "0" * 64}
            PasswordLink.objects.filter(pk=refused.pk).update(**whole)
    assert "须由另一位安全管理员放行" in str(PasswordLink.objects.get(pk=own.pk).code_release_refusal(security.pk))


def test_a_code_expires_a_day_after_its_request_and_a_day_after_its_release() -> None:
    target = cast.officer()
    first, link = reset_password_by(target, cast.administrator())
    now = clock.real_now()
    with time_machine.travel(now + timedelta(hours=24, seconds=1)), pytest.raises(MoveRefused, match="重新申请"):
        actions.release_second_code_half(link=link, by=cast.security_officer())
    with time_machine.travel(now + timedelta(hours=23)):
        second = cast.release_second_half(target)
    with time_machine.travel(now + timedelta(hours=47, seconds=1)), pytest.raises(MoveRefused):
        actions.set_password_by_code(first=first, second=second, password=NEW)
    with time_machine.travel(now + timedelta(hours=46)):
        assert actions.set_password_by_code(first=first, second=second, password=NEW) == target


def test_the_owner_is_told_at_the_next_login_who_reset_the_password() -> None:
    target, client = cast.officer(), Client()
    client.post("/login/", {"username": target.username, "password": cast.PASSWORD})
    admin = cast.administrator(name="万事通")
    first, link = reset_password_by(target, admin)
    second = actions.release_second_code_half(link=link, by=cast.security_officer(name="万无失"))
    client.post("/activate/", {"first": first, "second": second, "password": NEW, "again": NEW})
    page = client.get("/sessions/").content.decode()
    assert "万事通重置密码" in page and "万无失放行激活码" in page and "安全审计员" in page
    client.post("/logout/")
    client.post("/login/", {"username": target.username, "password": NEW})
    later = client.get("/sessions/").content.decode()
    assert "上次登录以后" not in later and "万无失" in later  # told once above the page, kept below the sessions


def test_the_activate_command_resets_only_administrative_accounts() -> None:
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


def test_a_first_account_code_is_refused_once_the_role_has_a_holder() -> None:
    first, second = actions.create_first_account_code(role=Role.ADMINISTRATOR)
    cast.administrator()
    with pytest.raises(MoveRefused, match="已有人担任"):
        actions.set_password_by_code(first=first, second=second, password=NEW, username="late", name="后来")


def test_a_security_officer_never_sees_a_working_token() -> None:
    target, security_client = cast.officer(), signed_in_client(cast.security_officer())
    wish = {"user": target.pk, "label": "取数", "scope": "read", "days": "30", "networks": ""}
    shown = (
        security_client.post("/tokens/new/", wish, follow=True).content.decode()
        + security_client.get("/tokens/").content.decode()
    )
    token = Token.objects.get(user=target)
    shown += security_client.post(f"/tokens/{token.pk}/fetch/").content.decode()
    for secret in re.findall(r"hnt_\w{8}_[\w-]{20,}", shown):
        assert Client().get("/api/v1/regions/", headers={"Authorization": f"Bearer {secret}"}).status_code == 401


def test_only_its_owner_can_fetch_a_token_which_then_works() -> None:
    owner, other, security = cast.officer(), cast.officer(), cast.security_officer()
    token = actions.grant_token(user=owner, label="取数", scope="read", by=security)
    for client in (signed_in_client(other), signed_in_client(security), Client()):
        assert "hnt_" not in client.post(f"/tokens/{token.pk}/fetch/").content.decode()
    with pytest.raises(MoveRefused, match="本人领取"):
        actions.create_secret_for_token_owner(token=token, by=security)
    client = Client()
    client.post("/login/", {"username": owner.username, "password": cast.PASSWORD})
    page = client.get("/tokens/").content.decode()
    assert "有 1 个接口令牌待您领取" in page and f"/tokens/{token.pk}/" in page
    assert "领取令牌" in client.get(f"/tokens/{token.pk}/").content.decode()
    secret = re.findall(r"hnt_\w{8}_[\w-]{20,}", client.post(f"/tokens/{token.pk}/fetch/").content.decode())[0]
    headers = {"Authorization": f"Bearer {secret}"}
    assert Client().get("/api/v1/regions/", headers=headers).status_code == 200
    told = Event.objects.filter(verb__startswith="token.").order_by("seq").values_list("verb", "actor_id")
    assert list(told) == [("token.granted", security.pk), ("token.issued", owner.pk)]


@pytest.mark.parametrize("end", ["revoked", "expired", "role"])
def test_a_revoked_or_expired_token_cannot_be_fetched(end: str) -> None:
    owner, security = cast.officer(), cast.security_officer()
    token = actions.grant_token(user=owner, label="取数", scope="read", by=security, lasts=timedelta(days=1))
    if end == "revoked":
        actions.revoke_token(token=token, by=security)
    elif end == "role":
        actions.give_role(user=owner, role="", by=security)
    later = clock.real_now() + timedelta(days=1 if end == "expired" else 0, seconds=1)
    with time_machine.travel(later), pytest.raises(MoveRefused, match="吊销或到期"):
        actions.create_secret_for_token_owner(token=token, by=owner)
