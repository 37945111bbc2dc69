"""Builds the HTML tables that are part of the home pages of the province and of cities."""

from __future__ import annotations

from django.urls import reverse
from django.utils.safestring import SafeString

from hunan_trade.home.city import OwnReturn
from hunan_trade.intake.return_page import RemarkLink
from hunan_trade.intake.sheet_progress import SheetProgress
from hunan_trade.lists import column_kinds
from hunan_trade.lists.columns import Column
from hunan_trade.lists.pages.embedded_record_tables import PageTable

LARGEST_ENTERPRISES = PageTable(
    "加工贸易最大的企业",
    (
        Column(
            "name",
            "企业",
            source="enterprise.name",
            link=lambda row: reverse("enterprises:detail", args=[row.enterprise.pk]),
        ),
        Column("total", "累计", column_kinds.WAN_USD, source="total.amount"),
        Column("year_on_year", "同比", column_kinds.RATE, source="year_on_year.amount"),
    ),
)


def remarked_cells_html(own: OwnReturn) -> SafeString:
    """Return the HTML table of the cells that the province wants corrected, with links to the cells."""
    url, verb = _monthly_return_url(own), "去改" if own.action else "看"

    def cell_links(remark: RemarkLink) -> list[tuple[str, str]]:
        return [(f"{verb} {remark.cell}", f"{url}?sheet={remark.dataset}#c-{remark.cell}")]

    table = PageTable(
        "省厅要求修改的单元格",
        (
            Column("record", "对象"),
            Column("column", "列"),
            Column("place", "位置", column_kinds.CODE, value=lambda remark: f"{remark.sheet} {remark.cell}"),
            Column("value", "原报", column_kinds.TYPED_NUMBER),
            Column("links", "单元格", column_kinds.LINKS, value=cell_links),
        ),
    )
    return table.html(own.pointed)


def sheet_progress_html(own: OwnReturn) -> SafeString:
    """Return the HTML table of how far each sheet of a city's monthly return is filled in, linked to the sheets."""
    url = _monthly_return_url(own)

    def sheet_url(sheet: SheetProgress) -> str:
        return f"{url}?sheet={sheet.dataset.code}"

    table = PageTable(
        "各表检查",
        (
            Column("sheet", "报表", source="dataset.sheet", link=sheet_url),
            Column("rows", "应填", column_kinds.COUNT),
            Column("filled", "已填", column_kinds.COUNT),
            Column("blocking", "必须改", column_kinds.COUNT),
            Column("unexplained", "要说明", column_kinds.COUNT),
            Column("state", "状态", column_kinds.BADGE),
        ),
    )
    return table.html(own.sheets)


def _monthly_return_url(own: OwnReturn) -> str:
    found = own.head.monthly_return
    return reverse("intake:return", args=[found.region_id, found.period])
