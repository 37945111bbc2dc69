"""Looks up the Chinese labels of audit events, which each app declares in `settings.EVENT_WORDS`."""

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
    """Chinese labels of one app's audit events.

    `kinds` holds the nouns of verbs, as a filter offers them, `verbs` the verbs themselves. A key of `before` and
    `after` is called as the field of the event's subject; `labels` holds the keys that are no such field, or say
    something else than it, and `choices` what their values are called, in any form that a Django field takes.
    """

    kinds: Mapping[str, str] = field(default_factory=dict)
    verbs: Mapping[str, str]
    labels: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, Any] = field(default_factory=dict)


NO_WORDS = EventWords(verbs={})


@cache
def declared() -> dict[str, EventWords]:
    """Return the audit event labels (EventWords) of each app, by their dotted names in `settings.EVENT_WORDS`."""
    return {name: import_string(name) for name in settings.EVENT_WORDS}


def kind_choices() -> list[tuple[str, str]]:
    """Return a (code, Chinese noun) pair for every kind of audit event, as choices of a filter."""
    return [kind for words in declared().values() for kind in words.kinds.items()]


@cache
def event_words_declaring_verb(verb: str) -> EventWords:
    """Return the Chinese labels of the app that declares the audit verb `verb`, or NO_WORDS if no app does.

    Verbs of an older release may be undeclared.
    """
    return next((words for words in declared().values() if verb in words.verbs), NO_WORDS)


def verb_label(verb: str) -> str:
    """Return the Chinese label of an audit event's verb, such as 登录未成 for "session.refused".

    For example 登录未成 for a failed login.

    For a verb of an older release, the word for its kind.
    """
    return event_words_declaring_verb(verb).verbs.get(verb) or dict(kind_choices()).get(verb.partition(".")[0], "其他")


def with_verb_labels(events: Iterable[Event]) -> list[tuple[Event, str]]:
    """Return each event paired with the Chinese label of its verb."""
    return [(event, verb_label(event.verb)) for event in events]
