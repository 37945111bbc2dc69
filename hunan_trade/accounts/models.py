"""Tables of accounts, API tokens, sessions, failed logins, used passwords and password codes."""

from __future__ import annotations

import re
import unicodedata
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Now

from hunan_trade import clock
from hunan_trade.accounts.roles import CITY_ROLES, PROVINCE_ROLES, Permission, Role, permissions_of
from hunan_trade.regions.models import Region
from hunan_trade.text_cleaning import tidy

_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff"
_LOGIN_NAME = re.compile(f"[a-z0-9{_HAN}][a-z0-9._@{_HAN}-]*")


def normalise_username(name: str) -> str:
    """Return a user name in lower case, half-width and without accents, such as zhang for Ｚｈａｎｇ."""
    folded = tidy(unicodedata.normalize("NFKC", name)).casefold()
    bare = "".join(c for c in unicodedata.normalize("NFD", folded) if not unicodedata.combining(c))
    return unicodedata.normalize("NFC", bare)[:150]


def is_valid_username(name: str) -> bool:
    """Return whether a normalised user name has only Latin letters, digits, 汉字 and the signs . _ - @.

    Latin letters, digits, 汉字 and . _ - @ have no look-alikes.
    """
    return _LOGIN_NAME.fullmatch(name) is not None


class UserQuerySet(models.QuerySet["User"]):
    def open(self) -> UserQuerySet:
        """Return the accounts that are not closed."""
        return self.filter(is_active=True)

    def with_role(self, *roles: str) -> UserQuerySet:
        """Return the accounts that have any of the given roles."""
        return self.filter(role__in=roles)

    def of_region(self, code: str) -> UserQuerySet:
        """Return the accounts of the region with this code."""
        return self.filter(region_id=code)


class UserManager(BaseUserManager["User"]):
    def get_queryset(self) -> UserQuerySet:
        return UserQuerySet(self.model, using=self._db)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username=normalise_username(username or ""))

    def open(self) -> UserQuerySet:
        return self.get_queryset().open()

    def with_role(self, *roles: str) -> UserQuerySet:
        return self.get_queryset().with_role(*roles)


class User(AbstractBaseUser):
    username = models.CharField("用户名", max_length=150, unique=True)
    name = models.CharField("姓名", max_length=40)
    phone = models.CharField("电话", max_length=30, blank=True)
    email = models.EmailField("邮箱", blank=True)
    role = models.CharField("角色", max_length=20, choices=Role, blank=True)
    region = models.ForeignKey(Region, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="所属市州")
    is_active = models.BooleanField("启用", default=True)
    must_change_password = models.BooleanField("须改密码", default=True)
    password_changed_at = models.DateTimeField("密码修改时间", null=True)
    session_epoch = models.PositiveIntegerField("会话批次", default=1)  # raised to end every session at once
    created_at = models.DateTimeField("开户时间", db_default=Now())

    withheld: frozenset[Permission] = frozenset()  # what the token of this API call does not use of the role

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: list[str] = []  # type: ignore[misc]
    objects = UserManager()

    class Meta:
        verbose_name = "账号"
        ordering = ["username"]
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=["", *Role.values]), name="user_role_known"),
            models.CheckConstraint(
                condition=models.Q(role__in=sorted(CITY_ROLES), region__isnull=False)
                | models.Q(role__in=["", *sorted(set(Role.values) - CITY_ROLES)]),
                name="user_city_role_has_city",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}（{self.role_label}）"

    @property
    def role_label(self) -> str:
        """Return the user's region and role as one text for the page header, such as 郴州市填报."""
        label = Role(self.role).label if self.role else "未授权"
        return label.replace("市州", self.region.name_in_text) if self.region is not None and self.is_city else label

    @property
    def is_province(self) -> bool:
        return self.role in PROVINCE_ROLES

    @property
    def is_city(self) -> bool:
        return self.role in CITY_ROLES

    @property
    def password_due(self) -> bool:
        """Return whether the user must set a new password now.

        True at the first login, after a reset, and when the password is older than PASSWORD_DAYS.
        """
        if self.must_change_password or self.password_changed_at is None:
            return True
        return clock.real_now() - self.password_changed_at > timedelta(days=settings.PASSWORD_DAYS)

    def may(self, permission: Permission | str) -> bool:
        """Return whether the user has the given permission."""
        return self.is_active and permission in permissions_of(self.role) and permission not in self.withheld

    def sees_region(self, code: str) -> bool:
        """Return whether the user may see the unpublished data of the city with this code."""
        return self.is_active and (self.is_province or (self.is_city and self.region_id == code))


