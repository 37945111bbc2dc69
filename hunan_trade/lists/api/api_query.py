"""Parsing of an API call's parameters for a list, and keyset pagination of its records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.db.models.expressions import OrderBy
from django.http import Http404, QueryDict
from rest_framework import exceptions

from hunan_trade.accounts.models import User
from hunan_trade.lists.api.api_fields import ApiField, fields_of
from hunan_trade.lists.api.linked_record_counts_and_sums import LINKED, has_linkable_lists, linked_record_summaries
from hunan_trade.lists.columns import Column
from hunan_trade.lists.declaration import Listing
from hunan_trade.lists.filters import ListFilter
from hunan_trade.lists.list_query import UNKNOWN, ListQuery, ParameterRefused
from hunan_trade.lists.merged_records import find_record
from hunan_trade.lists.record_change_preparation import deletion_sentence, visible_deletions
from hunan_trade.lists.record_keys import Key, key_of, pks_of
from hunan_trade.web.rest_filters_and_pagination import KeysetPagination, cursor_refused, decode_cursor, encode_cursor

BLANK = "写上值，或去掉这个参数。"
_KEY = "order_key_"


@dataclass(frozen=True)
class ApiQuery(ListQuery):
    """The parsed URL parameters of an API call that reads a list.

    A parameter without a value is refused, as it would filter nothing.
    """

    own_parameters: ClassVar[tuple[str, ...]] = ("sort", "as_of", "fields", "cursor", "page_size")

    def __post_init__(self) -> None:
        super().__post_init__()
        if blank := [name for name, values in self.params.lists() if "" in values]:
            raise ParameterRefused(dict.fromkeys(blank, BLANK))
        _ = self.names

    @property
    def shows_filters(self) -> bool:
        return False

    @cached_property
    def fields(self) -> tuple[ApiField, ...]:
        """The fields of each record that the API response contains."""
        return tuple(field for name in self.names if (field := self._fields_by_name.get(name)))

    @cached_property
    def _fields_by_name(self) -> dict[str, ApiField]:
        return {field.name: field for field in fields_of(self.listing, self.user)}

    @property
    def extra_properties(self) -> tuple[str, ...]:
        """Names of the properties that a record's JSON has besides its fields: none, unless a subclass adds some."""
        return ()

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of a record's properties in the response: those in the URL parameter `fields`, or else all of them."""
        existing = (*self._fields_by_name, *self.extra_properties)
        if not (asked := self.params.get("fields", "")):
            return existing
        names = asked.split(",")
        if unknown := [name for name in names if name not in existing]:
            raise ParameterRefused({"fields": f"没有这些项：{'、'.join(unknown)[:60]}。"})
        return tuple(dict.fromkeys(names))

    @property
    def _computed(self) -> list[Column]:
        """The columns in the response whose values are computed; all others are sent as they are stored."""
        return [field.column for field in self.fields if field.stored is None]

    @property
    def rows(self) -> QuerySet[Any]:
        """The filtered records in the requested order, joined only with the tables that the response needs."""
        rows = super().rows
        joined, columns = rows.query.select_related, self._computed
        if isinstance(joined, dict) and not any(each.value or each.api_value for each in columns):
            followed = {(each.source or each.key).partition(".")[0] for each in columns}
            rows.query.select_related = {name: each for name, each in joined.items() if name in followed} or False
        return rows

    def record_bodies(self, records: list[Any]) -> list[dict[str, Any]]:
        """Return each record as a dict for JSON: id, version, and the requested fields."""
        with self.clock_frozen_at_day():
            presented = self.prepare_records(records, self._computed)
            columns = [field.values(records, presented) for field in self.fields]
        heads = [_id_and_version(self.listing, record) for record in records]
        names = [field.name for field in self.fields]
        rows = zip(*columns, strict=True) if columns else [()] * len(heads)
        return [head | dict(zip(names, row, strict=True)) for head, row in zip(heads, rows, strict=True)]


@dataclass(frozen=True)
class RecordQuery(ApiQuery):
    """The parsed URL parameters `fields` and `as_of` (a past day) of an API call for single records."""

    own_parameters: ClassVar[tuple[str, ...]] = ("as_of", "fields")

    @cached_property
    def _filters(self) -> dict[str, ListFilter]:
        return {}


