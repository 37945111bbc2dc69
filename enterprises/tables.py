"""Declares the list of enterprises with their processing trade of the year to date."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse

from enterprises import queries
from enterprises.filters import EnterpriseFilter
from enterprises.models import Enterprise
from enterprises.queries import EnterpriseRow
from hunan_trade import clock
from hunan_trade.accounts.roles import Permission
from hunan_trade.lists import kinds
from hunan_trade.lists.columns import Column, field
from hunan_trade.lists.declaration import Action, Listing
from hunan_trade.periods import Month


def _last_month() -> Month:
    return Month.of(clock.today()).previous


def _with_trade(enterprises: Sequence[Enterprise]) -> list[EnterpriseRow]:
    return queries.enterprise_rows(enterprises, _last_month())


def _months_of_the_figures() -> str:
    month = _last_month()
    months = month.range_in_digits.replace("-", "—")
    return f"金额为 {month.year}年{months}已核定累计，万美元"


def _detail_url(row: EnterpriseRow) -> str:
    return reverse("enterprises:detail", args=(row.enterprise.customs_code,))


ENTERPRISES = Listing(
    code="enterprises",
    title="加工贸易企业",
    noun="家",
    see=Permission.SEE_FIGURES,
    rows=lambda: Enterprise.objects.all(),
    columns=(
        field(Enterprise, "name", title="企业", source="enterprise.name", sort=("name_order",), link=_detail_url),
        field(Enterprise, "customs_code", source="enterprise.customs_code", kind=kinds.CODE),
        field(Enterprise, "region", source="enterprise.region", sort=("region_id",)),
        field(Enterprise, "modes", source="enterprise.modes", sort=()),
        Column("total_usd", "累计进出口", kinds.WAN_USD, source="total"),
        Column("growth_rate", "同比", kinds.RATE),
    ),
    filters=EnterpriseFilter,
    ordering=("customs_code",),
    search=("name", "customs_code"),
    actions=(Action("登记企业", "enterprises:register", Permission.REGISTER_ENTERPRISE, city_only=True),),
    present=_with_trade,
    about=_months_of_the_figures,
    empty=("还没有登记企业", "由所在市州的填报人登记，登记后当月月报自动列出。"),
)
