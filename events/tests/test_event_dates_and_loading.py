"""Tests how events are loaded, sorted and dated."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from events import actions
from events.models import Event
from hunan_trade.audit.actions import System
from hunan_trade.audit.models import Event as LogEntry

SETUP = System("初始化")


@pytest.mark.parametrize(
    ("starts", "ends", "whole_month", "text"),
    [
        (date(2013, 6, 19), date(2013, 6, 22), False, "6月19—22日"),
        (date(2013, 6, 30), date(2013, 7, 2), False, "6月30日—7月2日"),
        (date(2013, 6, 19), date(2013, 6, 19), False, "6月19日"),
        (date(2013, 6, 19), None, False, "6月19日"),
        (date(2013, 2, 1), None, True, "2月"),
        (date(2013, 2, 1), date(2013, 2, 28), True, "2月"),
        (date(2013, 2, 1), date(2013, 3, 31), True, "2—3月"),
        (None, None, False, ""),
    ],
)
def test_dates_are_printed_to_the_day_or_month_that_is_known(
    starts: date | None, ends: date | None, whole_month: bool, text: str
) -> None:
    assert Event(starts_on=starts, ends_on=ends, whole_month=whole_month).when == text


@pytest.mark.parametrize(
    ("today", "time_status"),
    [
        (date(2013, 6, 18), "未到期"),
        (date(2013, 6, 19), "进行中"),
        (date(2013, 6, 22), "进行中"),
        (date(2013, 6, 23), "已过期限"),
    ],
)
def test_an_event_is_before_during_or_after_its_dates(today: date, time_status: str) -> None:
    assert Event(starts_on=date(2013, 6, 19), ends_on=date(2013, 6, 22)).time_status(today) == time_status


@pytest.mark.django_db
def test_loading_the_plans_events_twice_changes_nothing() -> None:
    assert actions.load_events(by=SETUP) == 8
    assert actions.load_events(by=SETUP) == 0
    assert LogEntry.objects.filter(verb="events.loaded").count() == 1


@pytest.mark.django_db
def test_the_database_refuses_an_event_that_ends_before_it_starts() -> None:
    actions.load_events(by=SETUP)
    for starts_on in (None, date(2013, 6, 23)):
        with pytest.raises(IntegrityError), transaction.atomic():
            Event.objects.filter(name="第二届加博会").update(starts_on=starts_on)
