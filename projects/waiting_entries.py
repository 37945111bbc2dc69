"""Counts the entries about projects that wait for a user, such as steps to confirm, for the user's home page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, Min, OuterRef
from django.urls import reverse

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import PROVINCE_ROLES, Permission
from projects.choices import CountingRule, EntryState, PairState, Status
from projects.models import CapitalIncrease, ProjectPair, StageEntry, Termination

SHOWN_DAYS = 30  # what was given back longer ago waits for nobody


@dataclass(frozen=True)
class WaitingEntries:
    """One line of a user's to-do list: how many entries of a kind wait, since when, and the URL of their list.

    `since_verb` says what happened to the oldest then, `action` what the reader does.
    """

    title: str
    count: int
    unit: str
    since: datetime
    since_verb: str
    url: str
    action: str


def waiting_entries(user: User) -> tuple[WaitingEntries, ...]:
    """Return a user's to-do list about projects, such as steps to confirm, without kinds of which none wait."""
    return tuple(each for each in _every_kind(user) if each is not None)


def _every_kind(user: User) -> Iterator[WaitingEntries | None]:
    if user.may(Permission.CONFIRM_STAGE):
        yield _count_waiting(
            "项目落地、营运待确认",
            StageEntry.objects.visible_to(user).filter(state=EntryState.AWAITING_PROVINCE).exclude(entered_by=user),
            ("project-stages", "state=awaiting_province"),
            unit="个",
        )
    if user.may(Permission.DECIDE_COUNTING):
        yield _count_waiting(
            "关账年度的项目阶段待确认",
            StageEntry.objects.visible_to(user).filter(state=EntryState.AWAITING_LEAD).exclude(entered_by=user),
            ("project-stages", "state=awaiting_lead"),
            unit="个",
        )
    if user.may(Permission.CONFIRM_INCREASE):
        yield _count_waiting(
            "项目增资待确认", _increases_to_confirm(user), ("project-increases", "state=awaiting_lead"), unit="笔"
        )
    if user.may(Permission.CONFIRM_TERMINATION):
        yield _count_waiting(
            "项目终止待确认",
            Termination.objects.visible_to(user).filter(state=EntryState.AWAITING_LEAD).exclude(entered_by=user),
            ("project-terminations", "state=awaiting_lead"),
            unit="个",
            since_verb="提出",
        )
    if user.may(Permission.MERGE_PROJECT):
        yield _count_waiting(
            "疑似重复项目待认定",
            ProjectPair.objects.visible_to(user).filter(state=PairState.WAITING),
            ("project-duplicates", "state=waiting"),
            unit="对",
            since_field="found_at",
            since_verb="发现",
            action="去认定",
        )
    if user.is_city and user.may(Permission.MOVE_PROJECT):
        yield _count_given_back("项目阶段被退回", _given_back_steps(user), "project-stages", unit="个")
        yield _count_given_back("项目增资被退回", _given_back_increases(user), "project-increases", unit="笔")


def _count_waiting(
    title: str,
    rows: Any,
    place: tuple[str, str],
    *,
    unit: str,
    since_field: str = "entered_at",
    since_verb: str = "申报",
    action: str = "去确认",
) -> WaitingEntries | None:
    """Return the count, oldest time and list URL of `rows` as one to-do line, or None if there are no rows."""
    found = rows.order_by().aggregate(count=Count("pk"), since=Min(since_field))
    listing, query = place
    url = f"{reverse(f'{listing}:home')}?{query}"
    if found["since"] is None:
        return None
    return WaitingEntries(title, found["count"], unit, found["since"], since_verb, url, action)


def _count_given_back(title: str, rows: Any, listing: str, *, unit: str) -> WaitingEntries | None:
    return _count_waiting(
        title,
        rows,
        (listing, f"state={EntryState.GIVEN_BACK.value}"),
        unit=unit,
        since_field="decided_at",
        since_verb="退回",
        action="去修改",
    )


def _increases_to_confirm(user: User) -> Any:
    """Return the capital increases of projects that wait for confirmation by the user."""
    waiting = CapitalIncrease.objects.visible_to(user).filter(state=EntryState.AWAITING_LEAD).exclude(entered_by=user)
    return waiting.filter(entered_by__role__in=PROVINCE_ROLES) if user.is_province else waiting


def _given_back_steps(user: User) -> Any:
    """Return the project steps given back to the user's city in the last 30 days and not entered again."""
    return _recently_given_back(StageEntry, user, stage=OuterRef("stage"))


def _given_back_increases(user: User) -> Any:
    return _recently_given_back(CapitalIncrease, user)


def _recently_given_back(model: Any, user: User, **alike: OuterRef) -> Any:
    since = clock.now() - timedelta(days=SHOWN_DAYS)
    rows = model.objects.visible_to(user).filter(state=EntryState.GIVEN_BACK, decided_at__gte=since)
    anew = model.objects.filter(project=OuterRef("project"), pk__gt=OuterRef("pk"), **alike)
    rows = rows.exclude(project__status__in=[Status.TERMINATED, Status.FINISHED])
    return rows.filter(~Exists(anew)).exclude(project__verdict_rule=CountingRule.R5)  # merged ones take nothing new
