"""Proposes increases of projects' contracted capital, and confirms, gives back or voids them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Sum, prefetch_related_objects

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.audit import state_changes
from hunan_trade.audit.actions import record
from hunan_trade.lists.declaration import Moves
from hunan_trade.lists.history.act_recording import open_act
from hunan_trade.lists.models import Act
from hunan_trade.lists.moves import record_moves
from hunan_trade.lists.record_drafts import Outcome
from hunan_trade.text_cleaning import tidy
from hunan_trade.web.money_fields import WanField
from projects import rules_increases, rules_stages
from projects.actions_stages import decision_values
from projects.choices import EntryState, Stage
from projects.models import Project
from projects.models_increases import CapitalIncrease
from projects.stage_facts import steps_of
from projects.workflow_increases import INCREASE, PROJECT_CAPITAL

_INCREASED = ("increased_cny", "increased_usd")


# --- Proposing ------------------------------------------------------------------------------------------------------
@transaction.atomic
def propose_increase(
    *, pk: int, name: str, by: User, seen: int | None, reason: str = "", **values: Any
) -> CapitalIncrease:
    """Propose an increase of a project's contracted capital, and return its entry.

    `effective_on` is its day, `amount_usd` and `amount_cny` what it adds, of which one may be None. It changes the project's capital once somebody else has confirmed it. Raises Stale, MoveRefused, and ValidationError
    for values that cannot be.
    """
    project = state_changes.lock(Project.objects.visible_to(by), pk)
    state_changes.allow(project, name, PROJECT_CAPITAL, by=by, seen=seen)
    signed = rules_stages.reached(steps_of(project), unaccepted=True)[Stage.SIGNED]
    effective_on: date = values["effective_on"]
    amounts: dict[str, Decimal | None] = {each: values.get(each) for each in ("amount_usd", "amount_cny")}
    if faults := rules_increases.increase_faults(
        effective_on, amounts, signed_on=signed.effective_on, today=clock.today()
    ):
        raise ValidationError({field: [sentence] for field, sentence in faults.items()})
    with open_act(Act.Kind.CREATED, listing="project-increases", by=by, reason=tidy(reason)):
        increase = CapitalIncrease.objects.create(
            project=project,
            city_id=project.city_id,
            effective_on=effective_on,
            state=EntryState.AWAITING_LEAD,
            note=tidy(reason),
            entered_by=by,
            entered_at=clock.now(),
            **amounts,
        )
    after = {"effective_on": str(effective_on), "state": increase.state}
    after |= {field: str(amount) for field, amount in amounts.items() if amount is not None}
    record("increase.proposed", by=by, subject=project, region=project.city_id, after=after, reason=tidy(reason))
    return increase


def _amount_field(label: str) -> WanField:
    return WanField(label=label, max_digits=17, decimal_places=2, required=False)


INCREASE_PROPOSAL = Moves(
    PROJECT_CAPITAL,
    propose_increase,
    by_person=frozenset({"increase"}),
    fields={
        "increase": {
            "effective_on": forms.DateField(
                label="增资日期",
                help_text="补充协议签订的那一天。申报后由市州负责人确认，确认后计入合同资金，不另计项目。",
                widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
            ),
            "amount_usd": _amount_field("增资外资"),
            "amount_cny": _amount_field("增资内资"),
        }
    },
)


# --- Deciding -------------------------------------------------------------------------------------------------------
@transaction.atomic
def move_increases(*, seen: Mapping[int, int], name: str, by: User, reason: str = "", **values: Any) -> list[Outcome]:
    """Confirm, give back or void increases of which the user saw these versions; their projects' capital follows."""
    increases, given = CapitalIncrease.objects.visible_to(by), decision_values(by, reason) | values
    projects = _lock_projects(seen)
    outcomes = record_moves.move(
        increases, INCREASE_MOVES, name, seen, listing="project-increases", by=by, reason=reason, values=given
    )
    refresh_capital(projects, by=by, reason=reason)
    return outcomes


@transaction.atomic
def move_increase(*, pk: int, name: str, by: User, seen: int | None, reason: str = "", **values: Any) -> None:
    """Confirm, give back or void one increase; its project's capital follows. Raises Stale and MoveRefused."""
    increases, given = CapitalIncrease.objects.visible_to(by), decision_values(by, reason) | values
    projects = _lock_projects([pk])
    record_moves.move_one(
        increases, INCREASE_MOVES, name, pk, listing="project-increases", by=by, seen=seen, reason=reason, values=given
    )
    refresh_capital(projects, by=by, reason=reason)


def _lock_projects(increases: Collection[int]) -> list[int]:
    """Lock the projects of some increases, before the increases themselves, and return their keys."""
    of_increases = CapitalIncrease.objects.filter(pk__in=list(increases)).values("project")
    locked = Project.objects.filter(pk__in=of_increases).order_by("pk").select_for_update()
    return list(locked.values_list("pk", flat=True))


def _with_people(increases: Sequence[CapitalIncrease]) -> Sequence[CapitalIncrease]:
    prefetch_related_objects(increases, "entered_by", "project")
    return increases


INCREASE_MOVES = Moves(
    INCREASE,
    move_increase,
    by_person=frozenset(INCREASE.moves),
    bulk=("confirm", "give_back"),
    bulk_title="确认或退回",
    make_many=move_increases,
    facts=_with_people,
)


# --- What follows ---------------------------------------------------------------------------------------------------
def refresh_capital(projects: Collection[int], *, by: User, reason: str) -> None:
    """Write to projects the sums of their valid increases, from which their contracted capital follows."""
    valid = CapitalIncrease.objects.valid().filter(project__in=list(projects)).order_by().values("project")
    totals = valid.annotate(cny=Sum("amount_cny"), usd=Sum("amount_usd"))
    sums = {row["project"]: (row["cny"], row["usd"]) for row in totals}
    changed = []
    for project in Project.objects.filter(pk__in=list(projects)).order_by("pk"):
        increased = sums.get(project.pk, (None, None))
        if increased != (project.increased_cny, project.increased_usd):
            project.increased_cny, project.increased_usd = increased
            changed.append(project)
    if changed:
        with open_act(Act.Kind.MOVED, listing="projects", by=by, reason=tidy(reason)):
            Project.objects.bulk_update(changed, _INCREASED)
