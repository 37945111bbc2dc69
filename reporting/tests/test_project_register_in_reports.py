"""Tests for which months and cities reports use the register of projects, and that figures can be recalculated."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.periods import Month
from hunan_trade.testing.transaction_simulation_and_waiting import next_transaction
from projects.actions_status import change_status
from projects.duplicates.actions import decide_pair
from projects.models import Project, StageEntry
from projects.register_figures import register_figures
from projects.stages.actions import decide_step
from projects.tests.factories import project_pair, stepped_project, take_step
from reporting.document_parts import Table
from reporting.models import Report
from reporting.provenance import trace_figure
from reporting.renderers.text_for_all_formats import all_texts, printed_text
from reporting.tests import factories
from reporting.tests.factories import JANUARY, City, Province

FEBRUARY = Month(2013, 2)
SIGNED = "projects.register/430100/2013-01/in_signed"
pytestmark = pytest.mark.usefixtures("february")


def signed(by: User, on: date) -> Project:
    next_transaction()
    with clock.frozen_at(clock.at(on, 9)):
        return stepped_project(by, "sign", intended_on=on)


@pytest.fixture
def changsha(people: Province) -> City:
    """Fixture with a city whose two signings of January are accepted."""
    place = factories.create_city("430100")
    for day in (15, 16):
        signed(place.reporter, date(2013, 1, day))
    factories.accepted(place, JANUARY, ("150", "50"), people.officer)
    next_transaction()
    return place


def drafted(month: Month) -> Report:
    with factories.clock_in_month_after(month, 20):
        return factories.drafted(month)


def text_of(report: Report) -> str:
    return "\n".join(all_texts(printed_text(report.report_kind.compose(report.content))))


def rows_of(report: Report) -> dict[str, tuple[str, ...]]:
    """Return the printed cells of the annex table on major projects by their city."""
    (_, _, annex) = report.report_kind.compose(report.content).annexes
    (table,) = annex.blocks
    assert isinstance(table, Table)
    texts = (tuple(run if isinstance(run, str) else run.text for run in row) for row in table.rows)
    return {row[1]: row[2:] for row in texts}


def test_the_register_is_told_of_the_cities_whose_returns_are_accepted(people: Province, changsha: City) -> None:
    signed(factories.create_city("431000").reporter, date(2013, 1, 15))
    report = drafted(JANUARY)
    told = text_of(report).replace("\n", "")
    assert "1月，项目库计入新承接项目2个；新投产项目0个。截至1月底，在库项目2个，其中意向0个、签约2个、" in told
    rows = rows_of(report)
    assert rows["全省合计"] == rows["长沙"] == tuple("220200000000")
    assert set(rows["郴州（无核定数）"]) == {"—"}


def test_reports_of_months_before_the_register_do_not_tell_of_it(people: Province, changsha: City) -> None:
    report = drafted(Month(2012, 12))
    assert report.content["facts"]["major_projects"] is None and "在库项目" not in text_of(report)


def test_an_issued_report_without_the_register_is_composed_as_it_was(people: Province, changsha: City) -> None:
    report = drafted(JANUARY)
    del report.content["facts"]["major_projects"]
    assert "重大转移项目" not in text_of(report) and len(report.report_kind.compose(report.content).annexes) == 2


def test_figures_of_a_frozen_content_are_counted_again_after_the_register_has_changed(
    people: Province, changsha: City
) -> None:
    before = drafted(JANUARY)
    figures = dict(before.content["figures"])
    entry = StageEntry.objects.get(effective_on=date(2013, 1, 15))
    with clock.frozen_at(clock.at(date(2013, 2, 21), 9)):
        decide_step(pk=entry.pk, name="void", by=people.officer, seen=entry.version, reason="合同未生效")
    next_transaction()
    names, as_of = {"430100": "长沙"}, datetime.fromisoformat(before.content["as_of"])
    again = register_figures({"430100": JANUARY}, names, as_of)["430100"]
    assert {value.key.text: f"{value.amount:f}" for value in again.values()} == {
        value.key.text: figures[value.key.text]["amount"] for value in again.values()
    }
    assert figures[SIGNED]["amount"] == "2"
    now = register_figures({"430100": JANUARY}, names, clock.at(date(2013, 2, 22)))["430100"]
    assert [now[name].amount for name in ("in_signed", "in_intended", "counted_to_date")] == [1, 1, 1]


@pytest.mark.parametrize(("signings", "stages"), [(0, [1, 0]), (1, [0, 1]), (2, [0, 1])])
def test_a_project_that_was_registered_twice_is_told_once_in_every_figure(
    people: Province, signings: int, stages: list[int]
) -> None:
    """Whether none of the two counts, one of them, or one while the other waits for its return."""
    reporter, day = factories.create_city("430100").reporter, date(2013, 1, 15)
    next_transaction()
    with clock.frozen_at(clock.at(day, 9)):
        pair = project_pair(reporter, intended_on=day)
        for made, by in list(zip((pair.first, pair.second), (people.officer, None), strict=True))[:signings]:
            take_step(made, "sign", day, by=reporter, confirmed_by=by)
        for made in (pair.first, pair.second):
            made.refresh_from_db()
            change_status(pk=made.pk, name="delay", by=reporter, seen=made.version, reason="等章程批复")
        decide_pair(pk=pair.pk, name="confirm_same", by=people.officer, seen=pair.version, reason="合同相同")
    next_transaction()
    told = register_figures({"430100": JANUARY}, {"430100": "长沙"}, clock.at(date(2013, 2, 1)))["430100"]
    assert [told[name].amount for name in ("in_intended", "in_signed", "delayed")] == [*stages, 1]


def test_a_figure_of_the_register_leads_its_own_city_to_the_projects_and_others_to_the_moment_alone(
    people: Province, changsha: City
) -> None:
    chenzhou, report = factories.create_city("431000"), drafted(JANUARY)
    own, other = (trace_figure(report, SIGNED, user).steps[1] for user in (changsha.reporter, chenzhou.reporter))
    assert own.url.startswith("/projects/?city=430100") and "的项目库计" in own.text
    assert not other.url and other.text.startswith("按 2013年2月20日") and other.text.endswith("的项目库计")
