"""Observes how many projects count in each city and month by the register, and corrects what was observed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count

from hunan_trade import clock
from hunan_trade.audit.actions import Actor
from hunan_trade.indicators.actions import record_observations
from hunan_trade.indicators.models import Observation
from hunan_trade.indicators.registry import Source
from hunan_trade.periods import Month
from hunan_trade.text_cleaning import tidy
from projects.models import IndicatorCode, Project

LOCK_SPACE = 20_130_710  # advisory locks: (this, code of a city) of whoever writes the city's counts
COUNTED = IndicatorCode.UNDERTAKEN.value
_WITHOUT_REASON = "项目库更正"
_DECIDED_ELSEWHERE = "与其他市州项目的认定有变"


@dataclass(frozen=True)
class CityReasons:
    """Why verdicts and counts change: `words` for these cities, all of them if there are none given.

    Other cities learn only that the province decided on a project of theirs, as the words may name one of another city.
    """

    words: str
    cities: frozenset[str] | None = None

    def of(self, city: str) -> str:
        return self.words if self.cities is None or city in self.cities else _DECIDED_ELSEWHERE


@dataclass(frozen=True, order=True)
class CountedMonth:
    """A city and month in which a project counts."""

    city: str
    month: Month


def counted_month(project: Project) -> CountedMonth | None:
    """Return the city and month in which a project counts, None if it does not."""
    return CountedMonth(project.city_id, Month.of(project.counted_on)) if project.counted_on else None


def observe_month(city: str, month: Month, *, by: Actor, reason: str) -> None:
    """Observe how many projects of a city count in a month, which its return completes when it is accepted.

    From then on every change is a correction, of which `reason` says why.
    """
    place = CountedMonth(city, month)
    _lock_counts([place])
    _record(place, _count([place])[place], by=by, reason=reason)


def correct_counts(
    before: Iterable[CountedMonth | None], after: Iterable[CountedMonth | None], *, by: Actor, reasons: CityReasons
) -> None:
    """Observe anew the months that were observed and in which other projects count now than before.

    Both name the months of the same projects in the same order. Months whose return was never accepted wait for it.
    Whoever calls it has stored the projects in this transaction.
    """
    changed = {place for was, now in zip(before, after, strict=True) if was != now for place in (was, now) if place}
    if not changed:
        return
    _lock_counts(changed)
    counts = _count(changed)
    for place, known in _observed_counts(changed).items():
        if counts[place] != known:
            _record(place, counts[place], by=by, reason=reasons.of(place.city))


def counted_before(was: Mapping[str, Any], project: Project) -> CountedMonth | None:
    """Return the city and month in which a changed project counted, from the earlier values of its changed fields."""
    city, day = was.get("city_id", project.city_id), was.get("counted_on", project.counted_on)
    return CountedMonth(city, Month.of(day)) if day else None


def _lock_counts(places: Iterable[CountedMonth]) -> None:
    """Lock the counts of cities until the transaction ends; what others committed before is counted then."""
    with connection.cursor() as cursor:
        for city in sorted({place.city for place in places}):
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_SPACE, int(city)])


def _count(places: Collection[CountedMonth]) -> dict[CountedMonth, int]:
    """Return how many projects count in each of some cities and months."""
    counted = Project.objects.filter(
        city__in={place.city for place in places},
        counted_on__range=(min(places, key=_month).month.first, max(places, key=_month).month.last),
    )
    by_month = counted.order_by().values_list("city", "counted_on__year", "counted_on__month").annotate(Count("pk"))
    found = {CountedMonth(city, Month(year, month)): count for city, year, month, count in by_month}
    return {place: found.get(place, 0) for place in places}


def _month(place: CountedMonth) -> Month:
    return place.month


def _observed_counts(places: Collection[CountedMonth]) -> dict[CountedMonth, Decimal]:
    """Return what was last observed of some cities and months, without those of which nothing was."""
    observed = Observation.objects.of_sources([Source.REGISTER]).filter(
        indicator=COUNTED,
        region__in={place.city for place in places},
        month__in={place.month.first for place in places},
    )
    rows = observed.newest().values_list("region_id", "month", "value")
    found = {CountedMonth(city, Month.of(day)): value for city, day, value in rows}
    return {place: found[place] for place in places if place in found}


def _record(place: CountedMonth, count: int, *, by: Actor, reason: str) -> None:
    record_observations(
        {COUNTED: Decimal(count)},
        region=place.city,
        month=place.month,
        source=Source.REGISTER,
        known_at=clock.now(),
        reason=tidy(reason) or _WITHOUT_REASON,
        by=by,
    )
