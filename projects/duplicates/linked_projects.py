"""Finds linked projects: those that an officer decided to be the same project or to be merged."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from projects.choices import PairState
from projects.models import ProjectPair, ProjectPairHistory

_MERGED = (PairState.FIRST_MERGED, PairState.SECOND_MERGED)


@dataclass(frozen=True)
class ProjectLinks:
    """Links between projects by primary key: the projects that are the `same`, and those merged `into` others."""

    same: dict[int, set[int]] = field(default_factory=dict)
    into: dict[int, int] = field(default_factory=dict)
    _neighbours: dict[int, set[int]] = field(default_factory=dict)

    def add_pair(self, first: int, second: int, state: str) -> None:
        for one, other in ((first, second), (second, first)):
            self._neighbours.setdefault(one, set()).add(other)
            if state == PairState.SAME:
                self.same.setdefault(one, set()).add(other)
        if state in _MERGED:
            merged, survivor = (first, second) if state == PairState.FIRST_MERGED else (second, first)
            self.into[merged] = survivor

    def survivor(self, project: int | None) -> int | None:
        """Return the key of the project into which a project was finally merged, or None if it was not merged."""
        found = self.into.get(project) if project else None
        while found is not None and found in self.into:
            found = self.into[found]
        return found

    @property
    def projects(self) -> set[int]:
        """Keys of all projects that are the same as another one, or merged with one."""
        return set(self._neighbours)

    def linked_with(self, projects: Iterable[int | None]) -> set[int]:
        """Return the keys of all other projects that are duplicates of the given ones, directly or indirectly."""
        given = {pk for pk in projects if pk is not None}
        found, left = set(given), list(given & self._neighbours.keys())
        while left:
            new = self._neighbours[left.pop()] - found
            found |= new
            left += new
        return found - given


def load_links(as_of: datetime | None = None) -> ProjectLinks:
    """Return all links between projects, one for each pair that was decided to be the same or merged.

    With `as_of` as they were at that moment.
    """
    pairs: Any = ProjectPair.objects.all() if as_of is None else ProjectPairHistory.objects.valid_at(as_of)
    return links_among(pairs)


def links_among(pairs: Any) -> ProjectLinks:
    """Return the links between projects of those given pairs that were decided to be the same or merged."""
    links = ProjectLinks()
    for first, second, state in pairs.linked().order_by("id").values_list("first_id", "second_id", "state"):
        links.add_pair(first, second, state)
    return links
