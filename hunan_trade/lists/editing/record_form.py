"""The form for adding and editing a record of a list, built from the list's declaration.

The fields are those of the model, in the groups of the declaration.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from django import forms
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.forms.models import apply_limit_choices_to_to_formfield
from django.http import QueryDict

from hunan_trade.accounts.models import User
from hunan_trade.lists import column_kinds
from hunan_trade.lists.columns import Column, field
from hunan_trade.lists.declaration import Editing, Listing
from hunan_trade.lists.form_choice_limits import limit_form_choices
from hunan_trade.lists.history.timeline import format_value, visible_stored_field_columns
from hunan_trade.lists.record_change_preparation import WHOLE, Outcome
from hunan_trade.web.conflict_detecting_forms import EditForm, FieldConflict
from hunan_trade.web.money_fields import WanField
from hunan_trade.web.text_fields import CleanTextField

LONG_TEXT = 100  # texts that may be longer are typed in a larger field
CHOOSE = "请选择"


@dataclass(frozen=True)
class OwnChange:
    """A field that the user changed in the form: the text of the stored record and the typed text."""

    label: str
    field_id: str
    before: str
    after: str


@dataclass(frozen=True)
class LockedField:
    """A field that the user may not write, which the form shows as text with the reason."""

    label: str
    text: str
    why: str


FormRow = tuple[forms.BoundField | LockedField, OwnChange | None]


class RecordForm(EditForm):
    """Base of the forms that add or edit a record; `record_form_class` makes a subclass with the list's fields."""

    editing: Editing
    names: tuple[str, ...]
    locked: Mapping[str, tuple[Column, str]]

    reason = CleanTextField(
        label="为什么改",
        max_length=500,
        required=False,
        widget=forms.Textarea({"rows": 2}),
        help_text="写进经过，看得到这条记录的人都看得到。",
    )

    def __init__(self, data: Any = None, *, row: Any, user: User, opened: Any = None, **more: Any) -> None:
        super().__init__(data, row=row, **more)
        self.sources = {"base": opened, "theirs": row}
        self.typed_texts: dict[str, str] = {}
        self.doubts: tuple[str, ...] = ()  # about what was typed, to be confirmed
        self.user, self.is_new = user, row.pk is None
        limit_form_choices(self, user)
        if self.is_new:
            del self.fields["reason"]

    def row_values(self, row: Any) -> dict[str, Any]:
        return {name: getattr(row, row._meta.get_field(name).attname) for name in self.names}

    def display_texts(self, values: Mapping[str, Any]) -> dict[str, str]:
        texts = super().display_texts(values)
        texts.pop(str(self.base_fields["reason"].label), None)
        return texts

    @property
    def groups(self) -> list[tuple[str, list[FormRow]]]:
        """(title, fields) of each group of the form; each field comes with the user's change of it, or None."""
        changes = {change.field_id: change for change in self.own_changes}
        shown: dict[str, FormRow] = {name: (self[name], changes.get(self[name].auto_id)) for name in self.names}
        shown |= {name: (self._read_only_field(name), None) for name in self.locked}
        groups = [
            (group.title, [shown[name] for name in group.fields if name in shown]) for group in self.editing.groups
        ]
        return [(title, fields) for title, fields in groups if fields]

    def _read_only_field(self, name: str) -> LockedField:
        column, why = self.locked[name]
        return LockedField(column.title, format_value(column, self.sources["theirs"]), f"{why}。")

    @property
    def record_values(self) -> dict[str, Any]:
        """The cleaned values of the record's fields, by name."""
        return {name: self.cleaned_data[name] for name in self.names}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        self.typed_texts = self.display_texts(data)
        for name in self.conflict_choices:
            self._apply_conflict_choice(name)
        changed = [name for name in self.changed_data if self.conflict_choices.get(name) != "theirs"]
        asking = [name for name in changed if name in self.editing.reason_for]
        if asking and not self.is_new and not data.get("reason"):
            labels = "、".join(str(self.fields[name].label) for name in asking)
            self.add_error("reason", f"改了{labels}，要写明为什么。")
        return data

    @property
    def faulty_fields(self) -> list[forms.BoundField]:
        """The bound fields with errors, in the order in which the page shows them."""
        return [self[name] for name in (*self.names, "reason") if name in self.errors]

    @property
    def own_changes(self) -> list[OwnChange]:
        """The fields of an existing record that the user has changed in the submitted form."""
        if not self.is_bound or self.is_new:
            return []
        now, typed = self.row_texts(self.sources["theirs"]), self.typed_texts
        fields = [self[name] for name in self.names if self.conflict_choices.get(name) != "theirs"]
        return [
            OwnChange(label, field.auto_id, now[label], typed[label])
            for field in fields
            if (label := str(field.label)) in typed and now[label] != typed[label]
        ]

    def ask_to_confirm(self, doubts: Sequence[str]) -> None:
        """Show warnings that the user must confirm with a tick, unless the user has already confirmed all of them."""
        confirmed = self.data.getlist("confirmed") if isinstance(self.data, QueryDict) else []
        self.doubts = () if set(doubts) <= set(confirmed) else tuple(doubts)

    def show_refusal(self, outcome: Outcome) -> None:
        """Add the messages of a refused change to the form, as errors of the fields that they are about."""
        for name, sentences in outcome.errors.items():
            for sentence in sentences:
                self.add_error(None if name == WHOLE or name not in self.fields else name, sentence)

    # --- Somebody was faster ----------------------------------------------------------------------------------------
    @property
    def conflict_choices(self) -> dict[str, str]:
        """The value chosen for each field that two users changed: "base", "theirs" or "mine"; "" if not chosen.

        A field is in conflict where another user has changed it, too, as the page showed.
        """
        if not isinstance(self.data, QueryDict):
            return {}
        chosen = "mine" if self.data.get("all-mine") else ""
        names = [name for name in self.data.getlist("conflict") if name in self.names]
        return {name: chosen or self.data.get(f"choice-{name}", "") for name in names}

    def _apply_conflict_choice(self, name: str) -> None:
        """Set a field that two users changed to the value that the user chose; add an error if none is chosen."""
        choice = self.conflict_choices[name]
        if choice == "mine":
            return
        self.errors.pop(name, None)
        if (source := self.sources.get(choice)) is None:
            self.add_error(name, "别人也改了这一项，选一个。")
            return
        try:
            self.cleaned_data[name] = self.fields[name].clean(self._form_for_version(source)[name].value())
        except ValidationError as fault:
            self.add_error(name, fault)

    def conflicts(self, row: Any) -> tuple[FieldConflict, ...]:
        """Return the fields that this user and another user have changed to different values."""
        conflicts = super().conflicts(row)
        return tuple(c for c in conflicts if not self._texts_when_opened or c.base not in (c.theirs, c.mine))

    def conflicting_names(self, row: Any) -> list[str]:
        """Return the names of the fields that this user and another user have changed to different values."""
        labels = {conflict.label for conflict in self.conflicts(row)}
        return [name for name in self.names if str(self.fields[name].label) in labels]

    def labels_changed_by_others(self, row: Any) -> list[str]:
        """Return the labels of the fields that other users have changed and this user has not.

        `rebased` holds their values.
        """
        theirs, mine = self.row_texts(row), self.display_texts(self.cleaned_data)
        return [
            label for label, base in self._texts_when_opened.items() if theirs[label] != base and mine[label] == base
        ]

    def rebased(self, row: Any) -> Self:
        """Return a new form: the record as it is stored now, with the user's own changes in it."""
        fresh, taken = self._form_for_version(row), self.labels_changed_by_others(row)
        typed: Any = self.data
        data = typed.copy()
        for name in self.names:
            if str(self.fields[name].label) in taken:
                _set_value(data, name, fresh[name].value())
            elif (source := self.sources.get(self.conflict_choices.get(name, ""))) is not None:
                _set_value(data, name, self._form_for_version(source)[name].value())
        for name in [name for name in data if name in ("conflict", "all-mine") or name.startswith("choice-")]:
            del data[name]
        for name in ("version", "base"):
            data[name] = fresh.initial[name]
        form = self._form_for_version(row, data)
        form.is_valid()
        return form

    def _form_for_version(self, row: Any, data: QueryDict | None = None) -> Self:
        """Return a new form of the same class for the record or record version `row`."""
        return type(self)(data, row=row, user=self.user)

    @property
    def _texts_when_opened(self) -> dict[str, str]:
        base: dict[str, str] = self.cleaned_data["base"]
        return base


