"""Tests of the actions on accounts, such as opening, closing and changing a role."""

from __future__ import annotations

import re
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from pytest_django import Settings

from hunan_trade import clock
from hunan_trade.accounts import actions, demo_accounts, tokens
from hunan_trade.accounts.actions import PasswordRefused
from hunan_trade.accounts.backends import check_login
from hunan_trade.accounts.models import PasswordLink, Token, UsedPassword, User
from hunan_trade.accounts.roles import ADMINISTRATIVE_ROLES, GRANTS, Permission, Role
from hunan_trade.accounts.tests import factories
from hunan_trade.accounts.tests.factories import PASSWORD
from hunan_trade.audit.models import Event
from hunan_trade.regions.models import Region
from hunan_trade.workflow import MoveRefused

pytestmark = pytest.mark.django_db


def event_verbs() -> list[str]:
    return list(Event.objects.order_by("seq").values_list("verb", flat=True))


def test_a_new_account_has_no_permissions_until_activated_and_given_a_role() -> None:
    admin, security = factories.administrator(), factories.security_officer()
    user, first = actions.open_account(username=" Liu.Min ", name="甄试一", by=admin)
    assert (user.username, user.role, user.has_usable_password()) == ("liu.min", "", False)
    assert not any(user.may(permission) for permission in Permission)
    second = actions.release_second_code_half(link=user.password_links.get(), by=security)
    actions.set_password_by_code(first=first.lower().replace("-", " "), second=second, password=PASSWORD)
    actions.give_role(user=user, role=Role.PROVINCE_OFFICER, by=security)
    assert check_login("liu.min", PASSWORD).may(Permission.ACCEPT_RETURN)
    assert event_verbs() == ["account.opened", "activation.released", "password.changed", "role.given"]


def test_a_code_works_once_and_for_a_day() -> None:
    user, first = actions.open_account(username="a", name="甲", by=factories.administrator())
    code = {"first": first, "second": factories.release_second_half(user)}
    with time_machine.travel(clock.real_now() + timedelta(hours=24, seconds=1)), pytest.raises(MoveRefused):
        actions.set_password_by_code(**code, password=PASSWORD)
    actions.set_password_by_code(**code, password=PASSWORD)
    with pytest.raises(MoveRefused):
        actions.set_password_by_code(**code, password=PASSWORD)
    assert user.password_links.count() == 1


def test_a_weak_password_does_not_use_up_the_code() -> None:
    user, first = actions.open_account(username="a", name="甲", by=factories.administrator())
    code = {"first": first, "second": factories.release_second_half(user)}
    with pytest.raises(PasswordRefused):
        actions.set_password_by_code(**code, password="short")
    assert actions.set_password_by_code(**code, password=PASSWORD).username == "a"


def test_a_new_code_ends_the_earlier_one() -> None:
    admin = factories.administrator()
    user, earlier = actions.open_account(username="a", name="甲", by=admin)
    released = factories.release_second_half(user)
    later = actions.replace_password_with_code(user=user, by=admin)
    for first, second in ((earlier, released), (later, released)):
        with pytest.raises(MoveRefused):
            actions.set_password_by_code(first=first, second=second, password=PASSWORD)
    actions.set_password_by_code(first=later, second=factories.release_second_half(user), password=PASSWORD)


def test_no_code_can_be_read_from_the_database() -> None:
    user, first = actions.open_account(username="a", name="甲", by=factories.administrator())
    second = factories.release_second_half(user)
    kept = str(list(PasswordLink.objects.values())) + str(list(Event.objects.values()))
    for half in (first, second):
        assert half not in kept and half.replace("-", "") not in kept


def test_spellings_of_one_login_name_cannot_be_two_accounts() -> None:
    admin = factories.administrator()
    actions.open_account(username="zhang", name="张", by=admin)
    with pytest.raises(MoveRefused, match="已经有人用"):
        actions.open_account(username="ＺＨÁNG ", name="张", by=admin)
    with pytest.raises(MoveRefused, match="已经有人用"):
        actions.open_account(username="\u202ezhang\u200b", name="张", by=admin)


