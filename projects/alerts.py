"""Finds projects that need attention: without recent contact, or with an expected date that is near or past."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Q

from hunan_trade import clock
from hunan_trade.accounts.models import User
from projects.choices import CountingRule, Status
from projects.dates import rules as rules_dates
from projects.dates.rules import CLOSED, EXPECTED_FIELDS, LIMITS, REACHED_FIELDS, Alert, ProjectDates
from projects.followers.models import ProjectFollower
from projects.models import Project

ALERT_TITLES: Mapping[str, str] = {
    "overdue": "已过预计日期",
    "expected_soon": f"{LIMITS.expected_within_days} 天内到预计日期",
    "no_contact": f"{LIMITS.no_contact_days} 天没有联系",
}

_GOES_ON = ~Q(status__in=CLOSED) & ~Q(verdict_rule=CountingRule.R5)  # of a merged one nothing is logged any more


@dataclass(frozen=True)
class FollowedAlert:
    """Number of a user's followed projects that need attention for one reason, with the filter code of the reason."""

    code: str
    title: str
    count: int


@dataclass(frozen=True)
class FollowedProjects:
    """Number of projects that a user follows, and how many of them need attention, by reason."""

    count: int
    alerts: tuple[FollowedAlert, ...]


def alert_condition(code: str, day: date) -> Q:
    """Return the query condition for projects that need attention on `day` for the reason `code`.

    The same rules as in `rules_dates.alerts`, as SQL.
    """
    if code == "no_contact":
        last = day - timedelta(days=LIMITS.no_contact_days)
        silent = Q(last_contact_on__lte=last) | Q(last_contact_on__isnull=True, intended_on__lte=last)
        return silent & _GOES_ON
    soon = {"gte": day, "lte": day + timedelta(days=LIMITS.expected_within_days)}
    bounds = {"lt": day} if code == "overdue" else soon
    due = Q()
    for stage, expected in EXPECTED_FIELDS.items():
        still_open = {f"{REACHED_FIELDS[stage]}__isnull": True}
        due |= Q(**still_open, **{f"{expected}__{lookup}": bound for lookup, bound in bounds.items()})
    return due & _GOES_ON


def alerts_of(project: Project, day: date) -> tuple[Alert, ...]:
    """Return the reasons why a project needs attention on `day`; () for a merged one."""
    if project.is_merged:
        return ()
    dates = ProjectDates(
        status=Status(project.status),
        expected={stage: on for stage, name in EXPECTED_FIELDS.items() if (on := getattr(project, name))},
        reached={stage: on for stage, name in REACHED_FIELDS.items() if (on := getattr(project, name))},
        last_contact_on=project.last_contact_on or project.intended_on,
        was_contacted=project.last_contact_on is not None,
    )
    return rules_dates.alerts(dates, day, LIMITS)


def followed_projects(user: User) -> FollowedProjects:
    """Count the projects that the user follows, and those that need attention today, for the home page."""
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
