"""Tests that a project's page shows its first expected dates, their slippage, and each change with its reason."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.test import Client

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.lists.models import Act
from hunan_trade.lists.record_change_preparation import RecordChange
from hunan_trade.testing.transaction_simulation_and_waiting import next_transaction
from projects.actions import save_projects
from projects.choices import Stage
from projects.dates.date_history import date_changes
from projects.dates.rules_slippage_and_alerts import DateChange
from projects.dates.slippage_panel import slippage_panel
from projects.models import Project
from projects.stages.actions import accept_steps
from projects.tests.factories import stepped_project, take_step

pytestmark = pytest.mark.django_db
PROMISED, NOW = date(2013, 6, 30), date(2013, 8, 14)


def expected(made: Project, on: date, by: User, reason: str = "用电增容未批", **values: date | None) -> None:
    """Change the expected days of a project on a day of the business calendar."""
    next_transaction()
    made.refresh_from_db()
    change = RecordChange(values, made.pk, made.version)
    with clock.frozen_at(clock.at(on, 0, 30)):
        (outcome,) = save_projects(changes=[change], by=by, kind=Act.Kind.EDITED, reason=reason)
    assert not outcome.refused, outcome.errors
    next_transaction()
    made.refresh_from_db()


def promised_project(by: User) -> Project:
    with clock.frozen_at(clock.at(date(2013, 3, 18), 9)):
        return stepped_project(by, "sign", expected_landed_on=PROMISED, expected_produced_on=date(2013, 12, 31))


def test_each_change_of_an_expected_day_is_read_with_who_when_and_why() -> None:
    """A day begins at midnight in Hunan (traps P4)."""
    reporter, officer = cast.reporter(name="刘敏"), cast.officer(name="陈立")
    made = promised_project(reporter)
    expected(made, date(2013, 5, 6), reporter, "设备选型变更", expected_landed_on=date(2013, 7, 15))
    expected(made, date(2013, 7, 5), officer, expected_landed_on=NOW, expected_produced_on=date(2014, 2, 28))
    first, _, *changes = date_changes(made.pk)
    assert first == DateChange(Stage.LANDED, None, PROMISED, date(2013, 3, 18), "", "刘敏")
    assert changes == [
        DateChange(Stage.LANDED, PROMISED, date(2013, 7, 15), date(2013, 5, 6), "设备选型变更", "刘敏"),
        DateChange(Stage.LANDED, date(2013, 7, 15), NOW, date(2013, 7, 5), "用电增容未批", "陈立"),
        DateChange(Stage.PRODUCED, date(2013, 12, 31), date(2014, 2, 28), date(2013, 7, 5), "用电增容未批", "陈立"),
    ]


def test_the_page_shows_slippage_against_the_first_promise(client: Client) -> None:
    reporter = cast.reporter(name="刘敏")
    made = promised_project(reporter)
    for on, day in (
        (date(2013, 5, 6), date(2013, 7, 15)),
        (date(2013, 6, 3), date(2013, 7, 30)),
        (date(2013, 7, 5), NOW),
    ):
        expected(made, on, reporter, expected_landed_on=day)
    with clock.frozen_at(clock.at(date(2013, 7, 8), 9)):
        panel = slippage_panel(reporter, made)
        client.force_login(reporter)
        page = client.get(f"/projects/{made.code}/").content.decode()
    assert panel and panel.chart
    assert panel.chart.labels == ("3月", "4月", "5月", "6月", "7月")
    assert [str(value) for value in panel.chart.series[0].values] == ["0", "0", "15", "30", "45"]
    assert "晚 45 天" in panel.stages and "用电增容未批" in panel.changes and "刘敏" in panel.changes
    assert "落地比原定 2013-06-30 晚的天数" in page and "js/charts.js" in page


def test_a_stage_that_was_reached_is_measured_by_its_actual_day() -> None:
    reporter, officer = cast.reporter(), cast.officer()
    made = promised_project(reporter)
    expected(made, date(2013, 5, 6), reporter, expected_landed_on=NOW)
    with clock.frozen_at(clock.at(date(2013, 8, 20), 9)):
        accept_steps(steps=made.stage_entries.values_list("pk", flat=True), by=officer, reason="月报核定")
        take_step(made, "land", date(2013, 7, 1), by=reporter, confirmed_by=officer)
        made.refresh_from_db()
        panel = slippage_panel(reporter, made)
    assert panel and panel.chart and "晚 1 天" in panel.stages
    assert panel.chart.labels[-1] == "7月" and str(panel.chart.series[0].values[-1]) == "1"


def test_three_moves_by_a_month_are_named_and_a_project_without_promise_has_no_panel(client: Client) -> None:
    reporter = cast.reporter()
    assert slippage_panel(reporter, stepped_project(reporter)) is None
    made = promised_project(reporter)
    for month in (7, 8, 9):
        expected(made, date(2013, month - 2, 6), reporter, expected_landed_on=date(2013, month, 30))
    client.force_login(reporter)
    assert "“落地”三次各推一个月：2013-06-30、2013-07-30" in client.get(f"/projects/{made.code}/").content.decode()


def test_the_list_says_how_late_the_next_stage_is_expected_today_and_as_known_earlier(client: Client) -> None:
    reporter = cast.reporter()
    made = promised_project(reporter)
    expected(made, date(2013, 5, 6), reporter, expected_landed_on=date(2013, 7, 15))
    expected(made, date(2013, 7, 5), reporter, expected_landed_on=NOW, expected_produced_on=date(2014, 2, 28))
    client.force_login(reporter)

    def days_late(address: str) -> str:
        cell = re.search(
            r'<td[^>]*data-label="比原定晚（天）"[^>]*>\s*([^<]*?)\s*</td>', client.get(address).content.decode()
        )
        assert cell
        return cell[1]

    with clock.frozen_at(clock.at(date(2013, 7, 8), 9)):
        assert days_late("/projects/") == "45"  # of 落地: 投产 comes later
        assert (days_late("/projects/?as_of=2013-05-07"), days_late("/projects/?as_of=2013-03-19")) == ("15", "—")