@pytest.mark.parametrize(
    "name",
    [
        "zh\u0430ng",
        "\u03bfffice",
        "zha\u200bng",
        "zhang\n2013",
        "zha\u202egn",
        "zhang\u3164",
        "\u0131an",
        "\u2e81",
        "-zhang",
        "zhang<b>",
    ],
    ids=ascii,
)
def test_a_login_name_cannot_look_like_another(name: str) -> None:
    admin = factories.administrator()
    actions.open_account(username="zhang", name="张", by=admin)
    with pytest.raises(MoveRefused, match="用户名"):
        actions.open_account(username=name, name="张", by=admin)


def test_an_account_needs_a_visible_name() -> None:
    admin = factories.administrator()
    user, _ = actions.open_account(username="甄试一2@hn", name="甄\n\u202e 试一\u200b", by=admin)
    assert (user.username, user.name) == ("甄试一2@hn", "甄 试一")
    with pytest.raises(MoveRefused, match="姓名都要填"):
        actions.open_account(username="jia", name="\u3164\u2060", by=admin)


def test_nobody_gives_roles_to_themselves() -> None:
    security = factories.security_officer()
    with pytest.raises(MoveRefused):
        actions.give_role(user=security, role=Role.PROVINCE_LEAD, by=security)


def test_administrative_roles_share_no_permissions() -> None:
    keepers = [GRANTS[role] for role in ADMINISTRATIVE_ROLES]
    business = GRANTS[Role.PROVINCE_LEAD] | GRANTS[Role.CITY_REPORTER] | GRANTS[Role.CITY_LEAD]
    for number, grants in enumerate(keepers):
        assert not any(grants & other for other in keepers[number + 1 :])
        assert grants & business <= {Permission.SEE_JOBS}


def test_city_roles_need_a_city_and_other_roles_have_none() -> None:
    security, user = factories.security_officer(), factories.reporter()
    with pytest.raises(MoveRefused):
        actions.give_role(user=user, role=Role.CITY_LEAD, by=security)
    with pytest.raises(MoveRefused):
        actions.give_role(user=user, role=Role.CITY_LEAD, region=Region.objects.get(pk="430102"), by=security)
    actions.give_role(user=user, role=Role.AUDITOR, region=Region.objects.get(pk="431000"), by=security)
    user.refresh_from_db()
    assert (user.role, user.region_id) == ("auditor", None)


@pytest.mark.parametrize("wrong", [{"role": "root"}, {"role": "city_lead", "region_id": None}])
def test_the_database_refuses_unknown_roles_and_city_roles_without_a_city(wrong: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=factories.officer().pk).update(**wrong)


def test_closing_an_account_revokes_its_tokens() -> None:
    user = factories.officer()
    token, secret = factories.token(user)
    actions.close_account(user=user, by=factories.administrator(), reason="调离")
    token.refresh_from_db()
    assert token.revoked_at is not None and tokens.find_usable_token(secret) is None
    with pytest.raises(MoveRefused):
        actions.close_account(user=user, by=factories.administrator(), reason="调离")


def test_changing_a_role_revokes_the_users_tokens() -> None:
    user = factories.reporter()
    token, secret = factories.token(user)
    actions.give_role(user=user, role=Role.PROVINCE_OFFICER, by=factories.security_officer(), reason="借调")
    assert tokens.find_usable_token(secret) is None
    event = Event.objects.get(verb="token.revoked")
    assert (event.object_id, event.reason) == (str(token.pk), "角色变更")


def test_the_last_five_passwords_cannot_be_reused() -> None:
    user = factories.officer()
    used = [f"Qingfeng-{number}-x" for number in range(6)]
    for password in used:
        actions.change_password(user=user, password=password, by=user)
    with pytest.raises(PasswordRefused, match="最近用过"):
        actions.change_password(user=user, password=used[1], by=user)
    actions.change_password(user=user, password=used[0], by=user)
    assert UsedPassword.objects.count() == 5


def test_a_password_is_due_after_ninety_days() -> None:
    user = factories.officer()
    assert not user.password_due
    with time_machine.travel(clock.real_now() + timedelta(days=91)):
        assert user.password_due


