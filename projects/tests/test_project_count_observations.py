"""Tests that accepting a month's return stores the register's count of projects, which later changes correct."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from enterprises.tests import return_factories
from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.models import Event
from hunan_trade.indicators.models import Observation
from hunan_trade.indicators.registry import Source
from hunan_trade.intake.models import MonthlyReturn
from hunan_trade.lists.models import Act
from hunan_trade.lists.record_change_preparation import RecordChange
from hunan_trade.periods import Month
from hunan_trade.testing.transaction_simulation_and_waiting import next_transaction
from projects.actions import save_projects
from projects.choices import CountingEvent
from projects.counting.actions_counting_event import decide_counting
from projects.counting.source_comparison import source_comparisons
from projects.models import IndicatorCode, Project, StageEntry
from projects.stages.actions import decide_step
from projects.tests.factories import stepped_project

pytestmark = pytest.mark.django_db
COUNTED = IndicatorCode.UNDERTAKEN.value
DECEMBER, MARCH, APRIL = Month(2012, 12), Month(2013, 3), Month(2013, 4)
Versions = list[tuple[int, int, str]]  # version, count, reason


@pytest.fixture(autouse=True)
def files(settings: Settings, tmp_path: Path) -> None:
    settings.FILES_DIR = tmp_path


def morning(month: int, day: int) -> datetime:
    return clock.at(date(2013, month, day), 9)


def signed(by: User, on: date, at: datetime) -> Project:
    """Create a project that was signed on a day; who enters that does so at a moment."""
    next_transaction()
    with clock.frozen_at(at):
        return stepped_project(by, "sign", intended_on=on)


def accepted(
    month: Month, officer: User, at: datetime, city: str = cast.CHANGSHA, undertaken: str = "0"
) -> MonthlyReturn:
    """Return a city's return with a number of projects and else zeros, which an officer accepts at a moment."""
    next_transaction()
    with clock.frozen_at(at):
        made, reporter = return_factories.opened(city, month), cast.reporter(city)
        return_factories.filled(made, reporter, {}, i06=undertaken, i08="9000" if undertaken != "0" else "0")
        if month.year > DECEMBER.year:
            return_factories.fill_projects_with_zeros(made, reporter)
        return_factories.accepted(made, reporter, cast.lead(city), officer)
    return made


def versions(month: Month, city: str = cast.CHANGSHA, source: Source = Source.REGISTER) -> Versions:
    rows = Observation.objects.filter(indicator=COUNTED, region=city, month=month.first, source=source)
    return [(row.version, int(row.value or 0), row.reason) for row in rows.order_by("version")]


def voided(made: Project, by: User, at: datetime, reason: str) -> None:
    entry = StageEntry.objects.get(project=made)
    with clock.frozen_at(at):
        decide_step(pk=entry.pk, name="void", by=by, seen=entry.version, reason=reason)


def test_an_accepted_month_says_how_many_projects_count_and_others_say_nothing() -> None:
    reporter, chenzhou, officer = cast.reporter(), cast.reporter(cast.CHENZHOU), cast.officer()
    accepted(DECEMBER, officer, morning(1, 4))
    for by in (reporter, reporter, chenzhou):
        signed(by, date(2013, 3, 11), morning(3, 20))
    assert not Observation.objects.filter(source=Source.REGISTER).exists()
    accepted(MARCH, officer, morning(4, 2))
    assert versions(MARCH) == [(1, 2, "")]
    assert versions(MARCH, source=Source.RETURN) == [(1, 0, "")]
    assert versions(MARCH, cast.CHENZHOU) == versions(APRIL) == versions(DECEMBER) == []
    accepted(APRIL, officer, morning(5, 2))
    assert versions(APRIL) == [(1, 0, "")]


def test_a_signing_told_late_and_a_voided_one_correct_their_month_with_the_reason() -> None:
    reporter, officer = cast.reporter(), cast.officer()
    first = signed(reporter, date(2013, 3, 11), morning(3, 20))
    accepted(MARCH, officer, morning(4, 2))
    signed(reporter, date(2013, 3, 12), morning(4, 3))
    assert versions(MARCH) == [(1, 1, "")]
    april = accepted(APRIL, officer, morning(5, 2))
    late = f"{april}核定"
    assert versions(MARCH) == [(1, 1, ""), (2, 2, late)]
    voided(first, officer, morning(5, 3), "合同未生效")
    assert versions(MARCH) == [(1, 1, ""), (2, 2, late), (3, 1, "合同未生效")]
    assert versions(APRIL) == [(1, 0, "")]
    event = Event.objects.filter(verb="observation.corrected").latest("pk")
    assert (event.before, event.after, event.reason) == ({"value": "2.00"}, {"value": "1"}, "合同未生效")


