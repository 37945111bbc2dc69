"""Tests tables inside pages: escaping, also of the buttons at row ends, and columns hidden from some users."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from hunan_trade.accounts.roles import Permission
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.lists import column_kinds
from hunan_trade.lists.columns import Column
from hunan_trade.lists.pages.embedded_record_tables import PageTable
from hunan_trade.lists.pages.row_buttons import RowButton

HOSTILE = '"><script>alert(1)</script>'
TABLE = PageTable(
    "试验",
    (
        Column("name", "名称"),
        Column("state", "状态", column_kinds.BADGE),
        Column("secret", "电话", see=Permission.MANAGE_ACCOUNTS),
    ),
    pick="name",
)
RECORD = SimpleNamespace(name=HOSTILE, state=("ok", HOSTILE), secret="13800000000")


def test_every_text_of_a_page_s_table_is_escaped() -> None:
    button = RowButton(HOSTILE, f"/{HOSTILE}", HOSTILE, HOSTILE)
    for end in ((button,), HOSTILE):
        html = TABLE.html([RECORD], row_end=lambda record, end=end: end)  # type: ignore[misc]
        assert html.count("<tr>") == 2 and "<script>" not in html and html.count("&lt;script&gt;") >= 4
    assert TABLE.html([]) == ""


@pytest.mark.django_db
def test_a_column_with_a_right_of_its_own_is_in_no_table_for_others() -> None:
    for user, seen in ((None, False), (cast.officer(), False), (cast.administrator(), True)):
        html = TABLE.html([RECORD], user=user)
        assert (RECORD.secret in html) == ("电话" in html) == seen
