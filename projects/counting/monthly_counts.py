"""Stores and corrects each city's monthly counts of projects and Fortune 500 groups from the register."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, Sum

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.audit.actions import Actor, System
from hunan_trade.indicators.actions import record_observations
from hunan_trade.indicators.models import Observation
from hunan_trade.indicators.registry import Source
from hunan_trade.lists.history.act_recording import open_act
from hunan_trade.lists.models import Act
from hunan_trade.periods import Month
from hunan_trade.text_cleaning import tidy
from projects.closed_years.queries import check_years_open
from projects.fortune_500.verdicts import FORTUNE_FIELDS, lock_fortune_verdicts, recompute_outdated_verdicts
from projects.models import FortuneGroup, IndicatorCode, Project
from projects.sql_update_of_many_projects import update_fields

LOCK_SPACE = 20_130_710  # advisory locks: (this, code of a city) of whoever writes the city's counts
UNDERTAKEN, FORTUNE_500 = IndicatorCode.UNDERTAKEN.value, IndicatorCode.FORTUNE_500.value
_COUNTS = {UNDERTAKEN: Count("pk"), FORTUNE_500: Sum("fortune_count")}
LIST_CHANGED = "世界500强名单有变"
_COUNTED_BY = ("city_id", "counted_on", "investor_groups", "fortune_count")  # fields
_WITHOUT_REASON = "项目库更正"
_GROUP_JUDGED_AGAIN = "世界500强集团的首个计入项目有变，重新判定"
_DECIDED_ELSEWHERE = "与其他市州项目的认定有变"


@dataclass(frozen=True)
class CityReasons:
    """The reason why counts change: its full words for the cities concerned, a general sentence for all others.

    The others are all cities except `cities`; if that is None, every city sees `words`.
    Other cities learn only that the province decided on a project of theirs, as the words may name one of another city.
    """

    words: str
    cities: frozenset[str] | None = None

    def reason_for(self, city: str) -> str:
        return self.words if self._may_know_reason(city) else _DECIDED_ELSEWHERE

    def actor_shown_to_city(self, city: str, by: Actor) -> Actor:
        """Return who a city is told made the change: `by` if the city may read the reason, else the system."""
        return by if self._may_know_reason(city) else System()

    def _may_know_reason(self, city: str) -> bool:
        return self.cities is None or city in self.cities


@dataclass(frozen=True, order=True)
class CountedMonth:
    """A city and a month for which projects are counted."""

    city: str
    month: Month


@dataclass(frozen=True)
class CountedProject:
    """What one project adds to the counts of its city and month, and the groups of its investors."""

    code: str
    place: CountedMonth
    on: date
    groups: str
    fortune_count: int


Counts = dict[str, Decimal]  # by indicator code
KnownCounts = dict[str, Decimal | None]  # None of what is not known any more


def counted_project(project: Project) -> CountedProject | None:
    """Return what a project adds to its city's monthly counts, or None if the project does not count."""
    return _make_counted_project(
        project.code, project.city_id, project.counted_on, project.investor_groups, project.fortune_count
    )


def store_month_counts(city: str, month: Month, *, by: Actor, reason: str) -> None:
    """Store a city's numbers of counted projects and Fortune 500 groups for a month whose return is being accepted.

    From then on every change is a correction, of which `reason` says why. Groups of a year without a list are not
    observed before the list is loaded.
    """
    lock_fortune_verdicts()  # nobody loads the year's list meanwhile
    place, has_list = CountedMonth(city, month), FortuneGroup.objects.filter(year=month.year).exists()
    _lock_counts([place])
    counts = _count_by_month([place])[place]
    if not has_list:
        del counts[FORTUNE_500]
    _record_counts(place, counts, by=by, reason=reason)


def correct_fortune_group_counts(*, by: Actor, reason: str) -> None:
    """Recompute which projects make groups count after a Fortune 500 list changed, and correct the group counts.

    Months of a year whose list is new are observed for the first time, where their projects are observed already; those
    of a year that has no list any more are not known from then on.
    """
    _recompute_group_verdicts(by, reason)
    observed = Observation.objects.of_sources([Source.REGISTER]).order_by()
    listed = FortuneGroup.objects.all().years()
    complete = observed.filter(indicator=UNDERTAKEN, month__year__in=listed) | observed.filter(indicator=FORTUNE_500)
    places = {CountedMonth(city, Month.of(day)) for city, day in complete.values_list("region_id", "month").distinct()}
    if not places:
        return
    _lock_counts(places)
    counts, known = _count_by_month(places), _stored_counts(places)
    for place in sorted(places):
        groups = counts[place][FORTUNE_500] if place.month.year in listed else None
        if known.get(place, {}).get(FORTUNE_500) != groups:
            check_years_open({place.month.year: ()}, by=by)
            _record_counts(place, {FORTUNE_500: groups}, by=by, reason=tidy(reason))


