"""Queries for the plan years that are closed."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from hunan_trade.accounts.roles import Permission, permissions_of
from hunan_trade.audit.actions import Actor
from hunan_trade.workflow import MoveRefused
from projects.closed_years.models import YearClosing

_NAMED = 10  # projects that a refusal names at most


def newest_closings() -> dict[int, YearClosing]:
    """Return, by plan year, the newest decision to close or reopen it; a year without a decision is open."""
    return {decided.year: decided for decided in YearClosing.objects.order_by("version")}


def is_closed(year: int) -> bool:
    """Return whether a plan year is closed."""
    newest = YearClosing.objects.filter(year=year).order_by("-version").first()
    return newest is not None and newest.closed


def check_years_open(projects: Mapping[int, Collection[str]], *, by: Actor) -> None:
    """Raise MoveRefused if any of the given plan years is closed and the user may not change closed years.

    `projects` gives by year the codes of the projects that the refusal names.
    """
    closed = sorted(year for year, decided in newest_closings().items() if decided.closed and year in projects)
    if closed and Permission.DECIDE_COUNTING not in permissions_of(by.role):
        codes = sorted({code for year in closed for code in projects[year]})
        named = "、".join(codes[:_NAMED]) + (f"等 {len(codes)} 个" if len(codes) > _NAMED else "")
        refusal = f"{'、'.join(map(str, closed))}年计划已关账，改动其项目数须省厅负责人办理"
        raise MoveRefused(f"{refusal}：{named}" if named else refusal)
