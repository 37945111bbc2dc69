"""Tests of `audit.actions.record`: what an audit event contains, and when it is written."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from hunan_trade.accounts.tests import factories
from hunan_trade.audit import request_metadata
from hunan_trade.audit.actions import System, record
from hunan_trade.audit.models import Event
from hunan_trade.audit.request_metadata import RequestMetadata

pytestmark = pytest.mark.django_db


def test_an_event_records_actor_request_subject_and_changes() -> None:
    reporter = factories.reporter("431000")
    facts = RequestMetadata(request_id="r-1", ip="10.1.2.3", method="POST", path="/x/", credential="abcd")
    with request_metadata.request_context(facts):
        seq = record(
            "role.given", by=reporter, subject=reporter, region="431000", before={"role": ""}, after={"role": "x"}
        ).seq
    event = Event.objects.get(pk=seq)
    assert (event.actor_id, event.actor_name, event.actor_role, event.actor_region) == (
        reporter.pk,
        reporter.name,
        "city_reporter",
        "431000",
    )
    assert (event.request_id, event.ip, event.method, event.credential) == ("r-1", "10.1.2.3", "POST", "abcd")
    assert (event.object_type, event.object_id, event.region) == ("accounts.user", str(reporter.pk), "431000")
    assert (event.before, event.after, event.result) == ({"role": ""}, {"role": "x"}, "ok")
    assert event.recorded_at.tzinfo is not None and str(event.business_on) == "2013-07-08"


def test_request_facts_are_cleared_after_the_request() -> None:
    with request_metadata.request_context(RequestMetadata(request_id="r-1")):
        request_metadata.set_credential("abcd")
    assert request_metadata.current() == RequestMetadata()


def test_control_characters_cannot_forge_a_line() -> None:
    event = record("test.done", by=System(), reason="真\r\n2013 admin ok\x1b[31m")
    assert event.reason == "真\\r\\n2013 admin ok\\x1b[31m"


def test_a_rolled_back_transaction_leaves_no_event() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        record("test.done", by=System())
        1 / 0  # noqa: B018
    assert not Event.objects.exists()


def test_a_change_fails_when_its_event_cannot_be_written() -> None:
    with connection.cursor() as sql:
        sql.execute("CREATE TEMPORARY TABLE audit_event (unusable integer)")  # in front of the real one
    officer = factories.officer()
    with pytest.raises(Exception, match="audit_event"), transaction.atomic():
        officer.name = "改名"
        officer.save()
        record("account.renamed", by=System(), subject=officer)
    officer.refresh_from_db()
    assert officer.name != "改名"
