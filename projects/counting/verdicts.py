"""Computes the verdicts of projects by the counting rules, and sets the projects' verdict fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db.models import prefetch_related_objects

from projects.choices import CountingEvent, VerdictCode
from projects.counting import rules as rules_counting
from projects.counting.models_counting_decision import CountingDecision
from projects.counting.rules import FIRST_RULES, CountingRules, ProjectFacts, ProjectRef, RuleOfYear, Verdict
from projects.duplicates.linked_projects import ProjectLinks, load_links
from projects.fortune_500.verdicts import FORTUNE_FIELDS, set_fortune_verdicts
from projects.models import Project
from projects.stages import stage_conditions

VERDICT_FIELDS = ("verdict", "verdict_rule", "counted_on", "repeats_contract", *FORTUNE_FIELDS)


def counting_rules() -> CountingRules:
    """Return the counting rule of each plan year, from the newest decision on the year or else the initial rule."""
    decided = CountingDecision.objects.order_by("version").values_list("year", "event", "version")
    years = {year: RuleOfYear(CountingEvent(event), version) for year, event, version in decided}
    return CountingRules(FIRST_RULES.complete_from, {**FIRST_RULES.by_year, **years})


def counting_facts(projects: Sequence[Project]) -> list[ProjectFacts]:
    """Return the facts that the counting rules need, for the given projects and their confirmed duplicates.

    What a project that is given holds comes before what is stored of it.
    """
    links = load_links()
    others = links.linked_with(project.pk for project in projects)
    stored = Project.objects.filter(pk__in=others).prefetch_related("stage_entries") if others else ()
    every = [*projects, *stored]
    refs = {project.pk: ProjectRef(project.code, project.city_id) for project in every if project.pk}
    return [_project_facts(project, links, refs) for project in every]


def _project_facts(project: Project, links: ProjectLinks, refs: Mapping[int, ProjectRef]) -> ProjectFacts:
    survivor = links.survivor(project.pk)
    return ProjectFacts(
        code=project.code,
        city=project.city_id,
        entries=tuple(stage_conditions.steps_of(project)) if project.pk else (),
        registered_on=project.registered_on,
        status=project.status,
        merged_into=None if survivor is None else refs[survivor],
        same_as=frozenset(refs[other].code for other in links.same.get(project.pk, ())),
    )


def verdict_of(project: Project) -> Verdict:
    """Return whether and why a project counts by the rules now in force."""
    return rules_counting.verdicts(counting_facts([project]), counting_rules())[project.code]


def set_verdicts(projects: Sequence[Project]) -> None:
    """Compute whether and why projects count, and set their verdict fields; the caller saves the projects.

    This is the one place where they come from. Whoever calls it has locked the projects before, with all that are linked
    with them (`lock_with_linked_projects`): the steps and the rules are read here, so that neither they nor the verdict are of an
    earlier instant. Afterwards `judging.update_linked_verdicts` judges those others again.
    """
    prefetch_related_objects([project for project in projects if project.pk], "stage_entries")
    facts, rules = counting_facts(projects), counting_rules()
    claims, facts_by_code = (
        rules_counting.first_counting_duplicate_by_code(facts, rules),
        {each.code: each for each in facts},
    )
    repeated = rules_counting.repeated_contracts(facts, claims)
    for project in projects:
        verdict = rules_counting.verdict(facts_by_code[project.code], rules, claims)
        project.verdict, project.verdict_rule = verdict.code, verdict.rule
        project.counted_on = verdict.on if verdict.code == VerdictCode.COUNTED else None
        project.repeats_contract = project.code in repeated
    set_fortune_verdicts(projects)


def verdict_values(project: Project) -> tuple[object, ...]:
    """Return the values of a project's verdict fields, in the order of VERDICT_FIELDS."""
    return tuple(getattr(project, name) for name in VERDICT_FIELDS)
