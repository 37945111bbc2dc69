"""The rows of the register as HTML: as for the grid (`intake.drawing`), a template takes many times as long.

Everything that people registered is escaped here; what is not escaped is ours: addresses, classes, figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from enterprises.queries import Listed
from hunan_trade import quantities

_CODE = "0000000000"  # ten capital letters or figures by the table's CHECK, so an address needs no quoting of its own


def rows(listed: Sequence[Listed]) -> SafeString:
    """One <tr> an enterprise, each on a line of its own."""
    before, after = reverse("enterprises:detail", args=[_CODE]).split(_CODE)
    return mark_safe("".join([_row(row, before, after) for row in listed]))  # every text went through escape


def _row(row: Listed, before: str, after: str) -> str:
    firm = row.enterprise
    code, rate = escape(firm.customs_code), row.rate
    red = " neg" if rate is not None and rate < 0 else ""
    return (
        f'\n<tr><th scope="row" class="wrap"><a href="{before}{code}{after}">{escape(firm.name)}</a></th>'
        f'<td data-label="海关编码">{code}</td><td data-label="市州">{escape(firm.region.short_name)}</td>'
        f'<td data-label="贸易方式">{escape("、".join(firm.modes))}</td>'
        f'<td class="num" data-label="累计">{quantities.thousands(quantities.in_wan(row.total))}</td>'
        f'<td class="num{red}" data-label="同比%">{quantities.signed(rate)}</td></tr>'
    )
