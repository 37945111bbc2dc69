"""Tests the downloads of every declared list, whose .xlsx and .csv files must equal the page.

They also cover hostile text, one snapshot, and what the second sheet says.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from io import BytesIO, StringIO
from threading import Thread
from typing import Any
from unittest import mock
from urllib.parse import unquote, urlencode

import openpyxl
import pytest
from django.core.exceptions import BadRequest
from django.db import DatabaseError, connection, models, transaction
from django.http import QueryDict
from django.test import override_settings
from django.urls import reverse
from openpyxl.utils.escape import unescape

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Role
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.actions import System
from hunan_trade.audit.models import Event
from hunan_trade.lists import column_kinds
from hunan_trade.lists.column_kinds import Kind
from hunan_trade.lists.columns import Column
from hunan_trade.lists.declaration import ColumnData, Listing, declared
from hunan_trade.lists.downloads import list_file_writer
from hunan_trade.lists.downloads.list_file_writer import DownloadQuery
from hunan_trade.lists.history.act_recording import open_act
from hunan_trade.lists.installation_id import installation_id
from hunan_trade.lists.list_query import ListQuery
from hunan_trade.lists.models import Act
from hunan_trade.lists.pages import saved_views, table_html
from hunan_trade.lists.tests.test_every_list import readers
from hunan_trade.regions import actions_load_reference_tables as regions
from hunan_trade.testing.plugin import ClonedDatabase
from hunan_trade.testing.transaction_simulation_and_waiting import next_transaction
from hunan_trade.workbooks.table_file_writers import unguard_formula
from hunan_trade.workflow import MoveRefused
from parks.actions import load_parks
from parks.models import Park
from parks.tables import PARKS
from reporting.tests.factories import logged_in_client

pytestmark = pytest.mark.usefixtures("list_rows")
LISTS = [pytest.param(listing, id=listing.code) for listing in declared()]
HOSTILE = [
    "-5", "+86 731 8888", "'=x", "=x", "-- 备注", "''=x", "'甲", "@SUM(A1)", "＝1+1", "00123", "430100197001011234", "3-5",
    "<script>alert(1)</script>", "{=1}", "https://hunan.gov.cn", '"a","b"', "1e5", "_x0041_", "𠮷",
]  # fmt: skip


@pytest.fixture
def officer(db: None) -> User:
    return User.objects.filter(role=Role.PROVINCE_OFFICER).earliest("pk")


def reader_of(listing: Listing, officer: User) -> User:
    return officer if listing.is_open_to(officer) else next(readers(listing))


def file_of(listing: Listing, user: User, address: str = "", **own: str) -> bytes:
    params = QueryDict("&".join(filter(None, (address, urlencode(own)))))
    list_file_writer.write_list_file(
        DownloadQuery.from_parameters(listing, user, params), stream := BytesIO(), moment=clock.now()
    )
    return stream.getvalue()


def xlsx_rows(data: bytes, sheet: int = 0) -> list[list[Any]]:
    rows = openpyxl.load_workbook(BytesIO(data)).worksheets[sheet].iter_rows(values_only=True)
    return [[unescape(value) if isinstance(value, str) else value for value in row] for row in rows]


def csv_rows(data: bytes) -> list[list[str]]:
    assert data.startswith(b"\xef\xbb\xbf")
    rows = csv.reader(StringIO(data.decode("utf-8-sig"), newline=""))
    return [[unguard_formula(text) for text in row] for row in rows]


def as_texts(rows: Iterable[Sequence[Any]]) -> list[list[str]]:
    return [[_as_text(value) for value in row] for row in rows]


def _as_text(value: Any) -> str:
    """Return a value as the .csv file has it; openpyxl reads a day as the midnight of it."""
    return f"{value:%Y-%m-%d}" if isinstance(value, datetime) else "" if value is None else str(value)


def addresses(listing: Listing, user: User) -> list[str]:
    """Return the list unfiltered, sorted by each column, and filtered by the first choice of each filter."""
    found = ["", *(f"sort=-{column.key}" for column in listing.visible_columns(user) if column.sort)]
    for name, filter_ in ListQuery(listing, user, QueryDict()).full_filterset.filters.items():
        if choices := [code for code, _ in getattr(filter_.field, "choices", ()) if code]:
            found.append(f"{name}={choices[0]}")
    return found


@pytest.mark.parametrize("listing", LISTS)
def test_page_workbook_and_csv_hold_the_same_records_in_the_same_order(listing: Listing, officer: User) -> None:
    reader = reader_of(listing, officer)
    assert listing.visible_rows(reader).exists(), "give ROWS some of it"
    client = logged_in_client(reader)
    for address in addresses(listing, reader):
        query = ListQuery(listing, reader, QueryDict(address))
        records = listing.with_column_data(list(query.rows))
        values = [list(map(column.kind.file_value, column.values(records))) for column in query.columns]
        expected = as_texts(zip(*values, strict=True))
        workbook = xlsx_rows(file_of(listing, reader, address))
        text = csv_rows(file_of(listing, reader, address, format="csv"))
        assert as_texts(workbook)[1:] == text[1:] == expected, address
        assert workbook[0] == text[0]
        page = client.get(f"{reverse(f'{listing.code}:home')}?{address}").content.decode()
        pick, row_end = (
            listing.key if listing.may_bulk_edit(reader) or listing.bulk_workflows(reader) else "",
            listing.row_end and partial(listing.row_end, reader),
        )
        body = table_html.table_rows_html(query.columns, records[: listing.page_size], pick=pick, row_end=row_end)
        assert str(body) in page


NEVER_CHANGED = (
    "audit",
    "thresholds",
    "source-decisions",
    "year-rates",
    "counting-decisions",
    "year-closings",
    "batch-thresholds",
)  # append-only tables


def takes_text(row: Any, field: str, text: str) -> bool:
    """Write a text into a field of the row; return False if a rule of the table takes no such text."""
    try:
        with transaction.atomic():
            type(row)._base_manager.filter(pk=row.pk).update(**{field: text})
    except DatabaseError:
        return False
    return True


@pytest.mark.parametrize("listing", LISTS)
def test_hostile_texts_come_back_from_both_files_as_they_were_typed(listing: Listing, officer: User) -> None:
    """(traps D1)"""
    reader = reader_of(listing, officer)
    row = listing.visible_rows(reader)[0]
    columns = {
        column.source or column.key: at
        for at, column in enumerate(listing.visible_columns(reader))
        if column.kind in (column_kinds.TEXT, column_kinds.CODE) and "." not in column.source
    }
    fields = [
        field.name
        for field in row._meta.local_concrete_fields
        if isinstance(field, models.CharField | models.TextField) and not field.choices and field.name in columns
    ]
    compared = 0
    for text in HOSTILE:
        written = [name for name in fields if takes_text(row, name, text)]
        for rows in (
            xlsx_rows(file_of(listing, reader, all="1")),
            csv_rows(file_of(listing, reader, all="1", format="csv")),
        ):
            for name in written:
                assert text in [line[columns[name]] for line in rows], (name, text)
                compared += 1
    assert compared or listing.code in NEVER_CHANGED, "the table takes no text"


@pytest.mark.parametrize("listing", LISTS)
def test_text_columns_are_text_and_no_cell_of_the_workbook_is_calculated(listing: Listing, officer: User) -> None:
    """(traps R6, D1)"""
    reader = reader_of(listing, officer)
    sheet = openpyxl.load_workbook(BytesIO(file_of(listing, reader, all="1"))).worksheets[0]
    assert sheet.freeze_panes == "A2" and sheet.auto_filter.ref == sheet.dimensions
    for column, cells in zip(listing.visible_columns(reader), sheet.iter_cols(min_row=2), strict=True):
        filled = [cell for cell in cells if cell.value is not None]
        assert {cell.number_format for cell in filled} <= {column.kind.number_format or "@"}, column.key
        assert {cell.data_type for cell in filled} <= {_data_type(column.kind)}, column.key
        below = sheet.column_dimensions[cells[0].column_letter]
        assert below.width >= column.kind.width and below.number_format == (column.kind.number_format or "@")


def _data_type(kind: Kind) -> str:
    """Return openpyxl's letter for the cells of a kind, which are dates, numbers or texts."""
    return "d" if kind is column_kinds.DAY else "n" if kind.number_format else "s"


