"""Loads the home page of administrative roles: to-do items and the state of the system.

No trade statistics.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Max, Q
from django.urls import reverse

from hunan_trade import clock
from hunan_trade.accounts import queries as accounts
from hunan_trade.accounts.models import LoginFailures, Token, User
from hunan_trade.accounts.roles import Permission, permissions_of
from hunan_trade.audit import database_role_check
from hunan_trade.audit.models import Event
from hunan_trade.files.models import StoredFile
from hunan_trade.jobs import system_health as jobs
from hunan_trade.periods import format_chinese_datetime
from hunan_trade.quantities import format_with_commas
from hunan_trade.ui.component_data import TodoItem

EXPIRES_SOON = timedelta(days=14)  # a token that ends within this is shown, so that its user can be asked
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class AdministrationHome:
    title: str  # what waits, or that nothing does
    lines: tuple[TodoItem, ...]
    permissions: tuple[Permission, ...]
    one_role: tuple[str, str] | None = None  # that the application owns the tables, and what it means


def administration_home(user: User) -> AdministrationHome:
    lines = tuple(_todo_items(user))
    waiting = "，".join(line.text for line in lines if line.text_late)
    title = waiting or ("没有要办的事" if lines else "本账号尚未授权")
    alone = user.may(Permission.MANAGE_ACCOUNTS) and not database_role_check.uses_restricted_role()
    one_role = (database_role_check.ONE_ROLE, database_role_check.ONE_ROLE_EXPLANATION) if alone else None
    return AdministrationHome(title, lines, tuple(sorted(permissions_of(user.role), key=str)), one_role)


def _todo_items(user: User) -> Iterable[TodoItem]:
    if user.may(Permission.MANAGE_ACCOUNTS):
        yield _accounts_item()
    if user.may(Permission.GIVE_ROLES):
        yield _roles_item()
    if user.may(Permission.RELEASE_CODES):
        yield _activation_codes_item(user)
    if user.may(Permission.MANAGE_TOKENS):
        yield _tokens_item()
    if user.may(Permission.SEE_JOBS):
        yield _jobs_item(user)
        yield _files_item()
    if user.may(Permission.READ_AUDIT):
        yield _audit_item()


def _accounts_item() -> TodoItem:
    counts = User.objects.aggregate(
        open=Count("pk", filter=Q(is_active=True)),
        closed=Count("pk", filter=Q(is_active=False)),
        unused=Count("pk", filter=Q(is_active=True, password_changed_at=None)),
    )
    return TodoItem(
        "账号",
        reverse("accounts:home"),
        text=f"启用 {counts['open']} 个，停用 {counts['closed']} 个",
        why=f"{counts['unused']} 个还没有用激活码设密码" if counts["unused"] else "都已设密码",
        action="开设账号",
        action_url=reverse("console:account-new"),
    )


def _roles_item() -> TodoItem:
    without_role = User.objects.open().filter(role="").count()
    locked = LoginFailures.objects.filter(known_to=None, locked_until__gt=clock.real_now()).count()
    url = reverse("grants:home")
    return TodoItem(
        "授权",
        url,
        text=f"{without_role} 个账号待授权" if without_role else "账号都已授权",
        text_late=bool(without_role),
        why=f"{locked} 个用户名因密码连续输错而锁定" if locked else "没有锁定的账号",
        action="授予角色" if without_role else "",
        action_url=f"{url}?role=none" if without_role else "",
    )


def _activation_codes_item(user: User) -> TodoItem:
    waiting = sum(code.code_release_refusal(user.pk) is None for code in accounts.pending_codes())
    url = reverse("codes:home")
    return TodoItem(
        "激活码",
        url,
        text=f"{waiting} 个激活码待放行" if waiting else "没有待放行的",
        text_late=bool(waiting),
        action="放行激活码" if waiting else "",
        action_url=url if waiting else "",
    )


def _tokens_item() -> TodoItem:
    now = clock.real_now()
    fetched = Q(fetched_at__isnull=False)
    counts = Token.objects.filter(revoked_at=None, expires_at__gt=now).aggregate(
        valid=Count("pk", filter=fetched),
        soon=Count("pk", filter=fetched & Q(expires_at__lte=now + EXPIRES_SOON)),
        waiting=Count("pk", filter=~fetched),
    )
    ends = (
        f"{counts['soon']} 个 {EXPIRES_SOON.days} 天内到期" if counts["soon"] else f"{EXPIRES_SOON.days} 天内没有到期的"
    )
    ends += f"，{counts['waiting']} 个待本人领取" if counts["waiting"] else ""
    return TodoItem("接口令牌", reverse("tokens:home"), text=f"有效 {counts['valid']} 个", why=ends)


def _jobs_item(user: User) -> TodoItem:
    counts = jobs.job_counts(user)
    url = reverse("jobs:home")
    words = [f"{counts.in_trouble} 个没办成"] if counts.in_trouble else []
    words += [f"{counts.stuck} 个超过 10 分钟没有办完"] if counts.stuck else []
    silent = sum(worker.is_silent for worker in jobs.workers())
    words += [f"{silent} 个执行程序没有应答"] if silent else []
    minutes = jobs.age_of_oldest_write() // timedelta(minutes=1)
    words += [f"有一处写入 {minutes} 分钟没有结束，变动接口在等"] if minutes else []
    return TodoItem(
        "后台任务",
        url,
        text="，".join(words) or "没有办不成的",
        text_late=bool(words),
        why=f"在办 {counts.unfinished} 个",
        action="查看任务" if words else "",
        action_url=f"{url}?state=failed&state=quarantined" if counts.in_trouble else url if words else "",
    )


def _files_item() -> TodoItem:
    found = StoredFile.objects.aggregate(
        all=Count("pk"),
        damaged=Count("pk", filter=Q(fault=StoredFile.Fault.DAMAGED)),
        missing=Count("pk", filter=Q(fault=StoredFile.Fault.MISSING)),
        looked_at=Max("looked_at"),
    )
    words = [f"{found[fault]} 份文件{fault.label}" for fault in StoredFile.Fault if found[fault]]
    remedy = "在服务器上执行 manage.py verify_files 列出，从备份取回后再执行一次"
    looked = f"{format_chinese_datetime(found['looked_at'])} 核对" if found["looked_at"] else "每晚核对，还没有核对过"
    return TodoItem(
        "存储文件",
        reverse("jobs:home") + "?view=all",
        text="，".join(words) or "没有查出损坏和缺失",
        text_late=bool(words),
        why=remedy if words else f"共 {format_with_commas(found['all'])} 份，{looked}",
    )


def _audit_item() -> TodoItem:
    counts = Event.objects.filter(recorded_at__gt=clock.real_now() - WEEK).aggregate(
        all=Count("pk"),
        refused=Count("pk", filter=Q(result=Event.Result.REFUSED)),
        failed=Count("pk", filter=Q(result=Event.Result.FAILED)),
    )
    url = reverse("audit:home")
    words = f"近 {WEEK.days} 天被拒 {counts['refused']} 次，失败 {counts['failed']} 次"
    kind = Event.Result.REFUSED if counts["refused"] else Event.Result.FAILED if counts["failed"] else None
    return TodoItem(
        "审计记录",
        url,
        text=words if kind else f"近 {WEEK.days} 天没有被拒和失败的",
        text_late=kind is not None,
        why=f"近 {WEEK.days} 天共记 {format_with_commas(counts['all'])} 条",
        action=f"查看{kind.label}" if kind else "",
        action_url=f"{url}?result={kind.value}" if kind else "",
    )
