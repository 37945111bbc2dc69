"""Functions that record who changed records of a list, when and why, for the records' history.

Such a note is an act; the triggers of registers attach it to the history versions made within it. `wait_for_writes_of_day` waits
until a past day can gain no more changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime

from django.db import connection, transaction

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.audit.actions import Actor
from hunan_trade.lists.history.history_trigger_migration_operation import FIRST_DAY, LOCK_SPACE
from hunan_trade.lists.models import Act


@contextmanager
def open_act(kind: Act.Kind, *, listing: str, by: Actor, reason: str = "", reference: str = "") -> Iterator[Act]:
    """Context manager that stores an `Act` (who, when, why) and links all changes made in its block to it.

    Every history version written in the block points to the act. Needs a transaction and leaves nothing
    behind in the connection, so that it holds behind a pooling proxy, too.
    """
    with transaction.atomic():
        act = Act.objects.create(
            kind=kind,
            listing=listing,
            by=by if isinstance(by, User) else None,
            by_name=by.name,
            at=_moment(),
            reason=reason,
            reference=reference,
        )
        before = _read_db_setting("lists.act")
        _write_db_setting("lists.act", str(act.pk))
        yield act
        _write_db_setting("lists.act", before)


def initial_data_was_loaded(listing: str) -> bool:
    """Return whether the records delivered with the portal have ever been loaded into the list.

    They are loaded once, even where somebody has changed or deleted all of them since.
    """
    return Act.objects.filter(listing=listing, kind=Act.Kind.LOADED).exists()


def _moment() -> datetime:
    """Return the time recorded for all changes of this transaction, after taking a shared lock on its date.

    Whoever reads the history of a closed day waits for that lock first.
    """
    if known := _read_db_setting("lists.moment"):
        return datetime.fromisoformat(known)
    while True:
        moment = clock.now()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock_shared(%s, %s)", [LOCK_SPACE, _days_since_first_day(moment.date())]
            )
        if clock.today() == moment.date():
            _write_db_setting("lists.moment", moment.isoformat())
            return moment


def wait_for_writes_of_day(day: date) -> None:
    """Wait until all transactions that recorded changes on this day or the day before have ended.

    Called before the rows of a closed day are read, and outside of their snapshot.
    """
    with connection.cursor() as cursor:
        for number in (_days_since_first_day(day) - 1, _days_since_first_day(day)):
            lock = [LOCK_SPACE, number]
            cursor.execute("SELECT pg_advisory_lock(%s, %s), pg_advisory_unlock(%s, %s)", lock * 2)


def _days_since_first_day(day: date) -> int:
    return (day - date.fromisoformat(FIRST_DAY)).days


def _read_db_setting(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s, true)", [name])
        return cursor.fetchone()[0] or ""


def _write_db_setting(name: str, value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [name, value])
