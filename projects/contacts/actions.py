"""Records contacts with the investors of projects."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Permission
from hunan_trade.audit import state_changes
from hunan_trade.audit.actions import record
from hunan_trade.lists.declaration import Moves
from hunan_trade.lists.history.act_recording import open_act
from hunan_trade.lists.models import Act
from hunan_trade.text_cleaning import tidy
from hunan_trade.web.text_fields import CleanTextField
from hunan_trade.workflow import Move, Workflow
from projects.choices import Status
from projects.contacts.models import ProjectContact
from projects.dates.rules import CLOSED, contact_fault
from projects.duplicates.merged_projects import not_merged
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
            guards=(not_merged,),
            verb="contact.logged",
            needs_reason="写明联系的内容",
        )
    },
    refusal="项目已{state}，不再{move}",
)


@transaction.atomic
def log_contact(*, pk: int, name: str, by: User, seen: int | None, reason: str = "", **values: Any) -> ProjectContact:
    """Record a contact with a project's investor on the day `contacted_on`, and return the stored row.

    The project's `last_contact_on` follows. Raises Stale, MoveRefused, and ValidationError for a day that cannot be.
    """
    project = state_changes.lock(Project.objects.visible_to(by), pk)
    state_changes.allow(project, name, PROJECT_CONTACT, by=by, seen=seen, reason=reason)
    contacted_on: date = values["contacted_on"]
    if fault := contact_fault(contacted_on, intended_on=project.intended_on, today=clock.today()):
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
    if project.last_contact_on is None or contacted_on > project.last_contact_on:
        project.last_contact_on = contacted_on
        with open_act(Act.Kind.MOVED, listing="projects", by=by, reason=note):
            project.save(update_fields=["last_contact_on"])
    after = {"contacted_on": str(contacted_on)}
    record("contact.logged", by=by, subject=project, region=project.city_id, after=after, reason=note)
    return contact


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
