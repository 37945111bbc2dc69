"""Pure functions that convert values of files and of records to the same types, so that they can be compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models

from hunan_trade.text_cleaning import normal_form_for_comparison

Stored = Any  # a value as its model field's attribute holds it: a key for a related record


def stored_value(model_field: Any, value: Any) -> Stored:
    """Convert a value to the Python type that the model field stores; return it unchanged if that is impossible."""
    if value is None:
        return None
    try:
        if model_field.is_relation:
            return model_field.target_field.to_python(getattr(value, "pk", value))
        return model_field.to_python(value)
    except ValidationError:
        return value


def empty_value(model_field: Any) -> Stored:
    """Return what a model field stores when a user empties it: "", [] or None.

    None also where it must be filled, which the writing refuses.
    """
    if isinstance(model_field, ArrayField):
        return []
    return "" if isinstance(model_field, models.CharField | models.TextField) and not model_field.null else None


def key_parts(values: Mapping[str, Any], key: Sequence[str]) -> tuple[str, ...] | None:
    """Return the values of the fields in `key` as normalised texts; None if one of the values is empty.

    Empty parts match nothing.
    """
    found = (values.get(name) for name in key)
    parts = tuple(
        "" if value is None else normal_form_for_comparison(str(getattr(value, "pk", value))) for value in found
    )
    return parts if all(parts) else None
