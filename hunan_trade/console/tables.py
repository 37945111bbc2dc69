"""Declares the lists of accounts, codes, API tokens, audit events and jobs, and tables inside pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from django.urls import reverse
from django.utils.text import Truncator

from hunan_trade.accounts import queries
from hunan_trade.accounts.models import PasswordLink, SessionRecord, Token, User
from hunan_trade.accounts.roles import Permission, Role
from hunan_trade.audit import chain_queries
from hunan_trade.audit.actions import record
from hunan_trade.audit.event_label_lookup import verb_label
from hunan_trade.audit.models import Event
from hunan_trade.console.filters import AccountFilter, CodeFilter, EventFilter, JobFilter, TokenFilter
from hunan_trade.jobs import system_health
from hunan_trade.jobs.models import Job
from hunan_trade.lists import column_kinds
from hunan_trade.lists.columns import Column, field
from hunan_trade.lists.declaration import PAGE_AND_FILES, Action, Listing, Panel, View
from hunan_trade.lists.pages.embedded_record_tables import PageTable
from hunan_trade.lists.pages.row_buttons import RowButton, RowEnd
from hunan_trade.quantities import format_with_commas
from hunan_trade.ui.component_data import StateKind
from hunan_trade.ui.templatetags.portal import moment
from hunan_trade.ui.user_agent_names import browser_and_system_name

# --- Tables inside pages --------------------------------------------------------------------------------------------
WORKERS = PageTable(
    "执行程序",
    (
        Column("name", "名称", column_kinds.CODE),
        Column("answered_at", "最近应答", column_kinds.MOMENT),
        Column(
            "is_silent",
            "状态",
            column_kinds.state({"没有应答": "bad", "应答正常": "ok"}),
            value=lambda worker: "没有应答" if worker.is_silent else "应答正常",
        ),
    ),
)
ACCOUNT_EVENTS = PageTable(
    "账号经过",
    (
        Column("verb", "事项", value=lambda event: verb_label(event.verb)),
        field(Event, "recorded_at", title="时间"),
        field(Event, "actor_name"),
        field(Event, "reason", title="依据"),
    ),
)
CHANGED_FIELDS = PageTable("变动", (Column("name", "项"), Column("before", "之前"), Column("after", "之后")))
SESSIONS = PageTable(
    "登录会话",
    (
        field(SessionRecord, "started_at"),
        field(SessionRecord, "seen_at"),
        field(SessionRecord, "ip", kind=column_kinds.CODE),
        Column("browser", "浏览器", value=lambda session: browser_and_system_name(session.browser)),
    ),
)


def end_session_button(here: SessionRecord | None, session: SessionRecord) -> RowEnd:
    """Return the button that ends `session`, or the word 当前 (current) if it is this browser's own session."""
    if session == here:
        return "当前"
    return (RowButton("退出这一处", reverse("console:session-end", args=[session.pk])),)


# --- Accounts -------------------------------------------------------------------------------------------------------
_ROLE = column_kinds.state({"none": "now"}, {"none": "未授权", **dict(Role.choices)})


def _account_state(account: User) -> str:
    return "启用" if account.is_active else "停用"


def _login_state(account: User) -> str:
    return "锁定" if account.is_locked else _account_state(account)  # type: ignore[attr-defined]  # see accounts_with_locks


_ROLE_AND_CITY = (
    field(User, "role", kind=_ROLE, value=lambda account: account.role or "none"),
    field(User, "region", title="市州", sort=("region",)),
)

ACCOUNTS = Listing(
    code="accounts",
    title="账号",
    noun="个",
    see=Permission.MANAGE_ACCOUNTS,
    rows=queries.all_accounts,
    reference=True,
    columns=(
        field(User, "username", link=lambda account: reverse("console:account", args=[account.pk])),
        field(User, "name"),
        *_ROLE_AND_CITY,
        Column("state", "状态", column_kinds.state({"启用": "ok"}), value=_account_state, sort=("is_active",)),
        field(User, "password_changed_at", title="密码修改", narrow=False),
    ),
    filters=AccountFilter,
    ordering=("-is_active", "role", "username"),
    search=("username", "name"),
    actions=(Action("开设账号", "console:account-new", Permission.MANAGE_ACCOUNTS),),
    empty=("还没有账号", "由系统管理员开设。"),
    parts=PAGE_AND_FILES,
)

