"""Forms for recording progress on a plan item, such as task state and milestone date."""

from __future__ import annotations

from typing import Any

from django import forms

from hunan_trade import clock
from hunan_trade.regions.models import Unit
from hunan_trade.web.conflict_detecting_forms import EditForm
from hunan_trade.web.text_fields import CleanTextField
from targets import rules_target_status
from targets.models import PlanItem, Roster, Target, TaskState


class TaskStateForm(EditForm):
    state = forms.ChoiceField(label="状态", choices=TaskState.State.choices)
    text = CleanTextField(label="进展", max_length=300, required=False, widget=forms.Textarea({"rows": 2}))
    reason = CleanTextField(
        label="原因", max_length=300, required=False, help_text="滞后或终止时必填", widget=forms.Textarea({"rows": 2})
    )

    def row_values(self, row: TaskState) -> dict[str, Any]:
        return {"state": row.state, "text": row.text, "reason": row.reason}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if rules_target_status.state_needs_reason(data.get("state", "")) and not data.get("reason"):
            self.add_error("reason", "滞后或终止要写明原因。")
        return data


class LeadUnitForm(EditForm):
    unit = forms.ModelChoiceField(Unit.objects.all(), label="牵头单位", empty_label="选单位")

    def row_values(self, row: PlanItem) -> dict[str, Any]:
        return {"unit": row.lead_id}


class MilestoneForm(EditForm):
    reached_on = forms.DateField(label="达成日期", widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.initial["reached_on"] = self.initial["reached_on"] or clock.today()

    def row_values(self, row: Target) -> dict[str, Any]:
        return {"reached_on": row.reached_on}


class RosterNamesForm(EditForm):
    names = CleanTextField(
        label="名称", max_length=10_000, help_text="一行一个；已列的不重复登记", widget=forms.Textarea({"rows": 4})
    )

    def row_values(self, row: Roster) -> dict[str, Any]:
        return {"names": ""}

    def row_texts(self, row: Roster) -> dict[str, str]:
        return {"名称": "\n".join(row.entries.order_by("position").values_list("name", flat=True))}

    def clean_names(self) -> list[str]:
        names = [line for line in self.cleaned_data["names"].splitlines() if line]
        if too_long := [name for name in names if len(name) > 80]:
            raise forms.ValidationError(f"“{too_long[0][:20]}…”超过 80 字。写简称。")
        return names
