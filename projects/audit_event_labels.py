"""Chinese words for audit events about projects and their steps."""

from dataclasses import replace

from hunan_trade.lists.audit_event_labels import event_words_of_register
from projects.choices import PROPOSAL_LABELS, EntryState, PairState, Stage

_REGISTER = event_words_of_register("projects", "项目")
_BATCHES = event_words_of_register("batches", "湘南批次")
_FORTUNE_GROUPS = event_words_of_register("fortune", "世界500强名单")
WORDS = replace(
    _REGISTER,
    kinds={
        **_REGISTER.kinds,
        **_BATCHES.kinds,
        **_FORTUNE_GROUPS.kinds,
        "stage": "项目阶段",
        "increase": "项目增资",
        "counting": "项目计数规则",
        "termination": "项目终止",
        "project": "项目关注",
        "contact": "项目联系",
        "batch": "批次名单",
        "duplicate": "疑似重复项目",
    },
    verbs={
        **_REGISTER.verbs,
        **_BATCHES.verbs,
        **_FORTUNE_GROUPS.verbs,
        "projects.delayed": "项目设为延期",
        "projects.stalled": "项目设为停滞",
        "projects.resumed": "项目恢复推进",
        "projects.finished": "项目设为完成",
        "projects.reopened": "撤回项目完成",
        "stage.entered": "登记项目阶段",
        "stage.accepted": "核定项目阶段",
        "stage.confirmed": "确认项目阶段",
        "stage.given_back": "退回项目阶段",
        "stage.voided": "作废项目阶段",
        "increase.proposed": "申报项目增资",
        "increase.confirmed": "确认项目增资",
        "increase.given_back": "退回项目增资",
        "increase.voided": "作废项目增资",
        "termination.proposed": "提出终止项目",
        "termination.entered": "终止项目",
        "termination.confirmed": "确认终止项目",
        "termination.given_back": "退回终止项目",
        "termination.voided": "作废项目终止",
        "counting.decided": "定项目计数规则",
        "counting.year_closed": "年度关账",
        "counting.year_opened": "撤销年度关账",
        "project.followed": "关注项目",
        "project.unfollowed": "取消关注项目",
        "contact.logged": "登记项目联系",
        "contact.voided": "作废项目联系",
        "batch.joined": "项目列入批次",
        "batch.left": "项目退出批次",
        "batch.threshold_decided": "定批次投资额下限",
        "duplicate.found": "发现疑似重复项目",
        "duplicate.confirmed": "认定为同一项目",
        "duplicate.refuted": "认定不是同一项目",
        "duplicate.merged": "合并项目",
        "duplicate.withdrawn": "撤销重复项目的认定",
    },
    labels={
        **_REGISTER.labels,
        "effective_on": "生效日期",
        "state": "办理",
        "amount_cny": "增资内资",
        "amount_usd": "增资外资",
        "changed": "判定有变的项目",
        "contacted_on": "联系日期",
        "least_usd": "投资额下限（美元）",
        "from_day": "自何日起",
        "found": "疑似重复",
        "closed": "不再相似",
    },
    # One label for whoever's lead an entry waits for: the events are those of steps, increases and terminations.
    choices={"stage": Stage, "state": [*EntryState.choices, *PROPOSAL_LABELS, *PairState.choices]},
)
