"""Tables of a few records inside a page, which look like the tables of lists."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from hunan_trade.accounts.models import User
from hunan_trade.lists.columns import Column
from hunan_trade.lists.pages import table_html
from hunan_trade.lists.pages.row_buttons import RowEnd


@dataclass(frozen=True)
class PageTable:
    """A table inside a page, for records that are too few to need a list of their own.

    `label` says to screen readers what it holds. `pick` is the attribute of a record that the box before its row sends
    as `pick`; without it there are no boxes.
    """

    label: str
    columns: tuple[Column, ...]
    pick: str = ""

    def html(
        self, records: Iterable[Any], *, user: User | None = None, row_end: Callable[[Any], RowEnd] | None = None
    ) -> SafeString:
        """Return the HTML of the table with these records; "" if there are none.

        `user` is needed for columns with a permission of their own. `row_end` gives the buttons at the end of each row;
        the page then includes lists/row_form.html.
        """
        columns = [column for column in self.columns if column.see is None or (user and user.may(column.see))]
        body = table_html.table_rows_html(columns, records, pick=self.pick, row_end=row_end)
        if not body:
            return SafeString()
        headings = table_html.headings(columns, ends=row_end is not None)
        context = {"label": self.label, "columns": headings, "pick": self.pick, "body": body}
        return render_to_string("lists/page_table.html", context)
