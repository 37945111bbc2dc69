"""Files of a list: what is filtered, in its order, as .xlsx or .csv, read in one snapshot."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Self

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import QueryDict

from hunan_trade import clock, periods, quantities
from hunan_trade.accounts.models import User
from hunan_trade.lists import saved_views
from hunan_trade.lists.columns import Column
from hunan_trade.lists.declaration import Listing
from hunan_trade.lists.installation_mark import installation_mark
from hunan_trade.lists.list_query import ListQuery
from hunan_trade.repeatable_read import repeatable_read_transaction
from hunan_trade.web.download_response import safe_file_name
from hunan_trade.workbooks.list_downloads import csv_table, xlsx_table
from hunan_trade.workbooks.sheets import ColumnLayout, Value
from hunan_trade.workbooks.writer import DEMO_NOTE
from hunan_trade.workflow import MoveRefused

Notes = Sequence[tuple[str, Value]]
LIMIT = 5_000  # records in one file
CHUNK = 500  # records that are in memory at once
CONTENT_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


@dataclass(frozen=True)
class DownloadQuery:
    """What an address asks of a list's download: that of the page, a format, and whether all columns are wanted."""

    query: ListQuery
    format: str
    all_columns: bool

    @classmethod
    def from_address(cls, listing: Listing, user: User, params: QueryDict) -> Self:
        """Read the parameters of the page, `format=xlsx|csv` and `all=1`. Raises BadRequest for any others."""
        own = {name: params.getlist(name) for name in ("format", "all") if name in params}
        format_, every = own.get("format", ["xlsx"]), own.get("all", [])
        if format_ not in [[name] for name in CONTENT_TYPES] or every not in ([], ["1"]):
            raise BadRequest(f"{own} is not a download")
        page = params.copy()
        for name in own:
            del page[name]
        opened = saved_views.open_list(listing, user, page)
        if not opened.may_save:
            raise BadRequest("a filter cannot be read, or a part of the saved view is gone")
        return cls(opened.query, format_[0], bool(every))

    @property
    def columns(self) -> tuple[Column, ...]:
        return self.query.listing.visible_columns(self.query.user) if self.all_columns else self.query.columns


def download_menu(query: ListQuery, *, path: str) -> list[tuple[str, str]]:
    """Return text and address of each download of what the page at `path` shows, for its menu."""
    shown, every = len(query.columns), len(query.listing.visible_columns(query.user))
    offers = [
        (f".xlsx，现在的 {shown} 列", query.url(format="xlsx")),
        (f".xlsx，全部 {every} 列", query.url(format="xlsx", all="1")),
        (f".csv，现在的 {shown} 列", query.url(format="csv")),
    ]
    return [(text, f"{path}download/{address}") for text, address in offers]


@dataclass(frozen=True)
class ListFile:
    """A file of a list, with the number of records in it."""

    name: str
    content_type: str
    data: bytes
    count: int


def list_file(asked: DownloadQuery) -> ListFile:
    """Write the file. Raises MoveRefused if there are more than LIMIT records."""
    listing, columns = asked.query.listing, asked.columns
    with repeatable_read_transaction():
        moment, count = clock.now(), asked.query.rows.count()
        if count > LIMIT:
            raise MoveRefused(
                f"筛选出 {quantities.thousands(count)} {listing.noun}，"
                f"一次最多导出 {quantities.thousands(LIMIT)} {listing.noun}。请再加筛选条件，分次导出。"
            )
        data = _WRITERS[asked.format](asked, columns, _notes(asked, columns, count, moment))
    demo = f"（{DEMO_NOTE}）" if settings.DEMO else ""
    name = safe_file_name(f"{listing.title}{demo}{asked.query.day or moment:%Y-%m-%d}.{asked.format}", nameless="名录")
    return ListFile(name, CONTENT_TYPES[asked.format], data, count)


def _values(query: ListQuery, columns: Sequence[Column]) -> Iterator[tuple[Value, ...]]:
    """Yield each record's values, presented a chunk at a time."""
    rows = query.rows.iterator(chunk_size=CHUNK)
    while chunk := list(islice(rows, CHUNK)):
        with query.at_day():
            records = query.present(chunk)
            values = [list(map(column.kind.file_value, column.values(records))) for column in columns]
        yield from zip(*values, strict=True)


def _heading(column: Column) -> str:
    return f"{column.title}（{column.kind.unit}）" if column.kind.unit else column.title


def _xlsx(asked: DownloadQuery, columns: Sequence[Column], notes: Notes) -> bytes:
    layouts = [
        ColumnLayout(_heading(column), width=column.kind.width, number_format=column.kind.number_format)
        for column in columns
    ]
    title = asked.query.listing.title
    return xlsx_table(title, layouts, _values(asked.query, columns), notes=notes, demo=settings.DEMO)


def _csv(asked: DownloadQuery, columns: Sequence[Column], notes: Notes) -> bytes:
    return csv_table([_heading(column) for column in columns], _values(asked.query, columns))


_WRITERS: dict[str, Callable[[DownloadQuery, Sequence[Column], Notes], bytes]] = {"xlsx": _xlsx, "csv": _csv}


def _notes(asked: DownloadQuery, columns: Sequence[Column], count: int, moment: datetime) -> Notes:
    """Return what the second sheet says about the file."""
    query = asked.query
    return [
        ("名录", query.listing.title),
        ("筛选条件", "；".join(chip.text for chip in query.chips()) or "没有筛选，全部记录"),
        ("排序", _order_in_words(query.sort)),
        ("列", f"全部 {len(columns)} 列" if asked.all_columns else f"{len(columns)} 列"),
        ("条数", f"{quantities.thousands(count)} {query.listing.noun}"),
        *([("内容日期", periods.day(query.day, with_year=True))] if query.day else []),
        ("数据时间", periods.moment(moment, with_year=True)),
        ("导出人", f"{query.user.name}（{query.user.role_label}）"),
        ("系统标记", installation_mark()),
        *([("数据性质", DEMO_NOTE)] if settings.DEMO else []),
    ]


def _order_in_words(sort: tuple[Column, bool] | None) -> str:
    if sort is None:
        return "名录本来的次序"
    column, descending = sort
    return f"{column.title}{'从大到小' if descending else '从小到大'}"
