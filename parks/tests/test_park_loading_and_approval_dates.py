"""Tests how parks are loaded, since when a park is registered, and which parks are unverified."""

from __future__ import annotations

from datetime import date

import pytest

from hunan_trade.audit.actions import System
from hunan_trade.audit.models import Event
from hunan_trade.regions import actions_load_reference_tables as regions
from parks import actions
from parks.models import Park

pytestmark = pytest.mark.django_db
SETUP = System("初始化")


@pytest.fixture
def parks() -> None:
    regions.load_regions()
    actions.load_parks(by=SETUP)


def test_the_register_is_loaded_once(parks: None) -> None:
    assert Park.objects.count() == 26
    assert actions.load_parks(by=SETUP) == 0
    assert Event.objects.filter(verb="parks.loaded").count() == 1


def test_a_park_is_registered_from_the_day_of_its_approval(parks: None) -> None:
    park = Park.objects.get(name="湘潭综合保税区")
    for day, status in ((date(2013, 7, 8), "未获批"), (date(2013, 9, 7), "在册")):
        assert park.status_on(day) == status
        assert (park in Park.objects.approved_until(day)) is park.is_approved_on(day)
    assert park.approval_date_text == "2013年9月7日"


def test_twelve_parks_of_the_first_list_are_unverified(parks: None) -> None:
    assert Park.objects.filter(certainty=Park.Certainty.UNVERIFIED).count() == 12
