"""Changes accounts, API tokens and sessions, and records each change as an audit event.

A change of a user's rights ends their sessions.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import IntegrityError, transaction
from django.views.decorators.debug import sensitive_variables

from hunan_trade import clock
from hunan_trade.accounts import demo_accounts, login_failures, password_codes, password_rules, sessions, tokens
from hunan_trade.accounts.models import (
    PasswordLink,
    SessionRecord,
    Token,
    UsedPassword,
    User,
    is_valid_username,
    normalise_username,
)
from hunan_trade.accounts.roles import CITY_ROLES, Role
from hunan_trade.audit.actions import Actor, System, record
from hunan_trade.regions.models import Region
from hunan_trade.text_cleaning import tidy
from hunan_trade.workflow import MoveRefused

TOKEN_MAX_LIFETIME = timedelta(days=365)
HOST_ACTIVATED_ROLES = frozenset({Role.ADMINISTRATOR, Role.SECURITY_OFFICER})  # of whom there may be one each


class PasswordRefused(Exception):
    """Raised when a new password breaks rules; `faults` holds a Chinese sentence for each broken rule."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("".join(faults))
        self.faults = faults


@transaction.atomic
def open_account(
    *, username: str, name: str, by: Actor, region: Region | None = None, phone: str = "", email: str = ""
) -> tuple[User, str]:
    """Create an account without a role; return it and the first half of a one-use code for setting its password."""
    login, name = normalise_username(username), " ".join(tidy(name).split())
    if not login or not name:
        raise MoveRefused("用户名和姓名都要填")
    if not is_valid_username(login):
        raise MoveRefused("用户名只用英文字母、数字、汉字和 . _ - @，中间不留空格")
    user = User(username=login, name=name, region=region, phone=tidy(phone), email=tidy(email))
    user.set_unusable_password()
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as taken:
        raise MoveRefused(f"用户名 {login} 已经有人用") from taken
    record("account.opened", by=by, subject=user, region=user.region_id or "", after={"username": login, "name": name})
    return user, password_codes.create_code(user=user, by=by, reason="开设账号")[1]


@transaction.atomic
def close_account(*, user: User, by: Actor, reason: str) -> None:
    """Disable an account, end its sessions and revoke its tokens."""
    locked = _select_user_for_update(user)
    if locked.pk == by.pk:
        raise MoveRefused("不能停用自己的账号")
    if not locked.is_active:
        raise MoveRefused(f"{locked.name}的账号已经停用")
    locked.is_active = False
    locked.save(update_fields=["is_active"])
    _invalidate_sessions(locked)
    _revoke_tokens(locked, by=by, reason="账号停用")
    record(
        "account.closed", by=by, subject=locked, reason=reason, before={"is_active": True}, after={"is_active": False}
    )


@transaction.atomic
def reopen_account(*, user: User, by: Actor, reason: str) -> str:
    """Enable a closed account, delete its password, and return the first half of a one-use code for a new one."""
    locked = _select_user_for_update(user)
    if locked.is_active:
        raise MoveRefused(f"{locked.name}的账号没有停用")
    locked.is_active = True
    locked.set_unusable_password()
    locked.must_change_password = True
    locked.save(update_fields=["is_active", "password", "must_change_password"])
    record(
        "account.reopened", by=by, subject=locked, reason=reason, before={"is_active": False}, after={"is_active": True}
    )
    return password_codes.create_code(user=locked, by=by, reason=_act_with_reason("恢复账号", reason))[1]