@dataclass(frozen=True)
class OneRecordQuery(RecordQuery):
    """The parsed URL parameters of an API call that reads one record and, without `as_of`, what is linked to it.

    As of an earlier day the response leaves them out, even if they are asked for.
    """

    @property
    def extra_properties(self) -> tuple[str, ...]:
        return (LINKED,) if has_linkable_lists(self.listing, self.user) else ()

    def record_bodies(self, records: list[Any]) -> list[dict[str, Any]]:
        bodies = super().record_bodies(records)
        if LINKED in self.names and self.day is None:
            for record, body in zip(records, bodies, strict=True):
                body[LINKED] = linked_record_summaries(self.listing, record.pk, self.user)
        return bodies


def _id_and_version(listing: Listing, record: Any) -> dict[str, Any]:
    """Return the first items of a record's JSON body: its id and, if the model has one, its version."""
    version = getattr(record, "version", None)
    key = key_of(listing, record)
    return {"id": key} if version is None else {"id": key, "version": version}


def checked_query(kind: type[ApiQuery], listing: Listing, user: User, params: QueryDict) -> ApiQuery:
    """Parse the URL parameters of an API call on a list; raise ValidationError if one of them is wrong.

    Raises DRF's ValidationError, which names every parameter that is wrong.
    """
    try:
        query = kind(listing, user, params)
    except ParameterRefused as refused:
        raise exceptions.ValidationError(
            {
                name: [exceptions.ErrorDetail(sentence, code="unknown" if sentence == UNKNOWN else "invalid")]
                for name, sentence in refused.errors.items()
            }
        ) from refused
    errors: dict[str, list[str]] = {name: list(words) for name, words in query.filterset.form.errors.items()}
    if query.day_refusal:
        errors["as_of"] = [query.day_refusal]
    if errors:
        raise exceptions.ValidationError(errors)
    return query


# --- One record -----------------------------------------------------------------------------------------------------
class RecordDeleted(exceptions.APIException):
    """Raised (status 410) when an API call asks for a deleted record that the caller was allowed to see."""

    status_code, default_code = 410, "deleted"
    default_detail = "记录已删除。"


def visible_record(listing: Listing, user: User, key: Key) -> Any:
    """Return the record with this key if the user may see it; raise RecordDeleted, RecordMerged or Http404 if not."""
    try:
        return find_record(listing, user, key)
    except Http404:
        for deletion in visible_deletions(listing.model, pks_of(listing, [key]).values(), user).values():
            sentence = f"{deletion_sentence(deletion)}自己存有副本的，也去掉这一条。"
            raise RecordDeleted(sentence) from None
        raise


# --- Pages ----------------------------------------------------------------------------------------------------------
class ListPagination(KeysetPagination):
    """Keyset pagination of a list in any sort order, even by columns that may be null."""

    def page_records(self, query: ApiQuery, request: Any) -> list[Any]:
        """Return the records of one page, and store the cursor of the next page in `self.next`."""
        self.request = request
        size = self._page_size(request)
        rows = query.rows.annotate(**{f"{_KEY}{n}": order.expression for n, order in enumerate(query.order)})
        if cursor := request.query_params.get("cursor"):
            rows = rows.filter(_condition_after_cursor(rows, query.order, decode_cursor(cursor, len(query.order))))
        found = list(rows[: size + 1])
        last = found[size - 1] if len(found) > size else None
        self.next = None if last is None else encode_cursor([_sort_key_text(last, n) for n in range(len(query.order))])
        return found[:size]


def _sort_key_text(record: Any, number: int) -> str | None:
    value = getattr(record, f"{_KEY}{number}")
    return None if value is None else str(value)


def _condition_after_cursor(rows: QuerySet[Any], order: Sequence[OrderBy], texts: Sequence[str | None]) -> Q:
    """Return the query condition for the rows that follow a page's last row in the sort order `order`.

    It reads (a after x) or (a = x and b after y) or …
    """
    wanted, equal = Q(), Q()
    for number, (ordering, text) in enumerate(zip(order, texts, strict=True)):
        key = f"{_KEY}{number}"
        try:
            value = None if text is None else rows.query.annotations[key].output_field.to_python(text)
        except (ValidationError, TypeError, OverflowError) as wrong:
            raise cursor_refused() from wrong
        wanted |= equal & _comes_after(key, value, ordering)
        equal &= Q(**{f"{key}__isnull": True}) if value is None else Q(**{key: value})
    return wanted


def _comes_after(key: str, value: Any, ordering: OrderBy) -> Q:
    nulls_first = bool(ordering.nulls_first or (ordering.descending and not ordering.nulls_last))
    if value is None:
        return Q(**{f"{key}__isnull": False}) if nulls_first else Q(pk__in=())
    later = Q(**{f"{key}__{'lt' if ordering.descending else 'gt'}": value})
    return later if nulls_first else later | Q(**{f"{key}__isnull": True})
