"""The REST endpoint by which a client follows the changes of a register, with its OpenAPI description."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, cast

from django.conf import settings
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.lists.api.api_fields import key_schema
from hunan_trade.lists.api.api_query import ApiQuery, RecordQuery, checked_query
from hunan_trade.lists.api.api_schema import ListSchema
from hunan_trade.lists.declaration import Listing
from hunan_trade.lists.feed.feed_changes import changes_since, read_transaction_horizon
from hunan_trade.lists.feed.feed_cursors import MAX_LENGTH, PATTERN, read_cursor, write_cursor
from hunan_trade.lists.merged_records import merged_records
from hunan_trade.lists.record_keys import Key, keys_of
from hunan_trade.web.access_decorators import requires
from hunan_trade.web.rest_filters_and_pagination import KeysetPagination
from hunan_trade.web.rest_problem_schemas import error_response_schemas


@dataclass(frozen=True)
class FeedQuery(RecordQuery):
    """The parameters of one call of a changes feed: a cursor and a page size.

    It has no filters.
    """

    own_parameters: ClassVar[tuple[str, ...]] = ("cursor", "page_size")


class FeedPages(KeysetPagination):
    """Pagination of a changes feed, in which each page has the URL of the next one."""

    def page(self, query: ApiQuery, request: Request) -> dict[str, Any]:
        """Return the JSON body of that page of a changes feed that the request asks for."""
        self.request = request
        listing, user, size = query.listing, query.user, self._page_size(request)
        names = [field.name for field in query.fields]
        horizon, position = read_transaction_horizon(listing), None
        if cursor := request.query_params.get("cursor"):
            position = read_cursor(cursor, listing, user, horizon, names)
        found = changes_since(listing, user, position, horizon, size)
        self.next = write_cursor(found.next, listing, user, horizon, names)
        return {
            "results": query.record_bodies(list(found.records)),
            "gone": _gone_entries(listing, found.gone, user),
            "next": self._next_address(),
            "more": found.more,
        }


def _gone_entries(listing: Listing, pks: Sequence[int], user: User) -> list[dict[str, Any]]:
    """Return a feed entry such as {"id": 12} for each record that was deleted, merged or became invisible."""
    merged = merged_records(listing, pks, user)
    entries: dict[int, dict[str, Key | None]] = {pk: {"id": key} for pk, key in keys_of(listing, pks).items()}
    if listing.merged_into:
        for pk, entry in entries.items():
            entry["merged_into"] = merged[pk].key if pk in merged else None
    return list(entries.values())


class FeedSerializer(serializers.Serializer[Any]):
    """Serializes nothing; it stands for a page of a changes feed in the OpenAPI description."""

    listing: Listing
    record_serializer: Any


class FeedExtension(OpenApiSerializerExtension):
    """drf-spectacular extension that describes the JSON of one page of a changes feed."""

    target_class = FeedSerializer
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        record = auto_schema.resolve_serializer(self.target.record_serializer, direction)
        key = key_schema(self.target.listing) | {"description": "编号"}
        members = {"id": key}
        if self.target.listing.merged_into:
            members["merged_into"] = key | {"nullable": True, "description": "并入的那一条，看不到的和没有并入的为空"}
        gone = {"type": "object", "required": list(members), "properties": members, "additionalProperties": False}
        properties = {
            "results": {"type": "array", "items": record.ref, "description": "新增或改过的记录，现在的内容"},
            "gone": {"type": "array", "items": gone, "description": "已删除、已并入别条或不再可看的记录"},
            "next": {"type": "string", "format": "uri", "description": "下一次读的地址，总有"},
            "more": {"type": "boolean", "description": "true 表示还有，立即接着读；false 表示读完，过些时候再读"},
        }
        return {
            "type": "object",
            "required": list(properties),
            "properties": properties,
            "additionalProperties": False,
        }


class FeedSchema(ListSchema):
    """drf-spectacular schema class that describes the operation of a changes feed."""

    def get_override_parameters(self) -> list[Any]:
        cursor = {"type": "string", "pattern": PATTERN, "maxLength": MAX_LENGTH}
        size = {"type": "integer", "minimum": 1, "maximum": FeedPages.largest_size, "default": FeedPages.default_size}
        return [
            OpenApiParameter("cursor", cursor, description="取自上一次的 next；不写的从头读"),
            OpenApiParameter("page_size", size, description="一次最多几条"),
        ]

    def get_response_serializers(self) -> Any:
        unchanged = OpenApiResponse(description="If-None-Match 所带的 ETag 仍然有效：没有新的变动，照旧用这个地址。")
        return {200: self.view.serializer_class, 304: unchanged, **error_response_schemas(400, 401, 403, 410)}


class FeedViewSet(viewsets.GenericViewSet[Any]):
    """Base class of the REST viewset of a list's changes feed."""

    listing: Listing
    filter_backends = ()
    schema = FeedSchema()

    def changes(self, request: Request) -> HttpResponseBase:
        query = checked_query(FeedQuery, self.listing, cast(User, request.user), request._request.GET)
        body = FeedPages().page(query, request)
        response = Response(body)
        if body["results"] or body["gone"] or "cursor" not in request.query_params:
            return response
        response["ETag"] = tag = _etag_without_new_entries(request, query.user)
        return get_conditional_response(request._request, etag=tag, response=response) or response


def feed_viewset(listing: Listing, record_serializer: Any) -> type[FeedViewSet]:
    """Return the viewset class of a list's changes feed.

    Its records are described as those of the list's own viewset.
    """
    name = str(listing.model._meta.object_name)
    attributes = {
        "__doc__": f"{listing.title}的变动：先不带 cursor 从头读，以后沿 next 只读变动。",
        "listing": listing,
        "serializer_class": type(
            f"{name}ChangesSerializer", (FeedSerializer,), {"listing": listing, "record_serializer": record_serializer}
        ),
    }
    return requires(listing.see)(type(f"{name}FeedViewSet", (FeedViewSet,), attributes))


def _etag_without_new_entries(request: Request, user: User) -> str:
    """Return the ETag of a feed response without new entries; it stays the same for one day.

    The address of the next page, which moves on with whatever others write, does not count, else their work would show.
    Once a day it is handed out all the same, so that no cursor stays far behind.
    """
    today = clock.real_now().date()
    facts = (request.build_absolute_uri(), user.pk, user.role, user.region_id, settings.VERSION, today)
    return f'"{hashlib.sha256(repr(facts).encode()).hexdigest()[:32]}"'