GRANTS = Listing(
    code="grants",
    title="授权",
    noun="个",
    see=Permission.GIVE_ROLES,
    rows=queries.accounts_with_locks,
    reference=True,
    columns=(
        field(User, "name", link=lambda account: reverse("console:role-give", args=[account.pk])),
        field(User, "username", kind=column_kinds.CODE),
        *_ROLE_AND_CITY,
        Column(
            "state", "状态", column_kinds.state({"启用": "ok", "锁定": "bad"}), value=_login_state, sort=("is_active",)
        ),
    ),
    filters=AccountFilter,
    ordering=("-is_active", "role", "username"),
    search=("username", "name"),
    actions=(Action("看角色权限", "console:roles", Permission.GIVE_ROLES),),
    about="一个账号只有一个角色",
    empty=("还没有账号", "账号由系统管理员开设。"),
    parts=PAGE_AND_FILES,
)


# --- Codes for passwords --------------------------------------------------------------------------------------------
def _code_state(code: PasswordLink) -> str:
    return "已放行" if code.released_at else "待放行"


def _person_or_host(person: User | None) -> str:
    return person.name if person else "主机"


def _release_button(officer: User, code: PasswordLink) -> RowEnd:
    if code.released_at:
        return f"待本人设密码，{moment(code.expires_at)}前有效"
    release = RowButton("放行激活码", reverse("console:code-release", args=[code.pk]))
    return code.code_release_refusal(officer.pk) or (release,)


CODES = Listing(
    code="codes",
    title="激活码",
    noun="个",
    see=Permission.RELEASE_CODES,
    rows=queries.pending_codes,
    reference=True,
    columns=(
        Column("user", "姓名", sort=("user__name",), source="user.name"),
        Column("username", "用户名", column_kinds.CODE, source="user.username", sort=("user__username",)),
        Column("role", "角色", source="user.role_label"),
        field(PasswordLink, "reason"),
        Column("asked_by", "申请人", value=lambda code: _person_or_host(code.asked_by), sort=("asked_by__name",)),
        field(PasswordLink, "created_at", title="申请时间"),
        Column("state", "状态", column_kinds.state({"待放行": "now"}), value=_code_state, sort=("is_released",)),
        Column(
            "released_by",
            "放行人",
            value=lambda code: _person_or_host(code.released_by) if code.released_at else None,
            sort=("released_by__name",),
            narrow=False,
        ),
    ),
    filters=CodeFilter,
    ordering=("is_released", "created_at"),
    search=("user__name", "user__username"),
    views=(View("待放行", "state=waiting"),),
    row_end=_release_button,
    about="系统管理员申请，您核实后放行；时间为实际时间",
    footnote="放行前先向本人核实确有其事。放行后得到后半段，由您直接告诉本人。",
    empty=("没有激活码", "系统管理员开户、重置密码或恢复账号后，会列在这里。"),
    parts=PAGE_AND_FILES,
)


# --- API tokens -----------------------------------------------------------------------------------------------------
def _token_state(token: Token) -> str:
    if token.is_fetched_and_valid:
        return "有效"
    if token.is_to_be_fetched:
        return "待本人领取"
    return "已吊销" if token.revoked_at else "已失效"


TOKENS = Listing(
    code="tokens",
    title="接口令牌",
    noun="个",
    see=Permission.MANAGE_TOKENS,
    own_rows=True,
    rows=lambda: Token.objects.with_owner(),
    columns=(
        Column(
            "token",
            "令牌",
            column_kinds.CODE,
            value=lambda token: f"hnt_{token.prefix}…",
            sort=("prefix",),
            link=lambda token: reverse("console:token", args=[token.pk]),
        ),
        field(Token, "label"),
        field(Token, "user", sort=("user__name",)),
        field(Token, "scope"),
        Column("networks", "允许地址", value=lambda token: " ".join(token.networks) or "不限", narrow=False),
        Column(
            "granted_by",
            "批准",
            value=lambda token: token.granted_by.name if token.granted_by else "主机",
            sort=("granted_by__name",),
            narrow=False,
        ),
        field(Token, "expires_at", title="到期"),
        field(Token, "last_used_at"),
        Column("state", "状态", column_kinds.state({"有效": "ok", "待本人领取": "now"}), value=_token_state),
    ),
    filters=TokenFilter,
    ordering=("-created_at",),
    search=("prefix", "label", "user__name"),
    actions=(Action("批准令牌", "console:token-new", Permission.MANAGE_TOKENS),),
    empty=("没有接口令牌", "其他系统要用接口时，由安全管理员批准，所代表账号的本人在这里领取。"),
    parts=PAGE_AND_FILES,
)


