"""Tests the page that lists the enterprises."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.paginator import Paginator
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from pytest_django.asserts import assertInHTML

from enterprises.models import Enterprise
from enterprises.queries import EnterpriseRow
from enterprises.tests import return_factories
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.intake.tests.return_helpers import signed_in_client
from hunan_trade.periods import Month
from hunan_trade.regions.models import Region
from hunan_trade.setup import reference_data


def render_list(row: EnterpriseRow) -> str:
    context = {"rows": [row], "page": Paginator([row], 50).page(1), "month": Month(2013, 6)}
    return render_to_string("enterprises/home.html", context, RequestFactory().get("/enterprises/"))


def test_names_are_escaped_and_figures_spelled() -> None:
    firm = Enterprise(
        customs_code="43019600AB", name="<script>alert(1)</script>&\"'", region=Region(short_name="长<沙"),
        modes=["进料加工", "来料加工"],
    )  # fmt: skip
    row = render_list(EnterpriseRow(firm, Decimal(1_234_560_000), Decimal(2_469_120_000)))
    assert "<script>" not in row and "长&lt;沙" in row
    assert 'href="/enterprises/43019600AB/"' in row and "进料加工、来料加工" in row
    assertInHTML('<td class="num" data-label="累计">123,456</td>', row)
    assertInHTML('<td class="num neg" data-label="同比%">−50.0</td>', row)
    unknown = render_list(EnterpriseRow(firm, None, None))
    assertInHTML('<td class="num" data-label="累计">—</td>', unknown)
    assertInHTML('<td class="num" data-label="同比%">—</td>', unknown)


# --- How many there are ---------------------------------------------------------------------------------------------
def total_on_list_page(client: Client, query: str = "") -> str:
    page = client.get(f"/enterprises/{query}").content.decode()
    return page.partition("家，共 ")[2].partition(" 家")[0]


@pytest.mark.django_db
def test_the_list_counts_the_enterprises_that_each_reader_may_see_now() -> None:
    here, there, officer = cast.reporter("430100"), cast.reporter("431000"), cast.officer()
    for by in (here, here, there):
        return_factories.enterprise(by)
    province, city, neighbour = signed_in_client(officer), signed_in_client(here), signed_in_client(there)
    for _ in range(2):
        assert (total_on_list_page(province), total_on_list_page(city), total_on_list_page(neighbour)) == (
            "3",
            "2",
            "1",
        )
        assert (
            total_on_list_page(province, "?city=431000"),
            total_on_list_page(province, "?mode=进料加工"),
            total_on_list_page(city, "?page=9"),
        ) == (
            "1",
            "3",
            "2",
        )
    moved = return_factories.enterprise(there)
    assert (total_on_list_page(province), total_on_list_page(city), total_on_list_page(neighbour)) == ("4", "2", "2")
    Enterprise.objects.filter(pk=moved.pk).update(region="430100")
    assert (total_on_list_page(province), total_on_list_page(city), total_on_list_page(neighbour)) == ("4", "3", "1")
    Enterprise.objects.filter(pk=moved.pk).delete()
    assert (total_on_list_page(province), total_on_list_page(city), total_on_list_page(neighbour)) == ("3", "2", "1")


@pytest.mark.django_db
def test_the_filter_offers_cities_under_their_current_names() -> None:
    assert (
        '<option value="430100">'
        not in (client := signed_in_client(cast.officer())).get("/enterprises/").content.decode()
    )
    reference_data.load_reference_tables()
    assert '<option value="430100">长沙市</option>' in client.get("/enterprises/").content.decode()
    Region.objects.filter(pk="430100").update(name="星城市")
    assert '<option value="430100">星城市</option>' in client.get("/enterprises/").content.decode()