def test_typed_numbers_are_never_guarded_and_rates_are_as_the_page_shows_them(officer: User) -> None:
    """(traps D1)"""
    shift = Column("shift", "增减", column_kinds.RATE, value=lambda park: Decimal(-5))
    third = Column("third", "占比", column_kinds.RATE, value=lambda park: Decimal(100) / 3)
    listing = replace(PARKS, columns=(PARKS.columns[0], shift, third))
    rows = xlsx_rows(file_of(listing, officer))
    assert rows[0][1:] == ["增减（%）", "占比（%）"] and {tuple(row[1:]) for row in rows[1:]} == {(-5, 33.3)}
    assert b",-5.0,33.3\r\n" in file_of(listing, officer, format="csv")


def test_the_second_sheet_says_what_when_by_whom_and_from_which_installation(officer: User) -> None:
    """(traps D3, I2)"""
    data = file_of(PARKS, officer, "city=431000&q=园&sort=-name")
    notes = dict(xlsx_rows(data, 1))
    assert openpyxl.load_workbook(BytesIO(data)).sheetnames == ["园区平台（演示数据）", "说明"]
    assert notes["条数"] == f"{len(xlsx_rows(data)) - 1} 个"
    assert sorted(notes["筛选条件"].split("；")) == ["市州 郴州市", "查找 “园”"] and notes["排序"] == "园区从大到小"
    assert notes["导出人"] == f"{officer.name}（{officer.role_label}）" and notes["数据时间"].startswith("20")
    assert notes["数据性质"] == "演示数据" and notes["系统标记"] == installation_id()
    with override_settings(SECRET_KEY="another"):
        assert installation_id() != notes["系统标记"]
    with override_settings(DEMO=False):
        assert installation_id().startswith("正式-")


