"""Converts an audit event's `before` and `after` into a list of changed fields with Chinese names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.choices import flatten_choices, normalize_choices

from hunan_trade.audit.event_label_lookup import event_words_declaring_verb
from hunan_trade.audit.models import Event


@dataclass(frozen=True)
class Change:
    """One field changed in an audit event: its Chinese name, and its old and new value as text.

    "" stands for no value.
    """

    name: str
    before: str
    after: str


def changed_fields(event: Event) -> list[Change]:
    """Return the fields that an audit event reports as changed, with old and new values, sorted by field key.

    A key of a return's row (企业/贸易方式) stays as it is.
    """
    before, after = event.before or {}, event.after or {}
    return [
        Change(_label(event, key), _value_text(event, key, before.get(key)), _value_text(event, key, after.get(key)))
        for key in sorted({*before, *after})
    ]


def _label(event: Event, key: str) -> str:
    if own := event_words_declaring_verb(event.verb).labels.get(key):
        return own
    field = _subject_field(event, key)
    return key if field is None else str(field.verbose_name)


def _value_text(event: Event, key: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, dict):
        return "，".join(
            f"{_label(event, name)}：{_value_text(event, name, part) or '空'}" for name, part in value.items()
        )
    if isinstance(value, list):
        return "、".join(_value_text(event, key, part) for part in value)
    return _value_labels(event, key).get(str(value), str(value))


def _value_labels(event: Event, key: str) -> dict[str, str]:
    """Return a dict from each possible value of the field `key` in an audit event to its Chinese label.

    Empty for a field without choices.
    """
    words = event_words_declaring_verb(event.verb)
    if key in words.choices:
        choices = words.choices[key]
    elif key not in words.labels and (field := _subject_field(event, key)) is not None:
        choices = field.choices
    else:
        choices = ()
    pairs: Iterable[tuple[Any, Any]] = flatten_choices(normalize_choices(choices or ()))
    return {str(value): str(label) for value, label in pairs}


def _subject_field(event: Event, key: str) -> models.Field[Any, Any] | None:
    """Return the field `key` of the model that an audit event is about, or None if the model has no such field."""
    try:
        field = apps.get_model(event.object_type)._meta.get_field(key)
    except (LookupError, ValueError, FieldDoesNotExist):
        return None
    return field if isinstance(field, models.Field) else None
