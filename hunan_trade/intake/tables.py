"""Declares the list of monthly returns, which stands beside the yearly board of returns."""

from __future__ import annotations

from django.urls import reverse

from hunan_trade import clock
from hunan_trade.accounts.roles import Permission
from hunan_trade.intake.filters import ReturnListFilter
from hunan_trade.intake.models import MonthlyReturn, Status
from hunan_trade.lists import kinds
from hunan_trade.lists.columns import Column, field
from hunan_trade.lists.declaration import Action, Listing, Parts, View
from hunan_trade.ui.components import StateKind

_LIGHTS: dict[str, StateKind] = {
    Status.SIGNING: "now",
    Status.SENT: "now",
    Status.GIVEN_BACK: "warn",
    Status.ACCEPTED: "ok",
}


def _url(monthly_return: MonthlyReturn) -> str:
    return reverse("intake:return", args=[monthly_return.region_id, monthly_return.period])


def _punctuality(monthly_return: MonthlyReturn) -> str:
    if (on_time := monthly_return.is_on_time()) is not None:
        return "按时" if on_time else "逾期"
    return "逾期未报" if monthly_return.is_overdue(clock.now()) else ""


RETURNS = Listing(
    code="returns",
    title="月报列表",
    noun="份",
    see=Permission.SEE_FIGURES,
    rows=lambda: MonthlyReturn.objects.with_region(),
    columns=(
        Column("name", "月报", value=str, link=_url, sort=("month", "region")),
        field(MonthlyReturn, "region", sort=("region",)),
        field(MonthlyReturn, "month", kind=kinds.MONTH),
        field(MonthlyReturn, "status", kind=kinds.state(_LIGHTS, dict(Status.choices))),
        field(MonthlyReturn, "round_number"),
        field(MonthlyReturn, "due_at"),
        field(MonthlyReturn, "first_sent_at"),
        Column("punctuality", "是否按时", kinds.state({"逾期": "warn", "逾期未报": "bad"}), value=_punctuality),
        field(MonthlyReturn, "nil_reason", narrow=False, default=False),
    ),
    filters=ReturnListFilter,
    ordering=("-month", "region"),
    search=("region__name",),
    views=(
        View("本市", "region=own", of_cities=True),
        View("待审核", "status=sent"),
        View("未核定", "status=accepted&status_not=on"),
    ),
    actions=(Action("看报送情况", "intake:returns", Permission.SEE_FIGURES),),
    empty=("还没有月报", "每月开放填报后在此列出。"),
    parts=Parts(api=False, search=False),
)
