"""Locks projects together with all projects whose verdicts depend on them."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from projects.duplicates.linked_projects import load_links
from projects.fortune_500.verdicts import lock_fortune_verdicts, lock_fortune_verdicts_if_grouped
from projects.models import Project


def lock_with_linked_projects(projects: Iterable[int], *, brings_group: bool = False) -> list[int]:
    """Lock projects and all that were decided to be the same or merged with them; return the keys of them all.

    Whoever changes what a project is judged by calls it first; `brings_group` says that a change names a group. Where
    somebody linked one of the projects or gave one its first group while this waited, it lets go and locks anew: the order
    is the same for everybody (docs/projects.md), or two people could wait for each other for ever.
    """
    given = set(projects)
    if brings_group:
        lock_fortune_verdicts()
    while given:
        wanted = given | load_links().linked_with(given)
        with transaction.atomic():  # a savepoint, which gives the locks back when it is rolled back
            holds_groups = lock_fortune_verdicts_if_grouped(wanted) or brings_group
            locked = Project.objects.filter(pk__in=wanted).order_by("pk").select_for_update(no_key=True)
            groups = dict(locked.values_list("pk", "investor_groups"))
            if (holds_groups or not any(groups.values())) and load_links().linked_with(given) <= wanted:
                return list(groups)
            transaction.set_rollback(True)
    return []
