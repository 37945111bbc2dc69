"""Signed cursors of changes feeds, each valid for one list, one user and one database.

A cursor holds a position.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from django.core.signing import BadSignature, Signer
from rest_framework.exceptions import APIException

from hunan_trade.accounts.models import User
from hunan_trade.lists.declaration import Listing
from hunan_trade.lists.feed.feed_changes import Position, TransactionHorizon

PATTERN, MAX_LENGTH = r"^[A-Za-z0-9_.-]+$", 400
_signer = Signer(sep=".", salt="lists.feed")


class CursorRefused(APIException):
    """Raised for a cursor that is invalid or was made for another list or user (status 400)."""

    status_code, default_code = 400, "cursor_refused"
    default_detail = (
        "cursor 不是本账号按现在的角色和地区从这个列表取得的，照抄上次回答里的 next，或去掉 cursor 从头读。"
    )


class CursorExpired(APIException):
    """Raised for a cursor made before the database was restored or the list's fields changed (status 410)."""

    status_code, default_code = 410, "cursor_expired"
    default_detail = "cursor 已失效：数据库恢复过，或列表的项目变过。去掉 cursor 从头读，读完后删去没有再读到的记录。"


def write_cursor(
    position: Position, listing: Listing, user: User, horizon: TransactionHorizon, fields: Sequence[str]
) -> str:
    """Return a feed position as a signed text, the cursor, which only this user can use.

    `fields` are those that a record's entry has.
    """
    place = [position.transaction, position.key, int(position.first_read)]
    return _signer.sign_object([_reader_hash(listing, user), _database_and_fields_hash(horizon, fields), *place])


def read_cursor(
    text: str, listing: Listing, user: User, horizon: TransactionHorizon, fields: Sequence[str]
) -> Position:
    """Return the position that a cursor contains; raise CursorRefused or CursorExpired for an invalid cursor."""
    try:
        reader, contents, transaction, key, first_read = _signer.unsign_object(text)
    except (BadSignature, ValueError) as unknown:  # the latter: of an earlier release, with other parts
        raise CursorRefused from unknown
    if reader != _reader_hash(listing, user):
        raise CursorRefused
    if contents != _database_and_fields_hash(horizon, fields) or transaction > horizon.unknown:
        raise CursorExpired
    return Position(transaction, key, bool(first_read))


def _reader_hash(listing: Listing, user: User) -> str:
    """Return a hash of the list and of the user's id, role and region, to which a cursor is bound."""
    return _digest(listing.code, user.pk, user.role, user.region_id)


def _database_and_fields_hash(horizon: TransactionHorizon, fields: Sequence[str]) -> str:
    return _digest(horizon.database, *fields)


def _digest(*facts: object) -> str:
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]
