"""What an address asks of a list: filters, order, columns and page, checked against the declaration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import django_filters
from django.core.exceptions import BadRequest
from django.db.models import F, QuerySet
from django.db.models.expressions import OrderBy
from django.http import QueryDict

from hunan_trade.accounts.models import User
from hunan_trade.lists import filters, search
from hunan_trade.lists.columns import Column
from hunan_trade.lists.declaration import Listing
from hunan_trade.ui.components import FilterChip

OWN_PARAMETERS = ("sort", "columns", "page")
MAX_PAGE = 100_000


@dataclass(frozen=True)
class ListQuery:
    """A list as one reader's address asks for it. Raises BadRequest for what the list does not know."""

    listing: Listing
    user: User
    params: QueryDict

    def __post_init__(self) -> None:
        filters_ = self.listing.filters.base_filters
        for name, values in self.params.lists():
            several = isinstance(filters_.get(name), django_filters.MultipleChoiceFilter)
            if name not in OWN_PARAMETERS and name not in self._filter_parameters:
                raise BadRequest(f"{name!r} is not asked here")
            if len(values) > 1 and not several:
                raise BadRequest(f"{name!r} stands twice")

    # --- Rows -------------------------------------------------------------------------------------------------------
    @cached_property
    def filterset(self) -> django_filters.FilterSet:
        search_rows = partial(_search_rows, fields=self.listing.search)
        return self.listing.filters(self.params, self.listing.visible_rows(self.user), search=search_rows)

    @property
    def is_valid(self) -> bool:
        """Whether every filter's value can be read; what cannot is a sentence beside its field, and shows no rows."""
        return bool(self.filterset.form.is_valid())

    @property
    def rows(self) -> QuerySet[Any]:
        """The filtered records in the asked order, which is total."""
        if not self.is_valid:
            return self.listing.rows().none()
        rows: QuerySet[Any] = self.filterset.qs.order_by(*self._order())
        return rows

    def _order(self) -> list[str | OrderBy]:
        if self.sort is None:
            return [*self.listing.ordering, "pk"]
        column, descending = self.sort
        return [*(_order_by(name, descending) for name in column.sort), "-pk" if descending else "pk"]

    @cached_property
    def sort(self) -> tuple[Column, bool] | None:
        """The column that the reader sorts by, and whether downwards."""
        asked = self.params.get("sort", "")
        if not asked:
            return None
        sortable = {column.key: column for column in self.listing.visible_columns(self.user) if column.sort}
        if (column := sortable.get(asked.removeprefix("-"))) is None:
            raise BadRequest(f"sort={asked!r} is not a column to sort by")
        return column, asked.startswith("-")

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The shown columns in their order: those that the address names, else the default ones."""
        visible = {column.key: column for column in self.listing.visible_columns(self.user)}
        if not (asked := self.params.get("columns", "")):
            return tuple(column for column in visible.values() if column.default)
        keys = asked.split(",")
        if unknown := [key for key in keys if key not in visible]:
            raise BadRequest(f"no such columns: {', '.join(unknown)}")
        return tuple(visible[key] for key in dict.fromkeys(keys))

    @cached_property
    def page_number(self) -> int:
        asked = self.params.get("page", "1")
        if not (asked.isascii() and asked.isdigit() and 0 < int(asked[:7]) <= MAX_PAGE):
            raise BadRequest(f"page={asked!r}")
        return int(asked)

    @property
    def first_index(self) -> int:
        """Index of the page's first record among all, from 0."""
        return (self.page_number - 1) * self.listing.page_size

    def page_records(self) -> tuple[Sequence[Any], bool]:
        """Return the page's records as the columns read them, and whether more follow."""
        size = self.listing.page_size
        found = list(self.rows[self.first_index : self.first_index + size + 1])
        return self.listing.present(found[:size]), len(found) > size

    # --- Words ------------------------------------------------------------------------------------------------------
    def chips(self) -> list[FilterChip]:
        """Return every active filter in words, with the address of the list without it."""
        if not self.is_valid:
            return []
        chips = []
        for name, filter_ in self.filterset.filters.items():
            value = self.filterset.form.cleaned_data.get(name)
            if value in (None, "", []):
                continue
            parameters = dict.fromkeys(_parameters_of(name, filter_))
            chips.append(FilterChip(f"{filter_.label} {filters.describe(filter_, value)}", self.url(**parameters)))
        return chips

    @cached_property
    def is_filtered(self) -> bool:
        return any(self.params.getlist(name) not in ([], [""]) for name in self._filter_parameters)

    @cached_property
    def _filter_parameters(self) -> frozenset[str]:
        known: set[str] = set()
        for name, filter_ in self.listing.filters.base_filters.items():
            known.update(_parameters_of(name, filter_))
        return frozenset(known)

    # --- Addresses --------------------------------------------------------------------------------------------------
    def url(self, **changes: str | None) -> str:
        """Return the query string of this list with some parameters changed or, by None, removed; from page 1 on."""
        params = self.params.copy()
        params.pop("page", None)
        for name, value in changes.items():
            params.pop(name, None)
            if value is not None:
                params[name] = value
        return f"?{params.urlencode()}"

    def page_url(self, number: int) -> str:
        return self.url(page=str(number) if number > 1 else None)

    def sort_url(self, column: Column) -> str:
        """Return the address sorted by the column: upwards first, then downwards, then in the list's own order."""
        if self.sort is None or self.sort[0] != column:
            return self.url(sort=column.key)
        return self.url(sort=None if self.sort[1] else f"-{column.key}")


def _search_rows(rows: QuerySet[Any], typed: str, *, fields: tuple[str, ...]) -> QuerySet[Any]:
    return search.matching(rows, fields, typed)


def _order_by(name: str, descending: bool) -> OrderBy:
    expression = F(name.removeprefix("-"))
    if descending != name.startswith("-"):
        return expression.desc(nulls_last=True)
    return expression.asc(nulls_last=True)


def _parameters_of(name: str, filter_: django_filters.Filter) -> list[str]:
    """Return the names of a filter's parameters in the address; a range has two."""
    suffixes = getattr(filter_.field.widget, "suffixes", None)
    return [f"{name}_{suffix}" for suffix in suffixes] if suffixes else [name]
