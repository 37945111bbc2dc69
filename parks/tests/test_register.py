"""Tests loading the register of parks and the status of a park on a day."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from hunan_trade.audit.actions import System
from hunan_trade.audit.models import Event
from hunan_trade.regions import actions as regions
from parks import actions, queries
from parks.filters import ParkFilter
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


def test_a_corrected_row_is_the_only_one_changed(parks: None, tmp_path: Path) -> None:
    rows = list(csv.DictReader(actions.PARKS_2013.read_text(encoding="utf-8").splitlines()))
    rows[0]["certainty"] = "seen"
    corrected = tmp_path / "parks.csv"
    with corrected.open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    assert actions.load_parks(by=SETUP, path=corrected) == 1
    assert Park.objects.get(name=rows[0]["name"]).certainty == Park.Certainty.SEEN


def test_an_approval_is_not_shown_before_its_day(parks: None) -> None:
    def status(day: date) -> tuple[str, str]:
        rows = queries.park_register(Park.objects.in_order(), day).rows
        row = next(row for row in rows if row.name == "湘潭综合保税区")
        return row.status, row.approved

    assert status(date(2013, 7, 8)) == ("未获批", "")
    assert status(date(2013, 9, 7)) == ("在册", "2013年9月7日")


def test_what_nobody_verified_says_so(parks: None) -> None:
    rows = queries.park_register(Park.objects.in_order(), date(2013, 7, 8)).rows
    assert {row.certainty for row in rows if not row.verified} == {"待核"}
    assert sum(not row.verified for row in rows) == 12


def test_the_list_is_narrowed_by_the_address(parks: None) -> None:
    chosen = ParkFilter({"city": "430400", "level": "national", "kind": "bonded"}, Park.objects.in_order())
    assert [park.name for park in chosen.qs] == ["衡阳综合保税区"]
    assert [park.name for park in ParkFilter({"q": "凤凰园"}, Park.objects.in_order()).qs] == ["永州凤凰园经济开发区"]
