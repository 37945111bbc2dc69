"""Tests that the days or months of a span are read from one cell, with the year that stands beside it."""

from __future__ import annotations

from datetime import date

import pytest

from hunan_trade.lists.imports.day_span_parsing import read_day_span

FAIR = (date(2013, 6, 19), date(2013, 6, 22), False)


@pytest.mark.parametrize(
    "text",
    [
        "6月19—22日", "6月19日至22日", "6月19日-6月22日", "6月19日到22日", "6月19--22日", "6月19日~22日", "６月１９～２２日",
        "6.19-22", "6.19-6.22", "2013.6.19—22", "2013/6/19-2013/6/22", "2013年6月19日—2013年6月22日",
        "2013-06-19至2013-06-22", "六月十九日至二十二日", "6月19日（星期三）至22日（星期六）", " 6 月 19 日 — 22 日 ",
    ],
)  # fmt: skip
def test_a_span_of_days_is_read_in_the_spellings_of_offices(text: str) -> None:
    assert read_day_span(text).days(2013) == FAIR


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("6月28日—7月2日", (date(2013, 6, 28), date(2013, 7, 2), False)),
        ("12月28日—1月3日", (date(2013, 12, 28), date(2014, 1, 3), False)),
        ("12月28日至次年1月3日", (date(2013, 12, 28), date(2014, 1, 3), False)),
        ("6月19日", (date(2013, 6, 19), None, False)),
        ("2012-06-19", (date(2012, 6, 19), None, False)),
        ("20130619", (date(2013, 6, 19), None, False)),
        ("2月", (date(2013, 2, 1), date(2013, 2, 28), True)),
        ("2012年2月份", (date(2012, 2, 1), date(2012, 2, 29), True)),
        ("6—7月", (date(2013, 6, 1), date(2013, 7, 31), True)),
        ("11月至次年2月", (date(2013, 11, 1), date(2014, 2, 28), True)),
    ],
)
def test_a_span_over_months_a_day_and_a_month_alone_are_read(text: str, days: object) -> None:
    assert read_day_span(text).days(2013) == days


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("6月22—19日", "结束早于开始"), ("6月31日", "没有这一天"), ("13月", "没有 13 月"), ("6月19日—7月", "一头写到日"),
        ("19—22日", "不是日期"), ("6月上旬", "不是日期"), ("6-19", "没有写年份"), ("2013", "只写到年"), ("0013年6月", "年份是 13"),
    ],
)  # fmt: skip
def test_what_is_no_clear_span_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        read_day_span(text).days(2013)


def test_a_span_without_a_year_is_not_guessed() -> None:
    with pytest.raises(ValueError, match="没有写年份"):
        read_day_span("6月19—22日").days(None)
    with pytest.raises(ValueError, match="可能是 1 月，也可能是 10 月"):
        read_day_span("2013.1", is_number=True)
