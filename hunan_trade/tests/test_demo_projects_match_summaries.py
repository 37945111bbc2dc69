"""Tests that the demo's projects add up to its cities' summaries, except for a stated difference in three cities."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db.models import Count, Sum
from django.db.models.functions import TruncMonth

from hunan_trade.accounts.models import User
from hunan_trade.demo.demo_figures import CITIES, LAST, DemoFigures
from hunan_trade.demo.demo_project_writer import ProjectWriter
from hunan_trade.indicators.models import Observation
from hunan_trade.indicators.registry import Source
from hunan_trade.periods import Month, months_between
from hunan_trade.testing.demo_database import DemoDatabase
from projects.choices import EntryState, FortuneCode, Stage, Status, VerdictCode
from projects.models import (
    CapitalIncrease,
    FortuneGroup,
    Project,
    ProjectHistory,
    ProjectMonth,
    ProjectPair,
    StageEntry,
)

FIGURES = DemoFigures.for_enterprise_count()
MONTHS = list(months_between(Month(2013, 1), LAST))
NOT_ACCEPTED = {(city, LAST) for city in ("huaihua", "chenzhou", "xiangxi")}
# City and month -> how many more the register has than the summary, and the capital of what is too much or missing.
DIFFERENCES = {
    ("zhuzhou", Month(2013, 3)): -1,  # an increase of capital is in the summary as a project, its capital in both
    ("changde", Month(2013, 5)): 1,  # a signing was entered in June
    ("loudi", Month(2013, 4)): -1,  # a signing was voided in June
}
SAME_CAPITAL = ("zhuzhou", Month(2013, 3))
Place = tuple[str, Month]


def _by_place(rows: Iterable[tuple[Any, ...]]) -> dict[Place, tuple[int, ...]]:
    prefixes = {city.code: city.username_prefix for city in CITIES}
    found: dict[Place, tuple[int, ...]] = defaultdict(lambda: (0, 0, 0))
    for city, day, *amounts in rows:
        found[prefixes[city], Month.of(day)] = tuple(int(amount or 0) for amount in amounts)
    return found


def _projects(verdict: VerdictCode, day: str) -> Mapping[Place, tuple[int, ...]]:
    """Return the number of projects with a verdict and their first contracts, by city and month of the day."""
    found = Project.objects.filter(verdict=verdict).order_by().values("city", month=TruncMonth(day))
    sums = found.annotate(number=Count("pk"), cny=Sum("contracted_cny"), usd=Sum("contracted_usd"))
    return _by_place(sums.values_list("city", "month", "number", "cny", "usd"))


def test_as_many_projects_are_signed_with_as_much_capital_as_the_summaries_say(demo_database: DemoDatabase) -> None:
    counted, waiting = _projects(VerdictCode.COUNTED, "counted_on"), _projects(VerdictCode.UNACCEPTED, "signed_on")
    valid = CapitalIncrease.objects.valid().order_by().values("city", month=TruncMonth("effective_on"))
    sums = valid.annotate(number=Count("pk"), cny=Sum("amount_cny"), usd=Sum("amount_usd"))
    increased = _by_place(sums.values_list("city", "month", "number", "cny", "usd"))
    for city in CITIES:
        for month in MONTHS:
            place, said = (city.username_prefix, month), FIGURES.filed_summary_texts(city, month)
            found, other = (counted, waiting)[:: -1 if place in NOT_ACCEPTED else 1]
            number, cny, usd = found[place]
            assert other[place][0] == 0, place
            assert number == int(said["06"]) + DIFFERENCES.get(place, 0), place
            same = (
                cny + increased[place][1] == int(said["08"]) * 10_000
                and usd + increased[place][2] == int(said["10"]) * 10_000
            )
            assert same is (place not in DIFFERENCES or place == SAME_CAPITAL), place
    assert sum(each[0] for each in waiting.values()) == 42


def test_as_many_groups_count_as_the_accepted_summaries_say(demo_database: DemoDatabase) -> None:
    """Recounted from projects and list alone: a group counts in the month of its first project that counts."""
    listed = set(FortuneGroup.objects.values_list("name", flat=True))
    short = {name.removesuffix("集团"): name for name in listed}
    of_groups = Project.objects.exclude(investor_groups="").filter(counted_on__isnull=False)
    first: dict[str, Place] = {}
    for day, _, city, group in sorted(of_groups.values_list("counted_on", "code", "city", "investor_groups")):
        if (name := short.get(group, group)) in listed:
            first.setdefault(name, (city, Month.of(day or date.max)))
    said = {
        (city.code, month): int(FIGURES.filed_summary_texts(city, month)["07"])
        for city in CITIES
        for month in MONTHS
        if (city.username_prefix, month) not in NOT_ACCEPTED
    }
    assert Counter(first.values()) == {place: number for place, number in said.items() if number}
    observed = Observation.objects.filter(
        indicator="projects.fortune_500", source=Source.REGISTER
    ).ordered_newest_versions()
    assert {(row.region_id, Month.of(row.month)): row.value for row in observed} == said
    assert set(Project.objects.values_list("fortune_verdict", flat=True)) == {"", *FortuneCode.values}
    assert not FortuneGroup.objects.exclude(name__startswith="演示").exclude(name__startswith="示例").exists()


def test_the_accepted_months_of_projects_pay_in_what_the_summaries_say(demo_database: DemoDatabase) -> None:
    rows = ProjectMonth.objects.current().order_by().values("project__city", "month")
    sums = rows.annotate(number=Count("pk"), cny=Sum("paid_in_cny"), usd=Sum("paid_in_usd"))
    paid = _by_place(sums.values_list("project__city", "month", "number", "cny", "usd"))
    for city in CITIES:
        for month in MONTHS:
            place, said = (city.username_prefix, month), FIGURES.filed_summary_texts(city, month)
            wanted = (0, 0) if place in NOT_ACCEPTED else tuple(int(said[item]) * 10_000 for item in ("09", "11"))
            assert paid[place][1:] == wanted, place


def test_the_demo_has_projects_in_all_stages_and_what_can_happen_to_them(demo_database: DemoDatabase) -> None:
    active = Project.objects.active()
    assert set(active.values_list("stage", flat=True)) == set(Stage)
    assert set(Project.objects.values_list("status", flat=True)) == set(Status)
    assert 300 <= active.filter(signed_on__year__lt=2013).count() <= 320
    assert set(StageEntry.objects.values_list("state", flat=True)) == set(EntryState) - {EntryState.AWAITING_LEAD}
    assert not Project.objects.exclude(name__contains="演示").exists()
    assert not StageEntry.objects.filter(effective_on__gt="2013-07-08").exists()


def test_one_invented_pair_waits_for_a_decision_and_neither_of_it_counts(demo_database: DemoDatabase) -> None:
    pair = ProjectPair.objects.get()
    assert (pair.state, pair.city_id, pair.first.investors) == ("waiting", "430100", pair.second.investors)
    assert {each.verdict for each in (pair.first, pair.second)} == {VerdictCode.NOT_SIGNED}
    assert "演示" in pair.first.name and pair.second.note == "演示数据，并无此项目"


def test_more_projects_are_of_years_before_the_register_and_keep_their_history(demo_database: DemoDatabase) -> None:
    people = {user.username: user for user in User.objects.open()}
    known, counted = set(Project.objects.values_list("pk", flat=True)), _projects(VerdictCode.COUNTED, "counted_on")
    ProjectWriter(FIGURES, people).write_more_projects(40)
    more = Project.objects.exclude(pk__in=known)
    assert set(more.values_list("verdict", "version")) == {(VerdictCode.BEFORE_REGISTER, 2)}
    assert ProjectHistory.objects.filter(id__in=more.values("pk")).count() == 2 * more.count() == 80
    assert _projects(VerdictCode.COUNTED, "counted_on") == counted
