"""Forms that ask for the values and the reason of a record's state change, used by the pages and by the API."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from hunan_trade.accounts.models import User
from hunan_trade.lists import column_kinds
from hunan_trade.lists.declaration import Listing
from hunan_trade.lists.form_choice_limits import limit_form_choices
from hunan_trade.lists.record_keys import Key, matches_key_pattern
from hunan_trade.web.conflict_detecting_forms import SeenVersionField
from hunan_trade.web.money_fields import WanField
from hunan_trade.web.text_fields import CleanTextField

NO_RECORDS = "没有可以办的记录。看过下面哪些可以办，再办。"


class MoveForm(forms.Form):
    """A form for the values and the reason of a record's state change, with only the choices open to the user."""

    def __init__(self, listing: Listing, name: str, user: User, data: Any = None) -> None:
        super().__init__(data)
        self.listing, moves = listing, listing.moves_by_name[name]
        self.names = tuple(moves.move_fields(name))
        self.fields |= {each: _with_unit(each, field) for each, field in moves.move_fields(name).items()}
        limit_form_choices(self, user)
        refusal = moves.workflow.moves[name].needs_reason
        self.fields["reason"] = CleanTextField(
            label=moves.reason_label,
            max_length=500,
            required=bool(refusal),
            error_messages={"required": f"{refusal}。"},
            help_text="写进记录的经过，看得到记录的人都看得到。",
        )

    @property
    def values(self) -> dict[str, Any]:
        """The cleaned values of the form, by field name, without the reason."""
        return {name: self.cleaned_data[name] for name in self.names}

    @property
    def reason(self) -> str:
        return str(self.cleaned_data["reason"])

    def add_validation_errors(self, wrong: ValidationError) -> None:
        """Add each message of a ValidationError to its field, or to the form as a whole if there is no such field."""
        for name, sentences in field_sentences(wrong).items():
            self.add_error(name if name in self.fields else None, sentences)


class RecordMoveForm(MoveForm):
    """Form for changing the state of one record, with the version of the record that the page showed."""

    version = SeenVersionField()


class BulkMoveForm(MoveForm):
    """Form for changing the state of many records, with the keys and versions of the records that the page showed."""

    versions = forms.RegexField(
        r"^[^: ]+:[0-9]{1,9}( [^: ]+:[0-9]{1,9})*$",
        widget=forms.HiddenInput,
        error_messages={"required": NO_RECORDS, "invalid": NO_RECORDS},
    )

    def clean_versions(self) -> dict[Key, int]:
        pairs = (each.split(":") for each in self.cleaned_data["versions"].split(" "))
        versions: dict[Key, int] = {key: int(version) for key, version in pairs}
        if not all(matches_key_pattern(self.listing, str(key)) for key in versions):
            raise ValidationError(NO_RECORDS)
        return versions


def _with_unit(name: str, field: forms.Field) -> forms.Field:
    """Return a copy of the form field; a field for an amount in 万 also gets its unit, 万元 or 万美元."""
    field = deepcopy(field)
    if isinstance(field, WanField):
        unit = (column_kinds.WAN_USD if name.endswith("_usd") else column_kinds.WAN_CNY).unit
        field.unit = unit  # type: ignore[attr-defined]  # field.html writes it behind the input
    return field


def field_sentences(wrong: ValidationError) -> dict[str, list[str]]:
    """Return the messages of a validation error by field; messages about no field have the key ""."""
    return wrong.message_dict if hasattr(wrong, "error_dict") else {"": wrong.messages}
