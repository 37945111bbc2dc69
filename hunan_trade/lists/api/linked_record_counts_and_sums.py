"""Functions that tell API clients how many records of other lists belong to a record, with sums over them."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from hunan_trade.accounts.models import User
from hunan_trade.lists.api.api_fields import STRING, Schema
from hunan_trade.lists.declaration import Listing
from hunan_trade.lists.linked_records import LinkedRecords, linked_records
from hunan_trade.web.rest_code_label_schemas import code_schema

LINKED = "linked"


def api_linked_records(listing: Listing, key: Any, user: User) -> list[LinkedRecords]:
    """Return the records linked to one record, grouped by list, from lists in the API that the user may open."""
    return [each for each in linked_records(listing.model, key, user) if each.listing.parts.api]


def has_linkable_lists(listing: Listing, user: User) -> bool:
    """Return whether records of some list that the user may open can belong to a record of this list."""
    return bool(api_linked_records(listing, "0", user))


def linked_record_summaries(listing: Listing, key: Any, user: User) -> list[dict[str, Any]]:
    """Return JSON with the number, sums and URL of the records in each other list that belong to this record."""
    return [
        {
            "list": each.listing.code,
            "count": (count := each.rows.count()),
            "sums": each.sums if count else "",
            "url": f"{reverse(f'api-{each.listing.code}')}?{each.query_string}",
        }
        for each in api_linked_records(listing, key, user)
    ]


def linked_record_summaries_schema(listing: Listing, user: User) -> Schema:
    """Return the OpenAPI type of `linked_record_summaries`, which names only the lists that the user may open."""
    titles = {each.listing.code: each.listing.title for each in api_linked_records(listing, "0", user)}
    return {
        "type": "array",
        "description": "挂在这一条下面的别的名录：个数、合计和取它们的地址；只在取一条现在的内容时有",
        "items": {
            "type": "object",
            "properties": {
                "list": (code_schema(titles) if titles else STRING) | {"description": "名录的代码"},
                "count": {"type": "integer", "minimum": 0, "description": "看得到的有几条"},
                "sums": STRING | {"description": "合计，写成一句；没有的为空"},
                "url": STRING | {"description": "只列这些的地址"},
            },
            "required": ["list", "count", "sums", "url"],
            "additionalProperties": False,
        },
    }