def test_blanks_and_chinese_in_a_password_are_kept_as_typed() -> None:
    user = factories.officer()
    for password in ("  岳麓山 2013 x ", "湘" * 126 + "a1"):
        actions.change_password(user=user, password=password, by=user)
        assert check_login(user.username, password) == user


def test_a_tokens_secret_is_stored_only_as_a_hash() -> None:
    token, secret = factories.token(factories.officer())
    assert secret.startswith(f"hnt_{token.prefix}_") and len(secret) > 50
    assert secret not in str(list(Token.objects.values())) + str(list(Event.objects.values()))
    assert token.digest == tokens.secret_digest(secret) and tokens.find_usable_token(secret) == token
    assert tokens.find_usable_token(token.digest) is None and tokens.find_usable_token(token.prefix) is None


def test_a_token_lasts_a_year_at_most() -> None:
    officer = factories.officer()
    with pytest.raises(MoveRefused):
        factories.token(officer, lasts=timedelta(days=366))
    _, secret = factories.token(officer, lasts=timedelta(days=1))
    with time_machine.travel(clock.real_now() + timedelta(days=1, seconds=1)):
        assert tokens.find_usable_token(secret) is None


def test_a_token_may_be_bound_to_networks() -> None:
    token, _ = factories.token(factories.officer(), networks=["10.43.0.0/16", " 10.1.2.3 "])
    admitted = [
        ip for ip in ("10.43.9.9", "10.1.2.3", "10.1.2.4", "::1", None) if tokens.allows_address(token.networks, ip)
    ]
    assert admitted == ["10.43.9.9", "10.1.2.3"]
    with pytest.raises(MoveRefused):
        factories.token(factories.officer(), networks=["10.43.0.9/16"])


def test_a_token_cannot_be_revoked_twice() -> None:
    token, secret = factories.token(factories.officer())
    actions.revoke_token(token=token, by=factories.security_officer())
    assert tokens.find_usable_token(secret) is None
    with pytest.raises(MoveRefused):
        actions.revoke_token(token=token, by=factories.security_officer())


def test_the_first_administrator_and_security_officer_activate_by_command_line_codes() -> None:
    assert not User.objects.exists()
    for role, name in (("administrator", "first"), ("security_officer", "second")):
        out = StringIO()
        call_command("activate", role=role, stdout=out)
        first, second = re.findall("[A-Z2-7]{5}(?:-[A-Z2-7]{5}){2}", out.getvalue())
        user = actions.set_password_by_code(first=first, second=second, password=PASSWORD, username=name, name="某人")
        assert user.role == role and check_login(name, PASSWORD) == user
        with pytest.raises(CommandError):
            call_command("activate", role=role)


def test_a_token_is_issued_and_revoked_from_the_command_line() -> None:
    out = StringIO()
    call_command("token", user=factories.officer(username="zhang").username, scope="read", stdout=out)
    secret = out.getvalue().strip()
    token = tokens.find_usable_token(secret)
    assert token is not None and token.user.username == "zhang"
    call_command("token", revoke=token.prefix, stdout=StringIO())
    assert tokens.find_usable_token(secret) is None
    with pytest.raises(CommandError):
        call_command("token", user="nobody")
    for odd in ({"scope": "everything"}, {"days": 10**12}, {"days": 0}):
        with pytest.raises(CommandError, match=r"。$"):
            call_command("token", user="zhang", **odd)


def test_demo_accounts_are_created_once_and_only_in_demo_mode(settings: Settings) -> None:
    factories.reporter()
    for _ in range(2):
        actions.create_demo_accounts()
    people = User.objects.filter(username__in=[account.username for account in demo_accounts.ACCOUNTS])
    assert people.count() == len(demo_accounts.ACCOUNTS) == 35
    assert {user.role for user in people} == set(Role.values)
    assert {user.region_id for user in people.filter(role=Role.CITY_LEAD)} == {
        city.pk for city in Region.objects.cities()
    }
    assert check_login("changsha-reporter", demo_accounts.PASSWORD).region_id == "430100"
    settings.DEMO = False
    with pytest.raises(MoveRefused):
        actions.create_demo_accounts()
