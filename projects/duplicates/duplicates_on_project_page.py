"""Prepares a project's possible and confirmed duplicates for the project's page."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q
from django.urls import reverse

from hunan_trade.accounts.models import User
from projects.choices import PairState
from projects.models import Project, ProjectPair


@dataclass(frozen=True)
class PairLine:
    """A possible duplicate of a project: its code, name and URL, and the state and URL of the pair."""

    code: str
    name: str
    project_url: str
    state: str
    pair_url: str


@dataclass(frozen=True)
class PairPanel:
    lines: tuple[PairLine, ...]


def pair_panel(user: User, project: Project) -> PairPanel | None:
    """Return the possible duplicates of a project that the user may see, or None if there are none.

    A city sees no pair across cities: its verdict alone says that the project counts elsewhere.
    """
    pairs = (
        ProjectPair.objects.visible_to(user)
        .filter(Q(first=project.pk) | Q(second=project.pk))
        .exclude(state=PairState.UNLIKE)
        .select_related("first", "second")
        .order_by("pk")
    )
    lines = tuple(_pair_line(pair, pair.second if pair.first_id == project.pk else pair.first) for pair in pairs)
    return PairPanel(lines) if lines else None


def _pair_line(pair: ProjectPair, other: Project) -> PairLine:
    return PairLine(
        code=other.code,
        name=other.name,
        project_url=reverse("projects:detail", args=[other.code]),
        state=_pair_state_text(pair, other),
        pair_url=reverse("project-duplicates:detail", args=[pair.pk]),
    )


def _pair_state_text(pair: ProjectPair, other: Project) -> str:
    merged = {PairState.FIRST_MERGED: pair.first_id, PairState.SECOND_MERGED: pair.second_id}
    if (gone := merged.get(PairState(pair.state))) is None:
        return str(pair.get_state_display())
    return "已并入本项目" if gone == other.pk else "本项目已并入"
