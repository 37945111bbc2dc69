"""What an address asks of a list: filters, order, columns and page, checked against the declaration."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial
from typing import Any, ClassVar

from django.core.exceptions import BadRequest
from django.db.models import F, QuerySet
from django.db.models.expressions import OrderBy
from django.http import QueryDict

from hunan_trade.accounts.models import User
from hunan_trade.lists import as_of, history, search
from hunan_trade.lists.column_choices import chosen_columns
from hunan_trade.lists.columns import Column
from hunan_trade.lists.declaration import Listing
from hunan_trade.lists.filters import ListFilter, ListFilterSet, SearchFilter
from hunan_trade.lists.history_models import end_of
from hunan_trade.ui.components import FilterChip

OWN_PARAMETERS = ("sort", "columns", "page", "view", "open", "as_of")
PANELS = ("", "columns", "view")
_VIEW = re.compile(r"|all|[0-9]{1,18}")
ALL_RECORDS = "all"  # ?view=all: everything, where the group has a default view
MAX_PAGE = 100_000
UNKNOWN, TWICE = "没有这个参数。", "这个参数写了不止一次。"


class ParameterRefused(BadRequest):
    """Raised for parameters that a list does not know for this reader; `errors` are sentences by parameter."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        self.errors = dict(errors)
        super().__init__(f"not asked here: {errors}")