class Anonymous:
    """User without any permission, for requests without a login."""

    pk = id = None
    username = ""
    name = "未登录"
    role = ""
    role_label = ""
    region = region_id = None
    is_active = is_authenticated = is_province = is_city = password_due = False
    is_anonymous = True
    withheld: frozenset[Permission] = frozenset()

    def __str__(self) -> str:
        return self.name

    def may(self, permission: Permission | str) -> bool:
        return False

    def sees_region(self, code: str) -> bool:
        return False


class UsedPassword(models.Model):
    """Hash of one of a user's most recent passwords, none of which the user may choose again."""

    user = models.ForeignKey(User, models.CASCADE, related_name="used_passwords")
    password = models.CharField(max_length=128)
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = "用过的密码"
        ordering = ["-changed_at"]

    def __str__(self) -> str:
        return f"{self.user} {self.changed_at}"


class LoginFailures(models.Model):
    """Count of failed logins under one user name, even if no account has that name.

    So a refused login does not reveal whether the account exists.

    A browser that the owner has used counts for itself, under a name that only it can say (ADR 16).
    """

    name = models.CharField(max_length=150, primary_key=True)
    known_to = models.ForeignKey(User, models.CASCADE, null=True, related_name="+")  # null: of a name
    count = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField(db_default=Now())
    locked_until = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "登录失败"

    def __str__(self) -> str:
        return f"{self.name}: {self.count}"


class AddressFailures(models.Model):
    """Failed logins from one IP address, stored as the time at which they will all be forgiven.

    Each failed login moves it a minute further.
    """

    address = models.GenericIPAddressField(primary_key=True)
    forgiven_at = models.DateTimeField()

    class Meta:
        verbose_name = "地址的登录失败"

    def __str__(self) -> str:
        return f"{self.address}: {self.forgiven_at}"


class SessionRecord(models.Model):
    """Session of a signed-in browser, with its IP address and the time of last use.

    Ending the session deletes this row and Django's session.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="session_records")
    session_key = models.CharField(max_length=40, unique=True)  # never shown; pages name a session by this row's id
    epoch = models.PositiveIntegerField()
    started_at = models.DateTimeField("登录时间")
    seen_at = models.DateTimeField("最近使用")
    ip = models.GenericIPAddressField("地址", null=True)
    browser = models.CharField("浏览器", max_length=200, blank=True)

    class Meta:
        verbose_name = "登录会话"
        ordering = ["-started_at"]

    def __str__(self) -> str:
        return f"{self.user} {self.started_at}"


class PasswordLinkQuerySet(models.QuerySet["PasswordLink"]):
    def unused(self) -> PasswordLinkQuerySet:
        """Return the password codes that have not been used."""
        return self.filter(used_at=None)

    def usable(self) -> PasswordLinkQuerySet:
        """Return the unused password codes that have not expired."""
        return self.unused().filter(expires_at__gt=clock.real_now())

    def of_accounts(self) -> PasswordLinkQuerySet:
        """Return the password codes of existing accounts, with the accounts loaded in the same query.

        Codes for the first account of a role are left out.
        """
        return self.filter(user__isnull=False).select_related("user__region", "asked_by", "released_by")


class PasswordLink(models.Model):
    """One-use code to set the password of an account, or to open the first account of a role.

    It comes in two halves, each shown once (ADR 14): the first to the keeper who asks for the code, the second to
    another one, who releases it. Without the second half the first is worth nothing.
    """

    digest = models.CharField(max_length=64, unique=True)  # SHA-256 of the first half
    second_digest = models.CharField(max_length=64, blank=True)  # "" until it is released
    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="password_links")
    role = models.CharField(max_length=20, choices=Role, blank=True)
    reason = models.CharField("事由", max_length=520, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    asked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")  # null: the host
    released_at = models.DateTimeField(null=True)
    released_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    objects = PasswordLinkQuerySet.as_manager()

    class Meta:
        verbose_name = "激活码"
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(used_at=None, user__isnull=False),
                name="password_link_one_an_account",
            ),
            models.UniqueConstraint(
                fields=["role"], condition=models.Q(used_at=None, user=None), name="password_link_one_a_first_keeper"
            ),
            models.CheckConstraint(
                condition=models.Q(second_digest="", released_at=None, released_by=None)
                | (~models.Q(second_digest="") & models.Q(released_at__isnull=False)),
                name="password_link_released_whole",
            ),
            models.CheckConstraint(
                condition=models.Q(released_by=None)
                | (~models.Q(released_by=models.F("asked_by")) & ~models.Q(released_by=models.F("user"))),
                name="password_link_released_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(user__isnull=False, role="")
                | models.Q(user__isnull=True, role__in=["administrator", "security_officer"]),
                name="password_link_for_account_or_first_keeper",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user or self.get_role_display()} {self.expires_at}"

    def code_release_refusal(self, officer_id: int | None) -> str | None:
        """Return the Chinese reason why an officer may not release this code's second half, or None."""
        if self.used_at is not None:
            return "这个激活码已经用过，或已另发新的"
        if self.released_at is not None:
            return f"{self.released_by or '主机'}已经放行这个激活码，后半段只显示一次"
        if self.expires_at <= clock.real_now():
            return "申请已超过 24 小时，请系统管理员重新申请"
        if officer_id is not None and officer_id == self.asked_by_id:
            return "申请激活码的人不能自己放行"
        if officer_id is not None and officer_id == self.user_id:
            return "本人的激活码须由另一位安全管理员放行"
        return None


