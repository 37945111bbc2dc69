"""Records contacts with the investors of projects, and voids wrong ones."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Permission
from hunan_trade.audit import actions_state_changes
from hunan_trade.audit.actions import record
from hunan_trade.lists.declaration import Moves
from hunan_trade.lists.history.act_recording import open_act
from hunan_trade.lists.models import Act
from hunan_trade.lists.moves import record_moves
from hunan_trade.text_cleaning import tidy
from hunan_trade.web.text_fields import CleanTextField
from hunan_trade.workflow import Move, Workflow
from projects.choices import EntryState, Status
from projects.contact_log.models import CONTACT_STATES, ProjectContact
from projects.dates.rules_slippage_and_alerts import CLOSED, contact_date_error
from projects.duplicates.merged_project_refusals import merged_refusal
from projects.models import Project

PROJECT_CONTACT = Workflow(
    initial=Status.ACTIVE,
    labels={status.value: str(status.label) for status in Status},
    moves={
        "log_contact": Move(
            "记一次联系",
            frozenset(set(Status) - CLOSED),
            "",
            Permission.ENTER_PROJECT,
            guards=(merged_refusal,),
            verb="contact.logged",
            needs_reason="写明联系的内容",
        )
    },
    refusal="项目已{state}，不再{move}",
)


def _others_contact_refusal(contact: Any, by: Any) -> str | None:
    """Return a refusal if a city user voids a contact that somebody else logged, else None."""
    return None if by.is_province or contact.entered_by_id == by.pk else "别人登记的由登记人或省厅作废"


CONTACT = Workflow(
    initial=EntryState.VALID,
    labels=dict(CONTACT_STATES),
    moves={
        "void": Move(
            "作废",
            frozenset({EntryState.VALID}),
            EntryState.VOID,
            Permission.ENTER_PROJECT,
            guards=(_others_contact_refusal,),
            verb="contact.voided",
            needs_reason="作废要写明原因",
        )
    },
    field="state",
)


@transaction.atomic
def log_contact(*, pk: int, name: str, by: User, seen: int | None, reason: str = "", **values: Any) -> ProjectContact:
    """Record a contact with a project's investor on the day `contacted_on`, and return the stored row.

    The project's `last_contact_on` follows. Raises Stale, MoveRefused, and ValidationError for a day that cannot be.
    """
    project = actions_state_changes.lock_row(Project.objects.visible_to(by), pk)
    actions_state_changes.check_state_change(project, name, PROJECT_CONTACT, by=by, seen=seen, reason=reason)
    contacted_on: date = values["contacted_on"]
    if fault := contact_date_error(contacted_on, intended_on=project.intended_on, today=clock.today()):
        raise ValidationError({"contacted_on": [fault]})
    note = tidy(reason)
    with open_act(Act.Kind.CREATED, listing="project-contacts", by=by, reason=note):
        contact = ProjectContact.objects.create(
            project=project,
            city_id=project.city_id,
            contacted_on=contacted_on,
            person=tidy(values["person"]),
            note=note,
            entered_by=by,
            entered_at=clock.now(),
        )
    _set_last_contact(project, by, note)
    after = {"contacted_on": str(contacted_on)}
    record("contact.logged", by=by, subject=project, region=project.city_id, after=after, reason=note)
    return contact


@transaction.atomic
def void_contact(*, pk: int, name: str, by: User, seen: int | None, reason: str = "", **values: Any) -> None:
    """Void a contact that was logged by mistake, and correct the day of the project's last contact.

    Raises Stale and MoveRefused.
    """
    rows = ProjectContact.objects.visible_to(by)
    project = Project.objects.filter(contacts__in=rows.filter(pk=pk)).select_for_update(of=("self",), no_key=True)
    locked, note = project.first(), tidy(reason)
    given = {"voided_by": by, "voided_at": clock.now(), "void_reason": note, **values}
    record_moves.move_one(
        rows, CONTACT_VOIDING, name, pk, listing="project-contacts", by=by, seen=seen, reason=note, values=given
    )
    assert locked is not None  # else the contact would have been refused
    _set_last_contact(locked, by, note)


def _set_last_contact(project: Project, by: User, reason: str) -> None:
    """Set a project's `last_contact_on` to the day of its last contact that is not voided, and save it."""
    last = project.contacts.valid().aggregate(last=Max("contacted_on"))["last"]
    if project.last_contact_on != last:
        project.last_contact_on = last
        with open_act(Act.Kind.MOVED, listing="projects", by=by, reason=reason):
            project.save(update_fields=["last_contact_on"])


CONTACT_VOIDING = Moves(CONTACT, void_contact, by_person=frozenset({"void"}))

CONTACT_MOVES = Moves(
    PROJECT_CONTACT,
    log_contact,
    by_person=frozenset({"log_contact"}),
    fields={
        "log_contact": {
            "contacted_on": forms.DateField(
                label="联系日期", widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
            ),
            "person": CleanTextField(label="联系对象", max_length=80, help_text="姓名、单位和职务"),
        }
    },
    reason_label="联系内容",
)