def _set_value(data: QueryDict, name: str, value: Any) -> None:
    """Put a field's value into posted form data as a browser would send it, such as "on" for True."""
    data.pop(name, None)
    if isinstance(value, list | tuple):
        data.setlist(name, value)
    elif value is not None and value is not False:
        data[name] = "on" if value is True else str(value)


def record_form_class(listing: Listing, user: User, *, is_new: bool = False) -> type[RecordForm]:
    """Return the form class with which the user edits the list's records or, if `is_new`, adds one.

    A field that a column hidden from the user shows is not in it: neither asked for, nor sent along, nor read. One that
    the user may not write is text.
    """
    editing, hidden = listing.editing, listing.hidden_lookup_paths(user)
    assert editing is not None
    locked, columns = (
        editing.unwritable_fields(user, is_new=is_new),
        {c.key: c for c in visible_stored_field_columns(listing, user)},
    )
    shown = [name for group in editing.groups for name in group.fields if name not in hidden]
    names = tuple(name for name in shown if name not in locked)
    titles = {column.key: column for column in listing.columns}
    fields = {name: form_field(listing.model._meta.get_field(name), titles.get(name)) for name in names}
    for name, made in fields.items():
        if name in titles and titles[name].see is not None:
            made.widget.attrs["data-private"] = True  # form_drafts.js stores no such field in the browser
    texts = {name: (columns[name], locked[name]) for name in shown if name in locked}
    attributes = {"editing": editing, "names": names, "locked": texts}
    return type(f"{listing.code}_form", (RecordForm,), attributes | fields)


