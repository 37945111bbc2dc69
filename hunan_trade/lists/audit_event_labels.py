"""Chinese labels of audit events about shared views and about records of registers."""

from __future__ import annotations

from hunan_trade.audit.event_label_lookup import EventWords
from hunan_trade.lists.models import Act

WORDS = EventWords(
    kinds={"view": "视图", "import": "导入", "attachment": "附件"},
    verbs={
        "view.saved": "保存本组视图",
        "view.changed": "修改本组视图",
        "view.default_set": "设本组默认视图",
        "view.deleted": "删除本组视图",
        "import.received": "上传要导入的文件",
        "import.written": "写入导入",
        "import.dropped": "放弃导入",
        "import.undone": "撤销整次导入",
        "attachment.added": "添加附件",
        "attachment.removed": "移除附件",
    },
    labels={"sha256": "内容摘要", "undone": "撤销条数", "staying": "留下条数"},
)

_WITH_OWN_VERBS = (Act.Kind.PUBLISHED, Act.Kind.ATTACHED, Act.Kind.DETACHED)  # their events are of another subject


def event_words_of_register(code: str, title: str) -> EventWords:
    """Return the Chinese labels of the audit events about one register, such as 修改园区 for parks.edited."""
    return EventWords(
        kinds={code: title},
        verbs={f"{code}.{kind.value}": f"{kind.label}{title}" for kind in Act.Kind if kind not in _WITH_OWN_VERBS},
        labels={"written": "写入条数", "created": "其中新登记", "deleted": "其中删除"},
    )
