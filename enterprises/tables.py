"""Declares the list of enterprises, with their trade of the year to date and a panel of their monthly trade."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.urls import reverse

from enterprises import queries
from enterprises.actions import save_enterprises
from enterprises.filters import EnterpriseFilter
from enterprises.models import Enterprise
from enterprises.queries import TradeRow
from hunan_trade import clock, quantities
from hunan_trade.accounts.roles import Permission
from hunan_trade.lists import column_kinds
from hunan_trade.lists.columns import Column, field
from hunan_trade.lists.declaration import Action, ColumnData, Editing, FieldGroup, Importing, Listing, RecordPanel
from hunan_trade.periods import Month


def _last_month() -> Month:
    return Month.of(clock.today()).previous


def _attach_trade_through_last_month(enterprises: Sequence[Any]) -> Sequence[Any]:
    return queries.attach_cumulative_trade(enterprises, _last_month())


def _growth_rate(enterprise: Any) -> Decimal | None:
    return quantities.growth(enterprise.total_usd, enterprise.last_year_usd).rate


def _months_of_the_figures() -> str:
    month = _last_month()
    months = month.range_in_digits.replace("-", "—")
    return f"金额为 {month.year}年{months}已核定累计，万美元"


def _receipt_url(row: TradeRow) -> str:
    sent = row.round.monthly_return
    return reverse("intake:return-receipt", args=[sent.region_id, sent.period, row.round.number])


# With the decimals of the return, as a correction may change nothing else; the unit stands once, beside the title.
_REPORTED_USD = replace(
    column_kinds.WAN_USD, text=lambda value: quantities.format_with_commas(quantities.in_wan(value), 2), unit=""
)

TRADE = RecordPanel(
    title="加工贸易月度数",
    note="已核定，万美元；改过的月份保留原数",
    columns=(
        Column("month", "月份", column_kinds.CODE, source="month.label"),
        Column("mode", "贸易方式", column_kinds.CODE),
        Column("export_usd", "出口", _REPORTED_USD),
        Column("import_usd", "进口", _REPORTED_USD),
        Column("total", "进出口", _REPORTED_USD),
        Column(
            "receipt", "月报回执", column_kinds.CODE, source="round.receipt", note="sheet_row_label", link=_receipt_url
        ),
        Column(
            "state",
            "状态",
            column_kinds.state({"已被更正": "", "现行": "ok"}),
            value=lambda row: "已被更正" if row.replaced else "现行",
        ),
    ),
    records=queries.trade_history,
    empty=("还没有核定的月份", "市州月报核定后，数据自动列在这里。"),
)
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
        field(Enterprise, "customs_code", kind=column_kinds.CODE, aliases=("海关注册编码", "收发货人编码", "企业编码")),
        field(Enterprise, "region", aliases=("所在市州", "市", "地市", "所属市州")),
        field(Enterprise, "county", default=False, aliases=("所在县市区", "县区", "区县")),
        field(Enterprise, "modes", sort=(), aliases=("加工贸易方式", "监管方式")),
        Column("total_usd", "累计进出口", column_kinds.WAN_USD),
        Column("growth_rate", "同比", column_kinds.RATE, value=_growth_rate),
        field(Enterprise, "registered_at", default=False),
        field(Enterprise, "closed_on", default=False, aliases=("停报时间", "停业日期")),
    ),
    filters=EnterpriseFilter,
    ordering=("customs_code",),
    search=("name", "customs_code"),
    reads=(Enterprise, "enterprises_change", "regions_change"),
    actions=(
        Action("登记企业", "enterprises:new", Permission.REGISTER_ENTERPRISE),
        Action("导入", "enterprises:import", Permission.REGISTER_ENTERPRISE),
    ),
    column_data=(ColumnData(("total_usd", "growth_rate"), _attach_trade_through_last_month),),
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
    attachments=True,
    record_panels=(TRADE,),
    about=_months_of_the_figures,
    empty=("还没有登记企业", "由所在市州的填报人登记，登记后当月月报自动列出。"),
)
