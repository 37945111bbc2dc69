"""Tests how a request's session or API token is checked, and the number of queries needed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.sessions.backends.db import SessionStore
from pytest_django import DjangoAssertNumQueries

from hunan_trade.accounts import actions, sessions, tokens
from hunan_trade.accounts.models import SessionRecord, Token, User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.actions import System
from hunan_trade.testing.cache_invalidation_checks import untracked_tables

pytestmark = pytest.mark.django_db


def signed_in_session(user: User) -> SessionStore:
    session = SessionStore()
    sessions.sign_in(session, user, ip="10.0.0.7", browser="test")
    return SessionStore(session.session_key)


@pytest.mark.parametrize("user", [cast.officer, lambda: cast.reporter("430100")], ids=["no region", "a city's"])
def test_a_token_is_read_once_until_something_changes_and_a_session_in_two_queries(
    user: Callable[[], User], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    account = User.objects.select_related("region").get(pk=user().pk)
    secret = actions.issue_token(
        user=account, label="对账", scope=Token.Scope.READ, networks=["10.0.0.0/8"], by=System("测试")
    )[1]
    session = signed_in_session(account)
    first = tokens.find_usable_token(secret)
    with django_assert_num_queries(1):  # the version
        token = tokens.find_usable_token(secret)
        assert token is not None and token.user == account and token is not first
    with django_assert_num_queries(2):
        record = sessions.find_valid_session(session, ip=None, browser="")
        assert record is not None and (record.user, record.user.region) == (account, account.region)


def test_a_cached_token_follows_its_account_and_its_row_at_once() -> None:
    account = cast.officer()
    secret = actions.issue_token(user=account, label="对账", scope=Token.Scope.READ, by=System("测试"))[1]

    def usable() -> Token:
        token = tokens.find_usable_token(secret)
        assert token is not None
        return token

    assert usable().user.role == account.role
    User.objects.filter(pk=account.pk).update(role="auditor")
    assert usable().user.role == "auditor"
    Token.objects.update(scope="submit")
    assert usable().scope == "submit"
    User.objects.filter(pk=account.pk).update(is_active=False)
    assert tokens.find_usable_token(secret) is None


def test_the_version_covers_every_table_that_a_cached_token_is_read_from() -> None:
    secret = actions.issue_token(user=cast.officer(), label="对账", scope=Token.Scope.READ, by=System("测试"))[1]
    assert untracked_tables(lambda: tokens.find_token_even_invalid(secret), [tokens.VERSION_TABLE]) == []


def test_an_expired_session_is_invalid() -> None:
    session = signed_in_session(cast.officer())
    session.get_model_class().objects.update(expire_date="2001-01-01T00:00:00Z")
    gone = SessionStore(session.session_key)
    assert sessions.find_valid_session(gone, ip=None, browser="") is None and gone.session_key is None


def test_a_session_without_a_record_gets_one() -> None:
    officer = cast.officer()
    session = signed_in_session(officer)
    SessionRecord.objects.all().delete()
    session_record = sessions.find_valid_session(session, ip=None, browser="")
    assert (
        session_record is not None and session_record.user == officer and SessionRecord.objects.get() == session_record
    )


def test_logging_in_over_another_session_replaces_its_user() -> None:
    officer, reporter = cast.officer(), cast.reporter("430100")
    session = signed_in_session(officer)
    assert sessions.find_valid_session(session, ip=None, browser="") is not None
    sessions.sign_in(session, reporter, ip=None, browser="test")
    session_record = sessions.find_valid_session(session, ip=None, browser="")
    assert session_record is not None and session_record.user == reporter
