"""Declares the register of enterprises, with their processing trade of the year to date."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.urls import reverse

from enterprises import queries
from enterprises.actions import save_enterprises
from enterprises.filters import EnterpriseFilter
from enterprises.models import Enterprise
from hunan_trade import clock, quantities
from hunan_trade.accounts.roles import Permission
from hunan_trade.lists import kinds
from hunan_trade.lists.columns import Column, field
from hunan_trade.lists.declaration import Action, Editing, FieldGroup, Importing, Listing, RecordPanel
from hunan_trade.periods import Month


def _last_month() -> Month:
    return Month.of(clock.today()).previous


def _with_trade(enterprises: Sequence[Any]) -> Sequence[Any]:
    return queries.attach_trade(enterprises, _last_month())


def _growth_rate(enterprise: Any) -> Decimal | None:
    return quantities.growth(enterprise.total_usd, enterprise.last_year_usd).rate


def _months_of_the_figures() -> str:
    month = _last_month()
    months = month.range_in_digits.replace("-", "—")
    return f"金额为 {month.year}年{months}已核定累计，万美元"


ENTERPRISES = Listing(
    code="enterprises",
    title="加工贸易企业",
    noun="家",
    see=Permission.SEE_FIGURES,
    rows=lambda: Enterprise.objects.select_related("region", "county"),
    columns=(
        field(
            Enterprise,
            "name",
            title="企业",
            sort=("name_order",),
            aliases=("企业名称", "名称", "单位名称", "经营单位"),
            link=lambda enterprise: reverse("enterprises:detail", args=[enterprise.pk]),
        ),
        field(Enterprise, "customs_code", kind=kinds.CODE, aliases=("海关注册编码", "收发货人编码", "企业编码")),
        field(Enterprise, "region", aliases=("所在市州", "市", "地市", "所属市州")),
        field(Enterprise, "county", default=False, aliases=("所在县市区", "县区", "区县")),
        field(Enterprise, "modes", sort=(), aliases=("加工贸易方式", "监管方式")),
        Column("total_usd", "累计进出口", kinds.WAN_USD),
        Column("growth_rate", "同比", kinds.RATE, value=_growth_rate),
        field(Enterprise, "registered_at", default=False),
        field(Enterprise, "closed_on", default=False, aliases=("停报时间", "停业日期")),
    ),
    filters=EnterpriseFilter,
    ordering=("customs_code",),
    search=("name", "customs_code"),
    actions=(
        Action("登记企业", "enterprises:new", Permission.REGISTER_ENTERPRISE),
        Action("导入", "enterprises:import", Permission.REGISTER_ENTERPRISE),
    ),
    present=_with_trade,
    editing=Editing(
        Permission.REGISTER_ENTERPRISE,
        save_enterprises,
        (
            FieldGroup("基本情况", ("customs_code", "name", "region", "county")),
            FieldGroup("月报", ("modes", "closed_on")),
        ),
        reason_for=frozenset({"customs_code", "region", "closed_on"}),
        bulk=("county", "modes", "closed_on"),
    ),
    importing=Importing(("customs_code", "name", "region", "county", "modes", "closed_on"), keys=(("customs_code",),)),
    record_panel=RecordPanel("enterprises/_trade.html", queries.trade_history),
    about=_months_of_the_figures,
    empty=("还没有登记企业", "由所在市州的填报人登记，登记后当月月报自动列出。"),
)
