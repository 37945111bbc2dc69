"""Chinese words for the audit event that is recorded whenever somebody reads the audit log."""

from hunan_trade.audit.event_labels import EventWords
from hunan_trade.console.filters import EventFilter

WORDS = EventWords(
    verbs={"audit.read": "查阅审计记录"},
    labels={name: str(asked.label) for name, asked in EventFilter.base_filters.items()},
    choices={
        name: asked.extra["choices"] for name, asked in EventFilter.base_filters.items() if "choices" in asked.extra
    },
)
