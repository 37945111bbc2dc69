"""Filters that lists are made of, each of which can say in words what it lets through."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import django_filters
from django import forms
from django.db.models import Model, QuerySet

Choices = Iterable[tuple[Any, str]]


class ChoicesFilter(django_filters.MultipleChoiceFilter):
    """Filter by any of several choices, ticked in a small menu."""

    def __init__(self, *args: Any, choices: Choices | Callable[[], Choices], **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.CheckboxSelectMultiple)
        super().__init__(*args, choices=choices, **kwargs)

    def describe(self, value: list[str]) -> str:
        """Return the chosen labels, joined."""
        labels = dict(self.field.choices)
        return "、".join(str(labels.get(code, code)) for code in value)


def describe(filter_: django_filters.Filter, value: Any) -> str:
    """Return a filter's value in words."""
    if hasattr(filter_, "describe"):
        text: str = filter_.describe(value)
        return text
    if isinstance(value, Model):
        return str(value)
    labels = dict(getattr(filter_.field, "choices", ()))
    return str(labels.get(value, value))


class ListFilterSet(django_filters.FilterSet):
    """Base of a list's filters. The search field `q` is added by the list; parameters nobody declared are refused."""

    def __init__(
        self, data: Any, rows: QuerySet[Any], *, search: Callable[[QuerySet[Any], str], QuerySet[Any]]
    ) -> None:
        self._search = search
        super().__init__(data, rows)

    q = django_filters.CharFilter(
        method="by_words", label="查找", widget=forms.TextInput({"type": "search", "maxlength": 60})
    )

    def by_words(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return self._search(rows, value)
