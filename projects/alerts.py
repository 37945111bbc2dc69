"""Finds projects that need attention: without recent contact, or with an expected date that is near or past."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Count, Q

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.intake.adjustable_rule_thresholds import ThresholdGroup
from hunan_trade.intake.queries_thresholds import threshold_values_for_month
from hunan_trade.periods import Month
from hunan_trade.tabular.rule_threshold_declaration import RuleThreshold
from projects.choices import CountingRule, Status
from projects.dates import rules_slippage_and_alerts as rules_dates
from projects.dates.rules_slippage_and_alerts import (
    CLOSED,
    EXPECTED_FIELDS,
    REACHED_FIELDS,
    Alert,
    AlertLimits,
    ProjectDates,
)
from projects.followers.models import ProjectFollower
from projects.models import Project

ALERT_CODES = ("overdue", "expected_soon", "no_contact")


def _days_threshold(code: str, title: str, default: int) -> RuleThreshold:
    return RuleThreshold(code, title, "天", Decimal(default), least=Decimal(1), most=Decimal(365), whole=True)


ALERT_THRESHOLDS = ThresholdGroup(
    "project_alerts",
    "项目提醒",
    (
        _days_threshold("no_contact_days", "没有联系，满多少天提醒", AlertLimits.no_contact_days),
        _days_threshold("expected_within_days", "预计日期，提前多少天提醒", AlertLimits.expected_within_days),
    ),
    by_day=True,
)

_GOES_ON = ~Q(status__in=CLOSED) & ~Q(verdict_rule=CountingRule.R5)  # of a merged one nothing is logged any more


@dataclass(frozen=True)
class FollowedAlertCount:
    """Number of projects followed by a user that need attention for one reason."""

    code: str
    title: str
    count: int


@dataclass(frozen=True)
class FollowedProjectCounts:
    """Number of projects that a user follows, with the number that need attention for each reason."""

    count: int
    alerts: tuple[FollowedAlertCount, ...]


def alert_limits(day: date) -> AlertLimits:
    """Return the limits in force on `day`, such as the days without contact after which a project needs attention."""
    values = threshold_values_for_month(ALERT_THRESHOLDS.code, ALERT_THRESHOLDS.thresholds, Month.of(day), clock.now())
    return AlertLimits(**{code: int(value) for code, value in values.items()})


def alert_titles(limits: AlertLimits) -> dict[str, str]:
    """Return the Chinese title of each alert by its code, such as 30 天没有联系 for `no_contact`."""
    return {
        "overdue": "已过预计日期",
        "expected_soon": f"{limits.expected_within_days} 天内到预计日期",
        "no_contact": f"{limits.no_contact_days} 天没有联系",
    }


def alert_condition(code: str, day: date, limits: AlertLimits) -> Q:
    """Return the query condition for projects that need attention on `day` for the reason `code`.

    The same rules as in `rules_dates.alerts`, as SQL.
    """
    if code == "no_contact":
        last = day - timedelta(days=limits.no_contact_days)
        silent = Q(last_contact_on__lte=last) | Q(last_contact_on__isnull=True, intended_on__lte=last)
        return silent & _GOES_ON
    soon = {"gte": day, "lte": day + timedelta(days=limits.expected_within_days)}
    bounds = {"lt": day} if code == "overdue" else soon
    due = Q()
    for stage, expected in EXPECTED_FIELDS.items():
        still_open = {f"{REACHED_FIELDS[stage]}__isnull": True}
        due |= Q(**still_open, **{f"{expected}__{lookup}": bound for lookup, bound in bounds.items()})
    return due & _GOES_ON


def alerts_of(project: Project, day: date, limits: AlertLimits) -> tuple[Alert, ...]:
    """Return the reasons why a project needs attention on `day`, or () for a merged project."""
    if project.is_merged:
        return ()
    dates = ProjectDates(
        status=Status(project.status),
        expected={stage: on for stage, name in EXPECTED_FIELDS.items() if (on := getattr(project, name))},
        reached={stage: on for stage, name in REACHED_FIELDS.items() if (on := getattr(project, name))},
        last_contact_on=project.last_contact_on or project.intended_on,
        was_contacted=project.last_contact_on is not None,
    )
    return rules_dates.alerts(dates, day, limits)


def count_followed_projects(user: User) -> FollowedProjectCounts:
    """Count the projects that the user follows, and those that need attention today, for the home page."""
    day = clock.today()
    limits = alert_limits(day)
    followed = ProjectFollower.objects.visible_to(user).filter(user=user).values("project")
    counts = (
        Project.objects.visible_to(user)
        .filter(pk__in=followed)
        .order_by()
        .aggregate(
            every=Count("pk"),
            **{code: Count("pk", filter=alert_condition(code, day, limits)) for code in ALERT_CODES},
        )
    )
    titles = alert_titles(limits)
    alerts = tuple(FollowedAlertCount(code, titles[code], counts[code]) for code in ALERT_CODES if counts[code])
    return FollowedProjectCounts(counts["every"], alerts)
