"""Tests that application code cannot change audit events, and that verbs have the form noun.verb."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, ProgrammingError, transaction

from hunan_trade.audit.actions import System, record
from hunan_trade.audit.models import Event

pytestmark = pytest.mark.django_db


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
    with pytest.raises(ProgrammingError, match="permission denied for table audit_event"), transaction.atomic():
        change(event)  # type: ignore[operator]
    assert Event.objects.get(seq=record("test.done", by=System()).seq - 1).reason == "as it was"


def test_a_verb_is_noun_dot_verb() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        record("Accepted", by=System())