@dataclass(frozen=True)
class ListQuery:
    """A list as one reader's address asks for it. Raises ParameterRefused for what the list does not know."""

    own_parameters: ClassVar[tuple[str, ...]] = OWN_PARAMETERS

    listing: Listing
    user: User
    params: QueryDict

    def __post_init__(self) -> None:
        repeated = {name for name, filter_ in self._filters.items() if filter_.repeated}
        errors = {name: UNKNOWN for name in self.params if name not in self.parameters}
        for name, values in self.params.lists():
            if len(values) > 1 and name not in repeated:
                errors.setdefault(name, TWICE)
        if errors:
            raise ParameterRefused(errors)
        # Each of these refuses what it does not know.
        _ = self.sort, self._named_columns, self.page_number, self.opened_panel
        if not _VIEW.fullmatch(view := self.params.get("view", "")):
            raise ParameterRefused({"view": f"没有“{view[:30]}”这个视图。"})

    # --- What exists for the reader ---------------------------------------------------------------------------------
    @cached_property
    def _filters(self) -> dict[str, ListFilter]:
        """The filters that exist for the reader; one on a hidden column's value is no other than an unknown one."""
        filters: dict[str, ListFilter] = self.listing.filters.base_filters
        return {
            name: filter_
            for name, filter_ in filters.items()
            if (filter_.see is None or self.user.may(filter_.see))
            and (self._searched if name == "q" else not self._is_hidden(filter_.field_name))
        }

    @cached_property
    def _searched(self) -> tuple[str, ...]:
        return tuple(name for name in self.listing.search if not self._is_hidden(name))

    def _is_hidden(self, path: str) -> bool:
        return any(path == hidden or path.startswith(f"{hidden}__") for hidden in self._hidden_paths)

    @cached_property
    def _hidden_paths(self) -> frozenset[str]:
        return self.listing.hidden_paths(self.user)

    @cached_property
    def parameters(self) -> frozenset[str]:
        """The parameters that the address may have for this reader."""
        own = set(self.own_parameters) - (set() if self.listing.has_history else {"as_of"})
        return self._filter_parameters | own

    @cached_property
    def _filter_parameters(self) -> frozenset[str]:
        return frozenset(name for key, filter_ in self._filters.items() for name in filter_.parameters(key))

    # --- The day ----------------------------------------------------------------------------------------------------
    @cached_property
    def _day_or_refusal(self) -> tuple[date | None, str]:
        try:
            return as_of.read_day(self.listing, self.params.get("as_of", "")), ""
        except as_of.DayRefused as refused:
            return None, str(refused)

    @property
    def day(self) -> date | None:
        """The day at whose end the list is shown; None for the present. Its figures are computed `at_day`."""
        return self._day_or_refusal[0]

    @property
    def day_refusal(self) -> str:
        """Why the list cannot be shown as of the asked day, as a sentence; "" where it can."""
        return self._day_or_refusal[1]

    def at_day(self) -> AbstractContextManager[None]:
        """Let the business clock stand at the end of the day, around everything that computes with the rows."""
        return as_of.at_end_of(self.day)

    # --- Rows -------------------------------------------------------------------------------------------------------
    @cached_property
    def filterset(self) -> ListFilterSet:
        rows = self.listing.visible_rows(self.user)
        if self.day is not None:
            rows = history.rows_as_of(self.listing.rows(), self.day, self.user)
        matching = partial(search.matching, fields=self._searched)
        return self.listing.filters(self.params, rows, user=self.user, names=self._filters, search=matching)

    @property
    def is_valid(self) -> bool:
        """Whether every value of the address can be read; what cannot is a sentence beside its field, and shows no rows."""
        return bool(not self.day_refusal and self.filterset.form.is_valid())

    @property
    def rows(self) -> QuerySet[Any]:
        """The filtered records in the asked order, which is total."""
        if not self.is_valid:
            return self.listing.rows().none()
        rows: QuerySet[Any] = self.filterset.qs.order_by(*self.order)
        return rows

    @cached_property
    def order(self) -> list[OrderBy]:
        """What the records are ordered by; no two are equal in all of it. Needs an address that `is_valid`."""
        if self.sort is None:
            return [*self._whole_match_first(), *map(_ordering, self.listing.ordering), F("pk").asc()]
        column, descending = self.sort
        last = F("pk").desc() if descending else F("pk").asc()
        return [*(_order_by(name, descending) for name in column.sort), last]

    def _whole_match_first(self) -> list[OrderBy]:
        filter_, typed = self._filters.get("q"), self.filterset.form.cleaned_data.get("q", "")
        if not (isinstance(filter_, SearchFilter) and filter_.whole_match_first):
            return []
        return search.whole_match_first(self.filterset.queryset.model, typed, fields=self._searched)

    @cached_property
    def sort(self) -> tuple[Column, bool] | None:
        """The column that the reader sorts by, and whether downwards."""
        asked = self.params.get("sort", "")
        if not asked:
            return None
        sortable = {column.key: column for column in self.listing.visible_columns(self.user) if column.sort}
        if (column := sortable.get(asked.removeprefix("-"))) is None:
            raise ParameterRefused({"sort": f"不能按“{asked[:30]}”排序。"})
        return column, asked.startswith("-")

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The shown columns in their order: those that the address names, else the ones that the reader chose."""
        return self._named_columns or chosen_columns(self.all_columns, listing=self.listing.code, user=self.user)

    @cached_property
    def _named_columns(self) -> tuple[Column, ...]:
        """The columns that the address names; none if it does not."""
        visible = {column.key: column for column in self.all_columns}
        keys = asked.split(",") if (asked := self.params.get("columns", "")) else []
        if unknown := [key for key in keys if key not in visible]:
            raise ParameterRefused({"columns": f"没有这些列：{'、'.join(unknown)[:60]}。"})
        return tuple(visible[key] for key in dict.fromkeys(keys))

    @property
    def opened_panel(self) -> str:
        """Which tool of the page is unfolded: columns, view or none."""
        if (panel := self.params.get("open", "")) not in PANELS:
            raise ParameterRefused({"open": f"没有“{panel[:30]}”这一项。"})
        return panel

    @cached_property
    def page_number(self) -> int:
        asked = self.params.get("page", "1")
        if not (asked.isascii() and asked.isdigit() and 0 < int(asked[:7]) <= MAX_PAGE):
            raise ParameterRefused({"page": f"页码为 1 至 {MAX_PAGE} 的整数。"})
        return int(asked)

    @property
    def first_number(self) -> int:
        return self.first_index + 1

    @property
    def first_index(self) -> int:
        """Index of the page's first record among all, from 0."""
        return (self.page_number - 1) * self.listing.page_size

    def page_records(self) -> tuple[Sequence[Any], bool]:
        """Return the page's records as the columns read them, and whether more follow."""
        size = self.listing.page_size
        found = list(self.rows[self.first_index : self.first_index + size + 1])
        self.record_reading()
        with self.at_day():
            return self.present(found[:size]), len(found) > size

    def record_reading(self) -> None:
        """Let the list take note that its records are read, where it wants to."""
        if self.listing.reading is not None:
            self.listing.reading(self.user, self.filter_parameters())

    def present(self, records: list[Any]) -> Sequence[Any]:
        """Return records as the columns read them, with links named as on the day; called within `at_day`."""
        if self.day is not None:
            history.name_links_as_of(records, end_of(self.day))
        return self.listing.present(records)

    # --- Words ------------------------------------------------------------------------------------------------------
    def chips(self) -> list[FilterChip]:
        """Return every active filter in words, with the address of the list without it."""
        return [
            FilterChip(words, self._url_without(name, self._filters[name]))
            for name, words in self._active_filters().items()
        ]

    def _active_filters(self) -> dict[str, str]:
        """Return in words, by name, the filters whose values can all be read; none where one cannot."""
        filters = self.filterset.filters.items() if self.is_valid else ()
        return {
            name: f"{filter_.label} {filter_.describe(value)}"
            for name, filter_ in filters
            if (value := self.filterset.form.cleaned_data[name])
        }

    def words(self) -> dict[str, str]:
        """Return each parameter in words, for the day when it is gone."""
        filters = self._active_filters()
        words = {name: filters[key] for key in filters for name in self._filters[key].parameters(key)}
        titles = "、".join(column.title for column in self.columns)
        order = f"按{self.sort[0].title}排序" if self.sort else ""
        return {
            name: said
            for name, said in {**words, "sort": order, "columns": f"列 {titles}"}.items()
            if self.params.get(name)
        }

    @cached_property
    def is_filtered(self) -> bool:
        return any(self.params.getlist(name) not in ([], [""]) for name in self._filter_parameters)

    def filter_parameters(self) -> dict[str, list[str]]:
        """Return the parameters of filters that are not blank, as they stand in the address."""
        given = {name: self.params.getlist(name) for name in sorted(self._filter_parameters)}
        return {name: values for name, values in given.items() if values not in ([], [""])}

    @property
    def filter_count(self) -> int:
        """How many filters are active, the search aside; values that cannot be read count."""
        return sum(
            any(self.params.getlist(parameter) not in ([], [""]) for parameter in filter_.parameters(name))
            for name, filter_ in self._filters.items()
            if name != "q"
        )

    # --- Addresses --------------------------------------------------------------------------------------------------
    def url(self, **changes: str | None) -> str:
        """Return the query string of this list with some parameters changed or, by None, removed; from page 1 on."""
        params = self.params.copy()
        for name in ["page", "open", *(name for name, values in self.params.lists() if values == [""])]:
            params.pop(name, None)
        for name, value in changes.items():
            params.pop(name, None)
            if value is not None:
                params[name] = value
        if params.keys() == {"view"} and changes.keys() & self.params.keys() - {"page", "open"}:
            params["view"] = ALL_RECORDS  # the view alone would be opened as saved
        return f"?{params.urlencode()}"

    @property
    def all_url(self) -> str:
        return f"?view={ALL_RECORDS}"

    @property
    def columns_url(self) -> str:
        return self.url(open=None if self.opened_panel == "columns" else "columns")

    @property
    def save_view_url(self) -> str:
        return self.url(open="view")

    @property
    def page_query(self) -> str:
        """The query string of this very page."""
        return self.page_url(self.page_number)

    @property
    def tabs_query(self) -> str:
        """The query string for the tabs, which need no page."""
        return self.url() if self.params else ""

    @property
    def other_parameters(self) -> list[tuple[str, str]]:
        """The parameters beside the filters' that a form of filters has to send along."""
        return [(name, value) for name in ("sort", "columns", "view", "as_of") if (value := self.params.get(name))]

    @property
    def all_columns(self) -> tuple[Column, ...]:
        return self.listing.visible_columns(self.user)

    @property
    def hidden_columns(self) -> tuple[Column, ...]:
        shown = {column.key for column in self.columns}
        return tuple(column for column in self.all_columns if column.key not in shown)

    @property
    def all_parameters(self) -> list[tuple[str, str]]:
        """All parameters but the page and the open tool, for forms that act on what is listed."""
        return self.parameters_but("open")

    def parameters_but(self, *names: str) -> list[tuple[str, str]]:
        """Return all parameters but these and the page, as a form that changes these has to send them along."""
        return [
            (name, value) for name, values in self.params.lists() if name not in (*names, "page") for value in values
        ]

    def _url_without(self, name: str, filter_: ListFilter) -> str:
        return self.url(**dict.fromkeys(filter_.parameters(name)))

    def page_url(self, number: int) -> str:
        return self.url(page=str(number) if number > 1 else None)

    def sort_url(self, column: Column) -> str:
        """Return the address sorted by the column: upwards first, then downwards, then in the list's own order."""
        if self.sort is None or self.sort[0] != column:
            return self.url(sort=column.key)
        return self.url(sort=None if self.sort[1] else f"-{column.key}")


def _ordering(name: str) -> OrderBy:
    """Return the order by a field of the declaration; a relation stands as its key, so that no table is joined for it."""
    expression = F(name.removeprefix("-"))
    return expression.desc() if name.startswith("-") else expression.asc()


def _order_by(name: str, descending: bool) -> OrderBy:
    expression = F(name.removeprefix("-"))
    if descending != name.startswith("-"):
        return expression.desc(nulls_last=True)
    return expression.asc(nulls_last=True)
