"""Finds and locks the projects that are the same as others or merged with them, over any number of pairs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from projects.choices import PairState
from projects.models import Project, ProjectPair

_MERGED = (PairState.FIRST_MERGED, PairState.SECOND_MERGED)


@dataclass(frozen=True)
class ProjectLinks:
    """Which projects are linked, by key: `same` with which ones, and merged `into` which one."""

    same: dict[int, set[int]] = field(default_factory=dict)
    into: dict[int, int] = field(default_factory=dict)
    _neighbours: dict[int, set[int]] = field(default_factory=dict)

    def add(self, first: int, second: int, state: str) -> None:
        for one, other in ((first, second), (second, first)):
            self._neighbours.setdefault(one, set()).add(other)
            if state == PairState.SAME:
                self.same.setdefault(one, set()).add(other)
        if state in _MERGED:
            merged, survivor = (first, second) if state == PairState.FIRST_MERGED else (second, first)
            self.into[merged] = survivor

    def others(self, projects: Iterable[int | None]) -> set[int]:
        """Return the projects that are linked with these, directly or over others, without these."""
        given = {pk for pk in projects if pk is not None}
        found, left = set(given), list(given & self._neighbours.keys())
        while left:
            new = self._neighbours[left.pop()] - found
            found |= new
            left += new
        return found - given


def load_links() -> ProjectLinks:
    """Return all links between projects, which are few: one row for each pair that was confirmed."""
    links = ProjectLinks()
    for first, second, state in (
        ProjectPair.objects.linked().order_by("pk").values_list("first_id", "second_id", "state")
    ):
        links.add(first, second, state)
    return links


def lock_with_linked(projects: Iterable[int]) -> list[int]:
    """Lock projects and all that are linked with them, in the order of their keys, and return their keys.

    Whoever changes what a project is judged by calls it first: the verdicts of the others follow, and two people who
    lock in different orders would wait for each other for ever.
    """
    given = set(projects)
    if not given:
        return []
    wanted = given | load_links().others(given)
    locked = Project.objects.filter(pk__in=wanted).order_by("pk").select_for_update()
    return list(locked.values_list("pk", flat=True))
