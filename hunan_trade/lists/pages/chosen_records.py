"""Finds the records that a user chose on a list's page for a bulk edit or a bulk move."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import BadRequest
from django.db.models import QuerySet

from hunan_trade.lists.declaration import Listing
from hunan_trade.lists.list_query import ListQuery
from hunan_trade.lists.record_keys import matches_key_pattern
from hunan_trade.web.request_type import PortalRequest


def chosen_records(listing: Listing, request: PortalRequest, *, everything: bool) -> tuple[ListQuery, QuerySet[Any]]:
    """Return the list's query and the chosen records: the ticked ones or, with `everything`, all filtered ones.

    Both stand in the address.
    """
    params = request.GET.copy()
    picked = params.pop("pick", []) + request.POST.getlist("pick")
    query = ListQuery(listing, request.user, params)
    if not query.is_valid or query.day is not None or not all(matches_key_pattern(listing, key) for key in picked):
        raise BadRequest("these records cannot be changed")
    rows = query.rows if everything else listing.visible_rows(request.user).filter(**{f"{listing.key}__in": picked})
    return query, rows
