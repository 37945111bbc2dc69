"""Recomputes verdicts after other projects, decisions or rules have changed, and corrects the counts."""

from __future__ import annotations

from collections.abc import Sequence

from hunan_trade.audit.actions import Actor
from hunan_trade.lists.history.act_recording import open_act
from hunan_trade.lists.models import Act
from projects.counting.monthly_counts import CityReasons, CountedProject, correct_monthly_counts, counted_project
from projects.counting.verdicts import VERDICT_FIELDS, set_verdicts, verdict_values
from projects.duplicates.linked_projects import load_links
from projects.models import Project
from projects.sql_update_of_many_projects import update_fields


def recompute_verdicts(projects: Sequence[Project], *, by: Actor, reasons: CityReasons) -> int:
    """Recompute whether projects count, save changed verdicts and monthly counts, and return how many changed."""
    counted = [counted_project(project) for project in projects]
    changed = _save_changed_verdicts(projects, by=by, reasons=reasons)
    if changed:
        correct_monthly_counts(counted, map(counted_project, projects), by=by, reasons=reasons)
    return changed


def update_linked_verdicts(
    projects: Sequence[Project], counted: Sequence[CountedProject | None], *, by: Actor, reason: str
) -> None:
    """Recompute whether the confirmed duplicates of saved projects count, and correct the monthly counts of all.

    `counted` says what the projects added to the counts before.
    """
    cities = {project.city_id for project in projects} | {each.place.city for each in counted if each}
    reasons = CityReasons(reason, frozenset(cities))
    others = load_links().linked_with(project.pk for project in projects)
    linked = list(Project.objects.filter(pk__in=others).order_by("pk").select_for_update(no_key=True)) if others else []
    before = [counted_project(project) for project in linked]
    _save_changed_verdicts(linked, by=by, reasons=reasons)
    correct_monthly_counts([*counted, *before], map(counted_project, [*projects, *linked]), by=by, reasons=reasons)


def _save_changed_verdicts(projects: Sequence[Project], *, by: Actor, reasons: CityReasons) -> int:
    before = [verdict_values(project) for project in projects]
    set_verdicts(projects)
    changed: dict[str, list[Project]] = {}
    for project, was in zip(projects, before, strict=True):
        if verdict_values(project) != was:
            changed.setdefault(reasons.reason_for(project.city_id), []).append(project)
    for reason, rows in changed.items():
        named = reasons.actor_shown_to_city(rows[0].city_id, by)
        with open_act(Act.Kind.MOVED, listing="projects", by=named, reason=reason):
            update_fields(rows, VERDICT_FIELDS)
    return sum(map(len, changed.values()))
