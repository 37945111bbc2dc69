"""Functions that write the filtered records of a list into an .xlsx or .csv file.

They are read in one snapshot and keep the list's order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import IO, Self

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import QueryDict

from hunan_trade import periods, quantities
from hunan_trade.accounts.models import User
from hunan_trade.lists.columns import Column
from hunan_trade.lists.declaration import Listing
from hunan_trade.lists.exported_row_ids import exported_row_id_column
from hunan_trade.lists.installation_id import installation_id
from hunan_trade.lists.list_query import ALL_RECORDS, ListQuery
from hunan_trade.lists.pages import saved_views
from hunan_trade.repeatable_read import repeatable_read_transaction
from hunan_trade.web.download_response import safe_file_name
from hunan_trade.workbooks.form_workbook_writer import DEMO_NOTE
from hunan_trade.workbooks.sheet_types import ColumnLayout, Value
from hunan_trade.workbooks.table_file_writers import MAX_RECORDS, write_csv_table, write_xlsx_table
from hunan_trade.workflow import MoveRefused

LIMIT = 5_000  # records that are written while their reader waits; a job writes more
CHUNK = 500  # records that are in memory at once
CONTENT_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


@dataclass(frozen=True)
class DownloadQuery:
    """A download that a URL asks for: the list with its filters, the file format and the columns.

    `with_marks`: with the marks by which an import recognises records.
    """

    query: ListQuery
    format: str
    all_columns: bool
    with_marks: bool = False

    @classmethod
    def from_parameters(cls, listing: Listing, user: User, params: QueryDict) -> Self:
        """Parse the URL parameters of a download; raise BadRequest if they are invalid.

        They are those of the page, `format=xlsx|csv`, `all=1`, and `marks=1` of whoever may import. Raises BadRequest
        for any others.
        """
        own = {name: params.getlist(name) for name in ("format", "all", "marks") if name in params}
        format_, every = own.get("format", ["xlsx"]), own.get("all", [])
        marks = own.get("marks", [])
        if format_ not in [[name] for name in CONTENT_TYPES] or every not in ([], ["1"]) or marks not in ([], ["1"]):
            raise BadRequest(f"{own} is not a download")
        if marks and not listing.may_import(user):
            raise BadRequest("marks are for imports")
        page = params.copy()
        for name in own:
            del page[name]
        opened = saved_views.open_list(listing, user, page)
        if not opened.may_save:
            raise BadRequest("a filter cannot be read, or a part of the saved view is gone")
        return cls(opened.query, format_[0], bool(every), bool(marks))

    @property
    def columns(self) -> tuple[Column, ...]:
        """Columns of the downloaded file."""
        columns = self.query.listing.visible_columns(self.query.user) if self.all_columns else self.query.columns
        return (*columns, exported_row_id_column(self.query.listing)) if self.with_marks else columns

    @property
    def query_string(self) -> str:
        """Query string that requests the same file, even if the user later changes views or columns."""
        columns = ",".join(column.key for column in self.query.columns)
        every = {"all": "1"} if self.all_columns else {}
        every |= {"marks": "1"} if self.with_marks else {}
        return self.query.url(view=ALL_RECORDS, columns=columns, format=self.format, **every).removeprefix("?")


def download_menu(query: ListQuery, *, path: str) -> list[tuple[str, str]]:
    """Return the text and URL of each download that the menu of the list's page offers.

    `path` is the address of that page.
    """
    shown, every = len(query.columns), len(query.listing.visible_columns(query.user))
    offers = [
        (f".xlsx，现在的 {shown} 列", query.url(format="xlsx")),
        (f".xlsx，全部 {every} 列", query.url(format="xlsx", all="1")),
        (f".csv，现在的 {shown} 列", query.url(format="csv")),
    ]
    if query.listing.may_import(query.user):
        offers.append((".xlsx，带记录标识，改好再导入", query.url(format="xlsx", all="1", marks="1")))
    return [(text, f"{path}download/{address}") for text, address in offers]


@dataclass(frozen=True)
class ListFile:
    """Name, content type and number of records of a download file that has been written."""

    name: str
    content_type: str
    count: int


def write_list_file(
    asked: DownloadQuery,
    stream: IO[bytes],
    *,
    moment: datetime,
    advance: Callable[[int, int], None] = lambda done, total: None,
) -> ListFile:
    """Write the filtered records of a list to a stream as .xlsx or .csv, read in one database snapshot.

    `moment` is when that is, as the file says. `advance` is told now and then how many of all records are written.
    Raises MoveRefused for more records than a workbook holds.
    """
    listing = asked.query.listing
    with repeatable_read_transaction():
        count = asked.query.rows.count()
        if asked.format == "xlsx" and count > MAX_RECORDS:
            raise MoveRefused(
                f"筛选出 {quantities.format_with_commas(count)} {listing.noun}，一张工作表最多写 {quantities.format_with_commas(MAX_RECORDS)} 行。"
                "请改为导出 .csv，或再加筛选条件"
            )
        rows = _read_rows(asked, lambda done: advance(done, count))
        if asked.format == "xlsx":
            _write_xlsx(asked, stream, rows, count, moment)
        else:
            write_csv_table(stream, [_heading(column) for column in asked.columns], rows)
    demo = f"（{DEMO_NOTE}）" if settings.DEMO else ""
    name = safe_file_name(f"{listing.title}{demo}{asked.query.day or moment:%Y-%m-%d}.{asked.format}", nameless="名录")
    return ListFile(name, CONTENT_TYPES[asked.format], count)


def _read_rows(asked: DownloadQuery, advance: Callable[[int], None]) -> Iterator[tuple[Value, ...]]:
    """Yield the cell values of each record of a download, reading the database in chunks."""
    query, columns = asked.query, asked.columns
    rows, done = query.rows.iterator(chunk_size=CHUNK), 0
    while chunk := list(islice(rows, CHUNK)):
        with query.clock_frozen_at_day():
            records = query.prepare_records(chunk, columns)
            values = [list(map(column.kind.file_value, column.values(records))) for column in columns]
        yield from zip(*values, strict=True)
        advance(done := done + len(chunk))


def _heading(column: Column) -> str:
    return f"{column.title}（{column.kind.unit}）" if column.kind.unit else column.title


def _write_xlsx(
    asked: DownloadQuery, stream: IO[bytes], rows: Iterable[Sequence[Value]], count: int, moment: datetime
) -> None:
    layouts = [
        ColumnLayout(_heading(column), width=column.kind.width, number_format=column.kind.number_format)
        for column in asked.columns
    ]
    title, notes = asked.query.listing.title, _sheet_notes(asked, count, moment)
    write_xlsx_table(stream, title, layouts, rows, count=count, notes=notes, demo=settings.DEMO)


def _sheet_notes(asked: DownloadQuery, count: int, moment: datetime) -> list[tuple[str, Value]]:
    """Return (label, value) lines for a download's second sheet, such as its filters and its time."""
    query, columns = asked.query, asked.columns
    return [
        ("名录", query.listing.title),
        ("筛选条件", "；".join(chip.text for chip in query.chips()) or "没有筛选，全部记录"),
        ("排序", _order_in_words(query.sort)),
        ("列", f"全部 {len(columns)} 列" if asked.all_columns else f"{len(columns)} 列"),
        ("条数", f"{quantities.format_with_commas(count)} {query.listing.noun}"),
        *([("内容日期", periods.format_chinese_date(query.day, with_year=True))] if query.day else []),
        ("数据时间", periods.format_chinese_datetime(moment, with_year=True)),
        ("导出人", f"{query.user.name}（{query.user.role_label}）"),
        ("系统标记", installation_id()),
        *([("数据性质", DEMO_NOTE)] if settings.DEMO else []),
    ]


def _order_in_words(sort: tuple[Column, bool] | None) -> str:
    if sort is None:
        return "名录本来的次序"
    column, descending = sort
    return f"{column.title}{'从大到小' if descending else '从小到大'}"
