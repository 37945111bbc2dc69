"""Functions that create projects for tests, by the action that pages and API use."""

from __future__ import annotations

from datetime import date
from itertools import count
from typing import Any

from hunan_trade.accounts.models import User
from hunan_trade.lists.models import Act
from hunan_trade.lists.record_drafts import Outcome, RecordChange
from projects.actions import save_projects
from projects.models import Project

_numbers = count(1)


def project_values(city: str, /, **values: Any) -> dict[str, Any]:
    """Return the values of a new project of a city, as a form gives them."""
    return {"name": f"试验{next(_numbers)}号触控模组项目", "city": city, "intended_on": date(2013, 2, 4), **values}


def saved(by: User, *given: dict[str, Any]) -> list[Outcome]:
    """Save new projects on behalf of a user and return what became of each."""
    return save_projects(changes=[RecordChange(values) for values in given], by=by, kind=Act.Kind.CREATED)


def project(by: User, **values: Any) -> Project:
    """Create one project in the user's city."""
    (outcome,) = saved(by, project_values(values.pop("city", by.region_id), **values))
    assert not outcome.refused, outcome.errors
    return Project.objects.get(pk=outcome.pk or 0)
