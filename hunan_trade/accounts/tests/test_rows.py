"""Who asks is read by a query written once, and is the same person as the ORM would read."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.conf import settings
from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext

from hunan_trade.accounts import actions, sessions, tokens
from hunan_trade.accounts.models import SessionRecord, Token, User
from hunan_trade.accounts.session_store import SessionStore
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.actions import System


def fields(row: Model | None) -> dict[str, object]:
    return {} if row is None else {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def person_of(user: User) -> tuple[dict[str, object], dict[str, object]]:
    return fields(user), fields(user.region)


def signed_in(user: User) -> SessionStore:
    session = SessionStore()
    sessions.begin(session, user, ip="10.0.0.7", browser="test")
    return SessionStore(session.session_key)


@pytest.mark.django_db
@pytest.mark.parametrize("user", [cast.officer, lambda: cast.reporter("430100")], ids=["no region", "a city's"])
def test_tokens_and_sessions_are_read_with_user_and_region_in_one_query_as_the_orm_reads_them(user) -> None:
    account = user()
    secret = actions.issue_token(
        user=account, label="对账", scope=Token.Scope.READ, networks=["10.0.0.0/8"], by=System("测试")
    )[1]
    session = signed_in(account)
    with CaptureQueriesContext(connection) as asked:
        token, record = tokens.find(secret), sessions.standing(session, ip=None, browser="")
        found = token and record and (person_of(token.user), person_of(record.user))
    assert len([query for query in asked if not query["sql"].startswith("PREPARE")]) == 2
    person = person_of(User.objects.select_related("region").get(pk=account.pk))
    assert found == (person, person)
    assert fields(token) == fields(Token.objects.get()) and fields(record) == fields(SessionRecord.objects.get())
    assert token is not None and token.networks == ["10.0.0.0/8"]


@pytest.mark.django_db
def test_a_session_without_a_record_or_past_its_time_is_no_session() -> None:
    session = signed_in(cast.officer())
    SessionRecord.objects.all().delete()
    assert dict(SessionStore(session.session_key).items()) and SessionStore(session.session_key).record is None
    session.get_model_class().objects.update(expire_date="2001-01-01T00:00:00Z")
    gone = SessionStore(session.session_key)
    assert not gone.items() and gone.session_key is None


@pytest.mark.django_db
def test_another_session_than_the_one_that_was_loaded_brings_nobody_along() -> None:
    officer, reporter = cast.officer(), cast.reporter("430100")
    session = signed_in(officer)
    assert sessions.standing(session, ip=None, browser="") is not None
    sessions.begin(session, reporter, ip=None, browser="test")
    standing = sessions.standing(session, ip=None, browser="")
    assert standing is not None and standing.user == reporter


def test_a_new_connection_makes_its_own_plan(cloned_database: object) -> None:
    session = signed_in(cast.officer())
    for _ in range(2):
        assert sessions.standing(SessionStore(session.session_key), ip=None, browser="") is not None
        connection.close()


def test_the_portal_uses_this_store() -> None:
    assert import_module(settings.SESSION_ENGINE).SessionStore is SessionStore
