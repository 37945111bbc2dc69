from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from hunan_trade.audit.actions import System, record
from hunan_trade.audit.models import Event

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_event SET reason = 'x'",
        "UPDATE audit_event SET reason = reason WHERE false; DELETE FROM audit_event",
        "TRUNCATE audit_event",
        "TRUNCATE audit_event CASCADE",
        "SET session_replication_role = replica; DELETE FROM audit_event",
    ],
)
def test_the_owner_of_the_table_cannot_change_the_log_by_sql(change: str) -> None:
    record("test.done", by=System())
    with connection.cursor() as sql:
        sql.execute("SET CONSTRAINTS ALL IMMEDIATE")  # or the pending seal alone would refuse a TRUNCATE
    with (
        pytest.raises(Exception, match=r"append-only|permission denied"),
        transaction.atomic(),
        connection.cursor() as sql,
    ):
        sql.execute(change)
    assert Event.objects.count() == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda event: Event.objects.update(reason="x"),
        lambda event: Event.objects.filter(pk=event.pk).delete(),
        lambda event: event.delete(),
        lambda event: Event.objects.bulk_update([event], ["reason"]),
        lambda event: event.save(),
    ],
)
def test_code_cannot_change_the_log(change: object) -> None:
    event = record("test.done", by=System(), reason="as it was")
    event.reason = "rewritten"
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        change(event)  # type: ignore[operator]
    assert Event.objects.get(seq=record("test.done", by=System()).seq - 1).reason == "as it was"


def test_a_verb_is_noun_dot_verb() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        record("Accepted", by=System())