def form_field(model_field: Any, column: Column | None) -> forms.Field:
    """Return the form field for a model field, with the title and the unit that the list's column has."""
    column = column or field(model_field.model, model_field.name)
    made = _field_of_kind(model_field, column)
    made.unit = column.kind.unit  # type: ignore[attr-defined]  # field.html writes it behind the input
    return made


def _field_of_kind(model_field: Any, column: Column) -> forms.Field:
    plain: dict[str, Any] = {"label": column.title, "help_text": column.help}
    if column.kind.code in (column_kinds.WAN_USD.code, column_kinds.WAN_CNY.code):
        digits = {"max_digits": model_field.max_digits, "decimal_places": model_field.decimal_places}
        return WanField(required=not (model_field.blank or model_field.null), **digits, **plain)
    if isinstance(model_field, models.CharField) and not model_field.choices:
        long = (model_field.max_length or 0) > LONG_TEXT
        return CleanTextField(
            max_length=model_field.max_length,
            required=not model_field.blank,
            widget=forms.Textarea({"rows": 2}) if long else forms.TextInput(),
            **plain,
        )
    if isinstance(model_field, ArrayField) and model_field.base_field.choices:
        choices, several = model_field.base_field.choices, forms.CheckboxSelectMultiple
        return forms.MultipleChoiceField(choices=choices, required=not model_field.blank, widget=several, **plain)
    if isinstance(model_field, models.DateField):
        widget = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
        return forms.DateField(required=not model_field.blank, widget=widget, **plain)
    made: forms.Field = model_field.formfield(**plain)
    if isinstance(made, forms.ModelChoiceField):
        apply_limit_choices_to_to_formfield(made)
        made.empty_label = CHOOSE
    elif isinstance(made, forms.ChoiceField):
        made.choices = [("", CHOOSE), *model_field.choices]
    return made
