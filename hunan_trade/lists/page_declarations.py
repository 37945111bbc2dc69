"""Classes with which a list's declaration configures the list's page and the pages of its records."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.urls import reverse

from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Permission
from hunan_trade.lists.columns import Column
from hunan_trade.lists.filters import ListFilterSet


@dataclass(frozen=True)
class View:
    """A predefined view of a list: a tab with a title that opens the list with the filters of a query string.

    One with 本市 in it is `of_cities`, offered to their accounts alone.
    """

    title: str
    query: str
    of_cities: bool = False


@dataclass(frozen=True)
class Action:
    """A button at the top of a list's page that links to another page, shown to users with the given permission.

    `city_only`: only to accounts of a city, whose own the action is for.
    """

    title: str
    url_name: str
    permission: Permission
    city_only: bool = False

    @property
    def url(self) -> str:
        return reverse(self.url_name)

    def is_open_to(self, user: User) -> bool:
        return user.may(self.permission) and (user.is_city or not self.city_only)


@dataclass(frozen=True)
class Panel:
    """A block above or below the table of a list's page, with its template and a function that returns its data.

    The template has the content as `panel`; it may differ between readers.
    """

    template: str
    content: Callable[[User], Any]


@dataclass(frozen=True)
class RecordPanel:
    """A table of a few other records on a record's page; a function returns them for the record's primary key.

    `note` is the short sentence beside the title, `empty` what stands where there are none. The page of an earlier day
    is without it.
    """

    title: str
    columns: tuple[Column, ...]
    records: Callable[[int], Iterable[Any]]
    note: str = ""
    empty: tuple[str, str] = ("还没有记录", "登记后在此列出。")


@dataclass(frozen=True)
class RecordTop:
    """A block at the top of a record's page, with its template and a function that returns the template's data.

    The template is the app's and has the content as `top`. The function is asked for the standing record as the reader
    may see it; the page of an earlier day, or of a deleted record, is without it. `explains` gives the names of the moves
    of which the template itself says why they are refused, in an element with the id no-<move>.
    """

    template: str
    content: Callable[[User, Any], Any]
    explains: Callable[[Any], Collection[str]] = lambda top: ()


@dataclass(frozen=True)
class RecordBlock:
    """A block below the field values on a record's page, with its template and a function that returns its data.

    The template has the content as `block`; where the function gives none there is no block. `charts` says that it draws
    some. It stands where a `RecordTop` does.
    """

    template: str
    content: Callable[[User, Any], Any]
    charts: bool = False


@dataclass(frozen=True)
class BelongsTo:
    """Declares that a list's records belong to records of another register, on whose pages they are then shown.

    `model` is that of the lower register, which knows nothing of it; its pages are those of a list, or its own
    (`get_absolute_url`). `path` is the lookup path from the list's records to the lower one, `filter` the list's filter
    that takes its key. `title` stands above the records, the list's unless given; the first `shown` are shown.
    """

    model: type[Model]
    path: str
    filter: str
    title: str = ""
    shown: int = 10

    def path_is_valid_from(self, model: type[Model]) -> bool:
        """Return whether the lookup path `path`, followed from this model, ends at the linked register's model."""
        found: Any = model
        try:
            for name in self.path.split("__"):
                found = found._meta.get_field(name).related_model
        except (FieldDoesNotExist, AttributeError):  # no such field, or one that leads nowhere
            return False
        return found is self.model

    def filter_exists_in(self, filters: type[ListFilterSet]) -> bool:
        """Return whether this filter set has the filter that the link names, on the lookup path `path`."""
        found = filters.base_filters.get(self.filter)
        return found is not None and found.field_name == self.path
