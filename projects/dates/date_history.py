"""Reads from a project's history how the expected dates of its stages were changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from hunan_trade import clock
from projects.choices import Stage
from projects.dates.rules_slippage_and_alerts import EXPECTED_FIELDS, REACHED_FIELDS, DateChange, slippage
from projects.models import ProjectHistory


def date_changes(project: int) -> list[DateChange]:
    """Return all changes of a project's expected stage dates, oldest first, including the first date of each."""
    versions = ProjectHistory.objects.filter(id=project, is_deletion=False).select_related("act").order_by("version")
    found: list[DateChange] = []
    known = dict.fromkeys(EXPECTED_FIELDS)
    for version in versions.only("act", "valid_from", *EXPECTED_FIELDS.values()):
        for stage, name in EXPECTED_FIELDS.items():
            before, after = known[stage], getattr(version, name)
            if before != after:
                reason, by_name = (version.act.reason, version.act.by_name) if version.act else ("", "")
                changed_on = version.valid_from.astimezone(clock.SHANGHAI).date()
                found.append(DateChange(stage, before, after, changed_on, reason, by_name))
                known[stage] = after
    return found


def attach_days_late(projects: Sequence[Any]) -> Sequence[Any]:
    """Set `days_late` of each project: how many days later than first promised its next stage is expected.

    `days_late` is None where it is not later, or where no date is expected. On an earlier day (`clock`) only promises
    made until then are known.
    """
    promised = _first_promises([project.id for project in projects])
    for project in projects:
        open_stages = (stage for stage, name in REACHED_FIELDS.items() if getattr(project, name) is None)
        stage = next((stage for stage in open_stages if getattr(project, EXPECTED_FIELDS[stage])), None)
        project.days_late = None
        if stage is not None and (project.id, stage) in promised:
            days = slippage(promised[project.id, stage], getattr(project, EXPECTED_FIELDS[stage]))
            project.days_late = days if days > 0 else None
    return projects


def _first_promises(projects: Sequence[int]) -> dict[tuple[int, Stage], date]:
    """Return, by (project key, stage), the first expected date ever entered for that stage."""
    versions = ProjectHistory.objects.filter(id__in=projects, is_deletion=False, valid_from__lte=clock.now())
    found: dict[tuple[int, Stage], date] = {}
    for key, *days in versions.order_by("version").values_list("id", *EXPECTED_FIELDS.values()):
        for stage, day in zip(EXPECTED_FIELDS, days, strict=True):
            if day is not None:
                found.setdefault((key, stage), day)
    return found
