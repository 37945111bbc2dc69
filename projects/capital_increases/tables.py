"""Declares the list of capital increases, in which city leads also find those to confirm."""

from __future__ import annotations

from hunan_trade.lists import column_kinds
from hunan_trade.lists.columns import field
from hunan_trade.lists.declaration import Summary, View
from hunan_trade.lists.filters import AmountFilter
from projects import queries_list_summaries
from projects.capital_increases.actions import INCREASE_MOVES
from projects.models import CapitalIncrease
from projects.reviewed_entries.tables import EntryFilter, entry_listing, entry_page_link


class CapitalIncreaseFilter(EntryFilter):
    amount_usd = AmountFilter(unit="万美元", factor=10_000)
    amount_cny = AmountFilter(unit="万元", factor=10_000)


ABOUT_INCREASE = (
    field(CapitalIncrease, "effective_on", link=entry_page_link("project-increases")),
    field(CapitalIncrease, "amount_usd", kind=column_kinds.WAN_USD),
    field(CapitalIncrease, "amount_cny", kind=column_kinds.WAN_CNY),
)

PROJECT_INCREASES = entry_listing(
    CapitalIncrease,
    (field(CapitalIncrease, "city"), *ABOUT_INCREASE),
    reason_shown=True,
    code="project-increases",
    title="项目增资",
    noun="笔",
    filters=CapitalIncreaseFilter,
    views=(
        View("待负责人确认", "state=awaiting_lead"),
        View("有效", "state=valid"),
        View("退回", "state=given_back"),
    ),
    summary=Summary(("amount_usd", "amount_cny"), queries_list_summaries.increases_in_words),
    moves=(INCREASE_MOVES,),
    about="市州申报的由本市州负责人确认，省厅登记的由另一人确认",
    empty=("还没有增资", "项目签约后，在项目页申报增资，申报后在此列出。"),
)
