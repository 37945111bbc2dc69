"""Declares the Chinese words for the audit event recorded whenever somebody reads the audit log."""

from hunan_trade.accounts.roles import Role
from hunan_trade.audit.event_label_lookup import EventWords, kind_choices
from hunan_trade.audit.models import Event
from hunan_trade.console.filters import EventFilter, city_choices

_SUFFIXES = {"after": "自", "before": "至", "not": "除外"}

WORDS = EventWords(
    verbs={"audit.read": "查阅审计记录"},
    labels={
        parameter: f"{asked.label}{_SUFFIXES.get(parameter.removeprefix(f'{name}_'), '')}"
        for name, asked in EventFilter.base_filters.items()
        for parameter in asked.parameters(name)
    },
    choices={"kind": kind_choices, "role": Role.choices, "result": Event.Result.choices, "region": city_choices},
)