def correct_monthly_counts(
    before: Iterable[CountedProject | None], after: Iterable[CountedProject | None], *, by: Actor, reasons: CityReasons
) -> None:
    """Correct the stored monthly counts of projects and Fortune 500 groups that changed projects have made wrong.

    `before` and `after` name the same projects in the same order. Months whose return was never accepted wait for it.
    Whoever calls it has stored the projects in this transaction. Other projects of the same groups are judged again.
    Raises MoveRefused where a count of a closed plan year would change and the user is not the province's lead.
    """
    pairs = [(was, now) for was, now in zip(before, after, strict=True) if was != now]
    changed = [each for pair in pairs for each in pair if each]
    if not changed:
        return
    recounted = [pair for pair in pairs if _without_groups(pair[0]) != _without_groups(pair[1])]
    years = _codes_by_year((each for pair in recounted for each in pair if each), by=by)
    why = {each.place: tidy(reasons.reason_for(each.place.city)) for each in changed}
    if any(each.groups for each in changed):
        # Neither who nor which project caused it is said of others, which may be of another city.
        others = _recompute_group_verdicts(System(), _GROUP_JUDGED_AGAIN)
        why = dict.fromkeys(others, _GROUP_JUDGED_AGAIN) | why
        years = {place.month.year: set[str]() for place in others} | years
    check_years_open(years, by=by)
    _lock_counts(why)
    counts = _count_by_month(why)
    for place, known in sorted(_stored_counts(why).items()):
        corrected = {
            code: counts[place][code] for code, was in known.items() if was is not None and counts[place][code] != was
        }
        if corrected:
            _record_counts(place, corrected, by=by, reason=why[place])


def counted_before(was: Mapping[str, Any], project: Project) -> CountedProject | None:
    """Return what a project added to its city's monthly counts before it was changed, or None if it did not count."""
    return _make_counted_project(project.code, *(was.get(name, getattr(project, name)) for name in _COUNTED_BY))


def _recompute_group_verdicts(by: Actor, reason: str) -> set[CountedMonth]:
    """Recompute which projects make a Fortune 500 group count; return the cities and months in which that changed."""
    lock_fortune_verdicts()
    changed = recompute_outdated_verdicts()
    if changed:
        with open_act(Act.Kind.MOVED, listing="projects", by=by, reason=tidy(reason)):
            update_fields(changed, FORTUNE_FIELDS)
    return {each.place for project in changed if (each := counted_project(project))}


def _make_counted_project(
    code: str, city: str, on: date | None, groups: str, fortune_count: int
) -> CountedProject | None:
    return CountedProject(code, CountedMonth(city, Month.of(on)), on, groups, fortune_count) if on else None


def _without_groups(counted: CountedProject | None) -> CountedProject | None:
    """Return a copy of a `CountedProject` with `groups` emptied, so that comparing two ignores the groups' names."""
    return counted and replace(counted, groups="")


def _codes_by_year(recounted: Iterable[CountedProject], *, by: Actor) -> dict[int, set[str]]:
    """Return, by the year in which they count, the codes of the given projects whose city the user may see."""
    found: dict[int, set[str]] = {}
    for each in recounted:
        codes = found.setdefault(each.place.month.year, set())
        if isinstance(by, User) and by.sees_region(each.place.city):
            codes.add(each.code)
    return found


def _lock_counts(places: Iterable[CountedMonth]) -> None:
    """Take the advisory locks on the cities' monthly counts, which are held until the transaction ends."""
    with connection.cursor() as cursor:
        for city in sorted({place.city for place in places}):
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_SPACE, int(city)])


def _count_by_month(places: Collection[CountedMonth]) -> dict[CountedMonth, Counts]:
    """Count the projects and Fortune 500 groups in each of the given cities and months."""
    counted = Project.objects.filter(
        city__in={place.city for place in places},
        counted_on__range=(min(places, key=_month).month.first, max(places, key=_month).month.last),
    )
    by_month = counted.order_by().values_list("city", "counted_on__year", "counted_on__month")
    found = {
        CountedMonth(city, Month(year, month)): dict(zip(_COUNTS, map(Decimal, counts), strict=True))
        for city, year, month, *counts in by_month.annotate(*_COUNTS.values())
    }
    return {place: found.get(place, dict.fromkeys(_COUNTS, Decimal(0))) for place in places}


def _month(place: CountedMonth) -> Month:
    return place.month


def _stored_counts(places: Collection[CountedMonth]) -> dict[CountedMonth, KnownCounts]:
    """Return the last stored counts of projects and Fortune 500 groups for each given city and month that has any."""
    observed = Observation.objects.of_sources([Source.REGISTER]).filter(
        indicator__in=_COUNTS,
        region__in={place.city for place in places},
        month__in={place.month.first for place in places},
    )
    found: dict[CountedMonth, KnownCounts] = {}
    for code, city, day, value in observed.ordered_newest_versions().values_list(
        "indicator", "region_id", "month", "value"
    ):
        found.setdefault(CountedMonth(city, Month.of(day)), {})[code] = value
    return {place: found[place] for place in places if place in found}


def _record_counts(place: CountedMonth, counts: Mapping[str, Decimal | None], *, by: Actor, reason: str) -> None:
    record_observations(
        counts,
        region=place.city,
        month=place.month,
        source=Source.REGISTER,
        known_at=clock.now(),
        reason=reason or _WITHOUT_REASON,
        by=by,
    )
