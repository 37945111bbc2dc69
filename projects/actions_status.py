"""Changes the status of projects, such as 延期 (delayed), independently of their stage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from hunan_trade.accounts.models import User
from hunan_trade.lists.declaration import Moves
from hunan_trade.lists.moves import record_moves
from hunan_trade.lists.record_change_preparation import Outcome
from hunan_trade.text_cleaning import tidy
from projects.choices import Status
from projects.counting.project_locks import lock_with_linked_projects
from projects.models import Project
from projects.workflow import PROJECT_STATUS


@transaction.atomic
def change_statuses(*, seen: Mapping[int, int], name: str, by: User, reason: str = "", **values: Any) -> list[Outcome]:
    """Change the status of several projects; `name` is the workflow's transition, such as `delay` or `finish`."""
    lock_with_linked_projects(seen)
    rows, given = Project.objects.visible_to(by), _status_reason(name, reason) | values
    return record_moves.move_many(
        rows, STATUS_MOVES, name, seen, listing="projects", by=by, reason=reason, values=given
    )


@transaction.atomic
def change_status(*, pk: int, name: str, by: User, seen: int | None, reason: str = "", **values: Any) -> None:
    """Change the status of one project; `name` is the workflow's transition, such as `delay` or `finish`."""
    lock_with_linked_projects([pk])
    rows, given = Project.objects.visible_to(by), _status_reason(name, reason) | values
    record_moves.move_one(
        rows, STATUS_MOVES, name, pk, listing="projects", by=by, seen=seen, reason=reason, values=given
    )


def _status_reason(name: str, reason: str) -> dict[str, str]:
    """Return {"status_reason": reason}, with "" instead of the reason if the project becomes active again."""
    goes_on = PROJECT_STATUS.moves[name].target == Status.ACTIVE
    return {"status_reason": "" if goes_on else tidy(reason)}


STATUS_MOVES = Moves(
    PROJECT_STATUS,
    change_status,
    by_person=frozenset(PROJECT_STATUS.moves),
    bulk=("delay", "stall", "resume", "finish"),
    make_many=change_statuses,
)
