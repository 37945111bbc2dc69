"""Tests the page of events."""

from __future__ import annotations

import pytest

from events import actions
from events.models import Event
from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Role
from hunan_trade.audit.actions import System
from hunan_trade.regions import actions as regions
from targets.tests.factories import signed_in_client

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def places() -> None:
    regions.load_regions()


def test_the_page_lists_the_years_events_with_their_item() -> None:
    client = signed_in_client(Role.CITY_LEAD)
    actions.load_events(by=System("初始化"))
    page = client.get("/events/").content.decode()
    assert "2013年活动会议" in page and "6月19—22日" in page and "第21条" in page


def test_a_year_without_events_says_so() -> None:
    assert "没有这一年的活动" in signed_in_client(Role.CITY_LEAD).get("/events/").content.decode()


def test_people_who_may_not_see_the_plan_see_no_events() -> None:
    client = signed_in_client(Role.ADMINISTRATOR)
    actions.load_events(by=System("初始化"))
    assert client.get("/events/").status_code == 403
    assert not Event.objects.visible_to(User.objects.get()).exists()
