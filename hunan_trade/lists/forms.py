"""Forms by which readers save views and choose columns."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict

from hunan_trade.lists.column_choices import moved
from hunan_trade.text_cleaning import tidy


class QueryForm(forms.Form):
    """Form that carries the query string of the list that it stands on."""

    query = forms.CharField(required=False, max_length=4000, widget=forms.HiddenInput)

    def params(self) -> QueryDict:
        """Return the parameters of the list, without its page and its open tool."""
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
    """The columns in their order, those that are ticked, and a step for one of them."""

    order = forms.MultipleChoiceField()
    shown = forms.MultipleChoiceField(required=False)
    move = forms.ChoiceField(required=False)
    reset = forms.ChoiceField(choices=[("on", "on")], required=False)

    def __init__(self, data: Any, keys: list[str]) -> None:
        super().__init__(data)
        choices: Any = self.fields
        choices["order"].choices = choices["shown"].choices = [(key, key) for key in keys]
        choices["move"].choices = [(f"{key}:{step}", "") for key in keys for step in (-1, 1)]

    def columns(self) -> list[str]:
        """Return the keys to show, in their order; none to go back to the default ones."""
        if self.cleaned_data["reset"]:
            return []
        shown = set(self.cleaned_data["shown"])
        keys = [key for key in dict.fromkeys(self.cleaned_data["order"]) if key in shown]
        key, _, step = self.cleaned_data["move"].partition(":")
        return moved(keys, key, int(step)) if key else keys
