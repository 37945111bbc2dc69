"""Gathers facts for the stage rules: a project's steps, and the conditions that it does not meet."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

from django.db.models import Sum

from hunan_trade.indicators.queries_source_and_exchange_rate import exchange_rate_of_year
from hunan_trade.lists.declaration import DocumentType
from hunan_trade.lists.models import Attachment
from projects.choices import DemandKind, EntryState, ProjectClass, Stage
from projects.models import Project, ProjectMonth
from projects.stages import rules as rules_stages
from projects.stages.rules import Demand, DemandFacts, Entry, Money, Unmet

DEMANDS = Path(__file__).parent / "data" / "stage_demands.csv"


def steps_of(project: Project) -> list[Entry]:
    """Return a project's stage log: an entry for its intention (意向), then one for each stage entered later."""
    log = (Entry(Stage(e.stage), e.effective_on, EntryState(e.state), e.pk) for e in project.stage_entries.all())
    return [Entry(Stage.INTENDED, project.intended_on), *log]


@cache
def stage_demands() -> tuple[Demand, ...]:
    """Read stage_demands.csv and return the conditions that projects must meet for each stage, in the file's order."""
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
    """Return the conditions for reaching `stage` on `day` that a project does not meet."""
    demands = rules_stages.demands_of(stage, ProjectClass(project.project_class), day, stage_demands())
    named = {name for demand in demands for name in demand.field_names}
    filled = {name for name in named if getattr(project, f"{name}_id", getattr(project, name, None)) not in (None, "")}
    kinds = {demand.kind for demand in demands}
    documents = project.attached_documents
    if documents is None:
        documents = _documents_of([project])[project.pk] if DemandKind.DOCUMENT in kinds else frozenset()
    facts = DemandFacts(
        filled_fields=frozenset(filled),
        documents=documents,
        paid_in_share=_paid_in_share(project, day) if DemandKind.PAID_IN_SHARE in kinds else None,
    )
    return rules_stages.unmet_conditions(demands, facts)


def prefetch_documents(stage: Stage, projects: Sequence[Project]) -> None:
    """Load several projects' document codes into `attached_documents` with one query, if `stage` demands documents."""
    if any(demand.stage == stage and demand.kind == DemandKind.DOCUMENT for demand in stage_demands()):
        found = _documents_of(projects)
        for project in projects:
            project.attached_documents = found[project.pk]


def _documents_of(projects: Sequence[Project]) -> dict[int, frozenset[str]]:
    """Return a dict from each project's primary key to the codes of the documents that are attached to it now."""
    keys = {project.pk for project in projects}
    attached = Attachment.objects.filter(listing="projects", record__in=keys).current().exclude(document="")
    found: dict[int, set[str]] = {key: set() for key in keys}
    for key, document in attached.values_list("record", "document"):
        found[key].add(document)
    return {key: frozenset(documents) for key, documents in found.items()}


def _paid_in_share(project: Project, day: date) -> Decimal | None:
    """Return the percentage of a project's contracted capital that is paid in according to accepted returns."""
    sums = (
        ProjectMonth.objects.current().filter(project=project).aggregate(usd=Sum("paid_in_usd"), cny=Sum("paid_in_cny"))
    )
    paid_in = Money(usd=sums["usd"] or Decimal(0), cny=sums["cny"] or Decimal(0))
    contracted = Money(usd=project.contracted_total_usd or Decimal(0), cny=project.contracted_total_cny or Decimal(0))
    return rules_stages.paid_in_share(paid_in, contracted, exchange_rate_of_year(day.year))


def demanded_documents() -> tuple[DocumentType, ...]:
    """Return the types of document that projects must attach to reach a stage, such as 环评批复."""
    documents = {d.code: d.title for d in stage_demands() if d.kind == DemandKind.DOCUMENT}
    return tuple(DocumentType(code, title) for code, title in documents.items())
