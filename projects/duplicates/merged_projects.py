"""Refuses what is new for projects that were merged into others, with a sentence that names the other project."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from hunan_trade.accounts.models import User
from projects.counting.rules import COUNTED_ELSEWHERE
from projects.duplicates.linked_projects import load_links
from projects.models import Project


def not_merged(project: Any, by: Any) -> str | None:
    """Guard that refuses a project that was merged into another one; a city reads the other's code if it is its own."""
    survivor = survivors([project.pk]).get(project.pk) if project.is_merged else None
    return merged_sentence(survivor, is_visible=by.sees_region(survivor.city_id)) if survivor else None


def project_not_merged(entry: Any, by: Any) -> str | None:
    """Guard that refuses an entry, such as an increase, whose project was merged into another one."""
    return not_merged(entry.project, by)


def merged_refusals(projects: Sequence[Project], by: User) -> list[str]:
    """Return, for each project, why it may not be edited because it was merged, "" where it was not."""
    found = survivors([project.pk for project in projects if project.is_merged])
    return [
        f"{merged_sentence(survivor, is_visible=by.sees_region(survivor.city_id))}。" if survivor else ""
        for survivor in (found.get(project.pk) for project in projects)
    ]


def survivors(projects: Collection[int], as_of: datetime | None = None) -> dict[int, Project]:
    """Return, by key of a merged project, the one that stands for it: the last, where that one was merged on.

    `as_of` asks for the decisions at that moment.
    """
    if not projects:
        return {}
    links = load_links(as_of)
    last = {pk: survivor for pk in projects if (survivor := links.survivor(pk)) is not None}
    found = Project.objects.in_bulk(set(last.values()))
    return {pk: found[survivor] for pk, survivor in last.items()}


def merged_sentence(survivor: Project, *, is_visible: bool) -> str:
    """Return the sentence about a merged project; a reader of another city learns nothing of the other project."""
    if not is_visible:
        return f"{COUNTED_ELSEWHERE}，本项目不再办理"
    return f"项目已并入 {survivor.code}，到 {survivor.code} 办理"
