"""Invented example data that shows a list's filters and panels in the component gallery."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

from django import forms

from hunan_trade.lists import column_kinds
from hunan_trade.lists.columns import Column
from hunan_trade.lists.filter_fields import AmountField, ChoicesField, DaysField, FilledField
from hunan_trade.lists.models import SavedView
from hunan_trade.lists.moves.bulk_moves import MoveLine, MovePreview
from hunan_trade.lists.moves.move_buttons import MoveButton
from hunan_trade.lists.pages.embedded_record_tables import PageTable
from hunan_trade.lists.pages.row_buttons import RowButton
from hunan_trade.workflow import Move

CITIES = {"1": "甲市", "2": "乙市", "3": "丙自治州", "blank": "空"}


class ExampleFilters(forms.Form):
    city = ChoicesField(CITIES, lambda: list(CITIES.items()), label="市州", required=False)
    signed_on = DaysField(label="签约日期", required=False)
    capital = AmountField(label="合同额", required=False, unit="万美元")
    contact = FilledField(label="联系人", required=False)


def list_gallery_context() -> dict[str, object]:
    """Return the template context with which the component gallery shows example filters, tables and forms of lists.

    They are filters, the columns' panel, saving a view, and a view that needs mending.
    """
    columns = [Column("name", "项目"), Column("city", "承接地"), Column("stage", "阶段")]
    hidden = [Column("source", "来源地"), Column("batch", "批次")]
    listing = SimpleNamespace(title="项目库", noun="个")
    query = SimpleNamespace(
        columns=columns,
        hidden_columns=hidden,
        all_columns=columns + hidden,
        url="#",
        opened_panel="view",
        page_number=2,
    )
    view = SavedView(pk=1, title="湘南三市上半年签约", region_id="430000")
    filters = ExampleFilters(
        {"city": ["1", "2"], "signed_on_after": "2013-01-01", "signed_on_before": "2013-06-30", "capital_min": "很多"},
        auto_id="f_%s",
    )
    table = PageTable("名录页内的表", (Column("name", "项目"), Column("state", "状态", column_kinds.BADGE)))
    rows = [
        SimpleNamespace(name="样例一期项目", state=("now", "待批准")),
        SimpleNamespace(name="样例二期项目", state=("ok", "已批准")),
    ]
    buttons = (RowButton("批准", "#"), RowButton("不批准", "#"))
    start = Move("启用", frozenset(), "", "")
    moves = [MoveButton("start", "启用"), MoveButton("stop", "停用", "还有在建的设备")]
    lines = [
        MoveLine("2", "样例二期项目", "停用", "说明里写着封存，先改说明"),
        MoveLine("1", "样例一期项目", "停用", ""),
    ]
    projects = replace(table, label="园内项目")
    return {
        "list_linked": [
            SimpleNamespace(
                title="园内项目",
                count=14,
                sums="合同 28,640 万美元",
                table=projects.html(rows),
                url="#",
                listing=listing,
            ),
            SimpleNamespace(title="园内厂房", count=0, listing=listing),
        ],
        "list_moves": moves,
        "list_move_listing": SimpleNamespace(noun="个", columns=columns),
        "list_move": start,
        "list_move_preview": MovePreview(1, 1, tuple(lines), ""),
        "list_page_table": table.html(rows, row_end=lambda row: buttons if row is rows[0] else ""),
        "more_parts": ["lists/_gallery.html"],
        "list_facets": list(filters),
        "list_query": query,
        "list_view": SimpleNamespace(view=view, is_changed=True),
        "list_gone": SimpleNamespace(view=view, gone=("批次 第一批",)),
        "list_pages": {
            "listing": listing,
            "query": SimpleNamespace(page_number=2, first_number=51, first_index=50),
            "numbers": [(1, "#"), (2, "#"), (3, "#"), ("…", ""), (12, "#")],
        },
    }
