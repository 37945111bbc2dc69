"""Template tags and filters for numbers, dates and small elements, loaded by `{% load portal %}`.

The filters only hand over to `quantities` and `periods`; nothing is rounded or spelled here.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import cast

from django import template
from django.template import Context
from django.template.base import Node, NodeList, Parser, TextNode, Token
from django.utils.html import format_html
from django.utils.safestring import SafeString

from hunan_trade import clock, periods, quantities
from hunan_trade.periods import Month
from hunan_trade.ui.component_data import LIGHTS, STATES, Bullet, RangeStrip
from hunan_trade.ui.user_agent_names import browser_and_system_name

register = template.Library()


# --- Numbers --------------------------------------------------------------------------------------------------------
@register.filter
def thousands(value: Decimal | int | None, places: int = 0) -> str:
    """Format a number with thousands separators, such as 12,345.6; None becomes a dash."""
    return quantities.format_with_commas(value, places)


@register.filter
def signed(value: Decimal | None, places: int = 1) -> str:
    """Format a number with a plus or minus sign, such as +43.9 or −2.1."""
    return quantities.format_with_sign(value, places)


@register.filter
def percentage_points(value: Decimal | None, places: int = 1) -> str:
    """Format a difference of two rates in percentage points, such as +0.5 个百分点."""
    text = quantities.format_with_sign(value, places)
    return text if value is None else f"{text} 个百分点"


@register.filter
def wan(value: Decimal | None, places: int = 0) -> str:
    """Divide an amount in yuan or dollars by 10,000 and format it without a unit: 2,868,000,000 becomes 286,800."""
    return quantities.format_with_commas(quantities.in_wan(value), places)


@register.filter
def yi(value: Decimal | None, places: int = 2) -> str:
    """Divide an amount in yuan or dollars by 100 million and format it without a unit: 2,868,000,000 becomes 28.68."""
    return quantities.format_with_commas(quantities.in_yi(value), places)


@register.filter
def with_commas(text: str) -> str:
    """Format a typed number with thousands separators, such as 13,517; return any other text unchanged."""
    return quantities.add_commas_to_typed(text)


@register.filter
def negative_class(value: Decimal | int | None) -> str:
    """Return the CSS class "neg" for a negative number, and "" for any other value.

    `class="num {{ rate|negative_class }}"`
    """
    return "neg" if value is not None and value < 0 else ""


@register.filter("dash")
def dash_if_empty(value: object) -> object:
    """Return the value, or a dash if the value is None or ""."""
    return quantities.NO_DATA if value is None or value == "" else value


register.filter("browser", browser_and_system_name)


# --- Time -----------------------------------------------------------------------------------------------------------
@register.filter
def month_range(month: Month) -> str:
    """Format the months from January to `month`, such as 1—5月."""
    return month.range_in_digits.replace("-", "—")


@register.filter
def day(value: date | None) -> str:
    """Format a date, such as 7月10日; the year is added if it is not the current year."""
    if value is None:
        return quantities.NO_DATA
    return periods.format_chinese_date(value, with_year=value.year != clock.today().year)


@register.filter
def deadline(value: date | None) -> str:
    """Format a deadline with its weekday, such as 7月10日（周三）."""
    return quantities.NO_DATA if value is None else f"{day(value)}（{periods.chinese_weekday(value)}）"


@register.filter
def moment(value: datetime | None) -> str:
    """Format a date and time in Shanghai's time zone, such as 7月5日 16:20."""
    if value is None:
        return quantities.NO_DATA
    return periods.format_chinese_datetime(value, with_year=value.astimezone(clock.SHANGHAI).year != clock.today().year)


# --- Layout ---------------------------------------------------------------------------------------------------------
_LINE_BREAK = re.compile(r"[ \t]*\n[ \t]*")
_OPEN_TAG = re.compile(r"""<[A-Za-z]([^<>"']|"[^"]*"|'[^']*')*("[^"]*|'[^']*)?$""")


class JoinedLines(Node):
    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist = nodelist

    def render(self, context: Context) -> SafeString:
        return self.nodelist.render(context)


@register.tag
def joinlines(parser: Parser, token: Token) -> JoinedLines:
    """Template tag that removes line breaks and indentation from the HTML up to {% endjoinlines %}.

    The HTML ends with {% endjoinlines %}. For Chinese sentences and inline elements, between which a line break would
    show as a space. Inside of an HTML tag a line break becomes a space; what variables and included templates say is
    left as it is.
    """
    nodelist = parser.parse(("endjoinlines",))
    parser.delete_first_token()
    before = ""
    for node in cast(list[TextNode], nodelist.get_nodes_by_type(TextNode)):
        parts: list[str] = []
        for index, part in enumerate(_LINE_BREAK.split(node.s)):
            if index and _OPEN_TAG.search(before):
                parts.append(" ")
            parts.append(part)
            before = (before + part)[-2000:]
        node.s = "".join(parts)
    return JoinedLines(nodelist)


# --- Small parts ----------------------------------------------------------------------------------------------------
@register.simple_tag(name="light")
def status_light(kind: str, word: str = "") -> SafeString:
    """Render a verdict such as "warn" as a coloured light with a text such as 偏慢.

    Without `word`, the usual text of this colour: `{% light "warn" "偏慢，低 3.4 个百分点" %}`
    """
    if kind not in LIGHTS:
        raise ValueError(f"no light {kind!r}; there are {', '.join(LIGHTS)}")
    return format_html('<span class="light {}">{}</span>', kind, word or LIGHTS[kind])


@register.simple_tag(name="state")
def state_badge(kind: str, word: str) -> SafeString:
    """Render a record's state, such as 待审核, as a badge whose colour is chosen by `kind`.

    "" is grey: `{% state "now" "待审核" %}`
    """
    if kind not in STATES:
        raise ValueError(f"no state {kind!r}; there are {', '.join(sorted(STATES))}")
    return format_html('<span class="state{}">{}</span>', f" {kind}" if kind else "", word)


@register.simple_tag
def figure_link(text: str, url: str, current: bool = False) -> SafeString:
    """Render a number as a link to the page that explains its origin; without `url`, as plain text."""
    if not url:
        return format_html("{}", text)
    marked = SafeString(' aria-current="true"') if current else ""
    return format_html('<a class="fig" href="{}"{}>{}</a>', url, marked, text)


@register.inclusion_tag("components/bullet.html")
def bullet(bar: Bullet) -> dict[str, object]:
    """Render a bullet chart: a bar for the actual value, with ticks for the goal and the expected value."""
    return {"bullet": bar}


@register.inclusion_tag("components/range.html")
def range_strip(strip: RangeStrip) -> dict[str, object]:
    """Render the drawing that shows a month's value within the range of the last twelve months."""
    return {"strip": strip}
