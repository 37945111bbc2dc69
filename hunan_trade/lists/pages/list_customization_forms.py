"""Forms with which readers save their views of a list and choose its columns."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict

from hunan_trade.lists.pages.column_choices import move_key
from hunan_trade.text_cleaning import tidy


class QueryForm(forms.Form):
    """Base of forms on a list's page that post the page's query string in a hidden field."""

    query = forms.CharField(required=False, max_length=4000, widget=forms.HiddenInput)

    def params(self) -> QueryDict:
        """Return the posted URL parameters of the list, without page number and unfolded panel."""
        params = QueryDict(self.data.get("query", "")[:4000].removeprefix("?"), mutable=True)
        for name in ("page", "open"):
            params.pop(name, None)
        return params


class SaveViewForm(QueryForm):
    title = forms.CharField(max_length=20, error_messages={"required": "起个名称再存", "max_length": "名称最多 20 字"})
    shared = forms.ChoiceField(choices=[("", "个人"), ("on", "本组")], required=False)
    is_default = forms.ChoiceField(choices=[("on", "设为本组默认")], required=False)

    def clean_title(self) -> str:
        title = tidy(self.cleaned_data["title"])
        if not title:
            raise forms.ValidationError("起个名称再存")
        return title


class ChangeViewForm(QueryForm):
    act = forms.ChoiceField(choices=[(name, name) for name in ("update", "default", "no_default", "delete")])


class ColumnsForm(QueryForm):
    """Form in which readers choose the columns of a list and their order.

    A `move` takes one of them a step up or down.
    """

    order = forms.MultipleChoiceField()
    shown = forms.MultipleChoiceField(required=False)
    move = forms.ChoiceField(required=False)
    reset = forms.ChoiceField(choices=[("on", "on")], required=False)

    def __init__(self, data: Any, keys: list[str]) -> None:
        super().__init__(data)
        choices: Any = self.fields
        choices["order"].choices = choices["shown"].choices = [(key, key) for key in keys]
        choices["move"].choices = [(f"{key}:{step}", "") for key in keys for step in (-1, 1)]

    def chosen_column_keys(self) -> list[str]:
        """Return the keys of the chosen columns in order; an empty list stands for the list's default columns."""
        if self.cleaned_data["reset"]:
            return []
        shown = set(self.cleaned_data["shown"])
        keys = [key for key in dict.fromkeys(self.cleaned_data["order"]) if key in shown]
        key, _, step = self.cleaned_data["move"].partition(":")
        return move_key(keys, key, int(step)) if key else keys