@transaction.atomic
def give_role(*, user: User, role: str, by: Actor, region: Region | None = None, reason: str = "") -> None:
    """Set the role of a user's account, or remove the role if `role` is the empty string.

    City roles need a city, the others have none.

    What was granted for the work it had ends with that work: sessions, and tokens in other people's programs.
    """
    locked = _select_user_for_update(user)
    if locked.pk == by.pk:
        raise MoveRefused("不能给自己授权")
    if role not in {"", *Role.values}:
        raise MoveRefused("没有这个角色")
    if role in CITY_ROLES and (region is None or region.level != Region.Level.CITY):
        raise MoveRefused(f"{Role(role).label}须指明市州")
    before = {"role": locked.role, "region": locked.region_id}
    locked.role = role
    locked.region = region if role in CITY_ROLES else None
    locked.save(update_fields=["role", "region"])
    _invalidate_sessions(locked)
    _revoke_tokens(locked, by=by, reason="角色变更")
    after = {"role": locked.role, "region": locked.region_id}
    record(
        "role.given", by=by, subject=locked, region=locked.region_id or "", before=before, after=after, reason=reason
    )


@transaction.atomic
def replace_password_with_code(*, user: User, by: Actor, reason: str = "") -> str:
    """Delete an account's password, and return the first half of a one-use code for setting a new one.

    `release_code` returns the second half.
    """
    locked = _select_user_for_update(user)
    if locked.pk == by.pk:
        raise MoveRefused("自己的密码请在“修改密码”里改")
    return _reset_password(locked, by=by, reason=reason)[1]


@transaction.atomic
def release_second_code_half(*, link: PasswordLink, by: Actor) -> str:
    """Return the second half of a password code, unless `by` requested the code or owns the account.

    The second half is shown only once.
    Nor may it be the owner of the account.
    """
    user = _select_user_for_update(User.objects.get(password_links=link))
    locked = PasswordLink.objects.select_for_update().get(pk=link.pk)
    if (refusal := locked.code_release_refusal(by.pk)) is not None:
        raise MoveRefused(refusal)
    second = password_codes.release_second_half(locked, by=by)
    record("activation.released", by=by, subject=user, region=user.region_id or "", reason=locked.reason)
    return second


@transaction.atomic
def reset_password_from_command_line(*, user: User) -> tuple[str, str]:
    """Delete an administrator's or security officer's password; return both halves of a code for setting a new one."""
    locked = _select_user_for_update(user)
    if locked.role not in HOST_ACTIVATED_ROLES:
        raise MoveRefused("主机只为系统管理员和安全管理员发激活码，其他账号请系统管理员重置、安全管理员放行")
    link, first = _reset_password(locked, by=System("命令行"), reason="主机重置")
    second = password_codes.release_second_half(link, by=System("命令行"))
    record("activation.released", by=System("命令行"), subject=locked, reason=link.reason)
    return first, second


def _reset_password(locked: User, *, by: Actor, reason: str) -> tuple[PasswordLink, str]:
    if not locked.is_active:
        raise MoveRefused(f"{locked.name}的账号已经停用")
    locked.set_unusable_password()
    locked.must_change_password = True
    locked.save(update_fields=["password", "must_change_password"])
    _invalidate_sessions(locked)
    record("password.reset", by=by, subject=locked, reason=reason)
    return password_codes.create_code(user=locked, by=by, reason=_act_with_reason("重置密码", reason))


@sensitive_variables("password")
@transaction.atomic
def change_password(*, user: User, password: str, by: Actor) -> None:
    """Set a new password and end all sessions of the account.

    Raises PasswordRefused with all broken rules.
    """
    locked = _select_user_for_update(user)
    faults = password_rules.password_faults(password, username=locked.username, name=locked.name, phone=locked.phone)
    kept = list(locked.used_passwords.order_by("-changed_at", "-pk")[: settings.PASSWORDS_KEPT])
    if any(check_password(password, used.password) for used in kept):
        faults.append(f"最近用过的 {settings.PASSWORDS_KEPT} 个密码不能再用。")
    if faults:
        raise PasswordRefused(faults)
    locked.set_password(password)
    locked.must_change_password = False
    locked.password_changed_at = clock.real_now()
    locked.save(update_fields=["password", "must_change_password", "password_changed_at"])
    UsedPassword.objects.create(user=locked, password=locked.password, changed_at=locked.password_changed_at)
    locked.used_passwords.exclude(pk__in=locked.used_passwords.values("pk")[: settings.PASSWORDS_KEPT]).delete()
    locked.password_links.filter(used_at=None).update(used_at=clock.real_now())
    _invalidate_sessions(locked)
    user.refresh_from_db()
    record("password.changed", by=by, subject=locked)


