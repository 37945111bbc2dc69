"""Tests that a record's page and API answer show the records of other lists that refer to it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.lists import declaration
from hunan_trade.lists.columns import field
from hunan_trade.lists.declaration import BelongsTo, Listing
from hunan_trade.lists.tests import sample_venture_list
from hunan_trade.lists.tests.sample_firm_list import OF_THE_PROVINCE
from hunan_trade.lists.tests.sample_venture_list import VENTURES, Venture
from hunan_trade.lists.tests.test_record_pages import created
from hunan_trade.regions.models import Region
from parks.models import Park

pytestmark = pytest.mark.django_db
STANDING = {code: each for code, each in declaration._declared().items() if not each.belongs_to}


@pytest.fixture(autouse=True)
def upper_list(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.ROOT_URLCONF = sample_venture_list.__name__
    sample_venture_list.create_ventures_table()
    declare(monkeypatch, VENTURES)


@pytest.fixture
def park() -> Park:
    return created(date(2013, 5, 2))


def declare(monkeypatch: pytest.MonkeyPatch, *lists: Listing) -> None:
    monkeypatch.setattr(declaration, "_declared", lambda: {**STANDING, **{each.code: each for each in lists}})


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def add(park: Park, *names: str, city: str = cast.CHANGSHA, total_cny: int = 10_000) -> None:
    city_id = Region.objects.get(code=city).pk
    for name in names:
        Venture.objects.create(name=name, city_id=city_id, park=park, total_cny=total_cny, changed_xid=1)


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content.decode()
    return re.sub(r"\s+", " ", answer.content.decode())


def block_of(text: str) -> str:
    return text[text.index('aria-label="园内项目（试）"') :].partition("</section>")[0]


def linked(client: Client, park: Park, query: str = "") -> Any:
    return client.get(f"/api/v1/parks/{park.pk}/{query}").json().get("linked")


# --- The page -------------------------------------------------------------------------------------------------------
def test_the_page_shows_number_sums_and_first_records_with_a_link_to_all(park: Park) -> None:
    client = browser(cast.officer())
    add(park, "丁项目", "乙项目", "丙项目", "甲项目")
    add(created(name="别的园"), "别处项目")
    text = page(client, f"/parks/{park.pk}/")
    block = block_of(text)
    assert '<span class="count">4</span>' in block and "总投资 4 万元" in block and "看 4 个" in block
    assert block.count("项目</th>") == 3 and "别处项目" not in text, "of four the first three"
    assert "签约日期" in block and "园区" not in block, "the default columns without the park's own"
    (url,) = re.findall(r'href="(/ventures/[^"]+)"', block)
    every = page(client, url)
    assert all(name in every for name in ("甲项目", "乙项目", "丙项目", "丁项目")) and "别处项目" not in every


def test_the_block_says_that_nothing_is_there(park: Park) -> None:
    text = page(browser(cast.officer()), f"/parks/{park.pk}/")
    assert "这里还没有" in text and "/ventures/?park=" not in text and "总投资" not in text


def test_a_block_costs_two_queries(park: Park, monkeypatch: pytest.MonkeyPatch) -> None:
    client = browser(cast.officer())
    add(park, "甲项目", "乙项目", "丙项目", "丁项目")

    def queries(address: str) -> int:
        client.get(address)  # the session and content types are read once
        with CaptureQueriesContext(connection) as found:
            assert client.get(address).status_code == 200
        return len(found)

    addresses = f"/parks/{park.pk}/", f"/api/v1/parks/{park.pk}/"
    with_block = [queries(address) for address in addresses]
    declare(monkeypatch)
    assert with_block == [queries(address) + 2 for address in addresses]


def test_an_earlier_day_has_no_block(park: Park) -> None:
    client = browser(cast.officer())
    add(park, "甲项目")
    assert "甲项目" not in page(client, f"/parks/{park.pk}/?as_of=2013-05-03")
    assert linked(client, park, "?as_of=2013-05-03") is None


# --- Who sees it ----------------------------------------------------------------------------------------------------
def test_a_city_sees_its_own_records_alone(park: Park) -> None:
    """(lists.md: visible rows only; non-interference)"""
    add(park, "长沙项目")
    city = browser(cast.reporter(cast.CHANGSHA))
    before = linked(city, park), block_of(page(city, f"/parks/{park.pk}/"))
    add(park, "株洲项目", city="430200")
    assert (linked(city, park), block_of(page(city, f"/parks/{park.pk}/"))) == before
    assert before[0] == [
        {"list": "ventures", "count": 1, "sums": "总投资 1 万元", "url": f"/api/v1/ventures/?park={park.pk}"}
    ]
    assert linked(browser(cast.officer()), park)[0]["count"] == 2


def test_who_may_not_open_the_upper_list_learns_nothing_of_it(park: Park, monkeypatch: pytest.MonkeyPatch) -> None:
    add(park, "甲项目")
    declare(monkeypatch, replace(VENTURES, see=OF_THE_PROVINCE))
    city = browser(cast.reporter())
    assert "园内项目（试）" not in page(city, f"/parks/{park.pk}/")
    assert linked(city, park) is None and linked(browser(cast.officer()), park)
    assert city.get(f"/api/v1/parks/{park.pk}/?fields=linked").status_code == 400


def test_who_may_not_see_the_column_of_the_link_sees_no_block(park: Park, monkeypatch: pytest.MonkeyPatch) -> None:
    add(park, "甲项目")
    column = field(Venture, "park", source="park.name", see=OF_THE_PROVINCE)
    declare(monkeypatch, replace(VENTURES, columns=(*(c for c in VENTURES.columns if c.key != "park"), column)))
    assert "甲项目" not in page(browser(cast.reporter()), f"/parks/{park.pk}/")
    assert linked(browser(cast.reporter(username="second")), park) is None
    assert "甲项目" in page(browser(cast.officer()), f"/parks/{park.pk}/")


# --- The API --------------------------------------------------------------------------------------------------------
def test_a_new_upper_record_changes_the_answer_and_not_the_version(park: Park) -> None:
    """A record's answer is hashed whole; the list's holds nothing of upper lists and stays 304 unread."""
    client = browser(cast.officer())
    record, whole = client.get(f"/api/v1/parks/{park.pk}/"), client.get("/api/v1/parks/")
    address = f"/api/v1/parks/{park.pk}/"
    assert client.get(address, headers={"If-None-Match": record["ETag"]}).status_code == 304
    add(park, "甲项目")
    again = client.get(address, headers={"If-None-Match": record["ETag"]})
    assert again.status_code == 200 and again.json()["linked"][0]["count"] == 1
    assert again["ETag"].partition("-")[0] == record["ETag"].partition("-")[0], "the version, which If-Match compares"
    assert "linked" not in whole.json()["results"][0]
    assert client.get("/api/v1/parks/", headers={"If-None-Match": whole["ETag"]}).status_code == 304


def test_links_are_sent_where_they_are_asked_for(park: Park) -> None:
    client = browser(cast.officer())
    assert linked(client, park, "?fields=name,linked") == linked(client, park) is not None
    assert linked(client, park, "?fields=name") is None
    assert client.get("/api/v1/parks/?fields=linked").status_code == 400


# --- The declaration ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("link", "fault"),
    [
        (BelongsTo(Park, "parks", "park"), "parks leads to no Park"),
        (BelongsTo(Park, "city", "city"), "city leads to no Park"),
        (BelongsTo(Park, "park", "place"), "no filter place reads park"),
        (BelongsTo(Park, "park", "city"), "no filter city reads park"),
        (BelongsTo(Region, "city", "city"), "Region has no page"),
    ],
)
def test_a_link_that_no_page_could_show_stops_the_start(
    link: BelongsTo, fault: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(sample_venture_list, "VENTURES", replace(VENTURES, belongs_to=(link,)))
    settings.LISTS = [*settings.LISTS, f"{sample_venture_list.__name__}.VENTURES"]
    with pytest.raises(ImproperlyConfigured, match=fault):
        declaration._declared.__wrapped__()
