"""Finds projects that need attention: of which there was no contact for long, or whose expected day is past or near."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Q

from hunan_trade import clock
from hunan_trade.accounts.models import User
from projects.choices import Status
from projects.dates import rules as rules_dates
from projects.dates.rules import CLOSED, EXPECTED_FIELDS, LIMITS, REACHED_FIELDS, Alert, ProjectDates
from projects.followers.models import ProjectFollower
from projects.models import Project

ALERT_TITLES: Mapping[str, str] = {
    "overdue": "已过预计日期",
    "expected_soon": f"{LIMITS.expected_within_days} 天内到预计日期",
    "no_contact": f"{LIMITS.no_contact_days} 天没有联系",
}


@dataclass(frozen=True)
class FollowedAlert:
    """How many of the projects that somebody follows need attention for one reason, which `code` names in a filter."""

    code: str
    title: str
    count: int


@dataclass(frozen=True)
class FollowedProjects:
    """How many projects somebody follows, and how many of them need attention, by reason."""

    count: int
    alerts: tuple[FollowedAlert, ...]


def alert_condition(code: str, day: date) -> Q:
    """Return the condition of the projects that need attention on a day for this reason, as `rules_dates.alerts` says."""
    if code == "no_contact":
        last = day - timedelta(days=LIMITS.no_contact_days)
        silent = Q(last_contact_on__lte=last) | Q(last_contact_on__isnull=True, intended_on__lte=last)
        return silent & ~Q(status__in=CLOSED)
    soon = {"gte": day, "lte": day + timedelta(days=LIMITS.expected_within_days)}
    bounds = {"lt": day} if code == "overdue" else soon
    due = Q()
    for stage, expected in EXPECTED_FIELDS.items():
        still_open = {f"{REACHED_FIELDS[stage]}__isnull": True}
        due |= Q(**still_open, **{f"{expected}__{lookup}": bound for lookup, bound in bounds.items()})
    return due & ~Q(status__in=CLOSED)


def alerts_of(project: Project, day: date) -> tuple[Alert, ...]:
    """Return why a project needs attention on a day."""
    dates = ProjectDates(
        status=Status(project.status),
        expected={stage: on for stage, name in EXPECTED_FIELDS.items() if (on := getattr(project, name))},
        reached={stage: on for stage, name in REACHED_FIELDS.items() if (on := getattr(project, name))},
        last_contact_on=project.last_contact_on or project.intended_on,
        was_contacted=project.last_contact_on is not None,
    )
    return rules_dates.alerts(dates, day, LIMITS)


def followed_projects(user: User) -> FollowedProjects:
    """Return what a person's home page says of the projects that they follow."""
    day = clock.today()
    followed = ProjectFollower.objects.visible_to(user).filter(user=user).values("project")
    counts = (
        Project.objects.visible_to(user)
        .filter(pk__in=followed)
        .order_by()
        .aggregate(every=Count("pk"), **{code: Count("pk", filter=alert_condition(code, day)) for code in ALERT_TITLES})
    )
    alerts = tuple(FollowedAlert(code, title, counts[code]) for code, title in ALERT_TITLES.items() if counts[code])
    return FollowedProjects(counts["every"], alerts)
