"""Kinds of list columns, which define how values are formatted on pages and in exported files.

They also say how imports and the API treat a value. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.html import conditional_escape, format_html, format_html_join

from hunan_trade import periods, quantities
from hunan_trade.periods import Month
from hunan_trade.ui.component_data import StateKind
from hunan_trade.ui.templatetags.portal import state_badge, status_light
from hunan_trade.workbooks.sheet_types import Value


def _as_text(value: Any) -> str:
    return "" if value is None else str(value)


@dataclass(frozen=True)
class Kind:
    """The kind of a column's values, such as dates: how pages, workbooks and CSV files show them.

    None is shown as — on a page and as an empty cell in a file. `text` gives what a page shows, `cell` what a
    workbook's cell holds (text unless `number_format` says otherwise), `html` the markup of a page where it is more
    than the escaped text. `labels` are the words of each code, `spellings` other words that imports read as a code.
    `check_digit` says of a code with a check digit, such as python-stdnum's functions do, whether that can be right.
    """

    code: str
    text: Callable[[Any], str] = _as_text
    cell: Callable[[Any], Value] = _as_text
    html: Callable[[Any], str] | None = None
    css: str = ""
    number_format: str = ""
    width: int = 14
    unit: str = ""
    labels: Mapping[Any, str] = field(default_factory=dict, hash=False)
    spellings: Mapping[str, Any] = field(default_factory=dict, hash=False)
    check_digit: Callable[[str], bool] | None = None

    def markup(self, value: Any) -> str:
        """Return a value of this kind as escaped HTML; — for None or an empty text."""
        if value is None or value == "":
            return quantities.NO_DATA
        return conditional_escape(self.text(value)) if self.html is None else self.html(value)

    def file_value(self, value: Any) -> Value:
        """Return the value for a workbook or CSV cell, as a number, date or text; None for an empty cell."""
        return None if value is None or value == "" else self.cell(value)


def _in_wan(value: Decimal) -> Decimal:
    return value / quantities.WAN


TEXT = Kind("text", width=24)
CODE = Kind("code", css="nowrap", width=16)  # always text: leading zeros and 18 digits stay
YEAR = Kind("year", css="nowrap", width=8)
COUNT = Kind("count", quantities.format_with_commas, int, css="num", number_format="#,##0", width=10)
RATE = Kind(
    "rate",
    quantities.format_with_sign,
    lambda value: quantities.rounded(value, 1),  # as shown: a third has more digits than a cell
    html=lambda value: _rate_html(value),
    css="num",
    number_format="0.0",
    width=10,
    unit="%",
)
PERCENT = Kind(
    "percent",
    lambda value: quantities.format_plain(value, 1),
    lambda value: quantities.rounded(value, 1),
    css="num",
    number_format="0.0",
    width=10,
    unit="%",
)
WAN_USD = Kind(
    "wan_usd",
    lambda value: quantities.format_with_commas(_in_wan(value)),
    _in_wan,
    css="num",
    number_format="#,##0.00",
    unit="万美元",
)
WAN_CNY = Kind(
    "wan_cny",
    lambda value: quantities.format_with_commas(_in_wan(value)),
    _in_wan,
    css="num",
    number_format="#,##0.00",
    unit="万元",
)
TYPED_NUMBER = Kind("typed_number", quantities.add_commas_to_typed, css="num")  # text that need not be a number
FLAG = Kind("flag", lambda value: "是" if value else "否", lambda value: "是" if value else "否", width=8)
DAY = Kind(
    "day",
    lambda value: f"{value:%Y-%m-%d}",
    lambda value: date(value.year, value.month, value.day),
    css="nowrap",
    number_format="yyyy-mm-dd",
    width=12,
)
DAYS = Kind("days")  # of imports alone: days or months of a span in one cell
PARTIAL_DATE = Kind("partial_date", css="nowrap", width=12)  # text: 1991, 2000-02 or 2012-10-25, as far as it is known
MOMENT = Kind(
    "moment",
    lambda value: periods.format_chinese_datetime(value, with_year=True),
    lambda value: periods.format_chinese_datetime(value, with_year=True),
    css="nowrap",
    width=20,
)
MONTH = Kind("month", lambda value: _month(value), lambda value: _month(value), css="nowrap", width=10)
REGION = Kind("region", lambda region: region.short_name, lambda region: region.name, css="nowrap", width=14)
INDUSTRY = Kind("industry", lambda industry: industry.name, str, width=24)  # in files with its code, in front
SOURCE_PLACE = Kind("source_place", lambda place: place.short_name, lambda place: place.name, css="nowrap", width=14)
# Several (text, address): links on the page, their texts in files.
LINKS = Kind(
    "links",
    lambda links: " ".join(text for text, _ in links),
    lambda links: " ".join(text for text, _ in links),
    html=lambda links: format_html_join("\u3000", '<a href="{1}">{0}</a>', links),
    css="nowrap",
)

# A (colour, words) pair that the record itself judges: as a badge, or as a coloured light.
BADGE = Kind("badge", lambda pair: str(pair[1]), lambda pair: str(pair[1]), html=lambda pair: state_badge(*pair))
LIGHT = Kind("light", lambda pair: str(pair[1]), lambda pair: str(pair[1]), html=lambda pair: status_light(*pair))


def _rate_html(value: Decimal) -> str:
    text = quantities.format_with_sign(value)
    return format_html('<span class="neg">{}</span>', text) if value < 0 else text


def _month(value: date | Month) -> str:
    return f"{value.year}-{value.month:02d}"


def choice(labels: Mapping[Any, str], spellings: Mapping[str, Any] | None = None) -> Kind:
    """Return the kind of a column whose cells hold a code and show its label.

    Pages and files show the label, imports read `spellings`, too.
    """

    def text(code: Any) -> str:
        return labels.get(code, str(code))

    return Kind("choice", text, text, css="nowrap", labels=labels, spellings=spellings or {})


def choices_of(labels: Mapping[Any, str]) -> Kind:
    """Return the kind of a column whose cells hold several codes and show their labels, joined with 、."""

    def text(codes: Any) -> str:
        return "、".join(labels.get(code, str(code)) for code in codes)

    return Kind("choices", text, text, css="nowrap", labels=labels)


def state(lights: Mapping[str, StateKind], labels: Mapping[str, str] | None = None) -> Kind:
    """Return the kind of a column whose cells hold the code of a state and show its label in a colour.

    `lights` gives the colour of each code, `labels` its words (the code itself without).
    """
    words = labels or {}

    def text(code: Any) -> str:
        return words.get(code, str(code))

    def html(code: Any) -> str:
        light = lights.get(code, "")
        return format_html('<span class="state {}">{}</span>', light, text(code)) if light else text(code)

    return Kind("state", text, text, html=html, css="nowrap", labels=words)
