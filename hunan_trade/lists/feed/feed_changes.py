"""Functions that read what changed in a register since a position, for clients that copy the register.

Nothing is missed while others commit. A record's entry stands at the transaction of its last change
(`FeedRecord.changed_xid`), and is given once every transaction with a lower number has ended: no entry can appear before a
position that a reader has passed. What ended meanwhile in an order of its own waits, so that one long transaction
delays the feed, but spoils nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan

from hunan_trade.accounts.models import User
from hunan_trade.lists.declaration import Listing
from hunan_trade.lists.history.history_models import find_history_model, keeps_history

HORIZON = """
SELECT pg_snapshot_xmin(now)::text::bigint, pg_snapshot_xmax(now)::text::bigint, concat_ws('/',
    (SELECT system_identifier FROM pg_control_system()), (SELECT timeline_id FROM pg_control_checkpoint()),
    (SELECT oid FROM pg_database WHERE datname = current_database()), %s::regclass::oid)
FROM pg_current_snapshot() now
"""


@dataclass(frozen=True, order=True)
class Position:
    """A position in a register's changes feed, up to which a client has received all entries.

    While the whole register is read for the first time (`first_read`), `key` is the last record that was read, and
    `transaction` where the changes begin that follow.
    """

    transaction: int
    key: int = 0
    first_read: bool = False


@dataclass(frozen=True)
class TransactionHorizon:
    """Two transaction numbers: all transactions below `complete` have ended, and none from `unknown` on has begun.

    `database` differs between databases, and after a restore that made the table anew or began a timeline.
    """

    complete: int
    unknown: int
    database: str


@dataclass(frozen=True)
class Changes:
    """One page of a list's changes feed: the changed records, the keys of deleted ones, and the next position.

    The records are sent as they stand now. A record that the reader may no longer see counts as deleted. `more`:
    whether there is a next page already.
    """

    records: Sequence[Any]
    gone: Sequence[int]
    next: Position
    more: bool


def read_transaction_horizon(listing: Listing) -> TransactionHorizon:
    """Read the transaction number below which all have ended and the one from which none has begun.

    To be read before the records are.
    """
    with connection.cursor() as cursor:
        cursor.execute(HORIZON, [connection.ops.quote_name(listing.model._meta.db_table)])
        return TransactionHorizon(*cursor.fetchone())


def changes_since(
    listing: Listing, user: User, position: Position | None, horizon: TransactionHorizon, size: int
) -> Changes:
    """Return the page of a user's changes feed that follows `position`, with at most `size` entries.

    None as the position begins with a first read of all records.
    """
    if position is None:
        position = Position(horizon.complete, first_read=True)
    return (_first_read if position.first_read else _changes)(listing, user, position, horizon, size)


def _first_read(listing: Listing, user: User, position: Position, horizon: TransactionHorizon, size: int) -> Changes:
    """Return one page of all visible records, for a client that does not have a copy of the register yet.

    Records that change while the pages are read come again in the changes after it.
    """
    found = list(listing.visible_rows(user).filter(pk__gt=position.key).order_by("pk")[: size + 1])
    if len(found) > size:
        following = Position(position.transaction, found[size - 1].pk, first_read=True)
        return Changes(found[:size], (), following, more=True)
    return Changes(found, (), Position(position.transaction), more=horizon.complete > position.transaction)


def _changes(listing: Listing, user: User, position: Position, horizon: TransactionHorizon, size: int) -> Changes:
    end = max(position, Position(horizon.complete))
    visible = listing.visible_rows(user)
    rows = visible.filter(_between("changed_xid", "pk", position, end)).order_by("changed_xid", "pk")[: size + 1]
    changed = {Position(row.changed_xid, row.pk): row for row in rows}
    if len(changed) > size:
        end = list(changed)[size]
    shown = _positions_of_newly_visible_records(listing, user, position, end, size + 1)
    lost = _positions_of_lost_records(listing, user, position, end, size + 1)
    places = sorted({*changed, *shown, *lost})
    page = places[:size]
    records = {place.key: changed[place] for place in page if place in changed}
    if others := {place.key for place in page if place in shown} - records.keys():
        records |= {row.pk: row for row in visible.filter(pk__in=others)}
    return Changes(
        records=list(records.values()),
        gone=list(dict.fromkeys(place.key for place in page if place in lost)),
        next=page[-1] if len(places) > size else end,
        more=len(places) > size,
    )


def _positions_of_newly_visible_records(
    listing: Listing, user: User, position: Position, end: Position, limit: int
) -> set[Position]:
    """Return the feed positions at which records became visible through changes in other registers.

    There a record came or changed that shows one of the list's to the reader.
    """
    places: set[Position] = set()
    for link in listing.seen_through:
        visible = link.model._default_manager.visible_to(user)  # type: ignore[attr-defined]
        links = visible.filter(_between("changed_xid", link.record_id_attribute, position, end))
        found = links.order_by("changed_xid", link.record_id_attribute).values_list(
            "changed_xid", link.record_id_attribute
        )[:limit]
        places |= {Position(*place) for place in found}
    return places


def _positions_of_lost_records(
    listing: Listing, user: User, position: Position, end: Position, limit: int
) -> set[Position]:
    """Return the feed positions at which records were deleted or became invisible to the user.

    The version is the record's own, or one of a record that showed it. Of what happens to a record after it was lost
    nothing is told, nor of what only its own transaction could see. What keeps no history is never lost. A merged record
    is lost.
    """
    places: set[Position] = set()
    tables = ((listing.model, "pk"), *((link.model, link.record_id_attribute) for link in listing.seen_through))
    for model, key in (table for table in tables if keeps_history(table[0])):
        ended: Any = find_history_model(model).objects.filter(_between("ended_xid", key, position, end))
        might_see = ended.exclude(ended_xid=F("changed_xid")).versions_visible_to(user)
        if model is listing.model:
            might_see = might_see.filter(listing.unmerged)
        lost = might_see.exclude(Exists(listing.visible_rows(user).filter(pk=OuterRef(key))))
        places |= {Position(*place) for place in lost.order_by("ended_xid", key).values_list("ended_xid", key)[:limit]}
    return places


def _between(transaction: str, key: str, position: Position, end: Position) -> Q:
    """Return the query condition for rows whose feed position lies between two positions, both excluded.

    `transaction` and `key` are the names of the fields that make up a position.
    """
    place = Tuple(transaction, key)
    after = TupleGreaterThan(place, (position.transaction, position.key))
    before = TupleLessThan(place, (end.transaction, end.key))
    # The range says nothing new, but the planner estimates by it how few entries there are, and takes the index.
    return Q(after) & Q(before) & Q(**{f"{transaction}__range": (position.transaction, end.transaction)})
