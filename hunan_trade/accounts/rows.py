"""Rows with those they belong to, by a query whose text is put together once.

Every request begins by asking who asks. The ORM spells the thirty columns of that anew each time and PostgreSQL plans the
joins anew, and each takes several times as long as the answer: so the text is kept here, and the plan by PREPARE there.
"""

from __future__ import annotations

from functools import cached_property
from itertools import islice
from typing import Any
from weakref import WeakKeyDictionary

from django.db import connection
from django.db.models import Field, Model

_prepared: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()  # what each connection of the driver has a plan of


class Rows:
    """`joined` is what stands behind FROM, its parameters as $1, $2; the models say by their aliases in it what is read,

    and in which order. A row that an outer join did not find is None. `name` is the plan's, one a database session.
    """

    def __init__(self, name: str, joined: str, **models: type[Model]) -> None:
        self.name, self.joined, self.models = name, joined, models

    def first(self, *parameters: Any) -> tuple[Any, ...] | None:
        with connection.cursor() as cursor:
            if self.name not in (known := _prepared.setdefault(connection.connection, set())):
                cursor.execute(f"PREPARE {self.name} AS {self._sql}")
                known.add(self.name)
            cursor.execute(f"EXECUTE {self.name} ({', '.join(['%s'] * len(parameters))})", parameters)
            found = cursor.fetchone()
        if found is None:
            return None
        texts = iter(found)
        return tuple(_made(model, fields, list(islice(texts, len(fields)))) for model, fields in self._fields)

    @cached_property
    def _fields(self) -> list[tuple[type[Model], list[Field[Any, Any]]]]:
        return [(model, list(model._meta.concrete_fields)) for model in self.models.values()]

    @cached_property
    def _sql(self) -> str:
        columns = [
            f'{alias}."{field.column}"'
            for alias, (_, fields) in zip(self.models, self._fields, strict=True)
            for field in fields
        ]
        return f"SELECT {', '.join(columns)} FROM {self.joined}"


def _made(model: type[Model], fields: list[Field[Any, Any]], values: list[Any]) -> Model | None:
    """As a queryset would make it; None when there is no key, so no row."""
    key = next(at for at, field in enumerate(fields) if field.primary_key)
    if values[key] is None:
        return None
    for at, field in enumerate(fields):
        for convert in field.get_db_converters(connection):
            values[at] = convert(values[at], None, connection)
    return model.from_db(connection.alias, [field.attname for field in fields], values)
