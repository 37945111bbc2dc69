"""Computes how large an uploaded workbook may be, from the number of rows in the city's own sheets.

What is beyond is refused by the process that reads it, so that nobody's upload takes more of the web server's memory
than the form itself is worth.
"""

from __future__ import annotations

from hunan_trade.intake import datasets
from hunan_trade.intake.models import MonthlyReturn
from hunan_trade.workbooks.zip_archive import MEGABYTE, Limits

FACTOR = 4  # rows of the workbook for each that the form has
LEAST_ROWS = 2_000  # of a sheet, however short the form: people keep workings of their own beside it
_CELLS, _TEXT, _ODDITIES = 50, 2_000, 1_500  # for each row; bytes but for the cells


def workbook_size_limits(monthly_return: MonthlyReturn) -> Limits:
    """Return the size limits for a workbook uploaded to this monthly return, lower for a city with few rows."""
    widest = Limits()
    region, month = monthly_return.region_id, monthly_return.period
    form = max(dataset.size(region, month) for dataset in datasets.of_month(month))
    rows = min(widest.rows, max(LEAST_ROWS, FACTOR * form))
    return Limits(
        rows=rows,
        cells=min(widest.cells, rows * _CELLS),
        text_bytes=min(widest.text_bytes, rows * _TEXT),
        oddity_bytes=min(widest.oddity_bytes, rows * _ODDITIES),
        answer_bytes=min(widest.answer_bytes, 32 * MEGABYTE + rows * (_CELLS * 5 + _TEXT + _ODDITIES)),
    )
