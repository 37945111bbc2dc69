"""Tests that pages, API and imports name the surviving record instead of one merged into it (traps W4)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.test import Client

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.lists.editing.undo import undo_preview
from hunan_trade.lists.exported_row_ids import ExportedRowId
from hunan_trade.lists.imports import actions as imports
from hunan_trade.lists.imports.actions import CheckedAnew
from hunan_trade.lists.list_query import ListQuery
from hunan_trade.lists.models import Act
from hunan_trade.lists.record_change_preparation import RecordChange
from hunan_trade.lists.tests.attachment_files import PDF
from hunan_trade.lists.tests.import_factories import csv_file
from hunan_trade.lists.tests.sample_crane_register import (
    CRANES,
    Crane,
    CraneHistory,
    crane,
    create_cranes,
    merge,
    save_cranes,
)
from hunan_trade.testing.shared_rows import shared_rows
from hunan_trade.testing.transaction_simulation_and_waiting import next_transaction

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("tables"),
    pytest.mark.urls("hunan_trade.lists.tests.sample_crane_register"),
]
LOSER, SURVIVOR, API = "CS-0001", "CZ-0001", "/api/v1/cranes/"
HEAD = ("名称", "编号", "市州", "说明")
MERGED_ON = date(2013, 6, 20)


@pytest.fixture(scope="module")
def tables(request: pytest.FixtureRequest) -> Iterator[None]:
    with shared_rows(request, create_cranes):
        yield


@pytest.fixture
def officer() -> User:
    return cast.officer()


@pytest.fixture
def reporter() -> User:
    return cast.reporter()


@pytest.fixture
def pair(officer: User) -> tuple[Crane, Crane]:
    """Two cranes, the first of which was merged into the second in June; that one is of another city."""
    with clock.frozen_at(clock.at(date(2013, 6, 1), 9)):
        loser = registered(officer, code=LOSER, name="桥式起重机", city=cast.CHANGSHA)
        survivor = registered(officer, code=SURVIVOR, name="塔式起重机", city=cast.CHENZHOU)
    next_transaction()
    with clock.frozen_at(clock.at(MERGED_ON, 9)):
        merge(loser, survivor, officer)
    next_transaction()
    return loser, survivor


def registered(by: User, **values: str) -> Crane:
    (outcome,) = save_cranes(changes=[RecordChange(values)], by=by, kind=Act.Kind.CREATED)
    made: Crane = Crane.objects.get(pk=outcome.pk)
    return made


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def caller(user: User) -> Client:
    return Client(headers=cast.bearer_headers(user, "register"))


def send(client: Client, method: str, address: str, body: Any = None, status: int = 410) -> Any:
    more = {} if method == "get" else {"content_type": "application/json", "headers": {"If-Match": '"2"'}}
    answer = getattr(client, method)(address, body or {}, **more)
    assert answer.status_code == status, answer.content.decode()
    return answer.json()


def state() -> list[dict[str, Any]]:
    return list(Crane.objects.order_by("pk").values())


# --- The list -------------------------------------------------------------------------------------------------------
def test_a_merged_record_is_in_the_list_of_earlier_days_alone(officer: User, pair: tuple[Crane, Crane]) -> None:
    for day, codes in ((MERGED_ON - timedelta(1), [LOSER, SURVIVOR]), (MERGED_ON, [SURVIVOR]), (None, [SURVIVOR])):
        query = ListQuery(CRANES, officer, QueryDict(f"as_of={day}&sort=code" if day else "sort=code"))
        assert [each.code for each in query.rows] == codes, day


# --- Pages ----------------------------------------------------------------------------------------------------------
def test_its_page_links_to_the_survivor_and_keeps_the_timeline(officer: User, pair: tuple[Crane, Crane]) -> None:
    client = signed_in(officer)
    for query in ("", f"?as_of={MERGED_ON}"):
        answer = client.get(f"/cranes/{LOSER}/{query}")
        page = answer.content.decode()
        assert answer.status_code == 410 and f'已并入 <a href="/cranes/{LOSER}/../{SURVIVOR}/">{SURVIVOR}' in page
        assert "重复登记" in page and f"/cranes/{LOSER}/edit/" not in page and "take-back" not in page
    before = client.get(f"/cranes/{LOSER}/?as_of={MERGED_ON - timedelta(1)}")
    assert before.status_code == 200 and "已并入" not in before.content.decode()
    assert client.get(f"/cranes/{SURVIVOR}/").status_code == 200


def test_nothing_is_written_to_a_merged_record_by_a_page(officer: User, pair: tuple[Crane, Crane]) -> None:
    client, before = signed_in(officer), state()
    posts: dict[str, dict[str, Any]] = {
        "edit/": {"name": "改", "code": LOSER, "city": cast.CHANGSHA, "version": "2", "base": ""},
        "versions/2/take-back/": {"reason": "写错"},
        "attachments/": {"file": SimpleUploadedFile("证.pdf", PDF)},
    }
    for address, sent in posts.items():
        answer = client.post(f"/cranes/{LOSER}/{address}", sent)
        assert answer.status_code == 410 and SURVIVOR in answer.content.decode(), address
    assert client.get(f"/cranes/{LOSER}/edit/").status_code == 410
    form = {"note__how": "set", "note": "批量", "reason": "核对"}
    assert client.post(f"/cranes/bulk/?pick={LOSER}", form).status_code == 409
    assert state() == before


def test_who_does_not_see_the_survivor_learns_nothing_of_it(
    officer: User, reporter: User, pair: tuple[Crane, Crane]
) -> None:
    page = signed_in(reporter).get(f"/cranes/{LOSER}/")
    body = send(caller(reporter), "get", f"{API}{LOSER}/")
    assert page.status_code == 410 and "已并入另一条记录" in page.content.decode() and "merged_into" not in body
    for told in (page.content.decode(), str(body)):
        assert not any(word in told for word in (SURVIVOR, "塔式", "郴州"))
    stranger = cast.reporter(cast.CHENZHOU)
    assert signed_in(stranger).get(f"/cranes/{LOSER}/").status_code == 404
    send(caller(stranger), "get", f"{API}{LOSER}/", status=404)


def test_a_merger_is_not_undone_as_any_other_act(officer: User, pair: tuple[Crane, Crane]) -> None:
    result = undo_preview(CRANES, reference="merger:1", by=officer)
    assert (result.count, [each.key for each in result.staying]) == (0, [LOSER])
    assert "并入" in result.staying[0].why


# --- The API --------------------------------------------------------------------------------------------------------
def test_every_call_answers_410_with_the_surviving_id(officer: User, pair: tuple[Crane, Crane]) -> None:
    client, before = caller(officer), state()
    for method, address, body in (
        ("get", "", None),
        ("get", f"?as_of={MERGED_ON}", None),
        ("patch", "", {"note": "改"}),
        ("patch", "?dry_run=1", {"note": "改"}),
        ("post", "moves/start/", {}),
        ("get", "attachments/", None),
    ):
        told = send(client, method, f"{API}{LOSER}/{address}", body)
        assert (told["code"], told["merged_into"]) == ("merged", SURVIVOR), address
        assert told["detail"].startswith(f"“桥式起重机”已并入 {SURVIVOR}“塔式起重机”。")
    assert state() == before
    day = MERGED_ON - timedelta(1)
    assert send(client, "get", f"{API}{LOSER}/?as_of={day}", status=200)["version"] == 1
    assert [row["id"] for row in client.get(API).json()["results"]] == [SURVIVOR]


def test_the_description_names_what_is_said_of_a_merged_record(officer: User) -> None:
    schemas = caller(officer).get("/api/v1/schema/?format=json").json()["components"]["schemas"]
    gone = {name: schemas[f"{name}Changes"]["properties"]["gone"]["items"] for name in ("Crane", "Park")}
    assert gone["Crane"]["required"] == ["id", "merged_into"] and list(gone["Park"]["properties"]) == ["id"]
    assert "merged_into" in schemas["Problem"]["properties"]


# --- Imports (traps I5) ---------------------------------------------------------------------------------------------
def checked(by: User, *rows: tuple[str, ...], head: tuple[str, ...] = HEAD) -> Any:
    found = imports.receive(CRANES, csv_file(*rows, head=head), "起重机.csv", by=by)
    assert not imports.check(CRANES, found, by=by, seen=1)
    return found


def test_a_row_that_names_a_merged_record_writes_nothing_and_is_told(
    officer: User, reporter: User, pair: tuple[Crane, Crane]
) -> None:
    head, mark = (*HEAD, "记录标识"), str(ExportedRowId(LOSER, 1))
    for by, into in ((officer, f"已并入 {SURVIVOR}“塔式起重机”。"), (reporter, "已并入另一条记录。")):
        for row, cell in ((("甲", LOSER, "长沙市", "新", ""), "B2"), (("甲", "CS-0002", "长沙市", "新", mark), "E2")):
            found = checked(by, row, head=head)
            (finding,) = found.result["findings"]
            assert finding["cell"] == cell and into in finding["message"], finding
            assert (found.result["counts"]["refused"] == 1 and "塔式" not in str(found.result)) or by is officer
    stranger = cast.reporter(cast.CHENZHOU)
    (finding,) = checked(stranger, ("甲", "CS-0002", "郴州市", "新", mark), head=head).result["findings"]
    assert "不在您的范围内" in finding["message"]


def test_a_record_that_is_merged_after_the_check_is_looked_at_again(officer: User) -> None:
    loser, survivor = crane(LOSER), crane("CS-0002", "塔式起重机")
    found = checked(officer, ("桥式起重机", LOSER, "长沙市", "新"))
    merge(loser, survivor, officer)
    with pytest.raises(CheckedAnew):
        imports.confirm(CRANES, found, by=officer, seen=found.version, choices={}, reason="来函")
    assert not Crane.objects.exclude(note="").exists() and CraneHistory.objects.filter(id=loser.pk).count() == 2
