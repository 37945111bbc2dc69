"""Describes requests that change projects, for the tests of write endpoints."""

from __future__ import annotations

from typing import Any

from hunan_trade.tests.register_endpoints import RegisterCase, register_endpoints
from hunan_trade.tests.write_endpoint_data import OURS, THEIRS
from hunan_trade.tests.write_endpoint_requests import Body, WriteRequest
from projects.models import Project
from projects.tables import PROJECTS


def _record(request: WriteRequest) -> Project:
    """Return the project of the asking city that was edited once."""
    return Project.objects.get(city=request.city, version=2)


def _new(request: WriteRequest) -> Body:
    return {"name": "又一项目", "city": request.city, "project_class": "industry", "intended_on": "2013-02-04"}


def _wrong(request: WriteRequest) -> dict[str, list[Any]]:
    other = THEIRS if request.city == OURS else OURS
    return {
        "city": [other, "430000", "x"] if request.who == "reporter" else ["430000", "x"],
        "area": [f"{other[:4]}02", "999999"],
        "project_class": ["nobody"],
        "kind": ["water", "nobody"],
        "intended_on": ["2030-01-01", "x"],
    }


PROJECT_WRITE_ENDPOINTS = list(
    register_endpoints(
        RegisterCase(
            PROJECTS,
            ("reporter", "officer", "province_lead"),
            record=_record,
            edited="note",
            new=_new,
            new_json={},
            created=frozenset(
                {"projects.Project", "projects.ProjectHistory", "projects.CodeCounter.last", "lists.Act"}
            ),
            change=("name", "再改的项目"),
            bulk=("area", f"{OURS[:4]}02"),
            wrong=_wrong,
        )
    )
)
