"""Builds the form that asks for required fields of new records that have no column in the imported file.

One value serves all new rows of the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms

from hunan_trade.lists.editing.record_form import form_field
from hunan_trade.lists.form_choice_limits import limit_form_choices
from hunan_trade.lists.imports.opened_file import OpenedFile


def missing_fields_form(opened: OpenedFile, data: Any = None, stored: Mapping[str, Any] | None = None) -> forms.Form:
    """Return the form that asks for the fields that new records require and the imported file lacks.

    One value serves all new records. Nothing in it has to be filled: a file may hold no new record.
    """
    held = {
        column.key for column in opened.written_and_compared_columns.written
    } | opened.written_and_compared_columns.told_new.keys()
    fields: dict[str, Any] = {}
    for column in opened.listing.import_columns(opened.user):
        model_field: Any = opened.listing.model._meta.get_field(column.key)
        if column.key not in held and not (model_field.blank or model_field.null or model_field.has_default()):
            fields[column.key] = form_field(model_field, column)
            fields[column.key].required = False
    form_class = type("FillsForm", (forms.Form,), fields)
    meta: Any = opened.listing.model._meta
    initial = {name: meta.get_field(name).to_python(value) for name, value in (stored or {}).items()}
    form: forms.Form = form_class(data, initial=initial, prefix="fill")
    limit_form_choices(form, opened.user)
    return form


def form_values_as_json(form: forms.Form) -> dict[str, Any]:
    """Return the form's values by field name, converted to JSON types."""
    plain = (str, int, bool, list)
    values = {name: getattr(value, "pk", value) for name, value in form.cleaned_data.items()}
    return {
        name: value if isinstance(value, plain) else str(value)
        for name, value in values.items()
        if value not in (None, "") or isinstance(value, date | Decimal)
    }
