"""Filters and keyset pagination of the REST API's lists; unknown query parameters are refused.

The cost of a page does not grow with the distance from the start.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import Model, Q, QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from django_filters.utils import translate_validation
from rest_framework import exceptions
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

PAGING_PARAMETERS = frozenset({"cursor", "page_size"})


class StrictFilters(DjangoFilterBackend):
    """DRF filter backend that refuses query parameters which are undeclared or given twice.

    A misspelled filter must not answer with everything.
    """

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        if twice := sorted(name for name, values in request.query_params.lists() if len(values) > 1):
            raise exceptions.ValidationError({name: ["这个参数写了不止一次。"] for name in twice})
        if not set(request.query_params) - PAGING_PARAMETERS:
            return queryset  # no filter is required: nothing to narrow by, and no form to build for that
        filterset = self.get_filterset(request, queryset, view)
        known = PAGING_PARAMETERS | getattr(view, "parameters", frozenset()) | _parameter_names(filterset)
        if unknown := sorted(set(request.query_params) - known):
            fault = exceptions.ErrorDetail("没有这个参数。", code="unknown")
            raise exceptions.ValidationError({name: [fault] for name in unknown})
        if filterset is None:
            return queryset
        if not filterset.is_valid():
            raise translate_validation(filterset.errors)
        narrowed: QuerySet[Any] = filterset.qs
        return narrowed


def _parameter_names(filterset: Any) -> set[str]:
    """Return the names of a filter set's query parameters.

    A range has two: since_after and since_before.
    """
    if filterset is None:
        return set()
    names = set()
    for name, field in filterset.form.fields.items():
        suffixes = getattr(field.widget, "suffixes", None)
        names |= {f"{name}_{suffix}" for suffix in suffixes} if suffixes else {name}
    return names


class KeysetPagination(BasePagination):
    """Keyset pagination by the view's `ordering` and the primary key, without counting the rows.

    `ordering` names columns that are never null, with "-" for descending.

    No count; `next` is the address of the following page, null at the end.
    """

    default_size, largest_size = 50, 200

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.request = request
        size = self._page_size(request)
        order = total_order(queryset.model, getattr(view, "ordering", ()))
        if cursor := request.query_params.get("cursor"):
            queryset = queryset.filter(rows_after(queryset.model, order, decode_cursor(cursor, len(order))))
        rows = list(queryset.order_by(*order)[: size + 1])
        self.next = encode_cursor([_column_text(rows[size - 1], name) for name in order]) if len(rows) > size else None
        return rows[:size]

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"results": data, "next": self._next_address()})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        following = {
            "type": "string",
            "format": "uri",
            "nullable": True,
            "description": "下一页的地址；最后一页为 null",
        }
        return {
            "type": "object",
            "required": ["results", "next"],
            "properties": {"results": schema, "next": following},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [
            {"name": "cursor", "in": "query", "schema": {"type": "string"}, "description": "取自上一页的 next"},
            {
                "name": "page_size",
                "in": "query",
                "schema": {"type": "integer", "minimum": 1, "maximum": self.largest_size, "default": self.default_size},
            },
        ]

    def _page_size(self, request: Request) -> int:
        asked = request.query_params.get("page_size", str(self.default_size))
        if not (asked.isascii() and asked.isdigit() and 0 < int(asked[:6]) <= self.largest_size):
            raise exceptions.ValidationError({"page_size": [f"为 1 至 {self.largest_size} 的整数。"]})
        return int(asked)

    def _next_address(self) -> str | None:
        if self.next is None:
            return None
        query = self.request.query_params.copy()
        query["cursor"] = self.next
        return self.request.build_absolute_uri(f"{self.request.path}?{query.urlencode()}")


def total_order(model: type[Model], ordering: tuple[str, ...] | list[str]) -> list[str]:
    """Return the ordering with the primary key appended, so that the order of rows is unique.

    The key takes the direction of the last column.

    A relation stands as its own column: by its name Django would join the other table only to order by it.
    """
    key = model._meta.pk.name
    columns = [_column_name(model, name) for name in ordering]
    if any(name.lstrip("-") == key for name in columns):
        return columns
    return [*columns, f"-{key}" if columns and columns[-1].startswith("-") else key]


def _column_name(model: type[Model], name: str) -> str:
    bare = name.lstrip("-")
    field = model._meta.pk if bare == "pk" else model._meta.get_field(bare)
    return f"{'-' if name.startswith('-') else ''}{field.attname}"  # type: ignore[union-attr]


def rows_after(model: type[Model], order: list[str], values: list[Any]) -> Q:
    """Return the filter (a Q object) for the rows that sort after a row with `values` in the columns `order`.

    (a > x) or (a = x and b > y) or …
    """
    wanted, equal = Q(), Q()
    for name, raw in zip(order, values, strict=True):
        column = name.lstrip("-")
        try:
            value = model._meta.get_field(column).to_python(raw)  # type: ignore[union-attr]
        except (ValidationError, FieldDoesNotExist, TypeError, OverflowError) as wrong:
            raise cursor_refused() from wrong
        if value is None:
            raise cursor_refused()
        wanted |= equal & Q(**{f"{column}__{'lt' if name.startswith('-') else 'gt'}": value})
        equal &= Q(**{column: value})
    return wanted


def _column_text(row: Model, name: str) -> Any:
    field = row._meta.get_field(name.lstrip("-"))
    return field.value_to_string(row)  # type: ignore[union-attr]


def encode_cursor(values: list[str | None]) -> str:
    """Encode a row's values in the sort columns as a cursor: URL-safe base64 text for the next page's URL."""
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, length: int) -> list[str | None]:
    """Return the `length` values encoded in a page cursor; raise ValidationError if the cursor is invalid."""
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, list) or len(values) != length or not all(map(_is_storable, values)):
        raise cursor_refused()
    return values


def _is_storable(value: Any) -> bool:
    """Return whether the value is None or a text that PostgreSQL can store, without NUL and lone surrogates."""
    if not isinstance(value, str):
        return value is None
    return "\0" not in value and not any("\ud800" <= character <= "\udfff" for character in value)


def cursor_refused() -> exceptions.ValidationError:
    return exceptions.ValidationError({"cursor": ["不是接口给出的 cursor。"]})