def test_more_records_than_a_sheet_holds_are_refused_and_never_cut(officer: User) -> None:
    with mock.patch.object(list_file_writer, "MAX_RECORDS", 26):
        assert len(xlsx_rows(file_of(PARKS, officer))) == 27
    with mock.patch.object(list_file_writer, "MAX_RECORDS", 25):
        with pytest.raises(MoveRefused, match=r"筛选出 26 个，一张工作表最多写 25 行。请改为导出 \.csv"):
            file_of(PARKS, officer)
        assert len(csv_rows(file_of(PARKS, officer, format="csv"))) == 27


def test_records_are_presented_chunk_by_chunk(officer: User) -> None:
    sizes: list[int] = []

    def present(records: Sequence[Any]) -> Sequence[Any]:
        sizes.append(len(records))
        return records

    with mock.patch.object(list_file_writer, "CHUNK", 10):
        assert len(xlsx_rows(file_of(replace(PARKS, column_data=(ColumnData(("name",), present),)), officer))) == 27
    assert sizes == [10, 10, 6]


@pytest.mark.parametrize(
    "address",
    ["format=json", "format=", "format=xlsx&format=csv", "all=0", "all=1&all=1", "city=1", "columns=x", "u=1"],
)
def test_undeclared_parameters_and_values_are_refused(officer: User, address: str) -> None:
    with pytest.raises(BadRequest):
        file_of(PARKS, officer, address)


def test_a_saved_view_downloads_as_it_opens(officer: User) -> None:
    query = ListQuery(PARKS, officer, QueryDict("city=431000&columns=name"))
    view = saved_views.save_view(query, title="郴州", shared=True, is_default=True, by=officer)
    for address in ("", f"view={view.pk}"):
        rows = xlsx_rows(file_of(PARKS, officer, address))
        assert len(rows) == 1 + Park.objects.filter(city="431000").count() and len(rows[0]) == 1
    assert len(xlsx_rows(file_of(PARKS, officer, "view=all"))) == 27
    view.parameters = {"city": ["999999"]}
    view.save()
    with pytest.raises(BadRequest):
        file_of(PARKS, officer, f"view={view.pk}")
    assert 'href="/parks/download/' not in logged_in_client(officer).get(f"/parks/?view={view.pk}").content.decode()


