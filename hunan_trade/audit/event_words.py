"""What events are called where people read them: each app says its own words, in `settings.EVENT_WORDS`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from hunan_trade.audit.models import Event


@dataclass(frozen=True, kw_only=True)
class EventWords:
    """The words for the events of one app.

    `kinds` holds the nouns of verbs, as a filter offers them, `verbs` the verbs themselves. A key of `before` and `after`
    is called as the field of the event's subject; `labels` holds the keys that are no such field, or say something else
    than it, and `choices` what their values are called, in any form that a Django field takes.
    """

    kinds: Mapping[str, str] = field(default_factory=dict)
    verbs: Mapping[str, str]
    labels: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, Any] = field(default_factory=dict)


WORDS = EventWords(
    kinds={"audit": "审计"},
    verbs={"audit.exported": "导出审计记录", "audit.verified": "核验审计记录链"},
    labels={"count": "条数", "first": "首条", "head": "末条摘要", "last": "末条"},
)
NO_WORDS = EventWords(verbs={})


@cache
def declared() -> dict[str, EventWords]:
    """Every app's words, by the dotted name under which they are declared."""
    return {name: import_string(name) for name in settings.EVENT_WORDS}


def kind_choices() -> list[tuple[str, str]]:
    """The choices of a filter by kind."""
    return [kind for words in declared().values() for kind in words.kinds.items()]


@cache
def words_for_verb(verb: str) -> EventWords:
    """The words of the app that declares the verb; none for a verb of an older release."""
    return next((words for words in declared().values() if verb in words.verbs), NO_WORDS)


def verb_label(verb: str) -> str:
    """登录未成; of an older release's verb only the kind is said, as its own page shows the verb itself."""
    return words_for_verb(verb).verbs.get(verb) or dict(kind_choices()).get(verb.partition(".")[0], "其他")


def with_verb_labels(events: Iterable[Event]) -> list[tuple[Event, str]]:
    return [(event, verb_label(event.verb)) for event in events]
