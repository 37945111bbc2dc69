"""Tests that a repeated request gets the same response and has one effect, and that no secrets are stored."""

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

from enterprises.tests import factories
from hunan_trade import clock
from hunan_trade.accounts import actions as accounts
from hunan_trade.accounts.models import Token, User
from hunan_trade.accounts.roles import Role
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.models import Event
from hunan_trade.audit.moves import AllowedMove
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
    return ready()


def ready() -> tuple[User, MonthlyReturn]:
    reporter = cast.reporter()
    firm = factories.enterprise(reporter)
    monthly_return = factories.opened("430100", Month(2013, 1))
    factories.filled(monthly_return, reporter, {firm.customs_code: ("100", "40")})
    return reporter, monthly_return


def browser(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def events(verb: str) -> int:
    return Event.objects.filter(verb=verb).count()


def nil(**more: Any) -> dict[str, Any]:
    return {"reason": "停产检修", "version": MonthlyReturn.objects.get(region="430100").version, **more}


def typed(text: str, version: int = 1) -> dict[str, Any]:
    return {"sheet": "city_summary", "rows": [{"key": "06", "version": version, "texts": {"month": text}}]}


def test_a_repeated_form_gets_the_same_redirect_and_note_and_is_done_once(january: tuple[User, MonthlyReturn]) -> None:
    client = browser(january[0])
    sent = nil(idempotency_key="form-0001")
    first, again = (client.post(PAGE + "nil/", sent) for _ in range(2))
    assert (first.status_code, first["Location"]) == (again.status_code, again["Location"]) == (302, PAGE)
    assert again["Idempotency-Replayed"] == "true" and not first.has_header("Idempotency-Replayed")
    assert events("return.declared_nil") == 1
    assert "已按零报告填好" in client.get(PAGE).content.decode()


def test_a_repeated_save_of_rows_gets_the_same_json(january: tuple[User, MonthlyReturn]) -> None:
    client = browser(january[0])
    first, again = (client.post(PAGE + "rows/", typed("7"), "application/json", headers=KEY) for _ in range(2))
    assert first.status_code == again.status_code == 200 and first.content == again.content
    assert again["Content-Type"] == "application/json"


def test_the_same_key_for_something_else_is_refused_and_another_account_may_use_it(
    january: tuple[User, MonthlyReturn],
) -> None:
    client = browser(january[0])
    client.post(PAGE + "rows/", typed("7"), "application/json", headers=KEY)
    other = client.post(PAGE + "rows/", typed("8", 2), "application/json", headers=KEY)
    assert other.status_code == 422 and other["Content-Type"].startswith("text/html")
    elsewhere = client.post(PAGE + "nil/", nil(), headers=KEY)
    assert elsewhere.status_code == 422 and events("return.declared_nil") == 0
    colleague = browser(cast.reporter())
    assert colleague.post(PAGE + "rows/", typed("8", 2), "application/json", headers=KEY).status_code == 200


@pytest.mark.parametrize("role", [Role.CITY_REPORTER, Role.PROVINCE_OFFICER])
def test_whoever_has_other_rights_now_gets_no_answer_of_before(
    january: tuple[User, MonthlyReturn], settings: Settings, tmp_path: Path, role: Role
) -> None:
    settings.FILES_DIR = tmp_path
    reporter, monthly_return = january
    sent = return_sheets.stored_sheets(monthly_return).workbook(version=1, demo=True)

    def uploaded() -> Any:
        file = {"file": SimpleUploadedFile("1月.xlsx", sent)}
        return browser(reporter).post(f"/api/v1/returns/{monthly_return.pk}/uploads/", file, headers=KEY)

    assert uploaded().status_code == 201 and uploaded()["Idempotency-Replayed"] == "true"
    elsewhere = Region.objects.get(code="431000") if role == Role.CITY_REPORTER else None
    accounts.give_role(user=reporter, role=role, region=elsewhere, by=cast.security_officer(), reason="调动")
    answer = uploaded()
    assert answer.status_code in {403, 422} and not answer.has_header("Idempotency-Replayed")
    assert "1月.xlsx" not in answer.content.decode() and Upload.objects.count() == 1


def test_a_refusal_is_not_kept_so_that_a_retry_is_judged_anew(january: tuple[User, MonthlyReturn]) -> None:
    client = browser(january[0])
    before = clock.at(date(2013, 1, 20), 12)  # not open yet
    with clock.frozen_at(before):
        assert client.post(PAGE + "nil/", nil(), headers=KEY).status_code == 409
    assert client.post(PAGE + "nil/", nil(), headers=KEY).status_code == 302


def test_a_conflict_that_is_answered_and_not_raised_is_not_kept_either(january: tuple[User, MonthlyReturn]) -> None:
    client = browser(january[0])
    client.post(PAGE + "rows/", typed("7"), "application/json")
    for _ in range(2):
        answer = client.post(PAGE + "rows/", typed("8"), "application/json", headers=KEY)
        assert answer.status_code == 409 and not answer.has_header("Idempotency-Replayed")
    assert not StoredResponse.objects.exists()


def test_an_upload_is_known_by_its_content_whatever_the_boundary(
    january: tuple[User, MonthlyReturn], settings: Settings, tmp_path: Path
) -> None:
    settings.FILES_DIR = tmp_path
    reporter, monthly_return = january
    data = return_sheets.stored_sheets(monthly_return).workbook(version=monthly_return.version, demo=True)
    client = browser(reporter)
    answers = [
        client.post(PAGE + "upload/", {"file": SimpleUploadedFile("月报.xlsx", data)}, headers=KEY) for _ in range(2)
    ]
    assert answers[0].status_code == 302 and answers[0]["Location"] == answers[1]["Location"]
    assert Upload.objects.count() == 1 and events("return.uploaded") == 1
    other = client.post(PAGE + "upload/", {"file": SimpleUploadedFile("月报.xlsx", data + b" ")}, headers=KEY)
    assert other.status_code == 422


@pytest.mark.parametrize("key", ["short", "x" * 201, "钥匙钥匙钥匙钥匙", "tab\tinside"])
def test_a_key_must_be_a_key(january: tuple[User, MonthlyReturn], key: str) -> None:
    answer = browser(january[0]).post(PAGE + "nil/", nil(idempotency_key=key))
    assert answer.status_code == 400 and events("return.declared_nil") == 0


def test_what_is_shown_once_is_kept_nowhere(db: None) -> None:
    client = browser(cast.security_officer())
    owner = cast.officer()
    sent = {"user": owner.pk, "label": "取数", "scope": "read", "days": 30, "networks": ""}
    client.post("/tokens/new/", sent, headers=KEY)
    assert Token.objects.count() == 1
    assert client.post(f"/tokens/{Token.objects.get().pk}/revoke/", headers=KEY).status_code == 302
    assert not StoredResponse.objects.exists()


def test_answers_are_kept_for_two_days(january: tuple[User, MonthlyReturn]) -> None:
    client = browser(january[0])
    client.post(PAGE + "nil/", nil(), headers=KEY)
    StoredResponse.objects.update(kept_at=clock.real_now() - LIFETIME)
    assert StoredResponse.objects.expired().count() == 1
    assert not client.post(PAGE + "nil/", nil(), headers=KEY).has_header("Idempotency-Replayed")
    assert StoredResponse.objects.unexpired().count() == StoredResponse.objects.count() == 1


# --- In parallel, and broken off ------------------------------------------------------------------------------------
def test_of_twenty_parallel_repeats_one_has_an_effect(noon: Any, cloned_database: ClonedDatabase) -> None:
    reporter, _ = ready()
    clients, sent = [browser(reporter) for _ in range(20)], nil()
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
    assert events("return.handed_up") == 1 and MonthlyReturn.objects.filter(status=Status.SIGNING).count() == 1


def break_transactions(monkeypatch: pytest.MonkeyPatch, times: int, code: str) -> list[int]:
    """Let the database break off the first so many saves after they have written."""
    real = AllowedMove.save
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

    monkeypatch.setattr(AllowedMove, "save", save)
    return broken


@pytest.mark.parametrize("code", ["40001", "40P01", "killed"])
def test_what_the_database_broke_off_is_done_again_under_a_key(
    noon: Any, cloned_database: ClonedDatabase, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    reporter, _ = ready()
    client = browser(reporter)
    broken = break_transactions(monkeypatch, 2, code)
    answer = client.post(PAGE + "nil/", nil(), headers=KEY)
    assert answer.status_code == 302 and len(broken) == 2
    assert events("return.declared_nil") == 1 and StoredResponse.objects.count() == 1
    assert client.get(PAGE).content.decode().count("已按零报告填好") == 1


def test_what_breaks_at_the_very_end_is_not_told_twice(
    noon: Any, cloned_database: ClonedDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    reporter, _ = ready()
    client = browser(reporter)
    real = idempotency._body
    broken: list[int] = []

    def body(answer: Any) -> bytes:
        if not broken:
            broken.append(1)
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return real(answer)

    monkeypatch.setattr(idempotency, "_body", body)
    assert client.post(PAGE + "nil/", nil(), headers=KEY).status_code == 302 and broken
    assert events("return.declared_nil") == 1
    assert client.get(PAGE).content.decode().count("已按零报告填好") == 1


@pytest.mark.parametrize(
    ("code", "words"), [("40001", "本次没有保存"), ("40P01", "本次没有保存"), ("killed", "可能没有保存")]
)
def test_without_a_key_it_is_told_and_left_to_the_person(
    noon: Any, cloned_database: ClonedDatabase, monkeypatch: pytest.MonkeyPatch, code: str, words: str
) -> None:
    reporter, _ = ready()
    client = browser(reporter)
    broken = break_transactions(monkeypatch, 9, code)
    answer = client.post(PAGE + "nil/", nil())
    assert answer.status_code == 503 and answer["Retry-After"] and words in answer.content.decode()
    assert len(broken) == 1 and events("return.declared_nil") == 0
    broken.extend([1] * 9)
    assert client.post(PAGE + "nil/", nil()).status_code == 302  # the next request has a new connection


def test_a_request_that_only_reads_is_asked_again_by_itself(
    noon: Any, cloned_database: ClonedDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    reporter, _ = ready()
    client = browser(reporter)
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


def test_bounded_tries_end_in_503(noon: Any, cloned_database: ClonedDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    reporter, _ = ready()
    broken = break_transactions(monkeypatch, 99, "40001")
    assert browser(reporter).post(PAGE + "nil/", nil(), headers=KEY).status_code == 503
    assert len(broken) == 3


def test_who_waits_too_long_for_the_first_is_told_to_ask_again(
    noon: Any, cloned_database: ClonedDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    reporter, _ = ready()
    client, sent = browser(reporter), nil()
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
                return browser(reporter).post(PAGE + "nil/", sent, headers=KEY)
        finally:
            connection.close()

    answers: list[Any] = []
    monkeypatch.setattr(filling, "declare_nil", slow)
    assert client.post(PAGE + "nil/", sent, headers=KEY).status_code == 302
    assert [answer.status_code for answer in answers] == [409] and answers[0]["Retry-After"] == "2"


def test_a_query_that_takes_too_long_is_answered_503(
    noon: Any, cloned_database: ClonedDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    reporter, _ = ready()
    real = return_sheets.stored_sheets

    def stored(monthly_return: MonthlyReturn) -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = '50ms'")
            cursor.execute("SELECT pg_sleep(30)")
        return real(monthly_return)

    monkeypatch.setattr(return_sheets, "stored_sheets", stored)
    answer = browser(reporter).get(PAGE)
    assert answer.status_code == 503 and answer["Retry-After"] and "没有按时办完" in answer.content.decode()
