"""The form in which a user chooses new values for fields of many records.

The ways are 不改, 改为, 清空 and, for lists, more.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib.postgres.fields import ArrayField
from django.db import models

from hunan_trade.accounts.models import User
from hunan_trade.lists.columns import Column
from hunan_trade.lists.declaration import Listing
from hunan_trade.lists.editing.bulk_edit import Operation
from hunan_trade.lists.editing.record_form import CHOOSE, form_field
from hunan_trade.lists.form_choice_limits import limit_form_choices
from hunan_trade.lists.history.timeline import visible_stored_field_columns
from hunan_trade.web.text_fields import CleanTextField

HOW = "{}__how"
STAYS, SET, CLEAR, ADD, REMOVE = "", "set", "clear", "add", "remove"
LABELS = {STAYS: "不改", SET: "改为", CLEAR: "清空", ADD: "增加", REMOVE: "移除"}


class BulkEditForm(forms.Form):
    """Form for changing fields of many records: it asks for each field how to change it and for the new value.

    It has the declared fields that exist for the user, and one reason.
    """

    def __init__(self, listing: Listing, user: User, data: Any = None) -> None:
        super().__init__(data)
        self.columns = bulk_columns(listing, user)
        for name, column in self.columns.items():
            model_field: Any = listing.model._meta.get_field(name)
            label = f"{column.title}怎么改"
            self.fields[HOW.format(name)] = forms.ChoiceField(
                choices=_change_choices(model_field), required=False, label=label
            )
            self.fields[name] = _value_field(model_field, column)
        limit_form_choices(self, user)
        self.fields["reason"] = CleanTextField(
            label="原因", max_length=500, help_text="写进每条记录的经过，看得到记录的人都看得到。"
        )

    @property
    def pairs(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """For each field to change, a pair of inputs: how to change it (set, clear, add …) and the new value."""
        return [(self[HOW.format(name)], self[name]) for name in self.columns]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name in self.columns:
            how, value = data.get(HOW.format(name)), data.get(name)
            blank = value in (None, "", [])
            if how in (STAYS, CLEAR) and not blank:
                self.add_error(name, f"填了内容，选的是“{LABELS[how]}”。选“改为”，或把内容去掉。")
            elif how in (SET, ADD, REMOVE) and blank and name not in self.errors:
                self.add_error(name, f"选了“{LABELS[how]}”，填上内容。")
        if not self.errors and not self.operations():
            raise forms.ValidationError("至少改一项。")
        return data

    def operations(self) -> dict[str, Operation]:
        """Return a dict from each field that is to be changed to its change, such as ["set", 5] or ["clear"]."""
        chosen = {name: self.cleaned_data[HOW.format(name)] for name in self.columns}
        return {
            name: [how] if how == CLEAR else [how, _json_value(self.cleaned_data[name])]
            for name, how in chosen.items()
            if how != STAYS
        }


def bulk_columns(listing: Listing, user: User) -> dict[str, Column]:
    """Return, by field name, the columns whose values the user may change in many records at once."""
    assert listing.editing is not None
    columns, writable = visible_stored_field_columns(listing, user), listing.writable_fields(user)
    found = {column.key: column for column in columns if column.key in writable}
    return {name: found[name] for name in listing.editing.bulk if name in found}


def _change_choices(model_field: Any) -> list[tuple[str, str]]:
    ways = [STAYS, SET]
    if isinstance(model_field, ArrayField):
        ways += [ADD, REMOVE]
    if model_field.blank or model_field.null:
        ways.append(CLEAR)
    return [(way, LABELS[way]) for way in ways]


def _value_field(model_field: Any, column: Column) -> forms.Field:
    if isinstance(model_field, models.BooleanField):
        choices = [("", CHOOSE), ("1", "是"), ("0", "否")]
        return forms.ChoiceField(choices=choices, required=False, label=column.title)
    made = form_field(model_field, column)
    made.required = False
    return made


def _json_value(value: Any) -> Any:
    if isinstance(value, models.Model):
        return value.pk
    return str(value) if isinstance(value, date | Decimal) else value


def describe_operations(listing: Listing, user: User, operations: dict[str, Operation]) -> list[str]:
    """Return a Chinese phrase for each field that a bulk edit changes, such as 级别改为省级."""
    phrases = []
    for name, column in bulk_columns(listing, user).items():
        if (operation := operations.get(name)) is not None:
            phrases.append(f"{column.title}{LABELS[operation[0]]}{_spell(listing, column, *operation[1:])}")
    return phrases


def _spell(listing: Listing, column: Column, value: Any = None) -> str:
    if value is None:
        return ""
    model_field: Any = listing.model._meta.get_field(column.key)
    if model_field.is_relation:
        return str(model_field.related_model._base_manager.filter(pk=value).first() or value)
    return column.kind.text(model_field.to_python(value))
