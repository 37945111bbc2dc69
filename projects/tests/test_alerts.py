"""Tests that lists find the same alerts of projects as the rules, on every day."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

import pytest

from hunan_trade.accounts.tests import factories as cast
from projects.alerts import ALERT_TITLES, alert_condition, alerts_of
from projects.choices import Status
from projects.dates.rules import EXPECTED_FIELDS, REACHED_FIELDS
from projects.models import Project
from projects.tests.factories import project

FIRST = date(2013, 2, 4)


@pytest.mark.django_db
def test_the_filter_finds_those_of_which_the_rules_give_an_alert() -> None:
    """Trap P6: one set, whoever asks, for projects of all kinds and 30 days."""
    random, reporter = Random(613), cast.reporter()
    for status in (*Status, *[Status.ACTIVE] * 15):
        made = project(reporter)
        days = {
            name: FIRST + timedelta(random.randrange(80)) if random.random() < 0.6 else None
            for name in (*EXPECTED_FIELDS.values(), *REACHED_FIELDS.values(), "last_contact_on")
        }
        reason = "" if status == Status.ACTIVE else "停"
        Project.objects.filter(pk=made.pk).update(status=status, status_reason=reason, **days)
    found = set()
    for _ in range(30):
        day = FIRST + timedelta(random.randrange(110))
        by_rules = {each.pk: {alert.code for alert in alerts_of(each, day)} for each in Project.objects.all()}
        for code in ALERT_TITLES:
            listed = set(Project.objects.filter(alert_condition(code, day)).values_list("pk", flat=True))
            assert listed == {pk for pk, codes in by_rules.items() if code in codes}, (code, day)
            found |= {code} if listed and len(listed) < len(by_rules) else set()
    assert found == set(ALERT_TITLES)
