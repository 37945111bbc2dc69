"""Tests the data file of the 2013 plan that ships with the portal."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from targets.actions import PLAN_2013
from targets.models import Mention, PlanItem, Target
from targets.rules_target_status import MEASURES

PLAN = json.loads(PLAN_2013.read_text(encoding="utf-8"))
ITEMS = {item["number"]: item for item in PLAN["items"]}
TARGETS = {target["code"]: target for target in PLAN["targets"]}
ROSTERS = {roster["code"]: roster for roster in PLAN["rosters"]}


def test_items_are_numbered_1_to_28_as_goals_approach_and_tasks() -> None:
    assert [item["number"] for item in PLAN["items"]] == list(range(1, 29))
    kinds = [item["kind"] for item in PLAN["items"]]
    assert kinds == [PlanItem.Kind.GOAL] * 2 + [PlanItem.Kind.APPROACH] + [PlanItem.Kind.TASK] * 25


def test_tasks_are_grouped_under_seven_headings_in_document_order() -> None:
    headings = [section for section in PLAN["sections"] if section["parent"] == "3"]
    assert [section["label"] for section in headings] == [
        "（一）",
        "（二）",
        "（三）",
        "（四）",
        "（五）",
        "（六）",
        "（七）",
    ]
    numbers_by_section = {
        section["code"]: [i["number"] for i in PLAN["items"] if i["section"] == section["code"]] for section in headings
    }
    assert list(numbers_by_section.values()) == [
        [4, 5, 6, 7, 8, 9],
        [10, 11, 12],
        [13, 14, 15, 16],
        [17, 18, 19],
        [20, 21, 22],
        [23, 24],
        [25, 26, 27, 28],
    ]


def test_every_shape_of_target_occurs() -> None:
    assert {target["shape"] for target in PLAN["targets"]} == set(Target.Shape.values)


def test_base_and_growth_of_the_trade_target_give_its_goal() -> None:
    target = TARGETS["processing_trade"]
    base, growth, value = (Decimal(target[key]) for key in ("base", "growth_pct", "value"))
    assert [base, growth, value] == [50, 50, 75]
    assert base * (1 + growth / 100) == value


@pytest.mark.parametrize(
    ("code", "facts"),
    [
        ("above_100m", {"value": "10", "threshold": "1"}),
        ("above_1500m", {"value": "2", "threshold": "15", "within": "above_100m"}),
        ("undertaken_projects", {"value": "3000"}),
        ("fortune_500", {"floor": "2", "stretch": "3"}),
        ("hengyang_bonded_zone", {"due": "2013-10-31"}),
        ("taiwan_meeting", {"due": "2013-02-28"}),
        ("hong_kong_week", {"due": "2013-06-30"}),
        ("expo_held", {"due": "2013-06-22"}),
    ],
)
def test_targets_carry_the_plans_numbers(code: str, facts: dict[str, str]) -> None:
    assert facts.items() <= TARGETS[code].items()


def test_rosters_require_what_the_plan_counts() -> None:
    assert {code: roster["required"] for code, roster in ROSTERS.items()} == {
        "policies": 43,
        "xiangnan_first_batch": 92,
        "national_areas": 6,
        "pilot_counties": 20,
        "demo_zones": 10,
        "characteristic_zones": 15,
        "key_enterprises": 25,
        "core_enterprises": 11,
        "activities": 5,
        "databases": 5,
    }


def test_rosters_without_published_names_are_empty() -> None:
    listed = {code: len(roster["entries"]) for code, roster in ROSTERS.items()}
    complete = {"national_areas", "activities", "databases"}
    assert {code for code in listed if listed[code] == ROSTERS[code]["required"]} == complete
    empty = {"policies", "xiangnan_first_batch", "pilot_counties", "demo_zones", "characteristic_zones"}
    assert {code for code in listed if listed[code] == 0} == empty


def test_units_and_mention_kinds_are_known() -> None:
    assert {row["unit"] for row in (*PLAN["targets"], *PLAN["rosters"])} <= set(MEASURES)
    named = {name["kind"] for item in PLAN["items"] for name in item.get("names", ())}
    assert named == set(Mention.Kind.values)


def test_items_of_xiangnan_name_its_three_cities() -> None:
    for item in PLAN["items"]:
        if item["scope"] == PlanItem.Scope.XIANGNAN:
            assert item["regions"] == ["430400", "431000", "431100"], item["number"]


def test_titles_and_summaries_have_a_limited_length() -> None:
    assert all(len(item["summary"]) <= 80 and len(item["title"]) <= 14 for item in PLAN["items"])


def test_targets_and_rosters_refer_to_existing_items() -> None:
    assert {row["item"] for row in (*PLAN["targets"], *PLAN["rosters"])} <= set(ITEMS)
