"""Fields that the API sends for each record of a list, with their OpenAPI types and values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import connection, models

from hunan_trade.accounts.models import Token, User
from hunan_trade.accounts.roles import Permission
from hunan_trade.clock import SHANGHAI
from hunan_trade.lists import column_kinds
from hunan_trade.lists.columns import Column, field
from hunan_trade.lists.declaration import Listing
from hunan_trade.lists.record_keys import pattern_of_check_constraint
from hunan_trade.periods import Month
from hunan_trade.web.rest_access import TOKEN_READS, TOKEN_WRITES
from hunan_trade.web.rest_code_label_schemas import code_schema

Schema = dict[str, Any]
REASON, REASON_LENGTH = "reason", 500  # of a body that changes a record
DOUBTS = "doubts"  # of an answer to a write: sentences about what was written that stop nothing
UNITS = {"_usd": "美元", "_cny": "元"}
STRING: Schema = {"type": "string"}
DAY: Schema = {"type": "string", "format": "date"}
MOMENT: Schema = {"type": "string", "format": "date-time"}


@dataclass(frozen=True)
class ApiField:
    """One field of a record in the API, derived from a list's column or from a model field.

    A field of the model alone is one that only the edit form has. What the model stores is sent as stored: codes, days,
    exact amounts; what a column computes is sent as its kind says.
    """

    column: Column
    stored: Any = None  # the model's field of that name
    editable: bool = False

    @property
    def name(self) -> str:
        return self.column.key

    @property
    def is_needed(self) -> bool:
        """Whether a new record must have a value for the field."""
        return not (self.stored.blank or self.stored.null or self.stored.has_default())

    @property
    def description(self) -> str:
        """Description of the field for OpenAPI, with its title, unit, help text and required permission."""
        unit = currency_of_field_name(self.name) or ("%" if self.column.kind.code in {"rate", "percent"} else "")
        see = self.column.see
        scope = TOKEN_READS.get(see) if see else None
        parts = (
            self.column.title,
            f"单位 {unit}" if unit else "",
            self.column.help,
            f"没有“{see.label}”权限的没有这一项" if see else "",
            f"令牌的范围须是“{scope.label}”" if scope else "",
        )
        return "；".join(str(part).rstrip("。") for part in parts if part)

    @property
    def schema(self) -> Schema:
        """OpenAPI type of the field's value in a response."""
        shape = (
            _COMPUTED.get(self.column.kind.code, _TEXT)[0] if self.stored is None else model_field_schema(self.stored)
        )
        if (labels := self.column.kind.labels) and "enum" not in shape:
            several = shape["type"] == "array"
            shape = {**shape, "items": code_schema(labels)} if several else code_schema(labels, shape["type"])
        nullable = {"nullable": True} if self.stored is None or self.stored.null else {}
        return {**shape, **nullable, "title": self.column.title, "description": self.description}

    def values(self, records: Sequence[Any], presented: Sequence[Any]) -> list[Any]:
        """Return the JSON value of this field for each record.

        `presented` are the records as `Listing.with_column_data` returns them.
        """
        if self.stored is not None:
            write, name = _json_converter(self.stored), self.stored.attname
            found = [getattr(record, name) for record in records]
        else:
            write = _COMPUTED.get(self.column.kind.code, _TEXT)[1]
            found = replace(self.column, value=self.column.api_value or self.column.value).values(presented)
        return [None if value is None else write(value) for value in found]


def fields_of(listing: Listing, user: User) -> tuple[ApiField, ...]:
    """Return the fields of a list's records that the API shows to this user.

    They are the columns, and what only the edit form has.
    """
    hidden = listing.hidden_lookup_paths(user)
    stored = {each.name: each for each in listing.model._meta.concrete_fields if not each.generated}
    edited = [name for group in listing.editing.groups for name in group.fields] if listing.editing else []
    found = [
        ApiField(
            column,
            stored.get(column.key) if column.key in edited or not _is_computed(column) else None,
            column.key in edited,
        )
        for column in listing.visible_columns(user)
    ]
    listed = {column.key for column in listing.columns}
    return (
        *found,
        *(
            ApiField(field(listing.model, name), stored[name], editable=True)
            for name in edited
            if name not in listed and name not in hidden
        ),
    )


def currency_of_field_name(name: str) -> str:
    """Return the currency that a field's name ends with, 美元 for _usd or 元 for _cny; "" for other names."""
    return next((unit for end, unit in UNITS.items() if name.endswith(end)), "")


