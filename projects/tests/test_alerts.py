"""Tests that filters, pages and API find the alerts that the rules give, by the decided numbers of days."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.test import Client

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.intake.actions.thresholds import decide_threshold
from hunan_trade.intake.models import Threshold
from hunan_trade.periods import Month
from hunan_trade.testing.transaction_simulation_and_waiting import next_transaction
from hunan_trade.workflow import MoveRefused
from projects.alerts import ALERT_CODES, alert_condition, alert_limits, alerts_of
from projects.choices import Status
from projects.dates.rules_slippage_and_alerts import EXPECTED_FIELDS, REACHED_FIELDS, AlertLimits
from projects.models import Project
from projects.tests.factories import followed_project, logged_contact, project

FIRST = date(2013, 2, 4)


@pytest.mark.django_db
def test_the_filter_finds_those_of_which_the_rules_give_an_alert() -> None:
    """Trap P6: one set, whoever asks, for projects of all kinds and 30 days."""
    random, reporter = Random(613), cast.reporter()
    for status in (*Status, *[Status.ACTIVE] * 15):
        made = project(reporter)
        days = {
            name: FIRST + timedelta(random.randrange(80)) if random.random() < 0.6 else None
            for name in (*EXPECTED_FIELDS.values(), *REACHED_FIELDS.values(), "last_contact_on")
        }
        reason = "" if status == Status.ACTIVE else "停"
        Project.objects.filter(pk=made.pk).update(status=status, status_reason=reason, **days)
    found = set()
    for _ in range(30):
        day = FIRST + timedelta(random.randrange(110))
        limits = AlertLimits(random.choice((30, 45)), random.choice((14, 7)))
        by_rules = {each.pk: {alert.code for alert in alerts_of(each, day, limits)} for each in Project.objects.all()}
        for code in ALERT_CODES:
            listed = set(Project.objects.filter(alert_condition(code, day, limits)).values_list("pk", flat=True))
            assert listed == {pk for pk, codes in by_rules.items() if code in codes}, (code, day)
            found |= {code} if listed and len(listed) < len(by_rules) else set()
    assert found == set(ALERT_CODES)


# --- The days are decided -------------------------------------------------------------------------------------------
TODAY, JUNE, JULY = date(2013, 6, 20), Month(2013, 6), Month(2013, 7)


def decide(by: User, value: str, code: str = "no_contact_days", month: Month = JUNE, **more: str) -> Threshold:
    facts = {"reason": "联系要更勤", **more}
    return decide_threshold(dataset="project_alerts", code=code, value=Decimal(value), holds_from=month, by=by, **facts)


@pytest.mark.django_db
def test_decided_days_hold_from_the_first_of_their_month_and_earlier_months_keep_theirs() -> None:
    days = (date(2013, 5, 31), date(2013, 6, 1), date(2013, 6, 30), date(2013, 7, 1))
    with clock.frozen_at(clock.at(TODAY, 9)):
        assert [alert_limits(day) for day in days] == [AlertLimits(30, 14)] * 4
        lead = cast.province_lead()
        decide(lead, "20")
        decide(lead, "7", "expected_within_days", JULY)
        assert [alert_limits(day) for day in days] == [
            AlertLimits(30, 14),
            AlertLimits(20, 14),
            AlertLimits(20, 14),
            AlertLimits(20, 7),
        ]
    with clock.frozen_at(clock.at(TODAY, 8)):
        assert alert_limits(TODAY) == AlertLimits(30, 14), "what was decided later"


@pytest.mark.django_db
def test_home_page_filter_project_page_and_api_follow_the_decided_days(client: Client) -> None:
    reporter, lead = cast.reporter(), cast.province_lead()
    with clock.frozen_at(clock.at(TODAY, 9)):
        silent = project(reporter, intended_on=TODAY - timedelta(25), expected_signed_on=TODAY + timedelta(18))
        followed_project(reporter, silent)
        client.force_login(reporter)

        def shown() -> dict[str, bool]:
            home, filters = client.get("/").content.decode(), client.get("/projects/?open=filters").content.decode()
            page = client.get(f"/projects/{silent.code}/").content.decode()
            api = client.get("/api/v1/projects/?alert=no_contact&alert=expected_soon").json()["results"]
            return {
                "titles": "20 天没有联系" in filters and "21 天内到预计日期" in filters,
                "home": "20 天没有联系" in home and "21 天内到预计日期" in home,
                "page": "25 天没有联系" in page and "还有 18 天" in page,
                "api": [each["id"] for each in api] == [silent.code],
            }

        assert not any(shown().values())
        assert "30 天没有联系" in client.get("/projects/?alert=no_contact").content.decode()
        decide(lead, "20")
        decide(lead, "21", "expected_within_days")
        assert all(shown().values()), shown()
        logged_contact(reporter, silent, TODAY)
        assert "20 天没有联系" not in client.get("/").content.decode()


@pytest.mark.django_db
def test_a_decision_is_a_new_answer_for_who_kept_the_old_one(client: Client) -> None:
    reporter, lead = cast.reporter(), cast.province_lead()
    with clock.frozen_at(clock.at(TODAY, 9)):
        project(reporter, intended_on=TODAY - timedelta(25))
        next_transaction()
        client.force_login(reporter)
        first = client.get("/api/v1/projects/?alert=no_contact")
        again = {"If-None-Match": first["ETag"]}
        assert client.get("/api/v1/projects/?alert=no_contact", headers=again).status_code == 304
        decide(lead, "20")
        next_transaction()
        answer = client.get("/api/v1/projects/?alert=no_contact", headers=again)
        assert (first.json()["results"], len(answer.json()["results"])) == ([], 1)


@pytest.mark.django_db
def test_the_lead_decides_the_days_on_the_page_of_the_other_thresholds(client: Client) -> None:
    with clock.frozen_at(clock.at(TODAY, 9)):
        client.force_login(cast.province_lead())
        page = client.get("/returns/thresholds/decide/").content.decode()
        assert "项目提醒，没有联系，满多少天提醒（天）" in page and "30 天" in page and "14 天" in page
        body = {
            "threshold": "project_alerts.no_contact_days",
            "value": "20",
            "holds_from": "2013-06",
            "reason": "勤联系",
        }
        answer = client.post("/returns/thresholds/decide/", body)
        assert answer["Location"] == "/returns/thresholds/"
        listed = client.get("/returns/thresholds/?dataset=project_alerts").content.decode()
        assert all(words in listed for words in ("项目提醒", "没有联系，满多少天提醒", "20 天", "勤联系"))
    decided = Threshold.objects.get()
    assert (decided.dataset, decided.code, decided.value) == ("project_alerts", "no_contact_days", Decimal(20))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"month": Month(2013, 5)}, "不能早于2013年6月，以前各月按原来的阈值"),
        ({"value": "0"}, "要在 1 天到 365 天之间"),
        ({"value": "20.5"}, "填整数"),
        ({"value": "30"}, "2013年6月的没有联系，满多少天提醒已是 30 天"),
        ({"code": "overdue"}, "没有这个阈值"),
        ({"reason": " "}, "写明理由"),
    ],
)
def test_days_that_cannot_be_are_refused_in_words(given: dict[str, Any], message: str) -> None:
    with clock.frozen_at(clock.at(TODAY, 9)), pytest.raises(MoveRefused, match=message):
        decide(cast.province_lead(), **{"value": "20", **given})
    with clock.frozen_at(clock.at(TODAY, 9)), pytest.raises(MoveRefused, match="权限"):
        decide(cast.officer(), "20")
    assert not Threshold.objects.exists()