class TokenQuerySet(models.QuerySet["Token"]):
    def visible_to(self, user: User) -> TokenQuerySet:
        """Return the user's own tokens, or all tokens if the user is a security officer."""
        return self if user.may(Permission.MANAGE_TOKENS) else self.filter(user=user)

    def with_owner(self) -> TokenQuerySet:
        """Return the tokens with their user, the user's region and the granting officer loaded in one query."""
        return self.select_related("user__region", "granted_by")

    def not_fetched(self) -> TokenQuerySet:
        """Return the unexpired, unrevoked API tokens whose secret their owner has not fetched yet."""
        return self.filter(digest=None, revoked_at=None, expires_at__gt=clock.real_now())


class Token(models.Model):
    """API token of a user, granted by a security officer.

    The user fetches the token's secret before its first use.
    """

    class Scope(models.TextChoices):
        READ = "read", "读取"
        SUBMIT = "submit", "填报"
        REGISTER = "register", "维护名录"
        CONTACTS = "contacts", "读取联系方式"

    prefix = models.CharField("令牌前缀", max_length=12, unique=True)
    digest = models.CharField("摘要", max_length=64, unique=True, null=True)  # noqa: DJ001  # SHA-256, null until fetched
    user = models.ForeignKey(User, models.PROTECT, related_name="tokens", verbose_name="代表账号")
    label = models.CharField("用途", max_length=80)
    scope = models.CharField("范围", max_length=10, choices=Scope)
    networks = models.JSONField("允许地址", default=list, blank=True)  # CIDR texts; empty: any
    created_at = models.DateTimeField("批准时间", db_default=Now())
    granted_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name="批准人"
    )  # null: the host
    fetched_at = models.DateTimeField("领取时间", null=True)
    expires_at = models.DateTimeField("到期时间")
    last_used_at = models.DateTimeField("最近使用", null=True)
    revoked_at = models.DateTimeField("吊销时间", null=True)

    objects = TokenQuerySet.as_manager()

    class Meta:
        verbose_name = "接口令牌"
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(scope__in=["read", "submit", "register", "contacts"]), name="token_scope_known"
            ),
            models.CheckConstraint(
                condition=models.Q(digest=None, fetched_at=None)
                | models.Q(digest__isnull=False, fetched_at__isnull=False),
                name="token_fetched_whole",
            ),
            models.CheckConstraint(
                condition=models.Q(expires_at__lte=models.F("created_at") + timedelta(days=366)),
                name="token_at_most_a_year",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prefix}… {self.label}"

    @property
    def is_fetched_and_valid(self) -> bool:
        """Return whether requests with this token are accepted now.

        The token must be fetched, not revoked and not expired, and its user's account open.
        """
        return self.fetched_at is not None and self._is_valid

    @property
    def is_to_be_fetched(self) -> bool:
        """Return whether the API token is valid but its owner has not fetched its secret yet."""
        return self.fetched_at is None and self._is_valid

    @property
    def _is_valid(self) -> bool:
        return self.revoked_at is None and self.expires_at > clock.real_now() and self.user.is_active