def unwritable_fields(listing: Listing, user: User, token: Any, *, is_new: bool) -> dict[str, str]:
    """Return a dict from each field that an API call may not write to a Chinese phrase that says why.

    A field with a right of its own is written by a token whose scope holds this right, else by a person alone.
    """
    assert listing.editing is not None
    held = TOKEN_WRITES.get(token.scope, frozenset()) if isinstance(token, Token) else set(Permission)
    of_people = {name: "由本人登录后填" for name, right in listing.editing.rights.items() if right not in held}
    return of_people | listing.editing.unwritable_fields(user, is_new=is_new)


def _is_computed(column: Column) -> bool:
    """Whether a column shows a derived value, such as a related record's name, instead of its field's stored value."""
    return column.kind is column_kinds.MONTH or column.source.startswith(f"{column.key}.")


# --- What columns compute, by the code of their kind ----------------------------------------------------------------
def _decimal_text(value: Any) -> str:
    return f"{Decimal(value):f}"


def _moment_text(value: datetime) -> str:
    return value.astimezone(SHANGHAI).isoformat()


def decimal_schema(digits: int = 18, places: int = 6) -> Schema:
    """Return the OpenAPI type of an exact decimal number that is sent as text.

    `digits` stand before the point, `places` behind it.
    """
    return {"type": "string", "format": "decimal", "pattern": rf"^-?[0-9]{{1,{digits}}}(\.[0-9]{{1,{places}}})?$"}


_TEXT: tuple[Schema, Callable[[Any], Any]] = (STRING, str)
_COMPUTED: Mapping[str, tuple[Schema, Callable[[Any], Any]]] = {
    "count": ({"type": "integer"}, int),
    "flag": ({"type": "boolean"}, bool),
    "rate": (decimal_schema(), _decimal_text),
    "percent": (decimal_schema(), _decimal_text),
    "wan_usd": (decimal_schema(), _decimal_text),
    "wan_cny": (decimal_schema(), _decimal_text),
    "day": (DAY, lambda value: value.isoformat()),
    "moment": (MOMENT, _moment_text),
    "month": ({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$"}, lambda value: f"{Month.of(value)}"),
    "region": ({"type": "string", "pattern": "^[0-9]{6}$"}, lambda region: region.pk),
    "links": (
        {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"title": STRING, "address": STRING},
                "required": ["title", "address"],
                "additionalProperties": False,
            },
        },
        lambda links: [{"title": title, "address": address} for title, address in links],
    ),
    "choices": ({"type": "array", "items": STRING}, list),
}


# --- What the model stores ------------------------------------------------------------------------------------------
def _json_converter(stored: Any) -> Callable[[Any], Any]:
    if isinstance(stored, models.DecimalField):
        return _decimal_text
    if isinstance(stored, models.DateTimeField):
        return _moment_text
    if isinstance(stored, models.DateField):
        return lambda value: value.isoformat()
    return list if isinstance(stored, ArrayField) else lambda value: value


def key_schema(listing: Listing) -> Schema:
    """Return the OpenAPI type of the key that identifies a record of the list in the API."""
    if listing.key == "pk":
        return {"type": "integer"}
    return model_field_schema(listing.model._meta.get_field(listing.key))


def model_field_schema(stored: Any) -> Schema:
    """Return the OpenAPI type of a Django model field, including its minimum, maximum and maximum length."""
    if isinstance(stored, ArrayField):
        return {"type": "array", "items": model_field_schema(stored.base_field)}
    if stored.is_relation:
        return model_field_schema(stored.target_field) | {"description": str(stored.verbose_name)}
    if stored.choices:
        labels = {code: label for code, label in stored.flatchoices if code != ""}
        return code_schema(labels | ({"": "未填"} if stored.blank else {}), _json_type(stored))
    if isinstance(stored, models.DecimalField):
        return decimal_schema(stored.max_digits - stored.decimal_places, stored.decimal_places)
    if isinstance(stored, models.DateTimeField):
        return MOMENT
    if isinstance(stored, models.DateField):
        return DAY
    schema: Schema = {"type": _json_type(stored)}
    if schema["type"] == "integer":
        low, high = connection.ops.integer_field_range(stored.get_internal_type())
        limits = {type(rule): rule.limit_value for rule in stored.validators if hasattr(rule, "limit_value")}
        schema["minimum"] = max(low, limits.get(MinValueValidator, low))
        schema["maximum"] = min(high, limits.get(MaxValueValidator, high))
    if stored.max_length:
        schema["maxLength"] = stored.max_length
    if pattern := pattern_of_check_constraint(stored):
        schema["pattern"] = pattern
    return schema


def _json_type(stored: Any) -> str:
    if isinstance(stored, models.BooleanField):
        return "boolean"
    return "integer" if isinstance(stored, models.IntegerField) else "string"
