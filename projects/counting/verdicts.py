"""Sets the verdicts of projects: gathers what the counting rules look at, and writes what they say into the projects' fields."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import prefetch_related_objects

from projects.choices import CountingEvent, VerdictCode
from projects.counting import rules as rules_counting
from projects.counting.models import CountingDecision
from projects.counting.rules import FIRST_RULES, CountingRules, ProjectFacts, RuleOfYear, Verdict
from projects.fortune.verdicts import FORTUNE_FIELDS, set_fortune_verdicts
from projects.models import Project
from projects.stages import stage_facts

VERDICT_FIELDS = ("verdict", "verdict_rule", "counted_on", *FORTUNE_FIELDS)


def counting_rules() -> CountingRules:
    """Return the rules of the plan years: the newest decision on each, or the one with which the register began."""
    decided = CountingDecision.objects.order_by("version").values_list("year", "event", "version")
    years = {year: RuleOfYear(CountingEvent(event), version) for year, event, version in decided}
    return CountingRules(FIRST_RULES.complete_from, {**FIRST_RULES.by_year, **years})


def facts_of(project: Project) -> ProjectFacts:
    return ProjectFacts(
        code=project.code,
        city=project.city_id,
        entries=tuple(stage_facts.steps_of(project)) if project.pk else (),
        registered_on=project.registered_on,
        status=project.status,
    )


def verdict_of(project: Project) -> Verdict:
    """Return the verdict of a project by the rules of today."""
    return rules_counting.verdicts([facts_of(project)], counting_rules())[project.code]


def set_verdicts(projects: Sequence[Project]) -> None:
    """Set the fields of projects that say whether each counts, which whoever stores the projects stores, too.

    This is the one place where they come from. Whoever calls it has locked the projects before: the steps and the rules
    are read here, so that neither they nor the verdict are of an earlier instant.
    """
    prefetch_related_objects([project for project in projects if project.pk], "stage_entries")
    found = rules_counting.verdicts(map(facts_of, projects), counting_rules())
    for project in projects:
        verdict = found[project.code]
        project.verdict, project.verdict_rule = verdict.code, verdict.rule
        project.counted_on = verdict.on if verdict.code == VerdictCode.COUNTED else None
    set_fortune_verdicts(projects)


def verdict_fields(project: Project) -> tuple[object, ...]:
    """Return what the verdict fields of a project hold."""
    return tuple(getattr(project, name) for name in VERDICT_FIELDS)
