"""Chinese for the verbs of the log. A verb of a later app without an entry is shown by its kind and its own name."""

from __future__ import annotations

from collections.abc import Iterable

from hunan_trade.audit.models import Event

EVENT_KINDS = [
    ("session", "登录"),
    ("account", "账号"),
    ("password", "密码"),
    ("role", "授权"),
    ("activation", "激活码"),
    ("token", "令牌"),
    ("access", "访问"),
    ("audit", "审计"),
    ("return", "月报"),
    ("exception", "例外"),
    ("job", "后台任务"),
    ("plan", "工作要点"),
    ("task", "任务"),
    ("target", "目标"),
    ("enterprise", "企业"),
    ("project", "项目"),
    ("park", "园区"),
    ("platform", "平台"),
    ("event", "活动"),
    ("report", "通报"),
    ("file", "文件"),
]
_VERBS = {
    "session.opened": "登录",
    "session.refused": "登录未成",
    "session.closed": "退出登录",
    "session.ended": "结束一处登录",
    "session.all_ended": "结束全部登录",
    "account.opened": "开户",
    "account.closed": "停用账号",
    "account.reopened": "恢复账号",
    "account.locked": "锁定账号",
    "account.unlocked": "解除锁定",
    "password.changed": "修改密码",
    "password.reset": "重置密码",
    "role.given": "授予角色",
    "activation.issued": "发放激活码",
    "token.issued": "签发令牌",
    "token.revoked": "吊销令牌",
    "token.refused": "令牌被拒",
    "access.denied": "越权访问",
    "audit.read": "查阅审计记录",
    "return.opened": "开放填报",
    "return.saved": "保存月报",
    "return.handed_up": "送市州负责人",
    "return.handed_back": "退给填报人",
    "return.signed": "签发月报",
    "return.sent": "报送月报",
    "return.given_back": "退回修改",
    "return.accepted": "核定月报",
    "return.reopened": "重新打开月报",
    "job.retried": "重新办理任务",
    "job.failed": "任务没办成",
    "job.quarantined": "隔离任务",
    "report.issued": "签发通报",
    "file.downloaded": "下载文件",
}
_KINDS = dict(EVENT_KINDS)


def worded(events: Iterable[Event]) -> list[tuple[Event, str]]:
    return [(event, verb_words(event.verb)) for event in events]


def verb_words(verb: str) -> str:
    """登录未成; for a verb not listed here 月报 withdrawn."""
    kind, _, act = verb.partition(".")
    return _VERBS.get(verb) or f"{_KINDS.get(kind, kind)} {act}"
