"""The workflow of an import: its states and the changes of state that are allowed."""

from __future__ import annotations

from hunan_trade.accounts.roles import Permission
from hunan_trade.lists.imports.models import Import
from hunan_trade.workflow import Move, Workflow

State = Import.State
# An import is its owner's alone, and the right to write the list is asked by the list's action: nothing else is needed.
_RIGHT = Permission.SEE_FIGURES

IMPORT = Workflow(
    initial=State.MAPPING,
    labels={state.value: str(state.label) for state in State},
    moves={
        "map": Move("改对应列", frozenset({State.MAPPING, State.CHECKED}), State.MAPPING, _RIGHT),
        "check": Move("检查", frozenset({State.MAPPING, State.CHECKED, State.WRITING}), State.CHECKED, _RIGHT),
        "queue": Move("写入", frozenset({State.CHECKED}), State.WRITING, _RIGHT),
        "write": Move("写入", frozenset({State.CHECKED, State.WRITING}), State.WRITTEN, _RIGHT, verb="import.written"),
        "drop": Move(
            "放弃",
            frozenset({State.MAPPING, State.CHECKED, State.WRITING}),
            State.DROPPED,
            _RIGHT,
            verb="import.dropped",
        ),
        "undo": Move("撤销", frozenset({State.WRITTEN}), State.UNDONE, _RIGHT, verb="import.undone"),
    },
    field="state",
    stale_message=lambda found, by: f"“{found}”的导入已在别处办过，看过现在的页面再办",
    refusal="这次导入{state}，不能{move}",
)
