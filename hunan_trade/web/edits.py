"""Forms over a row that others may change meanwhile: what the page showed goes along unseen, and is compared.

    class LeadForm(EditForm):
        unit = …
        def said(self, row): return {"unit": row.lead_id}

    form = LeadForm(request.POST or None, row=item)
    actions.assign_lead(item=item, unit=form.typed["unit"], seen=form.seen, by=request.user)   # Stale
    form.sides(now), form.over(now)      what differs from the row as it stands now, and the same typing over that

The action compares under the row's lock; the form only carries. Where a button acts on what a page showed and nothing
is typed over, `VersionForm` is enough.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Self

from django import forms
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer

from hunan_trade.periods import day_label

UNSEEN = 0  # no row has this version: whoever does not say what they saw has not seen it
_signer = Signer(salt="hunan_trade.web.edits")
_LARGEST = 2**31 - 1


@dataclass(frozen=True)
class Side:
    """One field in three versions, as words."""

    label: str
    base: str  # as the page showed it; empty where that is not known
    theirs: str
    mine: str


class VersionForm(forms.Form):
    """Acting on a row as the page showed it."""

    version = forms.IntegerField(min_value=1, max_value=_LARGEST, widget=forms.HiddenInput)


class SeenField(forms.IntegerField):
    """The version that the page showed; what is missing or no number is none that stands."""

    def __init__(self) -> None:
        super().__init__(min_value=1, max_value=_LARGEST, widget=forms.HiddenInput)

    def clean(self, value: Any) -> int:
        try:
            return int(super().clean(value))
        except ValidationError:
            return UNSEEN


class ShownField(forms.CharField):
    """What the fields said when the page was opened, by label: nothing of what no page of ours has written."""

    def __init__(self) -> None:
        super().__init__(required=False, widget=forms.HiddenInput)

    def clean(self, value: Any) -> dict[str, str]:
        try:
            found: dict[str, str] = _signer.unsign_object(super().clean(value))
        except BadSignature:
            return {}
        return found


class EditForm(forms.Form):
    """Typing over `row`, which has a `version`."""

    version = SeenField()
    base = ShownField()

    def __init__(self, data: Any = None, *, row: Any, **more: Any) -> None:
        super().__init__(data, **more)
        self.initial = {**self.said(row), "version": row.version, "base": _signed(self.shown(row))}

    def said(self, row: Any) -> dict[str, Any]:
        """By field, what the row says."""
        raise NotImplementedError

    def shown(self, row: Any) -> dict[str, str]:
        """By label, what the page shows of it."""
        return self.words(self.said(row))

    def words(self, values: Mapping[str, Any]) -> dict[str, str]:
        """By label, the values of the fields that a person sees."""
        seen = {name: field for name, field in self.fields.items() if not field.widget.is_hidden}
        return {str(field.label): spelled(field, values.get(name)) for name, field in seen.items()}

    @property
    def seen(self) -> int:
        return int(self.cleaned_data["version"])

    @property
    def typed(self) -> dict[str, Any]:
        """For the action."""
        return {name: value for name, value in self.cleaned_data.items() if name not in ("version", "base")}

    def over(self, row: Any) -> Self:
        """The same typing over the row as it stands now."""
        fresh = type(self)(row=row)
        carried = {name: fresh.initial[name] for name in ("version", "base")}
        form = type(self)({**dict(self.data.items()), **carried}, row=row)
        form.is_valid()
        return form

    def sides(self, row: Any) -> tuple[Side, ...]:
        """The fields in which the row now differs from what was typed."""
        then, theirs = self.cleaned_data["base"], self.shown(row)
        mine = self.words(self.cleaned_data)
        return tuple(
            Side(label, then.get(label, ""), theirs[label], mine[label])
            for label in mine
            if mine[label] != theirs[label]
        )


def _signed(words: Mapping[str, str]) -> str:
    return _signer.sign_object(dict(words), compress=True)


def spelled(field: forms.Field, value: Any) -> str:
    """As the control shows it: the choice's words, a date with its year."""
    if value in (None, ""):
        return ""
    if isinstance(field, forms.ModelChoiceField):
        row = value if not isinstance(value, int | str) else field.queryset.filter(pk=value).first()  # type: ignore[union-attr]
        return str(row or "")
    if isinstance(field, forms.ChoiceField):
        return str(dict(field.choices).get(value, value))  # type: ignore[arg-type]
    if isinstance(value, date) and not isinstance(value, datetime):
        return day_label(value)
    return "\n".join(str(part) for part in value) if isinstance(value, list) else str(value)
