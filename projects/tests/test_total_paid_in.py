"""Tests that the list of projects sums the capital paid in from accepted returns only."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from enterprises.tests import return_factories
from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.intake.models import Round
from hunan_trade.periods import Month
from projects.models import Project, ProjectMonth
from projects.monthly_progress.queries_total_paid_in import attach_paid_in
from projects.tests.factories import accepted_month, stepped_project

pytestmark = pytest.mark.django_db


def accepted_round(month: Month, by: tuple[User, User, User], at: datetime) -> Round:
    with clock.frozen_at(at):
        monthly_return = return_factories.opened(cast.CHANGSHA, month)
        return_factories.declare_nil(monthly_return, "没有发生", by[0])
        return_factories.accepted(monthly_return, *by)
    ProjectMonth.objects.all().delete()  # the test says itself what was paid in
    return Round.objects.get(monthly_return=monthly_return)


def paid(made: Project, round_: Round, usd: int, **values: Any) -> None:
    month = round_.monthly_return.period.first
    accepted_month(made, round_, month=month, paid_in_usd=usd, paid_in_cny=0, **values)


def figures(made: Project, at: datetime) -> tuple[Decimal | None, ...]:
    with clock.frozen_at(at):
        (found,) = attach_paid_in([Project.objects.get(pk=made.pk)])
    return found.paid_in_usd, found.paid_in_cny, found.paid_in_percent


def test_paid_in_is_the_sum_of_the_months_accepted_by_the_day_asked_for() -> None:
    people = cast.reporter(), cast.lead(), cast.officer()
    made = stepped_project(people[0], "sign", contracted_usd=Decimal(1000), contracted_cny=None)
    april, may = clock.at(date(2013, 4, 5), 9), clock.at(date(2013, 5, 5), 9)
    march = accepted_round(Month(2013, 3), people, april)
    later = accepted_round(Month(2013, 4), people, may)
    paid(made, march, 150, replaced_by=later)
    paid(made, march, 200)
    paid(made, later, 100)
    assert figures(made, clock.at(date(2013, 4, 1), 9)) == (None, None, None)
    assert figures(made, clock.at(date(2013, 6, 1), 9)) == (Decimal(300), Decimal(0), Decimal(30))