@sensitive_variables("first", "second", "password")
@transaction.atomic
def set_password_by_code(*, first: str, second: str, password: str, username: str = "", name: str = "") -> User:
    """Set a user's password with the two halves of a one-use code, and return the user.

    The halves may come in either order.
    A code for the first keeper of a role opens the account as well.
    """
    halves = [tokens.secret_digest(tokens.normalise_code(half)) for half in (first, second)]
    fitting = PasswordLink.objects.usable().filter(digest__in=halves, second_digest__in=halves)
    for owner in User.objects.filter(password_links__in=fitting):
        _select_user_for_update(owner)  # before the code, as whoever asks for or releases one does
    link = fitting.only("user", "role").select_for_update().first()
    if link is None:
        raise MoveRefused("两段激活码不对、还没有放行、已用过或已超过 24 小时")
    user = link.user
    if user is None:
        _refuse_if_role_is_held(link.role)
        user, _ = open_account(username=username, name=name, by=System("首次启用"))
        give_role(user=user, role=link.role, by=System("首次启用"))
        user.refresh_from_db()
    if not user.is_active:
        raise MoveRefused("账号已经停用")
    link.used_at = clock.real_now()
    link.save(update_fields=["used_at"])
    change_password(user=user, password=password, by=user)
    login_failures.reset_count(user.username)
    return user


@transaction.atomic
def create_first_account_code(*, role: Role) -> tuple[str, str]:
    """Create a code for opening the first account of an administrative role; return both halves of the code.

    Refused if the role has a holder.
    """
    if role not in HOST_ACTIVATED_ROLES:
        raise MoveRefused("激活码只发给首位系统管理员和首位安全管理员")
    _refuse_if_role_is_held(role)
    record("activation.issued", by=System("首次启用"), after={"role": role})
    link, first = password_codes.create_code(role=role, by=System("首次启用"), reason="首次启用")
    return first, password_codes.release_second_half(link, by=System("首次启用"))


def _refuse_if_role_is_held(role: str) -> None:
    """Raise MoveRefused if any open account has the role `role`."""
    if User.objects.open().with_role(role).exists():
        raise MoveRefused(f"{Role(role).label}已有人担任，请由其他管理员开户、授权")


@transaction.atomic
def unlock_account(*, user: User, by: Actor) -> None:
    """Unlock an account that is locked after failed logins."""
    if not login_failures.reset_count(user.username):
        raise MoveRefused(f"{user.name}的账号没有锁定")
    record("account.unlocked", by=by, subject=user)


@transaction.atomic
def grant_token(
    *,
    user: User,
    label: str,
    scope: str,
    by: Actor,
    lasts: timedelta = TOKEN_MAX_LIFETIME,
    networks: Sequence[str] = (),
) -> Token:
    """Create an API token for a user; the token works only after the user has fetched its secret.

    `networks` are CIDR texts: the token is refused from other addresses.
    """
    user = _select_user_for_update(user)  # the role it is granted for does not change meanwhile
    if not user.is_active:
        raise MoveRefused(f"{user.name}的账号已经停用")
    if not timedelta() < lasts <= TOKEN_MAX_LIFETIME:
        raise MoveRefused(f"令牌有效期为 1 至 {TOKEN_MAX_LIFETIME.days} 天")
    try:
        bound = [str(ipaddress.ip_network(network.strip())) for network in networks if network.strip()]
    except ValueError as wrong:
        raise MoveRefused("地址写成 10.1.2.3 或 10.1.2.0/24") from wrong
    token = Token.objects.create(
        prefix=tokens.new_prefix(),
        user=user,
        granted_by_id=by.pk,
        label=tidy(label),
        scope=Token.Scope(scope),
        networks=bound,
        expires_at=clock.real_now() + lasts,
    )
    after = {"for": user.username, "scope": scope, "networks": bound, "expires_at": token.expires_at.isoformat()}
    record("token.granted", by=by, subject=token, region=user.region_id or "", after=after)
    return token


