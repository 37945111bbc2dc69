"""Describes example requests that log contacts with investors and follow projects, for tests of write endpoints."""

from __future__ import annotations

from typing import Any

from hunan_trade.tests.derived_move_requests import MoveCase, move_endpoints, record_changes
from hunan_trade.tests.write_endpoint_requests import WriteEndpoint, WriteRequest
from projects.contact_log.tables import PROJECT_CONTACTS
from projects.models import Project, ProjectContact
from projects.tables import PROJECTS

_PEOPLE = ("officer", "province_lead", "reporter")
_NEW = frozenset({"projects.ProjectContact", "projects.ProjectContactHistory"})
_LAST = record_changes("projects.Project", "last_contact_on")
_VOIDED = record_changes("projects.ProjectContact", "state", "voided_by", "voided_at", "void_reason")
_VALUES = {"contacted_on": "2013-02-04", "person": "陈经理"}
_WRONG = {"contacted_on": ["2013-02-03", "2030-01-01", "x", ""], "person": ["", " "]}
_FOLLOWED = frozenset({"projects.ProjectFollower"})


def _project(request: WriteRequest) -> Project:
    """Return the project of the asking city that its people and the province follow."""
    return Project.objects.filter(city=request.city, followers__isnull=False).distinct().get()


def _contact(request: WriteRequest) -> ProjectContact:
    """Return the contact that the asking city's reporter logged."""
    return ProjectContact.objects.filter(city=request.city).earliest("pk")


def _unfollowed(request: WriteRequest) -> Project:
    return Project.objects.filter(city=request.city, followers__isnull=True).earliest("pk")


def _key_of_followed(request: WriteRequest) -> dict[str, Any]:
    return {"pk": _project(request).code}


def _key_of_unfollowed(request: WriteRequest) -> dict[str, Any]:
    return {"pk": _unfollowed(request).code}


CONTACT_WRITE_ENDPOINTS = [
    *move_endpoints(MoveCase(PROJECTS, "log_contact", _PEOPLE, _project, _NEW | _LAST, dict(_VALUES), dict(_WRONG))),
    *move_endpoints(MoveCase(PROJECT_CONTACTS, "void", _PEOPLE, _contact, _VOIDED | _LAST)),
    WriteEndpoint(
        "/projects/<projects_code:pk>/follow/", (*_PEOPLE, "lead"), lambda request: {}, _FOLLOWED, _key_of_unfollowed
    ),
    WriteEndpoint(
        "/projects/<projects_code:pk>/unfollow/", (*_PEOPLE, "lead"), lambda request: {}, _FOLLOWED, _key_of_followed
    ),
]
