"""Declares the states of a plan item's task and allows moves between all of them."""

from __future__ import annotations

from typing import Any

from django.db import models

from hunan_trade.accounts.roles import Permission
from hunan_trade.audit.models import Event
from hunan_trade.periods import format_chinese_datetime
from hunan_trade.workflow import Move, Workflow
from targets import rules_target_status
from targets.models import TaskState

State = TaskState.State


def edit_conflict_message(row: models.Model, by: Any) -> str:
    """Return a Chinese message saying who changed the record meanwhile and that the user's input was not saved."""
    last = Event.objects.last_change(row)
    if last is None:
        return "这一页打开后已有改动，您的没有保存"
    who = "您" if last.actor_id == by.pk else last.actor_name
    return f"{who} {format_chinese_datetime(last.business_day_and_real_time)} 已改过，您的没有保存"


TASK = Workflow(
    initial=State.NOT_STARTED,
    labels={state.value: str(state.label) for state in State},
    moves={
        state.value: Move(
            f"改为{state.label}",
            frozenset(State.values),
            state.value,
            Permission.MAINTAIN_PLAN,
            verb="task.reported",
            needs_reason="滞后或终止的任务要写原因" if rules_target_status.state_needs_reason(state) else "",
        )
        for state in State
    },
    field="state",
    stale_message=edit_conflict_message,
)
