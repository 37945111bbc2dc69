"""Gathers what the rules of stages look at: the steps of a project, and what it lacks of what a stage demands."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

from projects import rules_stages
from projects.choices import DemandKind, EntryState, ProjectClass, Stage
from projects.models import Project
from projects.rules_stages import Demand, DemandFacts, Entry, Unmet

DEMANDS = Path(__file__).parent / "data" / "stage_demands.csv"


def steps_of(project: Project) -> list[Entry]:
    """Return a project's stage log as the rules read it, which begins with its intention."""
    log = (Entry(Stage(e.stage), e.effective_on, EntryState(e.state), e.pk) for e in project.stage_entries.all())
    return [Entry(Stage.INTENDED, project.intended_on), *log]


@cache
def stage_demands() -> tuple[Demand, ...]:
    """Return the conditions that stages set, in the order in which pages name them."""
    with DEMANDS.open(encoding="utf-8", newline="") as source:
        return tuple(
            Demand(
                code=row["code"],
                stage=Stage(row["stage"]),
                project_class=ProjectClass(row["project_class"]) if row["project_class"] else "",
                kind=DemandKind(row["kind"]),
                title=row["title"],
                field=row["field"],
                share_pct=Decimal(row["share_pct"] or 0),
                holds_from=date.fromisoformat(row["holds_from"]),
                holds_to=date.fromisoformat(row["holds_to"]) if row["holds_to"] else None,
            )
            for row in csv.DictReader(source)
        )


def unmet_demands(project: Project, stage: Stage, day: date) -> tuple[Unmet, ...]:
    """Return the conditions of a stage on this day that a project does not meet."""
    demands = rules_stages.demands_of(stage, ProjectClass(project.project_class), day, stage_demands())
    named = {name for demand in demands for name in demand.field_names}
    filled = {name for name in named if getattr(project, f"{name}_id", getattr(project, name, None)) not in (None, "")}
    return rules_stages.unmet(demands, DemandFacts(frozenset(filled)))
