"""Tests the table of regions after the shipped regions are loaded."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from hunan_trade.regions import actions_load_reference_tables
from hunan_trade.regions.models import PROVINCE, Region, Unit

pytestmark = pytest.mark.django_db


def test_the_tree_is_the_province_its_fourteen_cities_and_their_counties() -> None:
    actions_load_reference_tables.load_regions()
    cities = list(Region.objects.cities())
    assert Region.objects.count() == 137
    assert [city.code for city in cities[:2]] == ["430100", "430200"] and len(cities) == 14
    assert {city.parent_id for city in cities} == {PROVINCE}
    assert set(Region.objects.filter(level="county").values_list("parent__level", flat=True)) == {"city"}


def test_xiangnan_is_hengyang_chenzhou_and_yongzhou() -> None:
    actions_load_reference_tables.load_regions()
    assert [region.short_name for region in Region.objects.in_xiangnan()] == ["衡阳", "郴州", "永州"]


def test_the_prefecture_has_the_short_name_people_use() -> None:
    actions_load_reference_tables.load_regions()
    assert Region.objects.get(pk="433100").short_name == "湘西自治州"
    assert Region.objects.get(pk="433100").name_in_text == "湘西自治州"
    assert Region.objects.get(pk="433100").office == "湘西自治州商务局"
    assert Region.objects.get(pk="430100").office == "长沙市商务局"
    assert Region.objects.get(pk="431100").name_in_text == "永州市"


def test_loading_again_leaves_names_alone_and_adds_nothing() -> None:
    actions_load_reference_tables.load_regions()
    Region.objects.filter(pk="430121").update(name="星沙县")
    Unit.objects.filter(pk="commerce").update(name="湖南省商务厅（测试）")
    actions_load_reference_tables.load_regions()
    assert (Region.objects.count(), Unit.objects.count()) == (137, 16)
    assert Region.objects.get(pk="430121").name == "星沙县"
    assert Unit.objects.get(pk="commerce").name == "湖南省商务厅（测试）"


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": "43010", "level": "province"},
        {"code": "440000", "level": "city"},
        {"code": "440000", "level": "province", "parent_id": PROVINCE},
    ],
)
def test_the_table_refuses_regions_that_form_no_tree(wrong: dict[str, str]) -> None:
    actions_load_reference_tables.load_regions()
    with pytest.raises(IntegrityError), transaction.atomic():
        Region.objects.create(name="某地", short_name="某地", **wrong)
