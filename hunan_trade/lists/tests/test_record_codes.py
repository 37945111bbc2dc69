"""Tests a register that names its records by codes, in URLs, the API, files, imports and searches."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.lists.api.api_fields import model_field_schema
from hunan_trade.lists.attachments import actions as attachments
from hunan_trade.lists.downloads import list_file_writer
from hunan_trade.lists.downloads.list_file_writer import DownloadQuery
from hunan_trade.lists.editing.undo import undo_preview
from hunan_trade.lists.exported_row_ids import ExportedRowId
from hunan_trade.lists.imports import actions as imports
from hunan_trade.lists.models import Act, Attachment
from hunan_trade.lists.record_change_preparation import RecordChange
from hunan_trade.lists.search import global_search
from hunan_trade.lists.tests.attachment_files import PDF
from hunan_trade.lists.tests.import_factories import csv_file
from hunan_trade.lists.tests.sample_crane_register import (
    CRANE_CODE,
    CRANES,
    Crane,
    CraneHistory,
    crane,
    create_cranes,
    save_cranes,
)
from hunan_trade.testing.shared_rows import shared_rows
from hunan_trade.testing.transaction_simulation_and_waiting import next_transaction

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("tables"),
    pytest.mark.urls("hunan_trade.lists.tests.sample_crane_register"),
]
PK, CODE, API = 73_310_042, "CS-0001", "/api/v1/cranes/"
HEAD = ("名称", "编号", "市州", "说明")


@pytest.fixture(scope="module")
def tables(request: pytest.FixtureRequest) -> Iterator[None]:
    with shared_rows(request, create_cranes):
        yield


@pytest.fixture(autouse=True)
def files(settings: LazySettings, tmp_path: Path) -> None:
    settings.FILES_DIR = tmp_path / "files"


@pytest.fixture
def officer() -> User:
    return cast.officer()


@pytest.fixture
def browser(officer: User) -> Client:
    client = Client()
    client.force_login(officer)
    return client


@pytest.fixture
def caller(officer: User) -> Client:
    return Client(headers=cast.bearer_headers(officer, "register"))


@pytest.fixture
def one() -> Crane:
    return crane(pk=PK)


def save(by: User, *changes: RecordChange, kind: Act.Kind = Act.Kind.EDITED, reference: str = "") -> None:
    next_transaction()
    outcomes = save_cranes(changes=changes, by=by, kind=kind, reason="核对", reference=reference)
    assert not any(outcome.refused for outcome in outcomes), outcomes
    next_transaction()


def text(answer: Any, status: int = 200) -> str:
    body = b"".join(answer) if answer.streaming else answer.content
    assert answer.status_code == status, body.decode(errors="replace")[:500]
    return str(body.decode(errors="replace"))


def send(client: Client, method: str, address: str, body: Any, status: int = 200, **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = getattr(client, method)(address, body, content_type="application/json", headers=named)
    assert answer.status_code == status, answer.content.decode()
    return answer


def exported(by: User) -> bytes:
    asked = DownloadQuery.from_parameters(CRANES, by, QueryDict("format=csv&all=1&marks=1"))
    list_file_writer.write_list_file(asked, stream := BytesIO(), moment=clock.now())
    return stream.getvalue()


def checked(by: User, data: bytes) -> Any:
    found = imports.receive(CRANES, data, "起重机.csv", by=by)
    assert not imports.check(CRANES, found, by=by, seen=1)
    return found


# --- What goes out --------------------------------------------------------------------------------------------------
def test_no_answer_carries_the_primary_key(browser: Client, caller: Client, officer: User, one: Crane) -> None:
    save(officer, RecordChange({"note": "改过"}, PK, 1), kind=Act.Kind.BULK, reference="bulk:7")
    save(officer, RecordChange({"note": "又改"}, PK, 2))
    attachments.attach(CRANES, PK, PDF, "合格证.pdf", by=officer)
    found = checked(officer, csv_file(("桥式起重机a", "CS-0002", "长沙市", ""), head=HEAD))
    pages = ["", f"{CODE}/", f"{CODE}/edit/", f"{CODE}/?as_of={clock.today()}", "undo/bulk:7/", f"import/{found.pk}/"]
    shown = [text(browser.get(f"/cranes/{page}")) for page in pages]
    preview = browser.post(f"/cranes/bulk/?pick={CODE}", {"note__how": "set", "note": "批量", "reason": "核对"})
    shown.append(text(browser.get(preview["Location"])))
    shown += [text(caller.get(API + page)) for page in ("", f"{CODE}/", f"{CODE}/attachments/", "changes/")]
    shown.append(exported(officer).decode("utf-8-sig"))
    for body in shown:
        assert CODE in body or '"sha256"' in body
        assert str(PK) not in body
    assert f'href="/cranes/{CODE}/"' in shown[0] and f'name="pick" value="{CODE}"' in shown[0]


def test_the_primary_key_is_no_address(browser: Client, caller: Client, one: Crane) -> None:
    for part in ("", "edit/", "attachments/"):
        text(browser.get(f"/cranes/{PK}/{part}"), 404)
    for key in (PK, "CS-0009", "cs-0001", "CS-0001x"):
        text(caller.get(f"{API}{key}/"), 404)
        send(caller, "patch", f"{API}{key}/", {"note": "x"}, 404, If_Match='"1"')
    text(browser.get(f"/cranes/bulk/?pick={PK}"), 400)
    assert "不是导出时的样子" in refusal_of_mark(cast.officer(), f"{PK}")


def refusal_of_mark(by: User, key: str) -> str:
    """Return why a row is refused whose mark names a record by this key."""
    row = ("桥式起重机", CODE, "长沙市", "", str(ExportedRowId(key, 1)))
    found = checked(by, csv_file(row, head=(*HEAD, "记录标识")))
    assert found.result["counts"]["refused"] == 1
    return str(found.result["findings"][0]["message"])


def test_the_description_says_how_a_code_is_written(caller: Client, one: Crane) -> None:
    schema = caller.get("/api/v1/schema/?format=json").json()
    for path, parts in schema["paths"].items():
        for operation in parts.values() if path.startswith(f"{API}{{id}}/") else ():
            described = {each["name"]: each["schema"] for each in operation["parameters"]}
            assert described["id"] == {"type": "string", "pattern": CRANE_CODE}, path
    components = schema["components"]["schemas"]
    code = model_field_schema(Crane._meta.get_field("code"))
    assert components["Crane"]["properties"]["id"].items() >= code.items() and code["pattern"] == CRANE_CODE
    gone = components["CraneChanges"]["properties"]["gone"]["items"]["properties"]["id"]
    assert gone.items() >= code.items()
    assert components["Park"]["properties"]["id"]["type"] == "integer"
    (parameter,) = (p for p in schema["paths"]["/api/v1/parks/{id}/"]["get"]["parameters"] if p["name"] == "id")
    assert parameter["schema"] == {"type": "integer"}


# --- Pages ----------------------------------------------------------------------------------------------------------
def test_the_pages_of_a_record_lead_to_one_another(browser: Client, officer: User) -> None:
    form = {"name": "门式起重机", "code": CODE, "city": cast.CHANGSHA, "note": "", "reason": ""}
    answer = browser.post("/cranes/new/", form)
    assert answer["Location"] == f"/cranes/{CODE}/", answer.content.decode()
    next_transaction()
    hidden = browser.get(f"/cranes/{CODE}/edit/").context["form"].initial
    sent = {**form, "note": "改", "version": hidden["version"], "base": hidden["base"]}
    assert browser.post(f"/cranes/{CODE}/edit/", sent)["Location"] == f"/cranes/{CODE}/"
    next_transaction()
    conflict = browser.post(f"/cranes/{CODE}/edit/", {**sent, "note": "后改"})
    assert conflict.status_code == 409 and f'href="/cranes/{CODE}/"' in conflict.content.decode()
    answer = browser.post(f"/cranes/{CODE}/versions/2/take-back/", {"reason": "写错"})
    assert answer["Location"] == f"/cranes/{CODE}/" and Crane.objects.get(code=CODE).note == ""
    added = browser.post(f"/cranes/{CODE}/attachments/", {"file": SimpleUploadedFile("证.pdf", PDF)})
    assert added["Location"] == f"/cranes/{CODE}/"
    file = f"/cranes/{CODE}/attachments/{Attachment.objects.get().pk}/"
    assert b"".join(browser.get(file)) == PDF
    assert browser.post(f"{file}remove/", {"reason": "传错"})["Location"] == f"/cranes/{CODE}/"


def test_ticked_codes_are_the_records_that_change(browser: Client, one: Crane) -> None:
    crane("CS-0002", "塔式起重机")
    form = {"note__how": "set", "note": "批量", "reason": "核对"}
    preview = browser.post(f"/cranes/bulk/?pick={CODE}", form)["Location"]
    assert f'href="../../{CODE}/"' in text(browser.get(preview))
    browser.post(preview)
    assert [each.code for each in Crane.objects.filter(note="批量")] == [CODE]


def test_what_an_undo_leaves_is_linked_by_its_code(browser: Client, officer: User, one: Crane) -> None:
    save(officer, RecordChange({"note": "改过"}, PK, 1), kind=Act.Kind.BULK, reference="bulk:7")
    save(officer, RecordChange({"note": "又改"}, PK, 2))
    (staying,) = undo_preview(CRANES, reference="bulk:7", by=officer).staying
    assert staying.key == CODE and f'href="/cranes/{CODE}/"' in text(browser.get("/cranes/undo/bulk:7/"))


def test_a_deleted_record_keeps_its_address(browser: Client, caller: Client, officer: User, one: Crane) -> None:
    """(traps W4)"""
    save(officer, RecordChange({}, PK, 1, is_deletion=True), kind=Act.Kind.DELETED)
    assert "删除" in text(browser.get(f"/cranes/{CODE}/"))
    for body in (text(caller.get(f"{API}{CODE}/"), 410), send(caller, "patch", f"{API}{CODE}/", {}, 410).content):
        assert "deleted" in str(body)
    other = Client(headers=cast.bearer_headers(cast.reporter(cast.CHENZHOU)))
    answers = [other.get(f"{API}{key}/").json() | {"instance": ""} for key in (CODE, "CS-0999")]
    assert answers[0] == answers[1] and answers[0]["status"] == 404


def test_another_citys_code_is_as_unknown_as_one_that_never_was(officer: User, one: Crane) -> None:
    reader = cast.reporter(cast.CHENZHOU)
    client, api = Client(), Client(headers=cast.bearer_headers(reader))
    client.force_login(reader)
    pages = [re.sub(r"CS-\d+", "", text(client.get(f"/cranes/{key}/"), 404)) for key in (CODE, "CS-0999")]
    bodies = [api.get(f"{API}{key}/").json() | {"instance": ""} for key in (CODE, "CS-0999")]
    assert bodies[0] == bodies[1] and [len(page) for page in pages] == [len(pages[0])] * 2


def test_a_search_opens_the_record_by_its_code(officer: User, one: Crane) -> None:
    with mock.patch.object(global_search, "declared", return_value=(CRANES,)):
        (found,) = global_search.search_lists(CODE, user=officer)
    assert [hit.url for hit in found.hits] == [f"/cranes/{CODE}/"] == [reverse("cranes:detail", args=[CODE])]


# --- The API --------------------------------------------------------------------------------------------------------
def test_the_code_is_the_id_of_every_call(caller: Client, one: Crane) -> None:
    (row,) = caller.get(API).json()["results"]
    first = caller.get(f"{API}{CODE}/")
    assert first.json() == row and (row["id"], row["code"]) == (CODE, CODE)
    changed = send(caller, "patch", f"{API}{CODE}/", {"note": "改"}, If_Match=first["ETag"])
    assert changed.json()["id"] == CODE
    send(caller, "patch", f"{API}{CODE}/", {"note": "后改"}, 412, If_Match=first["ETag"])
    moved = send(
        caller,
        "post",
        f"{API}{CODE}/moves/start/",
        {"started_on": "2013-07-08", "load": "full"},
        If_Match=changed["ETag"],
    )
    assert (moved.json()["id"], moved.json()["state"]) == (CODE, "busy")
    assert send(caller, "patch", f"{API}{CODE}/?dry_run=1", {"note": "x"}, If_Match=moved["ETag"]).json()["id"] == CODE
    new = {"name": "门式", "code": "CS-0002", "city": cast.CHANGSHA, "note": ""}
    assert send(caller, "post", f"{API}?dry_run=1", new).json()["id"] is None
    key = {"Idempotency_Key": "0123456789"}
    added = [send(caller, "post", API, new, 201, **key).json() for _ in range(2)]
    assert added[0] == added[1] and added[0]["id"] == "CS-0002"
    where = f"{API}{CODE}/attachments/"
    file = caller.post(where, {"file": SimpleUploadedFile("证.pdf", PDF)}).json()
    assert b"".join(caller.get(f"{where}{file['id']}/")) == PDF
    send(caller, "delete", f"{where}{file['id']}/", {"reason": "传错"}, 204)
    before = CraneHistory.objects.filter(id=PK).order_by("version").first()
    assert before is not None and caller.get(f"{API}{CODE}/?as_of={clock.today()}").json()["version"] == 3


# --- Imports --------------------------------------------------------------------------------------------------------
def test_an_export_marks_its_rows_by_code_and_comes_back(officer: User, one: Crane) -> None:
    data = exported(officer).decode("utf-8-sig")
    assert f"{CODE}.1." in data
    next_transaction()
    found = checked(officer, data.replace("桥式起重机", "改了名").encode())
    imports.confirm(CRANES, found, by=officer, seen=found.version, choices={}, reason="来函")
    assert (Crane.objects.get().pk, Crane.objects.get().name) == (PK, "改了名")


def test_a_mark_of_an_unknown_or_hidden_code_says_the_same(officer: User, one: Crane) -> None:
    """(traps I5)"""
    hidden = crane("CZ-0001", city=cast.CHENZHOU)
    reporter = cast.reporter()
    said = {refusal_of_mark(reporter, code) for code in (hidden.code, "CS-0999")}
    assert len(said) == 1 and "不在您的范围内" in said.pop()


def test_a_possible_duplicate_is_linked_by_its_code(browser: Client, officer: User, one: Crane) -> None:
    found = checked(officer, csv_file(("桥式起重机a", "CS-0002", "长沙市", "新"), head=HEAD))
    page = text(browser.get(f"/cranes/import/{found.pk}/"))
    assert f'href="/cranes/{CODE}/"' in page and f'value="link:{CODE}"' in page
    found.refresh_from_db()
    answer = browser.post(f"/cranes/import/{found.pk}/write/", {"version": found.version, "row-2": f"link:{CODE}"})
    assert answer.status_code == 302, answer.content.decode()
    assert Crane.objects.get().pk == PK and Crane.objects.get().note == "新"
