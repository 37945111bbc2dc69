"""Tests the page that lists the parks."""

from __future__ import annotations

import pytest

from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Role
from hunan_trade.audit.actions import System
from hunan_trade.regions import actions_load_reference_tables as regions
from parks import actions
from parks.models import Park
from targets.tests.plan_and_user_factories import signed_in_client

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def places() -> None:
    regions.load_regions()


def test_the_page_lists_parks_and_marks_what_is_unverified() -> None:
    client = signed_in_client(Role.CITY_LEAD)
    actions.load_parks(by=System("初始化"))
    page = client.get("/parks/").content.decode()
    assert "郴州出口加工区" in page and page.count("待核</span>") == 12
    summary = client.get("/parks/summary/").content.decode()
    assert "26 个" in summary and "待核 12 个" in summary


def test_query_parameters_filter_the_list_and_the_page_offers_to_clear_them() -> None:
    client = signed_in_client(Role.CITY_LEAD)
    actions.load_parks(by=System("初始化"))
    page = client.get("/parks/?city=431000&level=provincial").content.decode()
    assert "郴州有色金属产业园" in page and "郴州出口加工区" not in page and "清除筛选" in page
    both = client.get("/parks/?city=431000&city=430400&level=national").content.decode()
    assert (
        "衡阳综合保税区" in both
        and "郴州出口加工区" in both
        and "永州" not in both.partition("<tbody>")[2]
        and "清除筛选" in both
    )
    assert "没有符合条件的记录" in client.get("/parks/?city=433100").content.decode()


def test_an_empty_register_says_so() -> None:
    assert "园区还没有登记" in signed_in_client(Role.CITY_LEAD).get("/parks/").content.decode()


def test_people_who_may_not_see_figures_see_no_parks() -> None:
    client = signed_in_client(Role.AUDITOR)
    actions.load_parks(by=System("初始化"))
    assert client.get("/parks/").status_code == 403
    assert not Park.objects.visible_to(User.objects.get()).exists()
