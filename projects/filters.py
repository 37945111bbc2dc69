"""Filters of the register of projects."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import or_

from django.db.models import Q

from hunan_trade import clock
from hunan_trade.lists.filters import (
    AmountFilter,
    ChoicesFilter,
    DaysFilter,
    FilledFilter,
    IndustryFilter,
    ListFilterSet,
    PersonFilter,
    RegionFilter,
    SourcePlaceFilter,
)
from parks.models import Park
from projects.alerts import alert_condition, alert_limits, alert_titles
from projects.batches.filters import batch_choices
from projects.followers.models import ProjectFollower
from projects.models import CountingDecision, FortuneGroup


def _park_choices() -> list[tuple[str, str]]:
    return [(str(key), name) for key, name in Park.objects.values_list("pk", "name")]


def _alert_choices() -> list[tuple[str, str]]:
    return list(alert_titles(alert_limits(clock.today())).items())


class AlertFilter(ChoicesFilter):
    """Filter of projects by the reason why they need attention today."""

    def any_of(self, codes: Sequence[str]) -> Q:
        day = clock.today()
        limits = alert_limits(day)
        return reduce(or_, (alert_condition(code, day, limits) for code in codes))


class FollowedByMeFilter(PersonFilter):
    """List filter that keeps only the projects that the signed-in user follows."""

    def any_of(self, codes: Sequence[str]) -> Q:
        return Q(pk__in=ProjectFollower.objects.visible_to(self.user).filter(user=self.user).values("project"))


class ProjectFilter(ListFilterSet):
    city = RegionFilter()
    park = ChoicesFilter(choices=_park_choices, may_be_blank=True)
    stage = ChoicesFilter()
    accepted_stage = ChoicesFilter()
    status = ChoicesFilter()
    project_class = ChoicesFilter()
    source = SourcePlaceFilter()
    industry = IndustryFilter()
    contracted_total_usd = AmountFilter(unit="万美元", factor=10_000)
    contracted_total_cny = AmountFilter(unit="万元", factor=10_000)
    verdict = ChoicesFilter()
    counted_on = DaysFilter()
    fortune_verdict = ChoicesFilter(may_be_blank=True)
    intended_on = DaysFilter()
    batch = ChoicesFilter(choices=batch_choices, may_be_blank=True)
    province_contact = FilledFilter()
    alert = AlertFilter(label="提醒", choices=_alert_choices)
    follower = FollowedByMeFilter(label="关注人", choices=lambda: ())


def _decided_years() -> list[tuple[str, str]]:
    years = CountingDecision.objects.order_by("-year").values_list("year", flat=True).distinct()
    return [(str(year), f"{year}年") for year in years]


class CountingDecisionFilter(ListFilterSet):
    year = ChoicesFilter(label="年度", choices=_decided_years)
    event = ChoicesFilter()
    decided_at = DaysFilter()


def _listed_years() -> list[tuple[str, str]]:
    return [(str(year), f"{year}年") for year in FortuneGroup.objects.years()]


class FortuneGroupFilter(ListFilterSet):
    year = ChoicesFilter(choices=_listed_years)
    source = SourcePlaceFilter()
