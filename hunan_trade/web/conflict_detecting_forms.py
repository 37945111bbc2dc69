"""Base classes of forms that edit a row and detect that another user has changed the row meanwhile.

    class LeadUnitForm(EditForm):
        unit = …
        def row_values(self, row): return {"unit": row.lead_id}

    form = LeadUnitForm(request.POST or None, row=item)
    actions.assign_lead(item=item, unit=form.values["unit"], seen=form.seen, by=request.user)   # Stale
    form.conflicts(now), form.rebased(now)      what differs from the row as it stands now, and the same typing over that

The action compares under the row's lock; the form only carries. Where a button acts on what a page showed and nothing
is typed over, `VersionForm` is enough.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Self

from django import forms
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer

from hunan_trade import quantities
from hunan_trade.periods import format_chinese_date
from hunan_trade.web.money_fields import WanField
from hunan_trade.web.text_fields import CleanTextField

NO_VERSION = 0  # no row has this version: whoever does not say what they saw has not seen it
_signer = Signer(salt="hunan_trade.web.edits")
_MAX_VERSION = 2**31 - 1


@dataclass(frozen=True)
class FieldConflict:
    """An edit conflict in a form field, with the text that the page showed, the stored text and the typed text."""

    label: str
    base: str  # as the page showed it; empty where that is not known
    theirs: str
    mine: str


class VersionForm(forms.Form):
    """Form for a button that acts on a row; a hidden field holds the row's version when the page was shown."""

    version = forms.IntegerField(min_value=1, max_value=_MAX_VERSION, widget=forms.HiddenInput)

    @property
    def seen(self) -> int:
        """The version that the row had when the page was shown."""
        return int(self.cleaned_data["version"])


class DigestForm(forms.Form):
    """Form for a decision about the content on the page; a hidden field holds the content's SHA-256 hash.

    The content of this hash cannot change.
    """

    shown = forms.RegexField(r"^[0-9a-f]{64}$", widget=forms.HiddenInput)

    @property
    def seen(self) -> str:
        """The SHA-256 hash of the content that the page showed."""
        return str(self.cleaned_data["shown"])

    @property
    def other_values(self) -> dict[str, Any]:
        """A dict from field name to cleaned value, for all fields except the hash."""
        return {name: value for name, value in self.cleaned_data.items() if name != "shown"}


class ReasonForm(forms.Form):
    """Form with a single field: the reason for a decision."""

    reason = CleanTextField(label="原因", max_length=500)


class SeenVersionField(forms.IntegerField):
    """Hidden field for the version that the edited row had when the page was shown.

    NO_VERSION if missing or invalid.
    """

    def __init__(self) -> None:
        super().__init__(min_value=1, max_value=_MAX_VERSION, widget=forms.HiddenInput)

    def clean(self, value: Any) -> int:
        try:
            return int(super().clean(value))
        except ValidationError:
            return NO_VERSION


class ShownValuesField(forms.CharField):
    """Signed hidden field with a dict from each field's label to the text that the page showed in the field.

    {} if the signature is wrong.
    """

    def __init__(self) -> None:
        super().__init__(required=False, widget=forms.HiddenInput)

    def clean(self, value: Any) -> dict[str, str]:
        try:
            found: dict[str, str] = _signer.unsign_object(super().clean(value))
        except BadSignature:
            return {}
        return found


class EditForm(forms.Form):
    """Base class of forms that edit a row and detect changes by other users through the row's `version`."""

    version = SeenVersionField()
    base = ShownValuesField()

    def __init__(self, data: Any = None, *, row: Any, **more: Any) -> None:
        super().__init__(data, **more)
        self.initial = {**self.row_values(row), "version": row.version, "base": _sign_texts(self.row_texts(row))}

    def row_values(self, row: Any) -> dict[str, Any]:
        """Return a dict from form field name to the row's value; every subclass must implement this method."""
        raise NotImplementedError

    def row_texts(self, row: Any) -> dict[str, str]:
        """Return a dict from field label to the row's value as the page shows it."""
        return self.display_texts(self.row_values(row))

    def display_texts(self, values: Mapping[str, Any]) -> dict[str, str]:
        """Return a dict from field label to the value as the page shows it, for all visible fields."""
        seen = {name: field for name, field in self.fields.items() if not field.widget.is_hidden}
        return {str(field.label): display_text(field, values.get(name)) for name, field in seen.items()}

    @property
    def seen(self) -> int:
        """The version that the row had when the page was shown; NO_VERSION if the request lacks it."""
        return int(self.cleaned_data["version"])

    @property
    def values(self) -> dict[str, Any]:
        """A dict from field name to cleaned value, for all fields except the hidden ones."""
        return {name: value for name, value in self.cleaned_data.items() if name not in ("version", "base")}

    def rebased(self, row: Any) -> Self:
        """Return a new form with the values typed in this one and the row's current version."""
        fresh = type(self)(row=row)
        carried = {name: fresh.initial[name] for name in ("version", "base")}
        form = type(self)({**dict(self.data.items()), **carried}, row=row)
        form.is_valid()
        return form

    def conflicts(self, row: Any) -> tuple[FieldConflict, ...]:
        """Return a FieldConflict for each field whose typed text differs from the stored text."""
        then, theirs = self.cleaned_data["base"], self.row_texts(row)
        mine = self.display_texts(self.cleaned_data)
        return tuple(
            FieldConflict(label, then.get(label, ""), theirs[label], mine[label])
            for label in mine
            if mine[label] != theirs[label]
        )


def _sign_texts(texts: Mapping[str, str]) -> str:
    return _signer.sign_object(dict(texts), compress=True)


def display_text(field: forms.Field, value: Any) -> str:
    """Return a field's value as the page shows it, such as the label of a choice."""
    if value in (None, ""):
        return ""
    if isinstance(field, WanField) and isinstance(value, Decimal):
        return quantities.add_commas_to_typed(quantities.money_to_wan_text(value))
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(field, forms.ModelChoiceField):
        row = value if not isinstance(value, int | str) else field.queryset.filter(pk=value).first()  # type: ignore[union-attr]
        return str(row or "")
    if isinstance(field, forms.MultipleChoiceField):
        labels = dict(field.choices)  # type: ignore[arg-type]
        return "、".join(str(labels.get(part, part)) for part in value)
    if isinstance(field, forms.ChoiceField):
        return str(dict(field.choices).get(value, value))  # type: ignore[arg-type]
    if isinstance(value, date) and not isinstance(value, datetime):
        return format_chinese_date(value)
    return "\n".join(str(part) for part in value) if isinstance(value, list) else str(value)
