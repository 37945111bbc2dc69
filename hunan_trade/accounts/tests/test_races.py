"""Tests simultaneous requests that change the same account, password code or API token."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from django.db import connection

from hunan_trade.accounts import actions, tokens
from hunan_trade.accounts.models import PasswordLink
from hunan_trade.accounts.roles import Role
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.models import Event
from hunan_trade.workflow import MoveRefused

pytestmark = pytest.mark.usefixtures("cloned_database")


def run_together(acts: Sequence[Callable[[], object]]) -> list[object]:
    """Run functions at the same moment in threads; return their results or refusals."""
    start = threading.Barrier(len(acts))

    def call(act: Callable[[], object]) -> object:
        try:
            start.wait()
            return act()
        except MoveRefused as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(call, acts))


def test_of_concurrent_releases_only_one_shows_the_second_code_half() -> None:
    user = cast.officer()
    actions.replace_password_with_code(user=user, by=cast.administrator())
    link = user.password_links.get()
    keepers = [cast.security_officer() for _ in range(8)]
    given = run_together(
        [lambda keeper=keeper: actions.release_second_code_half(link=link, by=keeper) for keeper in keepers],  # type: ignore[misc]
    )
    assert sum(isinstance(half, str) for half in given) == 1
    assert Event.objects.filter(verb="activation.released").count() == 1


def test_concurrent_code_requests_leave_one_usable_code() -> None:
    """Request codes for one account, and for a role's first account, which has no account row to lock."""
    target, admins = cast.officer(), [cast.administrator() for _ in range(4)]
    run_together(
        [lambda by=by: actions.replace_password_with_code(user=target, by=by) for by in admins],  # type: ignore[misc]
    )
    assert target.password_links.filter(used_at=None).count() == 1
    given = run_together([lambda: actions.create_first_account_code(role=Role.SECURITY_OFFICER)] * 6)
    assert sum(isinstance(halves, tuple) for halves in given) >= 1
    assert PasswordLink.objects.filter(user=None, used_at=None).count() == 1


def test_concurrent_token_fetches_give_one_secret() -> None:
    owner = cast.officer()
    token = actions.grant_token(user=owner, label="取数", scope="read", by=cast.security_officer())
    given = run_together([lambda: actions.create_secret_for_token_owner(token=token, by=owner)] * 6)
    secrets = [secret for secret in given if isinstance(secret, str)]
    assert len(secrets) == 1 and tokens.find_usable_token(secrets[0]) == token
    assert Event.objects.filter(verb="token.issued").count() == 1


def test_no_token_survives_a_concurrent_removal_of_the_users_role() -> None:
    owner, keepers = cast.officer(), [cast.security_officer() for _ in range(6)]
    acts: list[Callable[[], object]] = [
        partial(actions.grant_token, user=owner, label="取数", scope="read", by=keeper) for keeper in keepers
    ]
    acts[3] = partial(actions.give_role, user=owner, role="", by=keepers[3])
    run_together(acts)
    taken = Event.objects.get(verb="role.given").seq
    for token in owner.tokens.filter(revoked_at=None):
        assert Event.objects.get(verb="token.granted", object_id=str(token.pk)).seq > taken
