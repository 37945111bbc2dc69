"""Reads the paid-in capital of projects from accepted monthly returns."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from hunan_trade import clock
from hunan_trade.indicators.queries_source_and_exchange_rate import exchange_rate_of_year
from projects.models import ProjectMonth
from projects.stages.rules import Money, paid_in_share

PAID_IN = ("paid_in_usd", "paid_in_cny", "paid_in_percent")


def attach_paid_in(projects: Sequence[Any]) -> Sequence[Any]:
    """Set on each project its paid-in capital so far: in dollars, in yuan and in % of the contracted capital.

    All three are None before the first month of the project is accepted. On an earlier day (`clock`) they are what was
    accepted then.
    """
    months = ProjectMonth.objects.accepted_at(clock.now()).filter(project__in=[project.id for project in projects])
    sums = months.order_by().values_list("project").annotate(Sum("paid_in_usd"), Sum("paid_in_cny"))
    paid = {key: Money(usd=usd, cny=cny) for key, usd, cny in sums}
    rate = exchange_rate_of_year(clock.today().year)
    for project in projects:
        found = paid.get(project.id)
        project.paid_in_usd, project.paid_in_cny = (found.usd, found.cny) if found else (None, None)
        project.paid_in_percent = paid_in_share(found, _contracted(project), rate) if found else None
    return projects


def _contracted(project: Any) -> Money:
    return Money(usd=project.contracted_total_usd or Decimal(0), cny=project.contracted_total_cny or Decimal(0))