@transaction.atomic
def create_secret_for_token_owner(*, token: Token, by: Actor) -> str:
    """Create the secret of an API token and return it to the token's owner; the token works from then on.

    Only a hash of the secret is stored.
    """
    user = _select_user_for_update(token.user)
    locked = Token.objects.select_for_update().get(pk=token.pk)
    if by.pk != user.pk:
        raise MoveRefused("令牌由所代表账号的本人领取")
    if locked.fetched_at is not None:
        raise MoveRefused("令牌已经领取，只显示一次。没有记下的，请安全管理员吊销后另批")
    if locked.revoked_at is not None or locked.expires_at <= clock.real_now() or not user.is_active:
        raise MoveRefused("令牌已经吊销或到期")
    return _create_secret(locked, by=by)


@transaction.atomic
def issue_token(*, user: User, by: Actor, **more: Any) -> tuple[Token, str]:
    """Create an API token that works at once; return the token and its secret.

    Meant for the command line.
    """
    token = grant_token(user=user, by=by, **more)
    return token, _create_secret(token, by=by)


def _create_secret(token: Token, *, by: Actor) -> str:
    secret = tokens.new_token_secret(token.prefix)
    token.digest, token.fetched_at = tokens.secret_digest(secret), clock.real_now()
    token.save(update_fields=["digest", "fetched_at"])
    record("token.issued", by=by, subject=token, region=token.user.region_id or "")
    return secret


@transaction.atomic
def revoke_token(*, token: Token, by: Actor, reason: str = "") -> None:
    """Revoke an API token, so that the portal refuses requests with the token."""
    locked = Token.objects.select_for_update().get(pk=token.pk)
    if locked.revoked_at is not None:
        raise MoveRefused("令牌已经吊销")
    locked.revoked_at = clock.real_now()
    locked.save(update_fields=["revoked_at"])
    record("token.revoked", by=by, subject=locked, reason=reason)


@transaction.atomic
def end_session(*, session: SessionRecord, by: Actor) -> None:
    """End one session of an account, which logs out one browser."""
    sessions.delete_session(session)
    record("session.ended", by=by, subject=session.user)


@transaction.atomic
def end_all_sessions(*, user: User, by: Actor, reason: str = "") -> None:
    """End all sessions of an account, which logs the user out of all browsers."""
    _invalidate_sessions(_select_user_for_update(user))
    record("session.all_ended", by=by, subject=user, reason=reason)


@transaction.atomic
def create_demo_accounts() -> None:
    """Create the demo accounts that do not exist yet, with the password that all demo accounts share."""
    if not settings.DEMO:
        raise MoveRefused("演示账号只在演示环境开设")
    now, shared = clock.real_now(), make_password(demo_accounts.PASSWORD)
    for account in demo_accounts.ACCOUNTS:
        user, created = User.objects.get_or_create(
            username=account.username,
            defaults={
                "name": account.name,
                "role": account.role,
                "region_id": account.region or None,
                "password": shared,
                "must_change_password": False,
                "password_changed_at": now,
            },
        )
        if created:
            record("account.opened", by=System("演示数据"), subject=user, region=account.region)


def _select_user_for_update(user: User) -> User:
    return User.objects.select_for_update().get(pk=user.pk)


def _invalidate_sessions(user: User) -> None:
    """End all sessions of an account, even a session that another request is just starting."""
    user.session_epoch += 1
    user.save(update_fields=["session_epoch"])
    sessions.delete_all_sessions(user)


def _revoke_tokens(user: User, *, by: Actor, reason: str) -> None:
    for token in user.tokens.filter(revoked_at=None):
        revoke_token(token=token, by=by, reason=reason)


def _act_with_reason(act: str, reason: str) -> str:
    return f"{act}：{reason}" if reason else act
