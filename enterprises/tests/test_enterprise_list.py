"""Tests the page that lists the enterprises."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django.asserts import assertInHTML

from enterprises.models import Enterprise, ProcessingTrade
from enterprises.queries import TradeRow
from enterprises.tables import ENTERPRISES, TRADE
from enterprises.tests import return_factories
from hunan_trade import clock
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.intake.models import MonthlyReturn, Round
from hunan_trade.intake.tests.return_requests_and_workbooks import signed_in_client
from hunan_trade.lists.pages import table_html
from hunan_trade.lists.pages.embedded_record_tables import PageTable
from hunan_trade.periods import Month
from hunan_trade.regions.models import Region


def test_names_are_escaped_and_figures_spelled() -> None:
    firm: Any = Enterprise(
        pk=7, customs_code="43019600AB", name="<script>alert(1)</script>&\"'", region=Region(short_name="长<沙"),
        modes=["进料加工", "来料加工"],
    )  # fmt: skip
    firm.total_usd, firm.last_year_usd = Decimal(1_234_560_000), Decimal(2_469_120_000)
    row = render_list(firm)
    assert "<script>" not in row and "长&lt;沙" in row
    assert 'href="/enterprises/7/"' in row and "进料加工、来料加工" in row
    assertInHTML('<td class="num" data-label="累计进出口">123,456</td>', row)
    assertInHTML('<td class="num" data-label="同比"><span class="neg">−50.0</span></td>', row)
    firm.total_usd = firm.last_year_usd = None
    unknown = render_list(firm)
    assertInHTML('<td class="num" data-label="累计进出口">—</td>', unknown)
    assertInHTML('<td class="num" data-label="同比">—</td>', unknown)


def render_list(firm: Enterprise) -> str:
    columns = [column for column in ENTERPRISES.columns if column.default]
    return f"<table>{table_html.table_rows_html(columns, [firm])}</table>"


def test_the_record_page_gives_the_trade_of_each_month_with_its_receipt() -> None:
    """A replaced figure stays beside the correction, with the decimals that were sent."""
    sent = Round(monthly_return=MonthlyReturn(region_id="430100", month=date(2013, 5, 1)), number=2, receipt="5月-2")
    amounts = {"export_usd": Decimal(1_234_500), "import_usd": Decimal(5_000)}
    rows = [
        TradeRow(Month(2013, 5), "进料加工", **amounts, round=sent, row_number=7, replaced=old) for old in (False, True)
    ]
    html = PageTable(TRADE.title, TRADE.columns).html(rows)
    assert html.count('<td class="num" data-label="进出口">123.95</td>') == 2 and "2013年5月" in html
    receipt = reverse("intake:return-receipt", args=["430100", Month(2013, 5), 2])
    assert f'href="{receipt}">5月-2</a> <span class="muted">第 7 行</span>' in html
    assert '<span class="state ok">现行</span>' in html and ">已被更正<" in html


# --- How many there are ---------------------------------------------------------------------------------------------
def counted(client: Client, query: str = "") -> str:
    summary = client.get(f"/enterprises/summary/{query}").content.decode()
    return summary.partition('role="status">')[2].partition(" 家")[0]


@pytest.mark.django_db
def test_the_list_counts_the_enterprises_that_each_reader_may_see_now() -> None:
    here, there, officer = cast.reporter("430100"), cast.reporter("431000"), cast.officer()
    for by in (here, here, there):
        return_factories.enterprise(by)
    province, city, neighbour = signed_in_client(officer), signed_in_client(here), signed_in_client(there)
    for _ in range(2):
        assert (counted(province), counted(city), counted(neighbour)) == (
            "3",
            "2",
            "1",
        )
        assert (
            counted(province, "?city=431000"),
            counted(province, "?mode=进料加工"),
            counted(city, "?page=9"),
        ) == (
            "1",
            "3",
            "2",
        )
    moved = return_factories.enterprise(there)
    assert (counted(province), counted(city), counted(neighbour)) == ("4", "2", "2")
    Enterprise.objects.filter(pk=moved.pk).update(region="430100")
    assert (counted(province), counted(city), counted(neighbour)) == ("4", "3", "1")
    Enterprise.objects.filter(pk=moved.pk).delete()
    assert (counted(province), counted(city), counted(neighbour)) == ("3", "2", "1")


@pytest.mark.django_db
def test_the_filter_offers_cities_under_their_current_names() -> None:
    client = signed_in_client(cast.officer())
    offered = re.compile(r'value="430100"[^>]*>\s*(\S+?)\s*</label>')
    assert offered.findall(client.get("/enterprises/").content.decode()) == ["长沙市"]
    Region.objects.filter(pk="430100").update(name="星城市")
    assert offered.findall(client.get("/enterprises/").content.decode()) == ["星城市"]


# --- What else the page says ----------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_the_page_says_the_months_of_its_figures_and_offers_registration_to_those_with_the_right() -> None:
    here = cast.reporter("430100")
    firm = return_factories.enterprise(here)
    with clock.frozen_at(clock.at(date(2013, 7, 8), 9)):
        own = signed_in_client(here).get("/enterprises/").content.decode()
        lead = signed_in_client(cast.lead("430100")).get("/enterprises/").content.decode()
    assert "金额为 2013年1—6月已核定累计，万美元" in own and f'href="/enterprises/{firm.pk}/"' in own
    assert 'href="/enterprises/new/">登记企业</a>' in own and "登记企业" not in lead


@pytest.mark.django_db
def test_trade_is_read_only_for_columns_that_show_it() -> None:
    here = cast.reporter("430100")
    return_factories.enterprise(here)
    client, table = signed_in_client(here), ProcessingTrade._meta.db_table
    for columns, is_read in (("name,closed_on", False), ("name,total_usd", True), ("growth_rate", True)):
        for address in (f"/enterprises/?columns={columns}", f"/api/v1/enterprises/?fields={columns}"):
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code == 200
            assert any(table in query["sql"] for query in queries) is is_read, address


@pytest.mark.django_db
def test_part_of_a_name_or_a_code_finds_an_enterprise() -> None:
    here = cast.reporter("430100")
    firm = return_factories.enterprise(here)
    client = signed_in_client(here)
    for words in (firm.customs_code[2:8], firm.name[1:4]):
        assert counted(client, f"?q={words}") == "1"
    page = client.get("/enterprises/?q=查无此厂").content.decode()
    assert "没有符合条件的记录" in page and "清除筛选" in page
