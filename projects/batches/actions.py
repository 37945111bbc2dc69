"""Saves the batches of Xiangnan and their investment threshold, and moves projects into and out of batches."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max, Min

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Permission
from hunan_trade.audit.actions import record
from hunan_trade.lists import record_writing
from hunan_trade.lists.declaration import Moves
from hunan_trade.lists.history.act_recording import open_act
from hunan_trade.lists.models import Act
from hunan_trade.lists.moves import record_moves
from hunan_trade.lists.record_change_preparation import Outcome, RecordChange
from hunan_trade.text_cleaning import tidy
from hunan_trade.workflow import MoveRefused
from projects.batches import rules_joining
from projects.batches.joining_requirements import JoiningRequirements, decided_thresholds, entrants
from projects.batches.models import Batch, BatchMembership, BatchThreshold
from projects.batches.workflow import PROJECT_BATCH
from projects.counting.project_locks import lock_with_linked_projects
from projects.models import Project

MEMBERSHIPS = "batch-memberships"  # code of the list


# --- Deciding -------------------------------------------------------------------------------------------------------
@transaction.atomic
def save_batches(
    *, changes: Sequence[RecordChange], by: User, kind: Act.Kind, reason: str = "", reference: str = ""
) -> list[Outcome]:
    """Save new and changed batches of major projects from a form or the API."""
    if not by.may(Permission.DECIDE_BATCHES):
        raise MoveRefused("没有定湘南批次的权限")
    # Joining locks the batch, too, so that no project joins between what is read here and what is written.
    changed = [change.pk for change in changes if change.pk]
    list(Batch.objects.filter(pk__in=changed).order_by("pk").select_for_update(no_key=True).values_list("pk"))
    first_days = dict(BatchMembership.objects.values_list("batch").annotate(first=Min("joined_on")))

    def opening_day_errors(batch: Batch) -> Mapping[str, str]:
        first = first_days.get(batch.pk)
        if first is None or (batch.opened_on and batch.opened_on <= first):
            return {}
        if batch.opened_on is None:
            return {"opened_on": f"{first} 已有项目列入这一批，启动日期不能留空。"}
        return {"opened_on": f"{first} 已有项目列入这一批，启动日期不能晚于这一天。"}

    return record_writing.write_changes(
        Batch.objects.all(),
        changes,
        listing="batches",
        by=by,
        kind=kind,
        reason=reason,
        reference=reference,
        judge=opening_day_errors,
    )


@transaction.atomic
def decide_threshold(*, least_usd: Decimal, holds_from: date, reason: str, by: User) -> BatchThreshold:
    """Store a decision on the minimum investment of industrial projects that join a batch on or after `holds_from`."""
    if not by.may(Permission.DECIDE_BATCHES):
        raise MoveRefused("没有定投资额下限的权限")
    if least_usd <= 0:
        raise MoveRefused("投资额下限要大于 0。改写金额再定")
    if not (reason := tidy(reason)):
        raise MoveRefused("写明理由")
    before = rules_joining.threshold_on(holds_from, decided_thresholds()).least_usd
    if before == least_usd:
        raise MoveRefused(f"{holds_from} 的投资额下限已是 {rules_joining.wan_text(before)} 万美元，不用再定")
    decided = BatchThreshold.objects.create(
        least_usd=least_usd, holds_from=holds_from, reason=reason, decided_by=by, decided_at=clock.now()
    )
    record(
        "batch.threshold_decided",
        by=by,
        subject=decided,
        reason=reason,
        before={"least_usd": str(before)},
        after={"least_usd": str(least_usd), "from_day": str(holds_from)},
    )
    return decided


# --- Joining and leaving --------------------------------------------------------------------------------------------
@transaction.atomic
def join_or_leave_batches(
    *, seen: Mapping[int, int], name: str, by: User, reason: str = "", **values: Any
) -> list[Outcome]:
    """Move several projects into a batch or out of their batch, and return an outcome for each project.

    Raises ValidationError for a batch that has not been opened.
    """
    lock_with_linked_projects(seen)
    joins = name == "join_batch"
    return (_join_batch if joins else _leave_batch)(seen, by, tidy(reason), **values)


@transaction.atomic
def join_or_leave_batch(*, pk: int, name: str, by: User, seen: int | None, reason: str = "", **values: Any) -> None:
    """Move one project into a batch or out of its batch; raise an exception with the reason if this is refused."""
    (outcome,) = join_or_leave_batches(seen={pk: seen or 0}, name=name, by=by, reason=reason, **values)
    record_moves.raise_refusal(outcome)


def _join_batch(seen: Mapping[int, int], by: User, reason: str, *, batch: Batch, joined_on: date) -> list[Outcome]:
    """Put projects into a batch, and store for each a membership that begins on `joined_on`."""
    batch = Batch.objects.select_for_update().get(pk=batch.pk)  # whose opening nobody changes meanwhile
    if (opened_on := batch.opened_on) is None:
        raise ValidationError({"batch": [f"{batch}还没有启动。省厅负责人定了启动日期再列入。"]})
    left = BatchMembership.objects.filter(project__in=list(seen)).values_list("project")
    last_left, entry_rules, today = (
        dict(left.annotate(last=Max("left_on"))),
        JoiningRequirements(joined_on),
        clock.today(),
    )

    def judge(project: Project) -> Mapping[str, str]:
        fault = rules_joining.joining_date_error(
            joined_on,
            opened_on=opened_on,
            intended_on=project.intended_on,
            last_left_on=last_left.get(project.pk),
            today=today,
        )
        too_little = entry_rules.low_investment_error(project)
        return {"joined_on": fault} if fault else {"batch": f"{too_little}。"} if too_little else {}

    def write(projects: Collection[Project]) -> None:
        with open_act(Act.Kind.CREATED, listing=MEMBERSHIPS, by=by, reason=reason):
            BatchMembership.objects.bulk_create(
                BatchMembership(
                    project=project,
                    batch=batch,
                    city_id=project.city_id,
                    joined_on=joined_on,
                    note=reason,
                    entered_by=by,
                    entered_at=clock.now(),
                )
                for project in projects
            )

    return _change_batch("join_batch", seen, by, reason, batch, judge, write)


def _leave_batch(seen: Mapping[int, int], by: User, reason: str, *, left_on: date) -> list[Outcome]:
    """Take projects out of their batch, and end their memberships on `left_on`."""
    standing = BatchMembership.objects.current().filter(project__in=list(seen))
    joined, today = dict(standing.values_list("project", "joined_on")), clock.today()

    def judge(project: Project) -> Mapping[str, str]:
        fault = rules_joining.leaving_date_error(left_on, joined_on=joined[project.pk], today=today)
        return {"left_on": fault} if fault else {}

    def write(projects: Collection[Project]) -> None:
        with open_act(Act.Kind.MOVED, listing=MEMBERSHIPS, by=by, reason=reason):
            BatchMembership.objects.current().filter(project__in=projects).update(
                left_on=left_on, left_reason=reason, left_by=by, left_at=clock.now()
            )

    return _change_batch("leave_batch", seen, by, reason, None, judge, write)


def _change_batch(
    name: str,
    seen: Mapping[int, int],
    by: User,
    reason: str,
    batch: Batch | None,
    judge: record_writing.Judge,
    write: Callable[[Collection[Project]], None],
) -> list[Outcome]:
    """Set or clear the batch of the projects where the rules allow it, then call `write` with those projects."""
    rows = Project.objects.visible_to(by)
    given = {"batch": batch}
    outcomes = record_moves.move_many(
        rows, BATCH_MOVES, name, seen, listing="projects", by=by, reason=reason, values=given, judge=judge
    )
    if moved := [outcome.pk for outcome in outcomes if outcome.pk and not outcome.refused]:
        write(Project.objects.filter(pk__in=moved).order_by("pk"))
    return outcomes


def _date_field(label: str) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))


BATCH_MOVES = Moves(
    PROJECT_BATCH,
    join_or_leave_batch,
    by_person=frozenset(PROJECT_BATCH.moves),
    fields={
        "join_batch": {
            "batch": forms.ModelChoiceField(Batch.objects.all(), label="批次", empty_label="选批次"),
            "joined_on": _date_field("列入日期"),
        },
        "leave_batch": {"left_on": _date_field("退出日期")},
    },
    bulk=tuple(PROJECT_BATCH.moves),
    bulk_title="列入或退出批次",
    make_many=join_or_leave_batches,
    facts=entrants,
)
