"""Tests the tables of source places (origins of investment) and of the plan's regions, after they are loaded."""

from __future__ import annotations

from collections import Counter

import pytest
from django.db import IntegrityError, transaction

from hunan_trade.regions.actions_load_reference_tables import load_source_places
from hunan_trade.regions.models import PlanRegion, SourcePlace

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def source_places() -> None:
    load_source_places()


def test_there_are_the_34_provincial_places_five_cities_and_all_countries() -> None:
    kinds = Counter(SourcePlace.objects.values_list("kind", flat=True))
    assert kinds == {"province": 31, "special": 3, "city": 5, "country": 245}
    cities = SourcePlace.objects.filter(kind="city").values_list("short_name", "parent__short_name")
    assert set(cities) == {("温州", "浙江"), *((name, "广东") for name in ("广州", "深圳", "珠海", "东莞"))}
    assert not SourcePlace.objects.filter(code__in=("CHN", "TWN", "HKG", "MAC")).exists()


def test_the_plans_regions_hold_none_one_or_several_of_the_places() -> None:
    assert [str(region) for region in PlanRegion.objects.all()] == [
        "长三角",
        "珠三角",
        "港台",
        "北部湾",
        "海西",
        "日韩",
        "东盟",
    ]
    members = {
        region.name: {place.short_name for place in region.places.all()}
        for region in PlanRegion.objects.prefetch_related("places")
    }
    assert members["长三角"] == {"上海", "江苏", "浙江", "温州"} and members["海西"] == {"福建", "温州"}
    assert members["港台"] == {"香港", "台湾"} and members["日韩"] == {"日本", "韩国"} and len(members["东盟"]) == 10
    assert not SourcePlace.objects.get(short_name="德国").plan_regions.exists()


def test_loading_again_leaves_edited_and_deleted_places_alone() -> None:
    SourcePlace.objects.filter(pk="MKD").update(name="北马其顿", short_name="北马其顿")
    SourcePlace.objects.filter(pk="ATA").delete()
    SourcePlace.objects.get(pk="820000").plan_regions.add(PlanRegion.objects.get(pk="hongkong-taiwan"))
    memberships = SourcePlace.plan_regions.through.objects
    before = [list(SourcePlace.objects.values()), set(memberships.values_list())]
    load_source_places()
    assert [list(SourcePlace.objects.values()), set(memberships.values_list())] == before


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": "990100", "kind": "province"},
        {"code": "990000", "kind": "special"},
        {"code": "XK", "kind": "country"},
        {"code": "XKX", "kind": "country", "parent_id": "440000"},
        {"code": "440600", "kind": "city"},
        {"code": "440600", "kind": "city", "parent_id": "330000"},
        {"code": "XKX", "kind": "ocean"},
    ],
)
def test_the_table_refuses_places_that_form_no_tree(wrong: dict[str, str]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        SourcePlace.objects.create(name="某地", short_name="某地", position=999, **wrong)
