"""Tests the table of industries after the shipped classification is loaded."""

from __future__ import annotations

from collections import Counter

import pytest
from django.db import IntegrityError, transaction

from hunan_trade.industries.actions_load_industries import load_industries
from hunan_trade.industries.models import Industry

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def classification() -> None:
    load_industries()


def test_the_tree_is_the_standard_down_to_groups() -> None:
    levels = Counter(Industry.objects.values_list("level", flat=True))
    assert levels == {"section": 20, "division": 96, "group": 432}
    assert Counter(Industry.objects.values_list("level", "parent__level")) == {
        ("section", None): 20,
        ("division", "section"): 96,
        ("group", "division"): 432,
    }
    group = Industry.objects.get(pk="391")
    assert [str(group), str(group.parent)] == ["391 计算机制造", "39 计算机、通信和其他电子设备制造业"]
    assert group.parent is not None and group.parent.parent_id == "C"


def test_loading_again_leaves_edited_and_deleted_industries_alone() -> None:
    Industry.objects.filter(pk="391").update(name="计算机整机制造")
    Industry.objects.filter(pk="392").delete()
    before = list(Industry.objects.values())
    load_industries()
    assert list(Industry.objects.values()) == before


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": "U", "level": "section"},
        {"code": "97", "level": "section"},
        {"code": "970", "level": "division", "parent_id": "A"},
        {"code": "97", "level": "division"},
        {"code": "97", "level": "division", "parent_id": "39"},
        {"code": "399", "level": "group"},
        {"code": "979", "level": "group", "parent_id": "39"},
        {"code": "97", "level": "class", "parent_id": "A"},
    ],
)
def test_the_table_refuses_industries_that_form_no_tree(wrong: dict[str, str]) -> None:
    Industry.objects.filter(pk__in=("399", "97")).delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        Industry.objects.create(name="某业", **wrong)
