"""Tests imports of events from files in which one cell holds both the first and the last day of an event."""

from __future__ import annotations

from datetime import date, datetime
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from django.test import Client

from events.actions import load_events
from events.models import Event
from hunan_trade.accounts.roles import Role
from hunan_trade.lists.imports.models import Import
from hunan_trade.lists.tests.import_factories import csv_file
from hunan_trade.lists.tests.test_import_pages import page, send, upload
from targets.tests.plan_and_user_factories import SETUP, load_regions_and_plan, signed_in_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    load_regions_and_plan()
    load_events(by=SETUP)
    return signed_in_client(Role.PROVINCE_OFFICER)


def checked(client: Client, head: tuple[str, ...], *rows: tuple[str, ...], **fills: str) -> Import:
    found = upload(client, csv_file(*rows, head=head), "活动.csv", "events")
    send(client, found, "check", data={f"fill-{name}": value for name, value in fills.items()})
    return found


def written(client: Client, found: Import) -> dict[str, tuple[date | None, date | None, bool]]:
    """Write an import and return the dates of all events by name."""
    send(client, found, "write", reason="来函")
    return {event.name: (event.starts_on, event.ends_on, event.whole_month) for event in Event.objects.all()}


def counts(found: Import) -> dict[str, Any]:
    return {name: number for name, number in found.result["counts"].items() if number}


def test_both_days_are_read_from_the_cell_of_the_time_with_the_year_given_for_all_rows(client: Client) -> None:
    found = checked(
        client,
        ("活动名称", "类别", "举办时间", "举办地点"),
        ("第二届加博会", "展会", "6月19日至23日", "东莞"),
        ("湘南招商推介会", "推介会", "6月28日—7月2日", "深圳"),
        ("台商座谈会", "会议", "9月", "长沙"),
        ("一日会", "会议", "10月8日", ""),
        ("没有定的会", "会议", "待定", ""),
        year="2013",
    )
    assert counts(found) == {"new": 4, "changed": 1}
    days = written(client, found)
    assert days["第二届加博会"] == (date(2013, 6, 19), date(2013, 6, 23), False)
    assert days["湘南招商推介会"] == (date(2013, 6, 28), date(2013, 7, 2), False)
    assert days["台商座谈会"] == (date(2013, 9, 1), date(2013, 9, 30), True)
    assert days["一日会"] == (date(2013, 10, 8), None, False) and days["没有定的会"] == (None, None, False)
    assert Event.objects.get(name="湘南招商推介会").when == "6月28日—7月2日"


def test_a_span_in_the_column_of_the_begin_fills_the_end_and_a_contradiction_is_told(client: Client) -> None:
    found = checked(
        client,
        ("活动名称", "年度", "类别", "开始时间", "结束时间"),
        ("甲会", "2013", "会议", "6月19—22日", ""),
        ("乙会", "2013", "会议", "6月19—22日", "6月25日"),
        ("丙会", "2013", "会议", "6月19日", "22/6"),
        ("丁会", "2013", "会议", "6月28日", "7月2日"),
    )
    assert counts(found) == {"new": 2, "refused": 2}
    text = page(client, found)
    assert "E3" in text and "开始那一格写到2013-06-22，两处不同" in text and "E4" in text
    days = written(client, found)
    assert days["甲会"] == (date(2013, 6, 19), date(2013, 6, 22), False)
    assert days["丁会"] == (date(2013, 6, 28), date(2013, 7, 2), False)


def test_a_year_that_nobody_gives_is_asked_for_at_the_cell(client: Client) -> None:
    head = ("活动名称", "年度", "类别", "时间")
    found = checked(client, head, ("甲会", "", "会议", "6月19—22日"), ("乙会", "2013", "会议", "2014年1月8日"))
    assert "“6月19—22日”没有写年份" in page(client, found) and "D2" in page(client, found)
    assert "写的是2014年，这一行的年份是2013年，请核对" in page(client, found)


def test_the_time_that_a_download_shows_changes_nothing_and_the_mark_of_emptying_empties(client: Client) -> None:
    """Also for an event without dates, and for one of a month whose end nobody wrote, which reads as its last day."""
    Event.objects.filter(whole_month=True).update(ends_on=None)
    shown = [(event.name, "2013", event.when) for event in Event.objects.all()]
    found = checked(client, ("活动", "年度", "时间"), *shown)
    assert counts(found) == {"same": 8}
    emptied = checked(client, ("活动", "年度", "时间"), ("第二届加博会", "2013", "清空"))
    assert written(client, emptied)["第二届加博会"] == (None, None, False)


@pytest.mark.parametrize("format_", ["xlsx", "csv"])
def test_days_of_a_download_are_dates_and_come_back_as_they_were(client: Client, format_: str) -> None:
    """Also those that a person edits in the file; the shown time, of which they are parts, is not written."""
    data = client.get(f"/events/download/?format={format_}&all=1&marks=1")
    content = b"".join(data)
    untouched = upload(client, content, f"活动.{format_}", "events")
    send(client, untouched, "check")
    assert counts(untouched) == {"same": 8} and not untouched.result["findings"]
    if format_ == "csv":
        return
    book = openpyxl.load_workbook(BytesIO(content))
    sheet = book.worksheets[0]
    titles = {cell.value: cell.column for cell in sheet[1]}
    row = next(cells[0].row for cells in sheet.iter_rows() if cells[0].value == "第二届加博会")
    begins, ends = (sheet.cell(row, titles[title]) for title in ("开始", "结束"))
    assert (begins.value, begins.number_format) == (datetime(2013, 6, 19), "yyyy-mm-dd")
    ends.value = datetime(2013, 6, 24)
    book.save(stream := BytesIO())
    found = upload(client, stream.getvalue(), "活动.xlsx", "events")
    send(client, found, "check")
    assert counts(found) == {"changed": 1, "same": 7}
    assert [change["column"] for change in found.result["changes"]] == ["ends_on"]


def test_the_time_beside_columns_of_its_own_days_is_compared_and_not_written(client: Client) -> None:
    head = ("活动", "年度", "时间", "开始", "结束")
    found = checked(client, head, ("第二届加博会", "2013", "7月1日", "2013-06-19", "2013-06-22"))
    assert counts(found) == {"same": 1} and "时间不从导入改，这一格不写入" in page(client, found)
