"""Derives OpenAPI types from the form fields of a record's state change."""

from __future__ import annotations

from typing import Any

from django import forms

from hunan_trade.lists.api.api_fields import (
    DAY,
    STRING,
    Schema,
    currency_of_field_name,
    decimal_schema,
    model_field_schema,
)
from hunan_trade.web.rest_code_label_schemas import code_schema


def field_schema(name: str, field: forms.Field) -> Schema:
    """Return the OpenAPI schema of the JSON value that the API takes for a form field.

    An amount that people type in 万 is sent in dollars or yuan, as everywhere in the API.
    """
    nullable = {} if field.required else {"nullable": True}
    words = [str(field.help_text).rstrip("。"), f"单位 {unit}" if (unit := currency_of_field_name(name)) else ""]
    described = {"description": "；".join(filter(None, words))} if any(words) else {}
    return {**_value_schema(field), **nullable, "title": str(field.label), **described}


def _value_schema(field: Any) -> Schema:
    if isinstance(field, forms.ModelChoiceField):
        assert field.queryset is not None
        return model_field_schema(field.queryset.model._meta.pk)
    if isinstance(field, forms.MultipleChoiceField):
        return {"type": "array", "items": code_schema(_labels(field))}
    if isinstance(field, forms.ChoiceField):
        return code_schema(_labels(field))
    if isinstance(field, forms.DateField):
        return DAY
    if isinstance(field, forms.DecimalField):
        assert field.max_digits is not None and field.decimal_places is not None, "an exact amount has its places"
        return decimal_schema(field.max_digits - field.decimal_places, field.decimal_places)
    if isinstance(field, forms.IntegerField):
        limits = {"minimum": field.min_value, "maximum": field.max_value}
        return {"type": "integer"} | {name: limit for name, limit in limits.items() if limit is not None}
    if isinstance(field, forms.BooleanField):
        return {"type": "boolean"}
    if isinstance(field, forms.CharField):
        return STRING | ({"maxLength": field.max_length} if field.max_length else {})
    raise TypeError(f"the API has no type for {type(field).__name__}")


def _labels(field: Any) -> dict[str, str]:
    """Return a dict from the code of each choice of a form field to its label, without the empty choice."""
    return {str(code): str(label) for code, label in field.choices if code != ""}
