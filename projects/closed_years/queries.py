"""Queries for the plan years that are closed."""

from __future__ import annotations

from collections.abc import Iterable

from hunan_trade.accounts.roles import Permission, permissions_of
from hunan_trade.audit.actions import Actor
from hunan_trade.workflow import MoveRefused
from projects.closed_years.models import YearClosing


def newest_closings() -> dict[int, YearClosing]:
    """Return the newest decision on each plan year, by year; a year without a decision is open."""
    return {decided.year: decided for decided in YearClosing.objects.order_by("version")}


def is_closed(year: int) -> bool:
    """Return whether a plan year is closed."""
    newest = YearClosing.objects.filter(year=year).order_by("-version").first()
    return newest is not None and newest.closed


def check_years_open(years: Iterable[int], *, by: Actor) -> None:
    """Raise MoveRefused if one of the years is closed and the user may not change closed years."""
    asked = set(years)
    closed = sorted(year for year, decided in newest_closings().items() if decided.closed and year in asked)
    if closed and Permission.DECIDE_COUNTING not in permissions_of(by.role):
        raise MoveRefused(f"{'、'.join(map(str, closed))}年计划已关账，改动其项目数须省厅负责人办理")
