"""Builds the JSON responses that the grid's script (return_grid.js) receives after saving rows.

Either the rows were saved, or another user has changed a row.
"""

from __future__ import annotations

from typing import Any

from django.template.loader import render_to_string

from hunan_trade import clock
from hunan_trade.intake import return_page
from hunan_trade.intake.actions.filling import RowConflict
from hunan_trade.intake.forms import TypedRows
from hunan_trade.intake.models import MonthlyReturn
from hunan_trade.periods import format_chinese_datetime
from hunan_trade.web.request_type import PortalRequest


def saved_rows_json(
    request: PortalRequest, monthly_return: MonthlyReturn, sent: TypedRows, versions: dict[str, int]
) -> dict[str, Any]:
    """Return the JSON from which the page's script updates the grid after it saved rows.

    Row versions, sums, computed columns and HTML to replace.

    `marks`: address → [mark, anchor of the finding, "1" where a reason is owed], for the whole sheet.
    """
    page = return_page.return_page(monthly_return, request.user, sent.dataset.code)
    context = {"page": page, "monthly_return": monthly_return}
    derived = {
        line.key: [cell.text for cell in line.cells if not cell.address]
        for line in page.sheet.lines
        if line.key in versions
    }
    return {
        "saved": f"{clock.now():%H:%M:%S}",
        "version": monthly_return.version,
        "versions": versions,
        "derived": derived,
        "sums": page.sheet.sums,
        "marks": page.sheet.marks_by_cell_address,
        "flagged": [line.key for line in page.sheet.lines if line.flagged],
        "parts": {
            name: render_to_string(f"intake/_{name}.html", context, request)
            for name in ("findings", "tabs", "left", "actions")
        },
    }


def row_conflict_json(request: PortalRequest, sent: TypedRows, conflict: RowConflict) -> dict[str, Any]:
    """Return JSON that tells the grid that another user changed a row, with HTML to choose between both texts.

    Keys: key, version, texts (as stored), html.
    """
    row = conflict.row
    mine = next(edit for edit in sent.edits if edit.key == row.key).texts
    base = sent.base.get(row.key, {})
    fields = [
        (column.title, base.get(column.key, ""), row.texts.get(column.key, ""), mine.get(column.key, ""))
        for column in sent.dataset.input_columns
        if column.key in mine and mine[column.key] != row.texts.get(column.key, "")
    ]
    other = row.edited_by.name
    context = {
        "fields": fields,
        "other": f"{other} {format_chinese_datetime(row.edited_at)}",
        "other_name": other,
        "version": row.version,
    }
    known = sent.dataset.load(row.monthly_return.region_id, row.monthly_return.period, None).rows
    name = next((record.name for record in known if record.key == row.key), row.key)
    caption = f"{sent.dataset.sheet}，{name}：您打开后被改过，选一个再接着填"
    html = render_to_string("components/conflict.html", context | {"caption": caption, "action": request.path}, request)
    return {"key": row.key, "version": row.version, "texts": row.texts, "html": html}
