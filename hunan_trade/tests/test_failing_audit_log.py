"""Tests that an action changes nothing if its audit event cannot be stored."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date

import pytest
from django.db import connection
from django.test import Client

from enterprises.tests import return_factories as returns
from hunan_trade import clock
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.testing.plugin import ClonedDatabase
from hunan_trade.testing.response_type import Response
from hunan_trade.tests.table_digests import table_digests
from reporting.tests import factories
from reporting.tests.factories import JANUARY, logged_in_client

pytestmark = pytest.mark.slow
FORM = f"/returns/{cast.CHENZHOU}/2013-01/"
# The table read-only, a fault of the table, one of the chain: the last two come to light with the commit or before it.
FAULTS = {
    "no right to write": "REVOKE INSERT ON audit_event FROM {role}",
    "the table refuses": (
        "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no room'; END $$;"
        "CREATE TRIGGER full_disk BEFORE INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION full_disk()"
    ),
    "the chain refuses": "ALTER TABLE audit_link ADD CONSTRAINT no_more CHECK (number < 0) NOT VALID",
}


@pytest.fixture
def actions(cloned_database: object) -> Iterator[dict[str, Callable[[], Response]]]:
    """Fixture that returns functions that each perform one action, by name."""
    people = factories.create_province()
    changsha, chenzhou = factories.create_city(cast.CHANGSHA), factories.create_city(cast.CHENZHOU)
    hengyang = factories.create_city(cast.HENGYANG)
    factories.accepted(hengyang, JANUARY, ("100", "50"), people.officer)
    with factories.clock_in_month_after(JANUARY):
        waiting = returns.opened(cast.CHANGSHA, JANUARY)
        factories.fill_return(changsha, waiting, ("100", "50"), factories.SUMMARY)
        round_ = returns.handed_up_and_signed(waiting, changsha.reporter, changsha.lead)
    report = factories.reviewed(people)
    reporter, officer, boss = (
        logged_in_client(chenzhou.reporter),
        logged_in_client(people.officer),
        logged_in_client(people.boss),
    )
    admin, security = logged_in_client(cast.administrator()), logged_in_client(cast.security_officer())
    row = {"key": "06", "version": 0, "texts": {"month": "3"}, "base": {}}
    rows = json.dumps({"sheet": "city_summary", "rows": [row]})
    role = {"role": "city_lead", "region": cast.CHENZHOU, "reason": "任职通知"}
    for client in (reporter, officer, boss, admin, security):
        client.raise_request_exception = False
        client.get("/sessions/")
    stranger = Client(raise_request_exception=False)
    login = {"username": chenzhou.reporter.username, "password": cast.PASSWORD}
    with clock.frozen_at(clock.at(date(2013, 2, 4), 12)):
        yield {
            "log in": lambda: stranger.post("/login/", login),
            "save rows": lambda: reporter.post(FORM + "rows/", rows, content_type="application/json"),
            "download": lambda: reporter.get(FORM + "workbook/"),
            "issue": lambda: boss.post(
                f"/reports/{report.pk}/issue/", {"shown": report.content_sha256, "confirm_missing": "on"}
            ),
            "accept": lambda: officer.post(
                f"/returns/{cast.CHANGSHA}/2013-01/review/accept/", {"shown": round_.digest}
            ),
            "ask for an exemption": lambda: officer.post(
                f"/returns/{cast.HENGYANG}/2013-01/exemption/",
                {"kind": "reopen", "reason": "海关已改单", "until": "2013-02-08"},
            ),
            "open an account": lambda: admin.post("/accounts/new/", {"username": "liumin", "name": "甄试一"}),
            "give a role": lambda: security.post(f"/grants/{chenzhou.reporter.pk}/", role),
            "be refused": lambda: officer.get("/audit/"),
        }


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_an_action_whose_event_cannot_be_stored_changes_nothing(
    actions: dict[str, Callable[[], Response]], cloned_database: ClonedDatabase, fault: str
) -> None:
    cloned_database.execute_as_owner(fault.format(role='"{}"'.format(connection.settings_dict["USER"])))
    before = table_digests()
    outcomes = {}
    for name, act in actions.items():
        answer = act()
        outcomes[name] = (answer.status_code, "没有" in answer.content.decode())
        changed = {table for table, rows in table_digests().items() if rows != before[table]}
        assert not changed, name
    assert outcomes == dict.fromkeys(actions, (503, True))


def test_the_same_actions_succeed_while_events_can_be_stored(actions: dict[str, Callable[[], Response]]) -> None:
    assert {name: act().status_code for name, act in actions.items()} == {
        "log in": 302,
        "save rows": 200,
        "download": 200,
        "accept": 302,
        "ask for an exemption": 302,
        "issue": 302,
        "open an account": 200,
        "give a role": 302,
        "be refused": 403,
    }
