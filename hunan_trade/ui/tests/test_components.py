"""Tests of components, charts, template tags and form fields, and rules that all templates must follow."""

import re
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.template import Context, Template
from django.template.loader import render_to_string
from django.utils.html import escape
from pytest_django.asserts import assertInHTML

from hunan_trade import clock
from hunan_trade.periods import Month
from hunan_trade.ui.chart_data import Area, Chart, CityMap, Series
from hunan_trade.ui.component_data import Board, BoardCell, BoardRow, Bullet, RangeStrip, TodoItem
from hunan_trade.ui.gallery_examples import gallery_context

ROOT = Path(__file__).resolve().parents[3]
D = Decimal
HOSTILE = "<img src=x onerror=alert(1)>'\"&{{7*7}}</script>"


def render(source: str, **context: object) -> str:
    return Template("{% load portal %}" + source).render(Context(context))


def test_a_bullet_chart_scales_to_its_goal() -> None:
    bar = Bullet("", D("28.68"), D(75), expected=D("31.25"), projected=D(72))
    assert (bar.actual_position, bar.expected_position, bar.projected_position, bar.goal_position) == (
        "38.24",
        "41.67",
        "96.00",
        None,
    )


def test_a_bullet_bar_is_cut_at_both_ends_of_its_rail() -> None:
    assert (Bullet("", D(90), D(75)).actual_position, Bullet("", D(-3), D(75)).actual_position) == ("100.00", "0.00")


def test_a_bullet_with_a_stretch_value_marks_its_goal_on_the_bar() -> None:
    bar = Bullet("", D(1), D(2), stretch=D(3))
    assert (bar.actual_position, bar.goal_position) == ("33.33", "66.67")


def test_a_bullet_without_a_goal_is_refused() -> None:
    with pytest.raises(ValueError, match="goal above zero"):
        Bullet("", D(1), D(0))


@pytest.mark.parametrize(
    ("now", "outside"), [("7.2", False), ("11.5", False), ("11.6", True), ("7.1", True), ("-4", True)]
)
def test_a_value_is_out_of_range_only_beyond_the_ends_of_the_range(now: str, outside: bool) -> None:
    strip = RangeStrip("", D("7.2"), D("11.5"), D(now), D("9.86"))
    assert strip.is_out_of_range is outside
    places = (strip.band_x, strip.now_x, strip.previous_x)
    assert all(x is not None and 0 <= D(x) <= 130 for x in places)


def test_a_range_of_zeros_can_be_drawn() -> None:
    strip = RangeStrip("", D(0), D(0), D(0))
    assert (strip.now_x, strip.band_width, strip.previous_x) == ("6.0", "2.0", None)


def test_a_board_row_without_a_cell_for_every_month_is_refused() -> None:
    with pytest.raises(ValueError, match="长沙"):
        Board((BoardRow("长沙", (BoardCell("acc"),)),))


def test_the_legend_lists_only_the_kinds_that_the_board_shows() -> None:
    row = BoardRow("长沙", (BoardCell("miss"), BoardCell("acc"), *[BoardCell("none")] * 10))
    assert [mark for mark, _ in Board((row,)).legend] == ["核", "欠", "·"]


def test_a_chart_formats_its_numbers_on_the_server_and_marks_missing_ones() -> None:
    chart = Chart("k", "lines", "", "亿美元", ("1月", "2月"), (Series("今年", "now", (D("1234.565"), None)),))
    series: Any = chart.payload["series"]
    assert series[0]["points"] == [{"v": "1234.565", "t": "1,234.57"}, None]
    assert chart.table.rows == (("今年", "1,234.57", "—"),)


def test_a_chart_refuses_a_series_of_another_length() -> None:
    with pytest.raises(ValueError, match="one value per label"):
        Chart("k", "bars", "", "个", ("1月", "2月"), (Series("今年", "now", (D(1),)),))


def test_a_map_with_more_than_four_bounds_is_refused() -> None:
    with pytest.raises(ValueError, match="at most four"):
        CityMap("k", "", "%", tuple(map(D, range(5))), ())


def test_every_city_outline_of_the_map_has_an_area_in_the_gallery() -> None:
    outlines = re.findall(r'"code": ?"(\d+)"', (ROOT / "static/data/hunan_cities.geojson").read_text())
    drawn = gallery_context()["map_chart"]
    assert isinstance(drawn, CityMap) and sorted(outlines) == [area.code for area in drawn.areas]


def test_user_text_is_escaped_in_components() -> None:
    chart = CityMap("k", HOSTILE, HOSTILE, (), (Area("430100", HOSTILE, D(1), url=HOSTILE),))
    page = (
        render("{% light 'bad' w %}{% state '' w %}{% figure_link w w %}", w=HOSTILE)
        + render_to_string("components/chart.html", {"chart": chart})
        + render_to_string("components/todo.html", {"items": [TodoItem(HOSTILE, HOSTILE, HOSTILE, why=HOSTILE)]})
        + render_to_string("components/note.html", {"strong": HOSTILE, "text": HOSTILE})
    )
    assert "<img" not in page
    assert page.count("</script>") == 1  # the end of the chart's own data


def test_names_are_escaped_on_a_board_and_in_a_chart_table() -> None:
    cells = tuple(BoardCell(kind, url) for kind in ("acc", "miss") for url in ("", HOSTILE, "/a/?b=1&c='\"")) * 2
    series = (Series(HOSTILE, "now", (D("1.5"), None)),)
    page = render_to_string("components/board.html", {"board": Board((BoardRow(HOSTILE, cells),))}) + render_to_string(
        "components/chart.html", {"chart": Chart("k", "bars", "", "亿美元", ("1月", "2月"), series)}
    )
    assert "<img" not in page and page.count("</script>") == 1
    assertInHTML('<td><span class="k-miss" title="逾期未报">欠</span></td>', page, count=2)
    name = escape(HOSTILE)
    assertInHTML(
        f'<td><a class="k-acc" href="/a/?b=1&amp;c=&#x27;&quot;" title="{name} 3月：按时报送，已核定"'
        f' aria-label="{name}3月按时报送，已核定">核</a></td>',
        page,
    )
    assertInHTML(f'<tr><th scope="row">{name}</th><td class="num">1.50</td><td class="num">—</td></tr>', page)