def test_a_project_that_moves_to_another_city_takes_its_count_along() -> None:
    reporter, officer = cast.reporter(), cast.officer()
    made = signed(reporter, date(2013, 3, 11), morning(3, 20))
    for city in (cast.CHANGSHA, cast.CHENZHOU):
        accepted(MARCH, officer, morning(4, 2), city)
    made.refresh_from_db()
    change = RecordChange({"city": cast.CHENZHOU, "area": None}, made.pk, made.version)
    with clock.frozen_at(morning(4, 8)):
        (outcome,) = save_projects(changes=[change], by=officer, kind=Act.Kind.EDITED, reason="落户郴州")
    assert not outcome.refused, outcome.errors
    assert versions(MARCH) == [(1, 1, ""), (2, 0, "落户郴州")]
    assert versions(MARCH, cast.CHENZHOU) == [(1, 0, ""), (2, 1, "落户郴州")]


def test_another_rule_corrects_the_months_in_which_other_projects_count_by_it() -> None:
    reporter, officer = cast.reporter(), cast.officer()
    signed(reporter, date(2013, 3, 11), morning(3, 20))
    for month, at in ((MARCH, morning(4, 2)), (APRIL, morning(5, 2))):
        accepted(month, officer, at)
    with clock.frozen_at(morning(5, 3)):
        decide_counting(year=2013, event=CountingEvent.REGISTRATION, reason="改按注册", by=cast.province_lead())
    assert versions(MARCH) == [(1, 1, ""), (2, 0, "2013年按工商注册计数。改按注册")]
    assert versions(APRIL) == [(1, 0, "")]


def test_an_edit_that_changes_no_count_observes_nothing() -> None:
    reporter, officer = cast.reporter(), cast.officer()
    made = signed(reporter, date(2013, 3, 11), morning(3, 20))
    accepted(MARCH, officer, morning(4, 2))
    made.refresh_from_db()
    change = RecordChange({"note": "已核对"}, made.pk, made.version)
    (outcome,) = save_projects(changes=[change], by=reporter, kind=Act.Kind.EDITED)
    assert not outcome.refused and versions(MARCH) == [(1, 1, "")]


# --- Beside the summaries -------------------------------------------------------------------------------------------
def compared(user: User) -> dict[str, list[int]]:
    """Return by city what the register and the summaries say and how far they are apart, where either says something."""
    (projects,) = source_comparisons(user)
    found = {row.name: (row.registered, row.reported, row.difference) for row in projects.rows}
    return {
        name: [int(each.amount) for each in row if each.amount is not None]
        for name, row in found.items()
        if row[0].known or row[1].known
    }


def test_the_page_of_the_rules_shows_both_sources_by_city_and_a_city_its_own(client: Client) -> None:
    reporter, chenzhou, officer = cast.reporter(), cast.reporter(cast.CHENZHOU), cast.officer()
    for on in (date(2013, 1, 11), date(2013, 1, 14)):
        signed(reporter, on, morning(1, 20))
    accepted(Month(2013, 1), officer, morning(2, 4), undertaken="3")
    accepted(Month(2013, 1), officer, morning(2, 4), cast.CHENZHOU, undertaken="1")
    with clock.frozen_at(morning(2, 8)):
        assert compared(officer) == {"全省": [2, 4, -2], "长沙": [2, 3, -1], "郴州": [0, 1, -1]}
        assert compared(chenzhou) == {"郴州": [0, 1, -1]}
        client.force_login(reporter)
        page = client.get("/projects/counting/").content.decode()
        assert "2013年1月累计，按市州月报公布" in page and "长沙" in page and "郴州" not in page
        (link,) = re.findall(r'href="(/projects/\?verdict[^"]*)"', page)
        summary = client.get(link.replace("&amp;", "&").replace("/?", "/summary/?")).content.decode()
        assert "2013年计入 2 个" in summary
