"""Declares the list of decisions on closing plan years, and the table of all years as open or closed."""

from __future__ import annotations

from hunan_trade.accounts.roles import Permission
from hunan_trade.lists import column_kinds
from hunan_trade.lists.columns import Column, field
from hunan_trade.lists.declaration import PAGE_AND_FILES, Action, Listing
from hunan_trade.lists.filters import ChoicesFilter, DaysFilter, ListFilterSet
from hunan_trade.lists.pages.embedded_record_tables import PageTable
from projects.models import YearClosing


def _decided_years() -> list[tuple[str, str]]:
    years = YearClosing.objects.order_by("-year").values_list("year", flat=True).distinct()
    return [(str(year), f"{year}年") for year in years]


class YearClosingFilter(ListFilterSet):
    year = ChoicesFilter(label="年度", choices=_decided_years)
    decided_at = DaysFilter()


YEAR_CLOSINGS = Listing(
    code="year-closings",
    title="年度关账",
    noun="项",
    see=Permission.SEE_FIGURES,
    rows=lambda: YearClosing.objects.select_related("decided_by"),
    columns=(
        Column("name", "年度", value=lambda decided: f"{decided.year}年", sort=("year",)),
        Column("closed", "办理", column_kinds.CODE, value=lambda decided: "关账" if decided.closed else "撤销关账"),
        field(YearClosing, "version", kind=column_kinds.CODE),
        field(YearClosing, "reason"),
        field(YearClosing, "decided_by", source="decided_by.name", sort=("decided_by__name",)),
        field(YearClosing, "decided_at"),
    ),
    filters=YearClosingFilter,
    ordering=("-decided_at",),
    search=("reason", "decided_by__name"),
    actions=(
        Action("关账", "year-close", Permission.DECIDE_COUNTING),
        Action("计数规则", "counting-decisions:home", Permission.SEE_FIGURES),
        Action("重大转移项目库", "projects:home", Permission.SEE_FIGURES),
    ),
    about="关账以后，日期在这一年的阶段由省厅负责人确认",
    empty=("没有关账的年度", "年度过完、各步办完以后由省厅负责人关账，在此列出。"),
    parts=PAGE_AND_FILES,
)
YEARS_IN_FORCE = PageTable(
    "各年度",
    (
        Column("name", "年度", source="year"),
        Column("state", "情况", column_kinds.CODE),
        Column("decided", "定于", column_kinds.CODE),
    ),
)
