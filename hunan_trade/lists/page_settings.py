"""Classes with which a list's declaration says what its page and its records' pages show beside table and facts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Permission
from hunan_trade.lists.columns import Column


@dataclass(frozen=True)
class View:
    """A view of a list predefined by the app, with a tab title and the query string of its filters.

    One with 本市 in it is `of_cities`, offered to their accounts alone.
    """

    title: str
    query: str
    of_cities: bool = False


@dataclass(frozen=True)
class Action:
    """A button at the top of a list's page, shown to users with the permission.

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
    """A block of a list's page beside the table, with its template and a function that gives its content.

    The template has the content as `panel`; it may differ between readers.
    """

    template: str
    content: Callable[[User], Any]


@dataclass(frozen=True)
class RecordPanel:
    """A table on a record's page of a few other records, which a function gives by the record's key.

    `note` is the short sentence beside the title, `empty` what stands where there are none. The page of an earlier day
    is without it.
    """

    title: str
    columns: tuple[Column, ...]
    records: Callable[[int], Iterable[Any]]
    note: str = ""
    empty: tuple[str, str] = ("还没有记录", "登记后在此列出。")
