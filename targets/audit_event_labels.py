"""Chinese words for audit events about work plans, drafts, tasks and rosters."""

from hunan_trade.audit.event_label_lookup import EventWords
from hunan_trade.lists.audit_event_labels import event_words_of_register

_ROSTERS = event_words_of_register("rosters", "名单条目")

WORDS = EventWords(
    kinds={
        "plan": "工作要点",
        "draft": "要点校核稿",
        "item": "要点条目",
        "task": "任务进展",
        "milestone": "时点",
        "roster": "名单",
        **_ROSTERS.kinds,
    },
    verbs={
        "plan.loaded": "载入工作要点",
        "plan.published": "发布工作要点",
        "draft.read": "读入要点文件",
        "draft.split": "断开条目",
        "draft.joined": "并入上一条",
        "draft.shifted": "调整层级",
        "draft.edited": "修改条目",
        "draft.continued": "核对承接条目",
        "draft.headed": "修改文件信息",
        "draft.discarded": "弃用校核稿",
        "item.assigned": "定牵头单位",
        "task.reported": "更新任务进展",
        "milestone.reached": "登记时点达成",
        "roster.listed": "补列名单",
        **_ROSTERS.verbs,
    },
    labels={
        **_ROSTERS.labels,
        "added": "新增",
        "at": "段次",
        "continued": "承接",
        "deadlines": "时限",
        "draft": "校核稿",
        "kind": "种类",
        "level": "层级",
        "listed": "名单总数",
        "name": "名称",
        "names": "点名",
        "plan": "要点",
        "quantities": "数量",
        "scope": "范围",
        "sha256": "内容摘要",
        "units": "责任单位",
        "version": "版本",
    },
)
