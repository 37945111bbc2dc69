"""Columns of a list, with the values that they show and how they sort."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.html import conditional_escape, format_html

from hunan_trade.accounts.roles import Permission
from hunan_trade.industries.models import Industry
from hunan_trade.lists import column_kinds
from hunan_trade.lists.column_kinds import Kind
from hunan_trade.regions.models import Region, SourcePlace


@dataclass(frozen=True)
class Column:
    """A column of a list, used on the page, in downloads, in imports and in the API.

    `key` names it in addresses and in the API, `title` is its heading. `source` is the attribute path to its value on
    the presented record (default: `key`), or `value` computes it; `note` is the path to a second, grey text beside it. `sort` are the fields that
    order by it, none if it cannot be sorted. `link` gives the address that the cell leads to, "" for none. `aliases` are other
    headings by which imports recognise it. `default` columns are shown unless the reader chooses others, `narrow` ones
    also on narrow screens. `api_value` computes what the API sends instead, such as addresses of its own. `see` is a permission without which the column does not exist.
    """

    key: str
    title: str
    kind: Kind = column_kinds.TEXT
    source: str = ""
    value: Callable[[Any], Any] | None = None
    api_value: Callable[[Any], Any] | None = None
    note: str = ""
    sort: tuple[str, ...] = ()
    link: Callable[[Any], str] | None = None
    aliases: tuple[str, ...] = ()
    help: str = ""
    default: bool = True
    narrow: bool = True
    see: Permission | None = None

    def lookup_paths(self) -> set[str]:
        """Return the ORM lookup paths of the fields that the column shows or sorts by."""
        shown = {self.key, self.source.replace(".", "__"), *(name.removeprefix("-") for name in self.sort)}
        return shown - {""}

    def values(self, records: Iterable[Any]) -> list[Any]:
        """Return the column's value for each of the records.

        The records are as `Listing.with_column_data` returned them.
        """
        return list(map(self.value or _getter(self.source or self.key), records))

    def cells_html(self, records: Iterable[Any]) -> list[str]:
        """Return the escaped HTML of the column's cell for each of the records."""
        records = list(records)
        texts = list(map(self.kind.markup, self.values(records)))
        if self.link is not None:
            addresses = map(self.link, records)
            pairs = zip(addresses, texts, strict=True)
            texts = [format_html('<a href="{}">{}</a>', url, text) if url else text for url, text in pairs]
        if self.note:
            notes = map(_getter(self.note), records)
            texts = [
                f'{text} <span class="muted">{conditional_escape(note)}</span>' if note else text
                for text, note in zip(texts, notes, strict=True)
            ]
        return texts


def field(model: type[models.Model], name: str, **changes: Any) -> Column:
    """Return a column for a model field, with its title, kind and sort order taken from the field.

    `changes` replaces any of them.
    """
    model_field: Any = model._meta.get_field(name)
    column = Column(
        key=name,
        title=str(model_field.verbose_name),
        kind=_kind_of(model_field),
        sort=(name,),
        help=model_field.help_text,
    )
    return replace(column, **changes)


def _kind_of(model_field: Any) -> Kind:
    if isinstance(model_field, ArrayField):
        items: Any = model_field.base_field
        return _choices_kind(items.choices, several=True)
    if model_field.choices:
        return _choices_kind(model_field.choices)
    if model_field.is_relation:
        return _REFERENCES.get(model_field.related_model, column_kinds.TEXT)
    for field_class, kind in _KINDS:
        if isinstance(model_field, field_class):
            return kind
    return column_kinds.TEXT


_REFERENCES: Mapping[type[models.Model], Kind] = {
    Region: column_kinds.REGION,
    Industry: column_kinds.INDUSTRY,
    SourcePlace: column_kinds.SOURCE_PLACE,
}
_KINDS: tuple[tuple[type[models.Field[Any, Any]], Kind], ...] = (
    (models.BooleanField, column_kinds.FLAG),
    (models.IntegerField, column_kinds.COUNT),
    (models.DateTimeField, column_kinds.MOMENT),
    (models.DateField, column_kinds.DAY),
    (models.SlugField, column_kinds.CODE),
)


def _choices_kind(choices: Iterable[tuple[Any, Any]], *, several: bool = False) -> Kind:
    labels = {code: str(label) for code, label in choices}
    return column_kinds.choices_of(labels) if several else column_kinds.choice(labels)


def _getter(path: str) -> Callable[[Any], Any]:
    """Return a function that reads an attribute path such as "city.name" of a record; None if `city` is None."""
    direct, names = attrgetter(path), path.split(".")

    def follow(record: Any) -> Any:
        for name in names:
            if record is None:
                return None
            record = getattr(record, name)
        return record

    return direct if len(names) == 1 else follow
