"""Benchmarks of a register's changes feed, compared with the list API of the register.

The feed reads 200 records far from its start.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.db import connection

from hunan_trade.accounts.models import User
from hunan_trade.lists.api.api_fields import fields_of
from hunan_trade.lists.feed.feed_changes import Position, read_transaction_horizon
from hunan_trade.lists.feed.feed_cursors import write_cursor
from parks.tables import PARKS
from scripts.bench import benchmark_data
from scripts.bench.list_api import authorization_header
from scripts.bench.scale_factor import Scale
from scripts.bench.timing import Case, benchmark
from scripts.bench.wsgi_requests import portal_application, send_get

LIST_PATH, SIZE = "/api/v1/parks/", 200


@benchmark("feed-first", "changes feed, 200 records deep in the first read", database="parks")
def read_first(scale: Scale) -> Iterator[Sequence[Case]]:
    yield _cases(
        Position(read_transaction_horizon(PARKS).complete, _column_values_at_share("id, 0", 0.9)[0], first_read=True)
    )


@benchmark("feed-import", "changes feed, 200 records deep in one import", database="parks")
def read_changes_of_import(scale: Scale) -> Iterator[Sequence[Case]]:
    yield _cases(Position(*_column_values_at_share("changed_xid::text::bigint, id", 0.4)))


@benchmark("feed-changes", "changes feed, 200 records changed one by one, with deletions", database="parks")
def read_changes(scale: Scale) -> Iterator[Sequence[Case]]:
    yield _cases(Position(*_column_values_at_share("changed_xid::text::bigint, id", 0.9)))


def _cases(position: Position) -> list[Case]:
    officer: User = benchmark_data.province_officer()
    names = [field.name for field in fields_of(PARKS, officer)]
    cursor = write_cursor(position, PARKS, officer, read_transaction_horizon(PARKS), names)
    app, header = portal_application(), authorization_header()
    feed, records = f"{LIST_PATH}changes/?page_size={SIZE}&cursor={cursor}", f"{LIST_PATH}?page_size={SIZE}"
    return [
        Case("ours", lambda: send_get(app, feed, authorization=header), times=10),
        Case("our list API", lambda: send_get(app, records, authorization=header), goal=1.2, times=10),
    ]


def _column_values_at_share(columns: str, share: float) -> tuple[int, int]:
    """Return two column values of the park at the fraction `share` (0.5 is halfway) of the changes feed."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {columns} FROM parks_park ORDER BY changed_xid, id"
            " OFFSET (SELECT floor(count(*) * %s) FROM parks_park) LIMIT 1",
            [share],
        )
        first, second = cursor.fetchone()
        return first, second