def test_a_list_of_an_earlier_day_downloads_as_it_stood(officer: User) -> None:
    park = Park.objects.get(name="郴州出口加工区")
    next_transaction()
    with clock.frozen_at(clock.now() + timedelta(days=2)):
        yesterday = clock.today() - timedelta(days=1)
        with open_act(Act.Kind.EDITED, listing="parks", by=System("初始化")):
            Park.objects.filter(pk=park.pk).update(name="郴州新区")
        then, now = file_of(PARKS, officer, f"as_of={yesterday}"), file_of(PARKS, officer)
    assert "郴州出口加工区" in {row[0] for row in xlsx_rows(then)} and len(xlsx_rows(then)) == 27
    assert "郴州新区" in {row[0] for row in xlsx_rows(now)} and "内容日期" not in dict(xlsx_rows(now, 1))
    assert dict(xlsx_rows(then, 1))["内容日期"] == f"{yesterday.year}年{yesterday.month}月{yesterday.day}日"


def test_a_download_is_an_attachment_with_a_chinese_name_and_is_logged(officer: User) -> None:
    client = logged_in_client(officer)
    for format_, kind in (("xlsx", "application/vnd.openxml"), ("csv", "text/csv")):
        answer = client.get(f"/parks/download/?format={format_}&city=431000")
        event = Event.objects.latest("seq")
        assert event.verb == "file.downloaded" and event.actor_id == officer.pk and event.after is not None
        assert event.after["name"].startswith("园区平台（演示数据）") and event.after["name"].endswith(format_)
        assert event.after["rows"] == Park.objects.filter(city="431000").count()
        assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''")
        assert unquote(answer["Content-Disposition"]).endswith(event.after["name"])
        assert answer["Content-Type"].startswith(kind) and answer["X-Content-Type-Options"] == "nosniff"


def test_the_page_offers_what_it_shows_and_the_count_follows(officer: User) -> None:
    client = logged_in_client(officer)
    page = client.get("/parks/?city=431000&sort=-name&page=1").content.decode()
    assert 'href="/parks/download/?city=431000&amp;sort=-name&amp;format=csv"' in page
    assert page.count('id="list-download"') == 1 and "26 个" not in page
    part = {"HX-Request": "true", "HX-Target": "list-block"}
    swapped = client.get("/parks/?level=county", headers=part).content.decode()
    assert (
        'id="list-download"' in swapped
        and 'hx-swap-oob="true"' in swapped
        and "download/?level=county&amp;format=xlsx" in swapped
    )
    assert 'id="download-count">26 个</span>' in client.get("/parks/summary/").content.decode()
    summary = client.get("/parks/summary/", headers={"HX-Request": "true"}).content.decode()
    assert 'id="download-count" hx-swap-oob="true">26 个</span>' in summary


def test_all_of_a_file_is_of_one_moment(cloned_database: ClonedDatabase) -> None:
    """(traps D3)"""
    regions.load_regions()
    load_parks(by=System("初始化"))
    counts: list[int] = []

    def add_park() -> None:
        values = {"kind": "park", "level": "county", "certainty": "seen", "as_of_2013": True}
        Park.objects.create(name=f"新园{len(counts)}", city_id="430100", **values)
        connection.close()

    def present(records: Sequence[Any]) -> Sequence[Any]:
        beside = Thread(target=add_park)
        beside.start()
        beside.join()
        counts.append(Park.objects.count())
        return records

    with mock.patch.object(list_file_writer, "CHUNK", 10):
        data = file_of(replace(PARKS, column_data=(ColumnData(("name",), present),)), cast.officer())
    assert counts == [26, 26, 26] and Park.objects.count() == 29
    assert len(xlsx_rows(data)) == 27 and dict(xlsx_rows(data, 1))["条数"] == "26 个"
