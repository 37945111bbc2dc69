"""Buttons at the end of a record's row, each of which posts to its own URL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import conditional_escape, format_html, format_html_join

from hunan_trade import quantities


@dataclass(frozen=True)
class RowButton:
    """A button at the end of a record's row in a table, with its text and the URL to which it posts.

    `name` and `value` are what it sends along. All buttons of a page are of one form, lists/row_form.html, so that
    no row needs a form with a token of its own.
    """

    text: str
    url: str
    name: str = ""
    value: str = ""


# The buttons at the end of a row, or the sentence that stands there instead.
RowEnd = Sequence[RowButton] | str


def row_end_html(end: RowEnd) -> str:
    """Return the escaped HTML of a table row's last cell: its buttons, or a sentence in place of them."""
    if isinstance(end, str):
        return conditional_escape(end or quantities.NO_DATA)
    return format_html_join(" ", "{}", ((_button_html(button),) for button in end))


def _button_html(button: RowButton) -> str:
    sent = format_html(' name="{}" value="{}"', button.name, button.value) if button.name else ""
    return format_html(
        '<button class="btn btn-plain btn-sm" type="submit" form="row-form" formaction="{}"{}>{}</button>',
        button.url,
        sent,
        button.text,
    )
