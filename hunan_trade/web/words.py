"""Chinese for the verbs of the log; a test finds every verb that is written anywhere and has no entry here."""

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
    ("observation", "核定数"),
    ("job", "后台任务"),
    ("plan", "工作要点"),
    ("draft", "要点校核稿"),
    ("item", "要点条目"),
    ("task", "任务进展"),
    ("milestone", "时点"),
    ("roster", "名单"),
    ("enterprise", "企业"),
    ("parks", "园区"),
    ("events", "活动"),
    ("report", "通报"),
    ("file", "文件"),
]
VERBS = {
    "session.opened": "登录",
    "session.refused": "登录未成",
    "session.closed": "退出登录",
    "session.ended": "结束一处登录",
    "session.all_ended": "结束全部登录",
    "account.opened": "开户",
    "account.renamed": "更改姓名",
    "account.closed": "停用账号",
    "account.reopened": "恢复账号",
    "account.locked": "锁定账号",
    "account.unlocked": "解除锁定",
    "password.changed": "修改密码",
    "password.reset": "重置密码",
    "role.given": "授予角色",
    "activation.issued": "发放激活码",
    "activation.released": "放行激活码",
    "token.issued": "签发令牌",
    "token.revoked": "吊销令牌",
    "token.refused": "令牌被拒",
    "access.denied": "越权访问",
    "audit.read": "查阅审计记录",
    "audit.exported": "导出审计记录",
    "audit.verified": "核验审计记录链",
    "return.opened": "开放填报",
    "return.saved": "保存月报",
    "return.filled": "填写月报",
    "return.uploaded": "上传报表",
    "return.imported": "采用上传的报表",
    "return.declared_nil": "零报告",
    "return.handed_up": "送市州负责人",
    "return.handed_back": "退给填报人",
    "return.signed": "签发月报",
    "return.sent": "报送月报",
    "return.counter_mended": "接续月报轮次",
    "return.given_back": "退回修改",
    "return.accepted": "核定月报",
    "return.reopened": "重新打开月报",
    "exception.asked": "提出例外",
    "exception.granted": "批准例外",
    "exception.refused": "驳回例外",
    "observation.corrected": "更正核定数",
    "job.retried": "重新办理任务",
    "job.failed": "任务没办成",
    "job.quarantined": "隔离任务",
    "plan.loaded": "载入工作要点",
    "plan.published": "发布工作要点",
    "draft.read": "读入要点文件",
    "draft.split": "断开条目",
    "draft.joined": "并入上一条",
    "draft.shifted": "调整层级",
    "draft.edited": "修改条目",
    "draft.headed": "修改文件信息",
    "draft.discarded": "弃用校核稿",
    "item.assigned": "定牵头单位",
    "task.reported": "更新任务进展",
    "milestone.reached": "登记时点达成",
    "roster.listed": "补列名单",
    "parks.loaded": "载入园区名录",
    "events.loaded": "载入活动名录",
    "enterprise.registered": "登记企业",
    "report.requested": "交办起草",
    "report.drafted": "起草通报",
    "report.edited": "改通报文字",
    "report.review_asked": "通报送审",
    "report.reviewed": "审核通报",
    "report.given_back": "退回草稿",
    "report.issued": "签发通报",
    "report.voided": "作废通报",
    "report.counter_mended": "接续期号计数",
    "file.downloaded": "下载文件",
    "file.damaged": "查出文件损坏",
    "file.missing": "查出文件缺失",
    "file.restored": "文件恢复",
}
_KINDS = dict(EVENT_KINDS)


def worded(events: Iterable[Event]) -> list[tuple[Event, str]]:
    return [(event, verb_words(event.verb)) for event in events]


def verb_words(verb: str) -> str:
    """登录未成; of an older release's verb only the kind is said, as its own page shows the verb itself."""
    kind, _, _ = verb.partition(".")
    return VERBS.get(verb) or _KINDS.get(kind, "其他")