# --- Audit events ---------------------------------------------------------------------------------------------------
def _record_audit_log_reading(user: User, asked: Mapping[str, Sequence[str]]) -> None:
    one_or_several = {name: values[0] if len(values) == 1 else list(values) for name, values in asked.items()}
    record("audit.read", by=user, after=one_or_several)


AUDIT = Listing(
    code="audit",
    title="审计记录",
    noun="条",
    see=Permission.READ_AUDIT,
    rows=lambda: Event.objects.all(),
    reference=True,
    columns=(
        field(Event, "seq", kind=column_kinds.CODE),
        field(Event, "recorded_at", title="时间"),
        Column(
            "verb",
            "事件",
            column_kinds.CODE,
            value=lambda event: verb_label(event.verb),
            sort=("verb",),
            link=lambda event: reverse("console:audit-event", args=[event.seq]),
        ),
        field(Event, "actor_name"),
        field(Event, "object_label", title="对象"),
        field(Event, "ip", kind=column_kinds.CODE, narrow=False),
        field(
            Event, "result", kind=column_kinds.state({"refused": "bad", "failed": "bad"}, dict(Event.Result.choices))
        ),
        field(
            Event, "reason", kind=replace(column_kinds.TEXT, text=lambda text: Truncator(text).chars(60)), narrow=False
        ),
    ),
    filters=EventFilter,
    ordering=("-seq",),
    search=("actor_name", "object_label", "reason", "request_id"),
    reading=_record_audit_log_reading,
    above=Panel("console/_audit_verification.html", lambda user: chain_queries.last_verification()),
    below=Panel("console/_audit_head.html", lambda user: chain_queries.newest_head()),
    about="时间为实际时间，只增不改",
    empty=("还没有记录", "登录、填报、核定等操作会记在这里。"),
    parts=PAGE_AND_FILES,
)


# --- Jobs -----------------------------------------------------------------------------------------------------------
_JOB_LIGHTS: Mapping[str, StateKind] = {
    Job.State.DONE: "ok",
    Job.State.RUNNING: "now",
    Job.State.FAILED: "bad",
    Job.State.QUARANTINED: "bad",
}


def _jobs_heading(user: User) -> str:
    counts = system_health.job_counts(user)
    if counts.in_trouble:
        return f"后台任务，{format_with_commas(counts.in_trouble)} 个没办成"
    return f"后台任务，{format_with_commas(counts.unfinished)} 个在办" if counts.unfinished else "后台任务，都已办完"


def _progress_text(job: Job) -> str:
    return (
        f"{format_with_commas(job.done)} / {format_with_commas(job.total)}"
        if job.total and job.state != Job.State.DONE
        else ""
    )


JOBS = Listing(
    code="jobs",
    title="后台任务",
    noun="个",
    see=Permission.SEE_JOBS,
    own_rows=True,
    rows=lambda: Job.objects.select_related("requested_by"),
    columns=(
        field(Job, "title", link=lambda job: reverse("console:job", args=[job.pk])),
        field(Job, "state", kind=column_kinds.state(_JOB_LIGHTS, dict(Job.State.choices))),
        Column("progress", "进度", replace(column_kinds.CODE, css="num"), value=_progress_text),
        Column(
            "requested_by",
            "交办人",
            column_kinds.CODE,
            value=lambda job: job.requested_by.name if job.requested_by else "系统",
            sort=("requested_by__name",),
        ),
        field(Job, "created_at", title="交办"),
        field(Job, "finished_at", title="结束", narrow=False),
        field(Job, "attempt", narrow=False),
        Column(
            "remark",
            "说明",
            value=lambda job: "" if job.state == Job.State.DONE else job.error or job.note,
            narrow=False,
        ),
    ),
    filters=JobFilter,
    ordering=("-pk",),
    search=("title",),
    views=(View("在办", "state=waiting&state=running"), View("没办成", "state=failed&state=quarantined")),
    heading=_jobs_heading,
    above=Panel("console/_stuck_jobs.html", lambda user: Job.objects.visible_to(user).stuck().count()),
    below=Panel(
        "console/_workers.html",
        lambda user: WORKERS.html(system_health.workers()) if user.may(Permission.SEE_JOBS) else None,
    ),
    about="时间为实际时间",
    empty=("还没有任务", "生成通报等较慢的工作会在这里排队办理。"),
    parts=PAGE_AND_FILES,
)

LISTS = (ACCOUNTS, GRANTS, CODES, TOKENS, AUDIT, JOBS)
