"""Saves groups on the Fortune 500 lists, and recomputes the verdicts of projects that name a group."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from django.db import transaction

from hunan_trade.accounts.roles import Permission
from hunan_trade.audit.actions_state_changes import Mover
from hunan_trade.lists import record_writing
from hunan_trade.lists.models import Act
from hunan_trade.lists.record_change_preparation import Outcome, RecordChange
from hunan_trade.workflow import MoveRefused
from projects.counting.monthly_counts import LIST_CHANGED, correct_fortune_group_counts
from projects.fortune_500.group_names import ListedGroup, name_taken_error
from projects.fortune_500.verdicts import lock_fortune_verdicts
from projects.models import FortuneGroup


@transaction.atomic
def save_fortune_groups(
    *, changes: Sequence[RecordChange], by: Mover, kind: Act.Kind, reason: str = "", reference: str = ""
) -> list[Outcome]:
    """Save new and changed groups of the Fortune 500 lists, and recompute which projects make a group count."""
    if not by.may(Permission.MAINTAIN_REGISTERS):
        raise MoveRefused("没有维护世界500强名单的权限")
    lock_fortune_verdicts()
    keeping: set[int] = set()  # rows that were to give up names, but were refused: written anew, nobody takes these
    while True:
        with transaction.atomic():
            outcomes = record_writing.write_changes(
                FortuneGroup.objects.all(),
                changes,
                listing="fortune",
                by=by,
                kind=kind,
                reason=reason,
                reference=reference,
                judge=_unique_name_check(changes, keeping),
            )
            refused = {outcome.pk for outcome in outcomes if outcome.refused and outcome.pk is not None}
            if refused <= keeping:
                break
            keeping |= refused
            transaction.set_rollback(True)
    if any(not outcome.refused for outcome in outcomes):
        correct_fortune_group_counts(by=by, reason=reason or LIST_CHANGED)
    return outcomes


def _unique_name_check(
    changes: Sequence[RecordChange], keeping: Collection[int]
) -> Callable[[FortuneGroup], Mapping[str, str]]:
    """Return a function that refuses a name already used by another group on the same year's Fortune 500 list.

    Rows that are changed or deleted at once give up the names that they had, but for those in `keeping`.
    """
    giving = [change.pk for change in changes if change.pk is not None and change.pk not in keeping]
    standing = FortuneGroup.objects.exclude(pk__in=giving).values_list("pk", "year", "name", "other_names")
    by_year: dict[int, list[tuple[int | None, ListedGroup]]] = {}
    for pk, year, name, other_names in standing:
        by_year.setdefault(year, []).append((pk, ListedGroup(year, name, other_names)))

    def judge(group: FortuneGroup) -> Mapping[str, str]:
        row = ListedGroup(group.year, group.name, group.other_names)
        others = [other for pk, other in by_year.get(group.year, ()) if pk is None or pk != group.pk]
        if sentence := name_taken_error(row, others):
            return {"name": sentence}
        by_year.setdefault(group.year, []).append((group.pk, row))
        return {}

    return judge
