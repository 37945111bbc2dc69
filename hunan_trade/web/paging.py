"""Pages of a list, with every filter of the address kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest

from hunan_trade.web.components import Pager, pager

Row = TypeVar("Row", bound=Model)
SIZE = 25


def paged(
    request: HttpRequest,
    queryset: QuerySet[Row],
    *,
    size: int = SIZE,
    noun: str = "条",
    count: Callable[[], int] | None = None,
) -> tuple[list[Row], Pager]:
    """The rows of ?page=, and the pager; a page out of range is the nearest one. `count` is a cheaper way to count."""
    total = (count or queryset.count)()
    asked = request.GET.get("page", "1")
    last = max(1, -(-total // size))
    number = min(max(int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 9 else 1, 1), last)

    def address(page: int) -> str:
        query = request.GET.copy()
        query["page"] = str(page)
        return f"?{query.urlencode()}"

    return list(queryset[(number - 1) * size : number * size]), pager(number, size, total, address, noun=noun)
