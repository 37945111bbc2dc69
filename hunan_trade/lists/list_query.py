"""Parsing of a list page's URL parameters, checked against the list's declaration.

They are filters, order, columns and page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
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
from hunan_trade.lists.columns import Column
from hunan_trade.lists.declaration import Listing
from hunan_trade.lists.filters import ListFilter, ListFilterSet, SearchFilter
from hunan_trade.lists.history import as_of_parameter, timeline
from hunan_trade.lists.history.history_models import end_of_day
from hunan_trade.lists.orderings import declared_ordering, null_last_ordering
from hunan_trade.lists.pages.column_choices import chosen_columns
from hunan_trade.lists.search import text_search
from hunan_trade.ui.component_data import FilterChip

OWN_PARAMETERS = ("sort", "columns", "page", "view", "open", "as_of")
PANELS = ("", "columns", "filters", "view")
_VIEW = re.compile(r"|all|[0-9]{1,18}")
ALL_RECORDS = "all"  # ?view=all: everything, where the group has a default view
MAX_PAGE = 100_000
FEW_FILTERS = 8  # more of them stand folded, so that the records stand on the first screen
UNKNOWN, TWICE = "没有这个参数。", "这个参数写了不止一次。"


class ParameterRefused(BadRequest):
    """Raised if a list's URL has a parameter or a value that the list does not offer to the user.

    `errors` are sentences by parameter.
    """

    def __init__(self, errors: Mapping[str, str]) -> None:
        self.errors = dict(errors)
        super().__init__("parameters that are not asked here")  # without them: the message goes into the log


@dataclass(frozen=True)
class ListQuery:
    """The parsed URL parameters of a list for one user, with the records that they select.

    Raises ParameterRefused for what the list does not know.
    """

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
        _ = self.sort, self._columns_named_in_url, self.page_number, self.opened_panel
        if not _VIEW.fullmatch(view := self.params.get("view", "")):
            raise ParameterRefused({"view": f"没有“{view[:30]}”这个视图。"})

    # --- What exists for the reader ---------------------------------------------------------------------------------
    @cached_property
    def _filters(self) -> dict[str, ListFilter]:
        """The list's filters by name, without those closed to the user or on a column hidden from the user."""
        filters: dict[str, ListFilter] = self.listing.filters.base_filters
        return {
            name: filter_
            for name, filter_ in filters.items()
            if (filter_.see is None or self.user.may(filter_.see))
            and (self._searched_field_names if name == "q" else not self._is_hidden(filter_.field_name))
        }

    @cached_property
    def _searched_field_names(self) -> tuple[str, ...]:
        return tuple(name for name in self.listing.search if not self._is_hidden(name))

    def _is_hidden(self, path: str) -> bool:
        return any(path == hidden or path.startswith(f"{hidden}__") for hidden in self._hidden_paths)

    @cached_property
    def _hidden_paths(self) -> frozenset[str]:
        return self.listing.hidden_lookup_paths(self.user)

    @cached_property
    def parameters(self) -> frozenset[str]:
        """The names of all URL parameters that the list accepts from this user."""
        own = set(self.own_parameters) - (set() if self.listing.has_history else {"as_of"})
        return self._filter_parameter_names | own

    @cached_property
    def _filter_parameter_names(self) -> frozenset[str]:
        return frozenset(name for key, filter_ in self._filters.items() for name in filter_.parameters(key))

    # --- The day ----------------------------------------------------------------------------------------------------
    @cached_property
    def _day_or_refusal(self) -> tuple[date | None, str]:
        try:
            return as_of_parameter.parse_as_of_day(self.listing, self.params.get("as_of", "")), ""
        except as_of_parameter.DayRefused as refused:
            return None, str(refused)

    @property
    def day(self) -> date | None:
        """The past day as of which the list is shown; None for the present."""
        return self._day_or_refusal[0]

    @property
    def day_refusal(self) -> str:
        """Sentence that says why the list cannot be shown as of the requested day; "" if it can."""
        return self._day_or_refusal[1]

    def clock_frozen_at_day(self) -> AbstractContextManager[None]:
        """Context manager that stops the portal's clock at the end of the past day that the list shows, if any."""
        return as_of_parameter.freeze_clock_at_end_of(self.day)

    # --- Rows -------------------------------------------------------------------------------------------------------
    @cached_property
    def filterset(self) -> ListFilterSet:
        """The search and the filters; where no form shows them all, only those that have a value in the URL."""
        if self.shows_filters:
            return self.full_filterset
        given = {name for name, each in self._filters.items() if self.params.keys() & set(each.parameters(name))}
        return self._make_filterset([name for name in self._filters if name in given | {"q"}])

    @cached_property
    def full_filterset(self) -> ListFilterSet:
        """The search and all filters that the user may use, for a form in which they are chosen."""
        return self._make_filterset(self._filters)

    @property
    def shows_filters(self) -> bool:
        """Whether the page shows a field for each filter: a list with many filters does so only when asked."""
        return len(self.facet_names) <= FEW_FILTERS or self.opened_panel == "filters"

    def _make_filterset(self, names: Iterable[str]) -> ListFilterSet:
        rows = self.listing.visible_rows(self.user)
        if self.day is not None:
            rows = timeline.rows_as_of(self.listing, self.day, self.user)
        matching = partial(text_search.filter_by_text, fields=self._searched_field_names)
        return self.listing.filters(self.params, rows, user=self.user, names=names, search=matching)

    @property
    def facet_names(self) -> list[str]:
        """The names of the filters that the user may use, without the search."""
        return [name for name in self._filters if name != "q"]

    @property
    def is_valid(self) -> bool:
        """Whether every URL parameter has a readable value; otherwise the list shows no records."""
        return bool(not self.day_refusal and self.filterset.form.is_valid())

    @property
    def rows(self) -> QuerySet[Any]:
        """The filtered records in the requested order; no records if a parameter cannot be read."""
        if not self.is_valid:
            return self.listing.rows().none()
        rows: QuerySet[Any] = self.filterset.qs.order_by(*self.order)
        return rows

    @cached_property
    def order(self) -> list[OrderBy]:
        """The ORM ordering of the records, which ends with the primary key so that it is unambiguous.

        Needs an address that `is_valid`.
        """
        if self.sort is None:
            return [*self._whole_match_first(), *self.listing_order]
        column, descending = self.sort
        last = F("pk").desc() if descending else F("pk").asc()
        return [*(null_last_ordering(name, descending) for name in column.sort), last]

    @property
    def listing_order(self) -> list[OrderBy]:
        """The ORM ordering that the list declares, used if the user sorts by no column."""
        return [*map(declared_ordering, self.listing.ordering), F("pk").asc()]

    def _whole_match_first(self) -> list[OrderBy]:
        filter_, typed = self._filters.get("q"), self.filterset.form.cleaned_data.get("q", "")
        if not (isinstance(filter_, SearchFilter) and filter_.whole_match_first):
            return []
        return text_search.whole_match_ordering(self.filterset.qs, typed, fields=self._searched_field_names)

    @cached_property
    def sort(self) -> tuple[Column, bool] | None:
        """The column by which the user sorts, and whether descending; None for the list's own order."""
        asked = self.params.get("sort", "")
        if not asked:
            return None
        sortable = {column.key: column for column in self.listing.visible_columns(self.user) if column.sort}
        if (column := sortable.get(asked.removeprefix("-"))) is None:
            raise ParameterRefused({"sort": f"不能按“{asked[:30]}”排序。"})
        return column, asked.startswith("-")

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The columns that the list shows, in order: those in the URL, else the user's choice, else the default."""
        return self._columns_named_in_url or chosen_columns(self.all_columns, listing=self.listing.code, user=self.user)

    @cached_property
    def _columns_named_in_url(self) -> tuple[Column, ...]:
        """The columns that the URL parameter `columns` names; empty if it is missing."""
        visible = {column.key: column for column in self.all_columns}
        keys = asked.split(",") if (asked := self.params.get("columns", "")) else []
        if unknown := [key for key in keys if key not in visible]:
            raise ParameterRefused({"columns": f"没有这些列：{'、'.join(unknown)[:60]}。"})
        return tuple(visible[key] for key in dict.fromkeys(keys))

    @property
    def opened_panel(self) -> str:
        """Name of the unfolded panel on the list's page, such as "columns", from the URL parameter `open`; or ""."""
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
        """Index of the current page's first record among all records of the query, counted from 0."""
        return (self.page_number - 1) * self.listing.page_size

    def page_records(self) -> tuple[Sequence[Any], bool]:
        """Return the records on the current page with the data for their columns, and whether more pages follow."""
        size = self.listing.page_size
        found = list(self.rows[self.first_index : self.first_index + size + 1])
        self.log_list_reading()
        with self.clock_frozen_at_day():
            return self.prepare_records(found[:size], self.columns), len(found) > size

    def log_list_reading(self) -> None:
        """Call the list's own function that logs who read it, if the list declares one."""
        if self.listing.reading is not None:
            self.listing.reading(self.user, self.filter_parameters())

    def prepare_records(self, records: list[Any], columns: Iterable[Column]) -> Sequence[Any]:
        """Return the records with the data that the columns show; for a past day, related records as of that day.

        Called within `at_day`.
        """
        if self.day is not None:
            timeline.set_related_versions(records, end_of_day(self.day))
        return self.listing.with_column_data(records, columns)

    # --- Words ------------------------------------------------------------------------------------------------------
    def chips(self) -> list[FilterChip]:
        """Return a label (chip) for each active filter, with its description and a link that removes the filter."""
        return [
            FilterChip(words, self._url_without(name, self._filters[name]))
            for name, words in self._active_filter_descriptions().items()
        ]

    def _active_filter_descriptions(self) -> dict[str, str]:
        """Return the Chinese description of each active filter, by its name; empty if a parameter is invalid."""
        filters = self.filterset.filters.items() if self.is_valid else ()
        return {
            name: f"{filter_.label} {filter_.describe(value)}"
            for name, filter_ in filters
            if (value := self.filterset.form.cleaned_data[name])
        }

    def words(self) -> dict[str, str]:
        """Return a Chinese description of each URL parameter that has a value, by parameter name."""
        filters = self._active_filter_descriptions()
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
        return any(self.params.getlist(name) not in ([], [""]) for name in self._filter_parameter_names)

    def filter_parameters(self) -> dict[str, list[str]]:
        """Return the values of the URL parameters that belong to the list's filters and are not empty, by name."""
        given = {name: self.params.getlist(name) for name in sorted(self._filter_parameter_names)}
        return {name: values for name, values in given.items() if values not in ([], [""])}

    @property
    def filter_count(self) -> int:
        """Number of filters that have a value, even an invalid one; the text search is not counted."""
        return sum(
            any(self.params.getlist(parameter) not in ([], [""]) for parameter in filter_.parameters(name))
            for name, filter_ in self._filters.items()
            if name != "q"
        )

    # --- Addresses --------------------------------------------------------------------------------------------------
    def url(self, **changes: str | None) -> str:
        """Return the query string of the list's first page with some parameters changed; None removes a parameter."""
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
    def filters_url(self) -> str:
        return self.url(open=None if self.opened_panel == "filters" else "filters")

    @property
    def save_view_url(self) -> str:
        return self.url(open="view")

    @property
    def page_query(self) -> str:
        """The query string of the current page of the list."""
        return self.page_url(self.page_number)

    @property
    def tabs_query(self) -> str:
        """The query string of the request that loads the tabs; it has no page number."""
        return self.url() if self.params else ""

    @property
    def other_parameters(self) -> list[tuple[str, str]]:
        """Names and values of the URL parameters that are not filters, for hidden fields of the filter form."""
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
        """All URL parameters except the page number and the opened panel, for hidden fields of a form."""
        return self.parameters_except("open")

    def parameters_except(self, *names: str) -> list[tuple[str, str]]:
        """Return all URL parameters except `names` and the page number as (name, value) pairs for hidden fields."""
        return [
            (name, value) for name, values in self.params.lists() if name not in (*names, "page") for value in values
        ]

    def _url_without(self, name: str, filter_: ListFilter) -> str:
        return self.url(**dict.fromkeys(filter_.parameters(name)))

    def page_url(self, number: int) -> str:
        return self.url(page=str(number) if number > 1 else None)

    def sort_url(self, column: Column) -> str:
        """Return the query string for a click on a column heading: sort ascending, then descending, then by default."""
        if self.sort is None or self.sort[0] != column:
            return self.url(sort=column.key)
        return self.url(sort=None if self.sort[1] else f"-{column.key}")
