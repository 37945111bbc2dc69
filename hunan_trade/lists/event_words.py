"""The words for events of registers, which all say the same of different records."""

from __future__ import annotations

from hunan_trade.audit.event_words import EventWords
from hunan_trade.lists.models import Act


def register_words(code: str, title: str) -> EventWords:
    """Return the words for the events of one register: parks.edited is 修改园区."""
    return EventWords(
        kinds={code: title},
        verbs={f"{code}.{kind.value}": f"{kind.label}{title}" for kind in Act.Kind},
        labels={"written": "写入条数", "created": "其中新登记"},
    )
