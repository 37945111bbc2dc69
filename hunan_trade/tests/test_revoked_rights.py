"""Tests that sessions, tokens, links and jobs end at once when their user loses the right."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.test import Client
from pytest_django import Settings

from hunan_trade import clock
from hunan_trade.accounts import actions
from hunan_trade.accounts.models import PasswordLink, Token, User
from hunan_trade.accounts.roles import Role
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.actions import System
from hunan_trade.intake.actions import opening
from hunan_trade.jobs import actions as jobs
from hunan_trade.jobs.models import Job
from hunan_trade.periods import Month
from hunan_trade.regions.models import Region
from hunan_trade.workflow import MoveRefused

JUNE = Month(2013, 6)
WORKBOOK = f"/returns/{cast.CHANGSHA}/2013-06/workbook/"
OWN_RETURNS = "/api/v1/returns/"


def close_user(user: User) -> None:
    actions.close_account(user=user, by=cast.administrator(), reason="调离")


def remove_role(user: User) -> None:
    actions.give_role(user=user, role="", by=cast.security_officer(), reason="转岗")


def move_to_other_city(user: User) -> None:
    region = Region.objects.get(pk=cast.CHENZHOU)
    actions.give_role(user=user, role=Role.CITY_REPORTER, region=region, by=cast.security_officer(), reason="调郴州")


def change_password(user: User) -> None:
    actions.change_password(user=user, password="Xiangjiang-2013!", by=user)


WAYS_TO_END_RIGHTS: dict[str, Callable[[User], None]] = {
    "closed": close_user,
    "no role": remove_role,
    "moved": move_to_other_city,
}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "end_right", [*WAYS_TO_END_RIGHTS.values(), change_password], ids=[*WAYS_TO_END_RIGHTS, "new password"]
)
def test_a_session_and_its_links_end_when_the_right_ends(end_right: Callable[[User], None]) -> None:
    reporter, client = cast.reporter(), Client()
    opening.open_month(JUNE, by=System("测试"))
    client.force_login(reporter)
    assert client.get(WORKBOOK).status_code == 200
    end_right(reporter)
    assert client.get(WORKBOOK).status_code == 302
    assert client.get(OWN_RETURNS).status_code == 401
    client.force_login(User.objects.get(pk=reporter.pk))  # and signed in anew, the link gives what is theirs today
    statuses: dict[Callable[[User], None], int] = {close_user: 302, remove_role: 403, move_to_other_city: 404}
    assert client.get(WORKBOOK).status_code == statuses.get(end_right, 200)


@pytest.mark.django_db
@pytest.mark.parametrize("end_right", WAYS_TO_END_RIGHTS.values(), ids=WAYS_TO_END_RIGHTS)
@pytest.mark.parametrize("scope", Token.Scope.values)
def test_a_token_ends_when_its_owners_right_ends(scope: str, end_right: Callable[[User], None]) -> None:
    reporter = cast.reporter()
    headers = cast.bearer_headers(reporter, scope)
    assert Client().get(OWN_RETURNS, headers=headers).status_code == 200
    end_right(reporter)
    assert Client().get(OWN_RETURNS, headers=headers).status_code == 401


@pytest.mark.django_db
def test_a_token_is_refused_while_its_owner_must_change_the_password() -> None:
    reporter = cast.reporter()
    headers = cast.bearer_headers(reporter)
    actions.replace_password_with_code(user=reporter, by=cast.administrator(), reason="忘记")
    assert Client().get(OWN_RETURNS, headers=headers).status_code == 403


@pytest.mark.django_db
@pytest.mark.parametrize("way", ["page", "command", "account"])
def test_every_way_of_revoking_a_token_works_at_once(way: str) -> None:
    reporter = cast.reporter()
    token, secret = cast.token(reporter)
    headers = {"Authorization": f"Bearer {secret}"}
    assert Client().get(OWN_RETURNS, headers=headers).status_code == 200
    if way == "page":
        security_officer = Client()
        security_officer.force_login(cast.security_officer())
        assert security_officer.post(f"/tokens/{token.pk}/revoke/", {"reason": "不用了"}).status_code == 302
    elif way == "command":
        call_command("token", revoke=token.prefix, verbosity=0)
    else:
        close_user(reporter)
    assert Client().get(OWN_RETURNS, headers=headers).status_code == 401


@pytest.mark.django_db
@pytest.mark.parametrize("end_right", WAYS_TO_END_RIGHTS.values(), ids=WAYS_TO_END_RIGHTS)
def test_a_queued_job_is_not_started_after_its_requester_lost_the_right(end_right: Callable[[User], None]) -> None:
    officer = cast.officer()
    cast.reporter()  # with the regions
    job = jobs.enqueue("reports.write", {"kind": "monthly-bulletin", "month": "2013-06"}, key="x", by=officer)
    end_right(officer)
    jobs.run_job(job.pk, worker="w")
    job.refresh_from_db()
    assert (job.state, job.attempt) == (Job.State.FAILED, 0)


@pytest.mark.django_db
@pytest.mark.parametrize("end_right", [close_user, move_to_other_city], ids=["closed", "moved"])
def test_a_running_job_writes_nothing_after_its_requester_lost_the_right(
    end_right: Callable[[User], None], settings: Settings
) -> None:
    reporter = cast.reporter()
    settings.JOB_KINDS = {"export": "hunan_trade.jobs.tests.sample_job_functions.count"}
    job = jobs.enqueue("export", {}, key="y", by=reporter, region=cast.CHANGSHA)
    lease = jobs.claim_job(job.pk, "w")
    assert lease is not None
    end_right(reporter)
    with pytest.raises(MoveRefused, match="任务不再办理"), lease.fenced():
        pytest.fail("the effects must not begin")


@pytest.mark.django_db
def test_no_secret_is_stored_in_the_database() -> None:
    """Search every row as text for tokens and codes of which only hashes may be stored."""
    reporter = cast.reporter()
    secrets = [cast.token(reporter, scope)[1] for scope in Token.Scope.values]
    halves = [
        actions.replace_password_with_code(user=reporter, by=cast.administrator(), reason="忘记"),
        cast.release_second_half(reporter),
    ]
    Client().get(OWN_RETURNS, headers={"Authorization": f"Bearer {secrets[0]}"})
    dump = database_text()
    assert all(Token.objects.filter(prefix=secret.split("_")[1]).exists() for secret in secrets)
    for secret in (*secrets, *halves):
        assert secret not in dump
        assert secret.split("_", 2)[-1] not in dump
    assert PasswordLink.objects.filter(user=reporter).exists()
    with pytest.raises(MoveRefused, match="有效期"):
        actions.issue_token(user=reporter, label="久", scope="read", by=System(), lasts=timedelta(days=365, seconds=1))
    assert all(token.expires_at - clock.real_now() <= timedelta(days=365) for token in Token.objects.all())


def database_text() -> str:
    with connection.cursor() as sql:
        parts = []
        for table in sorted(connection.introspection.table_names(sql)):
            sql.execute(f'SELECT t::text FROM "{table}" t')
            parts += [row[0] for row in sql.fetchall()]
    assert len(parts) > len(apps.get_models())
    return "\n".join(parts)


@pytest.mark.django_db
@pytest.mark.parametrize("scope", Token.Scope.values)
def test_a_token_cannot_create_or_show_tokens(scope: str) -> None:
    security_officer = cast.security_officer()
    headers = cast.bearer_headers(security_officer, scope)
    waiting = actions.grant_token(user=security_officer, label="取数", scope=scope, by=cast.security_officer()).pk
    before = Token.objects.count()
    for address in ("/tokens/", "/tokens/new/", f"/tokens/{waiting}/revoke/", f"/tokens/{waiting}/fetch/"):
        for method in ("get", "post"):
            answer = getattr(Client(), method)(address, headers=headers)
            assert (answer.status_code, "hnt_" in answer.content.decode()) == (302, False)
    assert Token.objects.count() == before and not Token.objects.filter(revoked_at__isnull=False).exists()
