"""Refuses changes and new entries of merged projects, with a sentence that names the project to use instead."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from hunan_trade.accounts.models import User
from projects.counting.rules import COUNTED_ELSEWHERE
from projects.duplicates.linked_projects import load_links
from projects.models import Project


def merged_refusal(project: Any, by: Any) -> str | None:
    """Return a Chinese refusal of any action on a project that was merged into another one, else None."""
    survivor = survivors([project.pk]).get(project.pk) if project.is_merged else None
    return merged_sentence(survivor, is_visible=by.sees_region(survivor.city_id)) if survivor else None


def merged_project_refusal(entry: Any, by: Any) -> str | None:
    """Return a Chinese refusal if an entry, such as a capital increase, belongs to a merged project, else None."""
    return merged_refusal(entry.project, by)


def merged_refusals(projects: Sequence[Project], by: User) -> list[str]:
    """Return, for each project, a Chinese refusal if the project was merged into another one, else ""."""
    found = survivors([project.pk for project in projects if project.is_merged])
    return [
        f"{merged_sentence(survivor, is_visible=by.sees_region(survivor.city_id))}。" if survivor else ""
        for survivor in (found.get(project.pk) for project in projects)
    ]


def survivors(projects: Collection[int], as_of: datetime | None = None) -> dict[int, Project]:
    """Return, by key of each merged project, the project into which it was finally merged.

    `as_of` asks for the decisions at that moment.
    """
    if not projects:
        return {}
    links = load_links(as_of)
    last = {pk: survivor for pk in projects if (survivor := links.survivor(pk)) is not None}
    found = Project.objects.in_bulk(set(last.values()))
    return {pk: found[survivor] for pk, survivor in last.items()}


def merged_sentence(survivor: Project, *, is_visible: bool) -> str:
    """Return a Chinese refusal to act on a merged project, which names the remaining project only if it is visible."""
    if not is_visible:
        return f"{COUNTED_ELSEWHERE}，本项目不再办理"
    return f"项目已并入 {survivor.code}，到 {survivor.code} 办理"