@pytest.mark.parametrize("source", ['{% light "green" "正常" %}', '{% state "done" "已核定" %}'])
def test_an_unknown_kind_of_light_or_state_raises_an_error(source: str) -> None:
    with pytest.raises(ValueError, match="there are"):
        render(source)


@pytest.mark.parametrize(
    ("source", "value", "printed"),
    [
        ("{{ v|wan }}", D("2868004999"), "286,800"),
        ("{{ v|yi }}", D("2868500000"), "28.69"),
        ("{{ v|yi }}", None, "—"),
        ("{{ v|signed }}", D("-14.66"), "−14.7"),
        ("{{ v|percentage_points }}", D("0.45"), "+0.5 个百分点"),
        ("{{ v|percentage_points }}", None, "—"),
        ("{{ v|negative_class }}", D("-0.1"), "neg"),
        ("{{ v|negative_class }}", D(0), ""),
        ("{{ v|dash }}", "", "—"),
        ("{{ v|dash }}", 0, "0"),
        ("{{ v|month_range }}", Month(2013, 5), "1—5月"),
        ("{{ v|month_range }}", Month(2013, 1), "1月"),
    ],
)
def test_template_filters_format_numbers_and_months(
    source: str, value: Decimal | Month | int | str | None, printed: str
) -> None:
    assert render(source, v=value) == printed


def test_a_moment_is_shown_in_shanghai_time_with_its_year_only_when_not_current() -> None:
    with clock.frozen_at(clock.at(date(2013, 7, 8))):
        assert render("{{ v|moment }}", v=datetime.fromisoformat("2013-07-05T08:20:00+00:00")) == "7月5日 16:20"
        assert render("{{ v|deadline }}", v=date(2013, 7, 10)) == "7月10日（周三）"
        assert render("{{ v|day }}", v=date(2012, 12, 31)) == "2012年12月31日"


class PaidForm(forms.Form):
    amount = forms.CharField(label="到位资金", help_text="万美元")


def test_a_form_field_links_its_hint_and_error_to_the_control() -> None:
    page = render("{{ f.amount.as_field_group }}", f=PaidForm({"amount": ""}))
    described = re.search(r'aria-describedby="([^"]+)"', page)
    assert described and described[1].split() == ["id_amount_helptext", "id_amount_error"]
    assert all(f'id="{name}"' in page for name in described[1].split())
    assert 'aria-invalid="true"' in page


def test_every_component_template_is_shown_in_the_gallery() -> None:
    gallery = (ROOT / "templates/gallery.html").read_text() + (ROOT / "templates/base.html").read_text()
    by_tag = {"bullet.html", "range.html", "field.html", "pager.html"}
    missing = [
        path.name
        for path in sorted((ROOT / "templates/components").glob("*.html"))
        if f"components/{path.name}" not in gallery and path.name not in by_tag and not path.name.startswith("_")
    ]
    assert not missing


FORBIDDEN = {
    "a style attribute": re.compile(r"\sstyle\s*="),
    "a style element": re.compile(r"<style\b"),
    "an inline script": re.compile(r"<script(?![^>]*\bsrc=)"),
    "an event attribute": re.compile(r"\son[a-z]+\s*="),
    "a foreign host": re.compile(r"""(?:src|href|url\()\s*=?\s*["']?(?:https?:)?//"""),
    "a mistyped multi-line comment": re.compile(r"\{#(?![^\n]*#\})"),
}


def test_no_template_contains_what_the_content_security_policy_forbids() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in [*(ROOT / "templates").rglob("*.html"), *(ROOT / "static/css").glob("*.css")]
        for name, pattern in FORBIDDEN.items()
        if pattern.search(path.read_text())
    ]
    assert not wrong, "\n".join(wrong)


def test_colours_are_defined_in_tokens_css_only() -> None:
    sheets = [path for path in (ROOT / "static/css").glob("*.css") if path.name not in {"tokens.css", "print.css"}]
    wrong = {
        f"{path.name}: {colour}"
        for path in sheets
        for colour in re.findall(r"#[0-9a-fA-F]{3,8}\b", path.read_text())
        if colour not in {"#fff", "#000", "#444"}  # paper is white, ink on it black, rules of an annex table grey
    }
    assert not wrong


def test_the_joinlines_tag_leaves_no_space_between_lines() -> None:
    source = """{% load portal %}<p>
      {% joinlines %}
        第 {{ number }} 份
        {% if late %}，<b>迟报</b>
        {% else %}，按时{% endif %}。
      {% endjoinlines %}
    </p>"""
    assert Template(source).render(Context({"number": 2, "late": False})).split("\n")[1].strip() == "第 2 份，按时。"
    assert "第 2 份，<b>迟报</b>。" in Template(source).render(Context({"number": 2, "late": True}))


def test_the_joinlines_tag_keeps_spaces_in_attributes_and_line_breaks_in_values() -> None:
    source = """{% load portal %}{% joinlines %}<a hidden
      {% if x %}title="a > b"
         {% endif %}
      href="/">
        {{ typed }}
      </a>{% endjoinlines %}"""
    assert Template(source).render(Context({"typed": "one\n  two", "x": True})) == (
        '<a hidden title="a > b"  href="/">one\n  two</a>'
    )
