"""Proposes increases of projects' contracted capital, and confirms, gives back or voids them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Sum, prefetch_related_objects

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.audit import actions_state_changes
from hunan_trade.audit.actions import record
from hunan_trade.lists.declaration import Moves
from hunan_trade.lists.history.act_recording import open_act
from hunan_trade.lists.models import Act
from hunan_trade.lists.record_change_preparation import Outcome
from hunan_trade.text_cleaning import tidy
from hunan_trade.web.money_fields import WanField
from projects.capital_increases import rules_amount_checks as rules_increases
from projects.capital_increases.models import CapitalIncrease
from projects.capital_increases.workflow import INCREASE, PROJECT_CAPITAL
from projects.choices import EntryState, Stage
from projects.models import Project
from projects.reviewed_entries.actions import EntryKind, effective_on_form_field
from projects.sql_update_of_many_projects import update_fields
from projects.stages import rules as rules_stages
from projects.stages.stage_conditions import steps_of

_INCREASED = ("increased_cny", "increased_usd")


# --- What follows ---------------------------------------------------------------------------------------------------
def refresh_increase_sums(projects: Collection[int], *, by: User, reason: str) -> None:
    """Recompute, for each project, the sum of its valid capital increases in yuan and in dollars, and save it."""
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
            update_fields(changed, _INCREASED)


_INCREASES = EntryKind(CapitalIncrease.objects.all(), "project-increases", refresh_increase_sums)


# --- Proposing ------------------------------------------------------------------------------------------------------
@transaction.atomic
def propose_increase(
    *, pk: int, name: str, by: User, seen: int | None, reason: str = "", **values: Any
) -> CapitalIncrease:
    """Propose an increase of a project's contracted capital, and return the new `CapitalIncrease` row.

    `effective_on` is its day, `amount_usd` and `amount_cny` what it adds, of which one may be None. It changes the
    project's capital once somebody else has confirmed it. Raises Stale, MoveRefused, and ValidationError for values
    that cannot be.
    """
    project = actions_state_changes.lock_row(Project.objects.visible_to(by), pk)
    actions_state_changes.check_state_change(project, name, PROJECT_CAPITAL, by=by, seen=seen)
    signed = rules_stages.stages_reached(steps_of(project), unaccepted=True)[Stage.SIGNED]
    effective_on: date = values["effective_on"]
    amounts: dict[str, Decimal | None] = {each: values.get(each) for each in ("amount_usd", "amount_cny")}
    if faults := rules_increases.increase_errors(
        effective_on, amounts, signed_on=signed.effective_on, today=clock.today()
    ):
        raise ValidationError({field: [sentence] for field, sentence in faults.items()})
    given = {"effective_on": effective_on, "state": EntryState.AWAITING_LEAD, **amounts}
    increase = _INCREASES.create(project, by=by, reason=tidy(reason), **given)
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
            **effective_on_form_field(
                "增资日期", "补充协议签订的那一天。申报后由市州负责人确认，确认后计入合同资金，不另计项目。"
            ),
            "amount_usd": _amount_field("增资外资"),
            "amount_cny": _amount_field("增资内资"),
        }
    },
)


# --- Deciding -------------------------------------------------------------------------------------------------------
def decide_increases(*, seen: Mapping[int, int], name: str, by: User, reason: str = "", **values: Any) -> list[Outcome]:
    """Confirm, give back or void several capital increases, and update the contracted capital of their projects."""
    return _INCREASES.decide_entries(INCREASE_MOVES, name, seen, by=by, reason=reason, values=values)


def decide_increase(*, pk: int, name: str, by: User, seen: int | None, reason: str = "", **values: Any) -> None:
    """Confirm, give back or void one capital increase, and update the contracted capital of its project."""
    _INCREASES.decide_entry(INCREASE_MOVES, name, pk, by=by, seen=seen, reason=reason, values=values)


def _prefetch_authors_and_projects(increases: Sequence[CapitalIncrease]) -> Sequence[CapitalIncrease]:
    prefetch_related_objects(increases, "entered_by", "project")
    return increases


INCREASE_MOVES = Moves(
    INCREASE,
    decide_increase,
    by_person=frozenset(INCREASE.moves),
    bulk=("confirm", "give_back"),
    bulk_title="确认或退回",
    make_many=decide_increases,
    facts=_prefetch_authors_and_projects,
)
