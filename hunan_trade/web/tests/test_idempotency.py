"""Tests of idempotency keys: a repeated request gets the same response and takes effect once."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from threading import Barrier
from typing import Any

import psycopg2
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from pytest_django import Settings

from enterprises.tests import return_factories
from hunan_trade import clock
from hunan_trade.accounts import actions as accounts
from hunan_trade.accounts.models import Token, User
from hunan_trade.accounts.roles import Role
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.actions_state_changes import AllowedMove
from hunan_trade.audit.models import Event
from hunan_trade.intake import return_sheets
from hunan_trade.intake.actions import filling
from hunan_trade.intake.models import MonthlyReturn, Status, Upload
from hunan_trade.periods import Month
from hunan_trade.regions.models import Region
from hunan_trade.testing.plugin import ClonedDatabase
from hunan_trade.web import idempotency
from hunan_trade.web.models import LIFETIME, StoredResponse

NOON = clock.at(date(2013, 2, 4), 12)
KEY = {"Idempotency-Key": "3f1c-0001"}
PAGE = "/returns/430100/2013-01/"


@pytest.fixture
def noon() -> Any:
    with clock.frozen_at(NOON):
        yield


@pytest.fixture
def january(noon: None, db: None) -> tuple[User, MonthlyReturn]:
    return filled_january_return()


def filled_january_return() -> tuple[User, MonthlyReturn]:
    reporter = cast.reporter()
    firm = return_factories.enterprise(reporter)
    monthly_return = return_factories.opened("430100", Month(2013, 1))
    return_factories.filled(monthly_return, reporter, {firm.customs_code: ("100", "40")})
    return reporter, monthly_return


def signed_in_client(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def count_events(verb: str) -> int:
    return Event.objects.filter(verb=verb).count()


def nil_return_form(**more: Any) -> dict[str, Any]:
    return {"reason": "停产检修", "version": MonthlyReturn.objects.get(region="430100").version, **more}


def row_payload(text: str, version: int = 1) -> dict[str, Any]:
    return {"sheet": "city_summary", "rows": [{"key": "06", "version": version, "texts": {"month": text}}]}


def test_a_repeated_form_gets_the_same_redirect_and_message_and_takes_effect_once(
    january: tuple[User, MonthlyReturn],
) -> None:
    client = signed_in_client(january[0])
    sent = nil_return_form(idempotency_key="form-0001")
    first, again = (client.post(PAGE + "nil/", sent) for _ in range(2))
    assert (first.status_code, first["Location"]) == (again.status_code, again["Location"]) == (302, PAGE)
    assert again["Idempotency-Replayed"] == "true" and not first.has_header("Idempotency-Replayed")
    assert count_events("return.declared_nil") == 1
    assert "已按零报告填好" in client.get(PAGE).content.decode()


def test_a_repeated_save_of_rows_gets_the_same_json(january: tuple[User, MonthlyReturn]) -> None:
    client = signed_in_client(january[0])
    first, again = (client.post(PAGE + "rows/", row_payload("7"), "application/json", headers=KEY) for _ in range(2))
    assert first.status_code == again.status_code == 200 and first.content == again.content
    assert again["Content-Type"] == "application/json"


def test_a_key_reused_for_other_content_is_refused_except_by_another_account(
    january: tuple[User, MonthlyReturn],
) -> None:
    client = signed_in_client(january[0])
    client.post(PAGE + "rows/", row_payload("7"), "application/json", headers=KEY)
    other = client.post(PAGE + "rows/", row_payload("8", 2), "application/json", headers=KEY)
    assert other.status_code == 422 and other["Content-Type"].startswith("text/html")
    elsewhere = client.post(PAGE + "nil/", nil_return_form(), headers=KEY)
    assert elsewhere.status_code == 422 and count_events("return.declared_nil") == 0
    colleague = signed_in_client(cast.reporter())
    assert colleague.post(PAGE + "rows/", row_payload("8", 2), "application/json", headers=KEY).status_code == 200


@pytest.mark.parametrize("role", [Role.CITY_REPORTER, Role.PROVINCE_OFFICER])
def test_a_stored_response_is_not_replayed_after_the_users_rights_changed(
    january: tuple[User, MonthlyReturn], settings: Settings, tmp_path: Path, role: Role
) -> None:
    settings.FILES_DIR = tmp_path
    reporter, monthly_return = january
    sent = return_sheets.stored_sheets(monthly_return).workbook(version=1, demo=True)

    def uploaded() -> Any:
        file = {"file": SimpleUploadedFile("1月.xlsx", sent)}
        return signed_in_client(reporter).post(f"/api/v1/returns/{monthly_return.pk}/uploads/", file, headers=KEY)

    assert uploaded().status_code == 201 and uploaded()["Idempotency-Replayed"] == "true"
    elsewhere = Region.objects.get(code="431000") if role == Role.CITY_REPORTER else None
    accounts.give_role(user=reporter, role=role, region=elsewhere, by=cast.security_officer(), reason="调动")
    answer = uploaded()
    assert answer.status_code in {403, 422} and not answer.has_header("Idempotency-Replayed")
    assert "1月.xlsx" not in answer.content.decode() and Upload.objects.count() == 1


def test_a_refusal_is_not_stored_so_that_a_retry_is_decided_anew(january: tuple[User, MonthlyReturn]) -> None:
    client = signed_in_client(january[0])
    before = clock.at(date(2013, 1, 20), 12)  # not open yet
    with clock.frozen_at(before):
        assert client.post(PAGE + "nil/", nil_return_form(), headers=KEY).status_code == 409
    assert client.post(PAGE + "nil/", nil_return_form(), headers=KEY).status_code == 302


def test_a_409_returned_by_the_view_is_not_stored_either(january: tuple[User, MonthlyReturn]) -> None:
    client = signed_in_client(january[0])
    client.post(PAGE + "rows/", row_payload("7"), "application/json")
    for _ in range(2):
        answer = client.post(PAGE + "rows/", row_payload("8"), "application/json", headers=KEY)
        assert answer.status_code == 409 and not answer.has_header("Idempotency-Replayed")
    assert not StoredResponse.objects.exists()


def test_a_repeated_upload_is_recognised_by_its_content(
    january: tuple[User, MonthlyReturn], settings: Settings, tmp_path: Path
) -> None:
    settings.FILES_DIR = tmp_path
    reporter, monthly_return = january
    data = return_sheets.stored_sheets(monthly_return).workbook(version=monthly_return.version, demo=True)
    client = signed_in_client(reporter)
    answers = [
        client.post(PAGE + "upload/", {"file": SimpleUploadedFile("月报.xlsx", data)}, headers=KEY) for _ in range(2)
    ]
    assert answers[0].status_code == 302 and answers[0]["Location"] == answers[1]["Location"]
    assert Upload.objects.count() == 1 and count_events("return.uploaded") == 1
    other = client.post(PAGE + "upload/", {"file": SimpleUploadedFile("月报.xlsx", data + b" ")}, headers=KEY)
    assert other.status_code == 422


@pytest.mark.parametrize("key", ["short", "x" * 201, "钥匙钥匙钥匙钥匙", "tab\tinside"])
def test_a_malformed_idempotency_key_is_refused(january: tuple[User, MonthlyReturn], key: str) -> None:
    answer = signed_in_client(january[0]).post(PAGE + "nil/", nil_return_form(idempotency_key=key))
    assert answer.status_code == 400 and count_events("return.declared_nil") == 0


def test_an_empty_idempotency_key_is_refused_not_ignored(january: tuple[User, MonthlyReturn]) -> None:
    answer = signed_in_client(january[0]).post(PAGE + "nil/", nil_return_form(), headers={"Idempotency-Key": ""})
    assert answer.status_code == 400


def test_responses_that_show_a_secret_are_not_stored(db: None) -> None:
    client = signed_in_client(cast.security_officer())
    owner = cast.officer()
    sent = {"user": owner.pk, "label": "取数", "scope": "read", "days": 30, "networks": ""}
    client.post("/tokens/new/", sent, headers=KEY)
    assert Token.objects.count() == 1
    assert client.post(f"/tokens/{Token.objects.get().pk}/revoke/", headers=KEY).status_code == 302
    assert not StoredResponse.objects.exists()


def test_a_stored_response_expires_after_two_days(january: tuple[User, MonthlyReturn]) -> None:
    client = signed_in_client(january[0])
    client.post(PAGE + "nil/", nil_return_form(), headers=KEY)
    StoredResponse.objects.update(kept_at=clock.real_now() - LIFETIME)
    assert StoredResponse.objects.expired().count() == 1
    assert not client.post(PAGE + "nil/", nil_return_form(), headers=KEY).has_header("Idempotency-Replayed")
    assert StoredResponse.objects.unexpired().count() == StoredResponse.objects.count() == 1


# --- In parallel, and broken off ------------------------------------------------------------------------------------
def test_of_twenty_parallel_repeats_only_one_takes_effect(noon: Any, cloned_database: ClonedDatabase) -> None:
    reporter, _ = filled_january_return()
    clients, sent = [signed_in_client(reporter) for _ in range(20)], nil_return_form()
    barrier = Barrier(len(clients))

    def press(client: Client) -> tuple[int, bool]:
        barrier.wait()
        try:
            with clock.frozen_at(NOON):
                answer = client.post(PAGE + "hand-up/", sent, headers=KEY)
            return answer.status_code, answer.has_header("Idempotency-Replayed")
        finally:
            connection.close()

    with ThreadPoolExecutor(len(clients)) as pool:
        ended = Counter(pool.map(press, clients))
    assert ended[302, False] == 1 and ended[302, True] >= 1
    assert {status for status, _ in ended} <= {302, 409}
    assert count_events("return.handed_up") == 1 and MonthlyReturn.objects.filter(status=Status.SIGNING).count() == 1


def break_transactions(monkeypatch: pytest.MonkeyPatch, times: int, code: str) -> list[int]:
    """Make the database abort the first `times` saves of a move after they have written."""
    real = AllowedMove.save_row_with_new_state
    broken: list[int] = []

    def save(move: AllowedMove[Any], **more: Any) -> Any:
        row = real(move, **more)
        if len(broken) < times:
            broken.append(1)
            with connection.cursor() as cursor:
                if code == "killed":
                    cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
                cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION 'forced' USING ERRCODE = '{code}'; END $$")
        return row

    monkeypatch.setattr(AllowedMove, "save_row_with_new_state", save)
    return broken


@pytest.mark.parametrize("code", ["40001", "40P01", "killed"])
def test_a_request_with_a_key_is_retried_after_a_database_failure(
    noon: Any, cloned_database: ClonedDatabase, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    reporter, _ = filled_january_return()
    client = signed_in_client(reporter)
    broken = break_transactions(monkeypatch, 2, code)
    answer = client.post(PAGE + "nil/", nil_return_form(), headers=KEY)
    assert answer.status_code == 302 and len(broken) == 2
    assert count_events("return.declared_nil") == 1 and StoredResponse.objects.count() == 1
    assert client.get(PAGE).content.decode().count("已按零报告填好") == 1


def test_a_retry_after_a_failure_at_the_end_queues_its_message_once(
    noon: Any, cloned_database: ClonedDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    reporter, _ = filled_january_return()
    client = signed_in_client(reporter)
    real = idempotency._body_bytes
    broken: list[int] = []

    def body(answer: Any) -> bytes:
        if not broken:
            broken.append(1)
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return real(answer)

    monkeypatch.setattr(idempotency, "_body_bytes", body)
    assert client.post(PAGE + "nil/", nil_return_form(), headers=KEY).status_code == 302 and broken
    assert count_events("return.declared_nil") == 1
    assert client.get(PAGE).content.decode().count("已按零报告填好") == 1


@pytest.mark.parametrize(
    ("code", "words"), [("40001", "本次没有保存"), ("40P01", "本次没有保存"), ("killed", "可能没有保存")]
)
def test_a_request_without_a_key_is_not_retried_and_gets_a_503(
    noon: Any, cloned_database: ClonedDatabase, monkeypatch: pytest.MonkeyPatch, code: str, words: str
) -> None:
    reporter, _ = filled_january_return()
    client = signed_in_client(reporter)
    broken = break_transactions(monkeypatch, 9, code)
    answer = client.post(PAGE + "nil/", nil_return_form())
    assert answer.status_code == 503 and answer["Retry-After"] and words in answer.content.decode()
    assert len(broken) == 1 and count_events("return.declared_nil") == 0
    broken.extend([1] * 9)
    assert client.post(PAGE + "nil/", nil_return_form()).status_code == 302  # the next request has a new connection


def test_a_read_request_is_retried_after_a_lost_connection(
    noon: Any, cloned_database: ClonedDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    reporter, _ = filled_january_return()
    client = signed_in_client(reporter)
    real = return_sheets.stored_sheets
    broken: list[int] = []

    def stored(monthly_return: MonthlyReturn) -> Any:
        if not broken:
            broken.append(1)
            with pytest.raises(psycopg2.OperationalError), connection.connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return real(monthly_return)

    monkeypatch.setattr(return_sheets, "stored_sheets", stored)
    assert client.get(PAGE).status_code == 200 and broken


def test_a_request_that_keeps_failing_gets_a_503_after_three_attempts(
    noon: Any, cloned_database: ClonedDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    reporter, _ = filled_january_return()
    broken = break_transactions(monkeypatch, 99, "40001")
    assert signed_in_client(reporter).post(PAGE + "nil/", nil_return_form(), headers=KEY).status_code == 503
    assert len(broken) == 3


def test_a_repeat_that_waits_too_long_for_the_first_request_gets_a_409(
    noon: Any, cloned_database: ClonedDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    reporter, _ = filled_january_return()
    client, sent = signed_in_client(reporter), nil_return_form()
    real = filling.declare_nil

    def slow(*arguments: Any, **more: Any) -> Any:
        with ThreadPoolExecutor(1) as pool:
            answers.append(pool.submit(repeat).result())
        return real(*arguments, **more)

    def repeat() -> Any:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '50ms'")
            with clock.frozen_at(NOON):
                return signed_in_client(reporter).post(PAGE + "nil/", sent, headers=KEY)
        finally:
            connection.close()

    answers: list[Any] = []
    monkeypatch.setattr(filling, "declare_nil", slow)
    assert client.post(PAGE + "nil/", sent, headers=KEY).status_code == 302
    assert [answer.status_code for answer in answers] == [409] and answers[0]["Retry-After"] == "2"


def test_a_query_that_times_out_gets_a_503(
    noon: Any, cloned_database: ClonedDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    reporter, _ = filled_january_return()
    real = return_sheets.stored_sheets

    def stored(monthly_return: MonthlyReturn) -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = '50ms'")
            cursor.execute("SELECT pg_sleep(30)")
        return real(monthly_return)

    monkeypatch.setattr(return_sheets, "stored_sheets", stored)
    answer = signed_in_client(reporter).get(PAGE)
    assert answer.status_code == 503 and answer["Retry-After"] and "没有按时办完" in answer.content.decode()
