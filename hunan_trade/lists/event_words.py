"""The words for events of shared views, and of registers, which all say the same of different records."""

from __future__ import annotations

from hunan_trade.audit.event_labels import EventWords
from hunan_trade.lists.models import Act

WORDS = EventWords(
    kinds={"view": "视图"},
    verbs={
        "view.saved": "保存本组视图",
        "view.changed": "修改本组视图",
        "view.default_set": "设本组默认视图",
        "view.deleted": "删除本组视图",
    },
)


def register_words(code: str, title: str) -> EventWords:
    """Return the words for the events of one register: parks.edited is 修改园区."""
    return EventWords(
        kinds={code: title},
        verbs={f"{code}.{kind.value}": f"{kind.label}{title}" for kind in Act.Kind},
        labels={"written": "写入条数", "created": "其中新登记", "deleted": "其中删除"},
    )
