"""REST viewsets and URL patterns of lists, made from each list's declaration."""

from __future__ import annotations

import hashlib
from typing import Any, cast

from django.http import Http404
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.utils.cache import get_conditional_response
from django.utils.http import parse_etags
from rest_framework import viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.lists.api import api_writes
from hunan_trade.lists.api.api_query import ApiQuery, ListPagination, OneRecordQuery, checked_query, visible_record
from hunan_trade.lists.api.api_schema import ListSchema, WrittenRecordSerializer, move_serializer, serializer_of
from hunan_trade.lists.api.list_version_for_etag import list_version
from hunan_trade.lists.attachments.api import attachment_api_urls
from hunan_trade.lists.declaration import Editing, Listing, Moves
from hunan_trade.lists.feed.feed_api import feed_viewset
from hunan_trade.lists.record_keys import Key, key_url_pattern
from hunan_trade.web.access_decorators import requires
from hunan_trade.web.rest_access import TOKEN_WRITES
from hunan_trade.web.rest_viewsets import version_etag


class ListViewSet(viewsets.GenericViewSet[Any]):
    """Base class of a list's REST viewset, which answers GET for all records and for one record."""

    listing: Listing
    pagination_class = ListPagination
    filter_backends = ()
    schema = ListSchema()

    def list(self, request: Request) -> HttpResponseBase:
        if (version := list_version(self.listing)) is None:
            return with_etag(request, self._page(request))
        start = version_etag(request, version, clock.today()).strip('"')
        for tag in _if_none_match_etags(request):
            if tag.startswith(f'"{start}-') and (response := get_conditional_response(request._request, etag=tag)):
                response["ETag"] = tag
                return response
        return with_etag(request, self._page(request), start=start)

    def retrieve(self, request: Request, pk: Key) -> HttpResponseBase:
        query = self.query(OneRecordQuery)
        if (record := query.rows.filter(**{self.listing.key: pk}).first()) is None:
            visible_record(self.listing, query.user, pk)
            raise Http404
        (body,) = query.record_bodies([record])
        return with_etag(request, Response(body), version=body.get("version"))

    def _page(self, request: Request) -> Response:
        query, pages = self.query(ApiQuery), ListPagination()
        return pages.get_paginated_response(query.record_bodies(pages.page_records(query, request)))

    def query(self, kind: type[ApiQuery]) -> ApiQuery:
        return checked_query(kind, self.listing, cast(User, self.request.user), self.request._request.GET)


def with_etag(request: Request, response: Response, *, version: int | None = None, start: str = "") -> HttpResponseBase:
    """Return the API response with an ETag, or 304 Not Modified if the caller already has this content.

    It hashes the caller and the body: no two callers share one, and computed fields change with the day. A record's
    begins with its version, which is all that `If-Match` compares. A list's begins with `start`, which its version
    made; a caller who has the same body under another version is answered 304 with the present tag.
    """
    user = cast(User, request.user)
    facts = (request.build_absolute_uri(), user.pk, user.role, user.region_id, response.data)
    digest = hashlib.sha256(repr(facts).encode()).hexdigest()[:32]
    first = start if version is None else version
    response["ETag"] = f'"{first}-{digest}"' if first else f'"{digest}"'
    same = (tag for tag in _if_none_match_etags(request) if version is None and tag.endswith(f'{digest}"'))
    tag = next(same, response["ETag"])
    return get_conditional_response(request._request, etag=tag, response=response) or response


def _if_none_match_etags(request: Request) -> list[str]:
    """Return the ETags in the request's If-None-Match header."""
    return [tag.removeprefix("W/") for tag in parse_etags(request.headers.get("If-None-Match", ""))]


_BY_PERSON = "由本人登录后办，令牌不能办。"


def list_viewset(listing: Listing) -> type[ListViewSet]:
    """Create the REST viewset class of a list, with its methods for reading, editing and state changes."""
    name = f"{listing.model._meta.object_name}ListViewSet"
    about = f"{listing.title}。条件、次序与页面相同。"
    attributes: dict[str, Any] = {
        "__doc__": about,
        "listing": listing,
        "queryset": listing.rows(),
        "serializer_class": serializer_of(listing),
        "written_serializer": serializer_of(listing, WrittenRecordSerializer),
    }
    if (editing := listing.editing) is not None:
        attributes["create"] = _create_method(listing, editing)
        attributes["partial_update"] = _update_method(listing, editing)
    named = listing.moves_by_name.items()
    attributes["move_serializers"] = {name: move_serializer(listing, moves, name) for name, moves in named}
    attributes |= {f"move_{name}": _move_method(listing, moves, name) for name, moves in named}
    return requires(listing.see)(type(name, (ListViewSet,), attributes))


def _is_closed_to_tokens(editing: Editing) -> bool:
    """Return whether no API token may edit the list's records, so that a person must sign in to do it."""
    return not any(editing.permission in permissions for permissions in TOKEN_WRITES.values())


def _create_method(listing: Listing, editing: Editing) -> Any:
    by_person = _is_closed_to_tokens(editing)

    @requires(editing.permission, by_person=by_person)
    def create(self: ListViewSet, request: Request) -> HttpResponseBase:
        return api_writes.create(listing, editing, request)

    create.__doc__ = f"登记一条记录。{_BY_PERSON if by_person else ''}"
    return create


def _update_method(listing: Listing, editing: Editing) -> Any:
    by_person = _is_closed_to_tokens(editing)

    @requires(editing.permission, by_person=by_person)
    def partial_update(self: ListViewSet, request: Request, pk: Key) -> HttpResponseBase:
        return api_writes.update(listing, editing, request, pk)

    by_whom = _BY_PERSON if by_person else ""
    partial_update.__doc__ = (
        f"修改一条记录的几项，没有写的项不变。{by_whom}If-Match 写读取时的 ETag，只比较其中的版本。"
    )
    return partial_update


def _move_method(listing: Listing, moves: Moves, name: str) -> Any:
    declared = moves.workflow.moves[name]

    @requires(moves.permission(name), by_person=name in moves.by_person)
    def move(self: ListViewSet, request: Request, pk: Key) -> HttpResponseBase:
        return api_writes.move_record(listing, moves, name, request, pk)

    by_whom = _BY_PERSON if name in moves.by_person else ""
    move.__doc__ = f"{declared.label}。{by_whom}If-Match 写读取时的 ETag，只比其中的版本。"
    return move


def list_api_urls(listing: Listing) -> list[URLPattern]:
    """Return the URL patterns of a list's REST API, to be included below /api/v1/."""
    viewset, name, record = list_viewset(listing), f"api-{listing.code}", f"{listing.code}/{key_url_pattern(listing)}/"
    adding, changing = ({"post": "create"}, {"patch": "partial_update"}) if listing.editing else ({}, {})
    patterns = [
        path(f"{listing.code}/", viewset.as_view({"get": "list", **adding}), name=name),
        path(record, viewset.as_view({"get": "retrieve", **changing}), name=f"{name}-record"),
    ]
    if listing.attachments:
        patterns += attachment_api_urls(listing)
    for move in listing.moves_by_name:
        made, address = viewset.as_view({"post": f"move_{move}"}), f"{record}moves/{move}/"
        patterns.append(path(address, made, name=f"{name}-move-{move}"))
    if listing.has_feed:
        feed = feed_viewset(listing, viewset.serializer_class).as_view({"get": "changes"})
        patterns.append(path(f"{listing.code}/changes/", feed, name=f"{name}-changes"))
    return patterns
