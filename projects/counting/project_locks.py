"""Locks projects together with all projects whose verdicts depend on them."""

from __future__ import annotations

from collections.abc import Iterable

from projects.duplicates.linked_projects import load_links, lock_with_linked
from projects.fortune.verdicts import lock_groups_of


def lock_to_judge(projects: Iterable[int]) -> list[int]:
    """Lock the investors' groups, then the projects and all projects linked with them; return all project keys.

    Whoever changes what a project is judged by calls it first. The order is the same for everybody, or two people could
    wait for each other for ever.
    """
    given = set(projects)
    if not given:
        return []
    lock_groups_of(given | load_links().others(given))
    return lock_with_linked(given)
