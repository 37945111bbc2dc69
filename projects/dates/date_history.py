"""Reads from a project's history how the expected dates of its stages were changed."""

from __future__ import annotations

from hunan_trade import clock
from projects.dates.rules import EXPECTED_FIELDS, DateChange
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
