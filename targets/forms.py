"""What an officer records on an item's page."""

from __future__ import annotations

from typing import Any

from django import forms

from hunan_trade.regions.models import Unit
from hunan_trade.web.fields import TypedField
from targets import rules
from targets.models import TaskState


class StateForm(forms.Form):
    state = forms.ChoiceField(label="状态", choices=TaskState.State.choices)
    text = TypedField(label="进展", max_length=300, required=False, widget=forms.Textarea({"rows": 2}))
    reason = TypedField(
        label="原因", max_length=300, required=False, help_text="滞后或终止时必填", widget=forms.Textarea({"rows": 2})
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if rules.state_needs_reason(data.get("state", "")) and not data.get("reason"):
            self.add_error("reason", "滞后或终止要写明原因。")
        return data


class LeadForm(forms.Form):
    unit = forms.ModelChoiceField(Unit.objects.all(), label="牵头单位", empty_label="选单位")


class MilestoneForm(forms.Form):
    reached_on = forms.DateField(label="达成日期", widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))


class EntriesForm(forms.Form):
    names = TypedField(
        label="名称", max_length=10_000, help_text="一行一个；已列的不重复登记", widget=forms.Textarea({"rows": 4})
    )

    def clean_names(self) -> list[str]:
        names = [line for line in self.cleaned_data["names"].splitlines() if line]
        if too_long := [name for name in names if len(name) > 80]:
            raise forms.ValidationError(f"“{too_long[0][:20]}…”超过 80 字。写简称。")
        return names
