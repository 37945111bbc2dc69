"""Sets which projects make a Fortune 500 group count, and recomputes the other projects of the group.

A group's projects may be of any city, so whoever judges one holds the lock of all groups until the transaction ends, and
reads the others under it. Actions take it before they lock projects (`project_locks.lock_with_linked_projects`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from django.db import connection

from projects.choices import VerdictCode
from projects.counting.rules import ProjectFacts, Verdict
from projects.fortune_500 import rules_group_counting as rules_fortune
from projects.fortune_500.group_names import FortuneLists, ListedGroup, build_fortune_lists
from projects.fortune_500.models import FortuneGroup
from projects.fortune_500.rules_group_counting import FortuneVerdict
from projects.models import Project

LOCK_SPACE = 20_130_500  # the advisory lock (this, 0) of whoever judges projects that have a group
FORTUNE_FIELDS = ("fortune_verdict", "fortune_count")


def lock_fortune_verdicts() -> None:
    """Take the advisory lock on all Fortune 500 verdicts, which is held until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [LOCK_SPACE])


def lock_fortune_verdicts_if_grouped(projects: Collection[int]) -> bool:
    """Lock all Fortune 500 verdicts if one of the given projects names an investor group; return whether one does."""
    has_group = Project.objects.filter(pk__in=projects).exclude(investor_groups="").exists()
    if has_group:
        lock_fortune_verdicts()
    return has_group


def load_fortune_lists() -> FortuneLists:
    """Read the Fortune 500 lists of all years from the database."""
    rows = FortuneGroup.objects.order_by("pk").values_list("year", "name", "other_names", "rank")
    return build_fortune_lists(ListedGroup(*row) for row in rows)


def set_fortune_verdicts(projects: Sequence[Project]) -> None:
    """Compute whether projects make Fortune 500 groups count, and set this in their fields without saving."""
    for project in projects:
        project.fortune_verdict, project.fortune_count = "", 0
    if not any(project.investor_groups for project in projects):
        return
    lock_fortune_verdicts()
    found = fortune_verdicts(projects, load_fortune_lists())
    for project in projects:
        project.fortune_verdict, project.fortune_count = rules_fortune.summarise_verdicts(found[project.code])


def fortune_verdicts(projects: Iterable[Project], lists: FortuneLists) -> dict[str, tuple[FortuneVerdict, ...]]:
    """Return, by project code, which Fortune 500 groups each given project makes count, considering all projects."""
    judged = {project.code: project for project in projects}
    others = Project.objects.exclude(investor_groups="").filter(counted_on__isnull=False)
    every = {project.code: project for project in others.only("code", "city", "investor_groups", "counted_on")} | judged
    facts = {code: _project_facts(project, lists) for code, project in every.items()}
    counts = {code: _verdict_from_counted_date(project) for code, project in every.items()}
    years = lists.groups_by_year
    firsts = rules_fortune.first_projects(facts.values(), counts)
    return {code: rules_fortune.group_verdicts(facts[code], counts[code], firsts, years) for code in judged}


def recompute_outdated_verdicts() -> list[Project]:
    """Recompute the Fortune 500 verdicts of all counted projects, and return the changed projects, unsaved.

    Whoever calls it holds the lock of the groups. A project that does not count is judged by its own row alone.
    """
    projects = list(Project.objects.exclude(investor_groups="").filter(counted_on__isnull=False).order_by("pk"))
    before = [(project.fortune_verdict, project.fortune_count) for project in projects]
    set_fortune_verdicts(projects)
    return [
        project
        for project, was in zip(projects, before, strict=True)
        if (project.fortune_verdict, project.fortune_count) != was
    ]


def _project_facts(project: Project, lists: FortuneLists) -> ProjectFacts:
    return ProjectFacts(project.code, project.city_id, (), groups=lists.groups_in(project.investor_groups))


def _verdict_from_counted_date(project: Project) -> Verdict:
    """Return a simplified verdict that says only whether and on which day the project counts."""
    code = VerdictCode.COUNTED if project.counted_on else VerdictCode.NOT_SIGNED
    return Verdict(code, "", "", on=project.counted_on)
