"""Tests the page that lists the events."""

from __future__ import annotations

import re
from datetime import date

import pytest

from events import actions
from events.models import Event
from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Role
from hunan_trade.audit.actions import System
from targets.tests.plan_and_user_factories import load_regions_and_plan, signed_in_client

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def places_and_plan() -> None:
    load_regions_and_plan()


def rows_of(page: str) -> list[str]:
    return re.findall(r"<tr>.*?</tr>", page.partition("<tbody>")[2])


def test_the_page_lists_the_events_with_their_dates_and_their_item() -> None:
    client = signed_in_client(Role.CITY_LEAD)
    actions.load_events(by=System("初始化"))
    page = client.get("/events/").content.decode()
    fair = next(row for row in rows_of(page) if "6月19—22日" in row)
    assert "2013" in fair and '<a href="/plan/2013/items/21/">第21条</a>' in fair and "未定" in page
    assert "“已过期限”只说日期已过" in page


@pytest.mark.parametrize(("day", "words"), [(18, "未到期"), (19, "进行中"), (23, "已过期限")])
def test_an_event_is_due_by_the_portals_day(day: int, words: str) -> None:
    client = signed_in_client(Role.CITY_LEAD)
    actions.load_events(by=System("初始化"))
    with clock.frozen_at(clock.at(date(2013, 6, day), 9)):
        page = client.get("/events/").content.decode()
    assert words in next(row for row in rows_of(page) if "6月19—22日" in row)


def test_dated_events_come_first_and_undated_ones_in_the_order_of_the_plan() -> None:
    client = signed_in_client(Role.CITY_LEAD)
    actions.load_events(by=System("初始化"))
    assert re.findall("第([0-9]+)条", "".join(rows_of(client.get("/events/").content.decode()))) == [
        "20",
        "20",
        "21",
        "20",
        "20",
        "20",
        "22",
        "22",
    ]
    summary = client.get("/events/summary/").content.decode()
    assert "8 项，对接活动 5 项，展会 1 项，会议 2 项，时间待定 5 项" in summary


def test_a_year_shows_its_events_alone_and_the_newest_year_comes_first() -> None:
    client = signed_in_client(Role.CITY_LEAD)
    actions.load_events(by=System("初始化"))
    later = Event(year=2014, name="次年的会", kind="meeting")
    later.save()
    assert "次年的会" in rows_of(client.get("/events/").content.decode())[0]
    assert [later.name in row for row in rows_of(client.get("/events/?year=2014").content.decode())] == [True]
    assert "次年的会" not in client.get("/events/?year=2013").content.decode()
    assert client.get("/events/?year=2012").status_code == 400


def test_a_list_without_events_says_so() -> None:
    assert "还没有活动会议" in signed_in_client(Role.CITY_LEAD).get("/events/").content.decode()


def test_people_who_may_not_see_the_plan_see_no_events() -> None:
    client = signed_in_client(Role.ADMINISTRATOR)
    actions.load_events(by=System("初始化"))
    assert client.get("/events/").status_code == 403
    assert not Event.objects.visible_to(User.objects.get()).exists()
