"""Tests the API by which a program reads a return's sheets and fills them by rows or workbook."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from enterprises.tests import return_factories
from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.models import Event
from hunan_trade.intake import api_serializers as shapes
from hunan_trade.intake import datasets
from hunan_trade.intake.actions import filling
from hunan_trade.intake.models import MonthlyReturn, Row, Upload
from hunan_trade.intake.tests.return_requests_and_workbooks import (
    append_rows_xml,
    form_workbook,
    return_url,
    signed_in_client,
    unknown_rows_xml,
    workbook_bytes,
)
from hunan_trade.periods import Month

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def frozen_in_february() -> Iterator[None]:
    with clock.frozen_at(clock.at(date(2013, 2, 4), 10)):
        yield


@pytest.fixture(autouse=True)
def files(settings: Settings, tmp_path: Path) -> None:
    settings.FILES_DIR = tmp_path


@pytest.fixture
def reporter() -> User:
    return cast.reporter(name="甄试二")


@pytest.fixture
def january(reporter: User) -> MonthlyReturn:
    return_factories.enterprise(reporter, name="清风电子")
    return return_factories.opened("430100", Month(2013, 1))


def client_with_token(user: User, scope: str = "submit") -> Client:
    return Client(headers=cast.bearer_headers(user, scope))


def api_path(monthly_return: MonthlyReturn, part: str) -> str:
    return f"/api/v1/returns/{monthly_return.pk}/{part}"


def patch_rows(
    client: Client, monthly_return: MonthlyReturn, rows: Any, tag: str | None, query: str = "", **headers: str
) -> Any:
    headers |= {"If-Match": tag} if tag else {}
    where = api_path(monthly_return, f"sheets/city_summary/{query}")
    return client.patch(where, json.dumps({"rows": rows}), "application/json", headers=headers)


def row_body(text: Any, key: str = "06", **more: Any) -> dict[str, Any]:
    return {"key": key, "texts": {"month": text}, **more}


def test_sheets_show_columns_rows_and_findings_as_the_grid_does(reporter: User, january: MonthlyReturn) -> None:
    answer = client_with_token(reporter, "read").get(api_path(january, "sheets/"))
    trade, summary, _ = answer.json()["sheets"]
    assert (trade["code"], summary["code"]) == ("processing_trade", "city_summary")
    export = next(column for column in trade["columns"] if column["key"] == "export")
    assert (export["unit"], export["kind"], export["group"]) == ("万美元", "month", "1月当月")
    (firm,) = trade["rows"]
    assert firm["name"] == "清风电子" and firm["version"] == 0 and firm["texts"]["export"] == ""
    assert {finding["cell"] for finding in trade["findings"]} == {"F4", "G4"}
    assert answer.json()["version"] == january.version and answer["ETag"].startswith(f'"{january.version}-')


def test_rows_are_stored_even_when_wrong_and_the_answer_lists_their_findings(
    reporter: User, january: MonthlyReturn
) -> None:
    client = client_with_token(reporter)
    tag = client.get(api_path(january, "sheets/"))["ETag"]
    answer = patch_rows(client, january, [row_body("3家"), row_body("12", "08")], tag)
    body = answer.json()
    assert answer.status_code == 200 and body["versions"] == {"06": 1, "08": 1} and not body["dry_run"]
    assert any("“3家”不是数" in finding["message"] for finding in body["findings"])
    assert Row.objects.get(key="06").texts["month"] == "3家"
    event = Event.objects.get(verb="return.filled")
    assert event.actor_name == "甄试二" and event.credential and event.method == "PATCH"
    following = patch_rows(client, january, [row_body("3")], answer["ETag"])
    assert following.status_code == 200 and following.json()["versions"] == {"06": 2}


def test_a_dry_run_checks_and_stores_nothing(reporter: User, january: MonthlyReturn) -> None:
    client = client_with_token(reporter)
    answer = patch_rows(client, january, [row_body("3家")], f'"{january.version}"', "?dry_run=1")
    assert answer.json()["dry_run"] and any("3家" in finding["message"] for finding in answer.json()["findings"])
    assert answer.json()["version"] == january.version
    book = {"file": SimpleUploadedFile("1月.xlsx", workbook_bytes(form_workbook(january)))}
    shown = client.post(api_path(january, "uploads/?dry_run=1"), book)
    assert shown.status_code == 200 and shown.json()["id"] is None and shown.json()["blocking"] == 14
    january.refresh_from_db()
    assert not (Row.objects.exists() or Upload.objects.exists())
    assert not Event.objects.filter(verb__in=["return.filled", "return.uploaded"]).exists()
    assert answer.json()["version"] == january.version
    assert patch_rows(client, january, [row_body("3")], f'"{january.version}"', "?dryrun=1").status_code == 400


def test_a_write_to_an_outdated_version_is_refused_and_names_who_changed_it(
    reporter: User, january: MonthlyReturn
) -> None:
    client, colleague = client_with_token(reporter), cast.reporter(name="贾试五")
    tag = client.get(api_path(january, "sheets/"))["ETag"]
    sheet = next(dataset for dataset in datasets.declared() if dataset.code == "city_summary")
    filling.save_rows(january.pk, sheet, [filling.RowEdit("06", {"month": "9"}, 0)], by=colleague)
    for rows, match in (([row_body("3")], tag), ([row_body("3", version=0)], "*")):
        answer = patch_rows(client, january, rows, match)
        assert answer.status_code == 412 and "贾试五" in answer.json()["detail"] and "2月4日" in answer.json()["detail"]
        assert answer["Content-Type"].startswith("application/problem+json")
        assert answer.json()["version"] == january.version + 1
    assert Row.objects.get(key="06").texts["month"] == "9"
    assert patch_rows(client, january, [row_body("3", version=1)], "*").status_code == 200


@pytest.mark.parametrize(
    ("rows", "tag", "status", "field"),
    [
        ([row_body("3")], None, 428, None),
        ([row_body("3")], "*", 428, None),
        ([row_body("3")], "17", 400, None),
        ([row_body(3)], '"1"', 400, "rows.0.texts.month"),
        ([row_body(None)], '"1"', 400, "rows.0.texts.month"),
        ([row_body("3", "99")], '"1"', 400, "rows"),
        ([row_body("3"), row_body("4")], '"1"', 400, "rows.1.key"),
        ([{"key": "06", "texts": {"month": "3", "secret": "1"}}], '"1"', 400, "rows.0.texts.secret"),
        ([], '"1"', 400, "rows"),
        ("x", '"1"', 400, "rows"),
        ([row_body("3", version=-1)], '"1"', 400, "rows.0.version"),
        ([row_body("3", version=True)], '"1"', 400, "rows.0.version"),
        ([row_body("长" * 2001)], '"1"', 400, "rows.0.texts.month"),
    ],
)
def test_malformed_rows_are_refused_with_the_field_at_fault(
    reporter: User, january: MonthlyReturn, rows: object, tag: str | None, status: int, field: str | None
) -> None:
    answer = patch_rows(client_with_token(reporter), january, rows, tag and tag.replace('"1"', f'"{january.version}"'))
    assert answer.status_code == status and answer["Content-Type"].startswith("application/problem+json")
    assert field is None or field in {fault["field"].removesuffix(".0") for fault in answer.json()["errors"]}
    assert not Row.objects.exists()


def test_a_workbook_is_previewed_and_confirmed_once_for_one_idempotency_key(
    reporter: User, january: MonthlyReturn
) -> None:
    client = client_with_token(reporter)
    book = form_workbook(january)
    book["加工贸易企业"]["F4"], book["加工贸易企业"]["G4"] = 100, 40
    data = workbook_bytes(book)
    key = {"Idempotency-Key": "upload-2013-01"}
    sent = [client.post(api_path(january, "uploads/?name=1月.xlsx"), data, filling.XLSX, headers=key) for _ in range(2)]
    assert [answer.status_code for answer in sent] == [201, 201] and sent[0].json() == sent[1].json()
    assert sent[1]["Idempotency-Replayed"] == "true" and Upload.objects.count() == 1
    shown = sent[0].json()
    assert {change["after"] for change in shown["changes"]} == {"100", "40"} and shown["name"] == "1月.xlsx"
    again = client.get(api_path(january, f"uploads/{shown['id']}/")).json()
    assert again["findings"] == shown["findings"]
    confirm = api_path(january, f"uploads/{shown['id']}/confirm/")
    refused = client.post(
        confirm, {"sha256": shown["sha256"]}, "application/json", headers={"If-Match": f'"{january.version}"'}
    )
    assert refused.status_code == 409 and "必须改" in refused.json()["detail"] and not Row.objects.exists()


def test_a_valid_workbook_is_stored_whole_unless_the_return_changed_meanwhile(
    reporter: User, january: MonthlyReturn
) -> None:
    client = client_with_token(reporter)
    firm = form_workbook(january)["加工贸易企业"]["A4"].value
    return_factories.filled(january, reporter, {str(firm): ("100", "40")})
    january.refresh_from_db()
    shown = client.post(api_path(january, "uploads/"), workbook_bytes(form_workbook(january)), filling.XLSX).json()
    assert shown["blocking"] == 0 and shown["base_version"] == january.version
    confirm = api_path(january, f"uploads/{shown['id']}/confirm/")
    body = {"sha256": shown["sha256"]}
    assert client.post(confirm, body, "application/json").status_code == 428
    stale = client.post(confirm, body, "application/json", headers={"If-Match": f'"{january.version - 1}"'})
    assert stale.status_code == 412 and "甄试二" in stale.json()["detail"]
    other = client.post(confirm, {"sha256": "0" * 64}, "application/json", headers={"If-Match": f'"{january.version}"'})
    assert other.status_code == 412
    done = client.post(confirm, body, "application/json", headers={"If-Match": f'"{january.version}"'})
    assert done.status_code == 200 and done.json()["version"] == january.version + 1
    assert Event.objects.filter(verb="return.imported").count() == 1


@pytest.mark.parametrize(
    ("data", "kind", "status"),
    [
        (b"PK\x03\x04 nothing", filling.XLSX, 422),
        (b"", filling.XLSX, 400),
        (b"x" * (10 * 1024 * 1024 + 1), filling.XLSX, 413),
        (b"{}", "application/json", 415),
        (b"a=1", "application/x-www-form-urlencoded", 415),
        (b"--x\r\n", "multipart/form-data; boundary=x", 400),
        (b"", "multipart/form-data", 400),
    ],
)
def test_a_file_that_is_no_workbook_is_refused(
    reporter: User, january: MonthlyReturn, data: bytes, kind: str, status: int
) -> None:
    answer = client_with_token(reporter).post(api_path(january, "uploads/"), data, kind)
    assert answer.status_code == status and answer["Content-Type"].startswith("application/problem+json")
    assert not Upload.objects.exists()


def test_only_a_reporters_submit_token_of_the_same_city_can_fill_a_return(
    reporter: User, january: MonthlyReturn
) -> None:
    rows, tag = [row_body("3")], f'"{january.version}"'
    assert patch_rows(client_with_token(reporter, "read"), january, rows, tag).status_code == 403
    assert patch_rows(client_with_token(cast.officer()), january, rows, tag).status_code == 403
    assert patch_rows(client_with_token(cast.lead()), january, rows, tag).status_code == 403
    neighbour = client_with_token(cast.reporter(cast.CHENZHOU))
    assert patch_rows(neighbour, january, rows, tag).status_code == 404
    assert neighbour.get(api_path(january, "sheets/")).status_code == 404
    upload = (
        client_with_token(reporter)
        .post(api_path(january, "uploads/"), workbook_bytes(form_workbook(january)), filling.XLSX)
        .json()
    )
    foreign = return_factories.opened("431000", Month(2013, 1))
    for monthly_return, client in ((january, neighbour), (foreign, neighbour)):
        assert client.get(api_path(monthly_return, f"uploads/{upload['id']}/")).status_code == 404
    assert (
        client_with_token(reporter).patch(api_path(january, "sheets/nobody/"), {}, "application/json").status_code
        == 404
    )
    assert not Row.objects.exists()


def test_the_api_obeys_the_calendar(reporter: User, january: MonthlyReturn) -> None:
    with clock.frozen_at(clock.at(date(2013, 2, 28), 10)):
        answer = patch_rows(client_with_token(reporter), january, [row_body("3")], f'"{january.version}"')
        assert answer.status_code == 409 and answer["Content-Type"].startswith("application/problem+json")
        assert (
            client_with_token(reporter).post(api_path(january, "uploads/?dry_run=1"), b"x", filling.XLSX).status_code
            == 409
        )


def test_long_lists_show_the_first_five_hundred_entries_and_count_the_rest(
    reporter: User, january: MonthlyReturn
) -> None:
    client, data = (
        client_with_token(reporter),
        append_rows_xml(workbook_bytes(form_workbook(january)), unknown_rows_xml(700)),
    )
    preview = client.post(api_path(january, "uploads/"), data, filling.XLSX).json()
    assert preview["blocking"] > 700 and len(preview["findings"]) == 500
    assert preview["findings_more"] == preview["blocking"] + preview["unexplained"] - 500
    assert len(preview["changes"]) == 500 and preview["changes_more"] == 4 * 700 - 500
    again = client.get(api_path(january, f"uploads/{preview['id']}/")).json()
    assert (again["findings_more"], again["changes_more"]) == (preview["findings_more"], preview["changes_more"])
    page = signed_in_client(reporter).get(return_url(january, f"uploads/{preview['id']}/")).content.decode()
    assert page.count("<tr>") < 900 and "只列前 500 处" in page
    many = {"rows": [{"key": "06", "texts": {f"c{number}": "1" for number in range(3_000)}}]}
    answer = client.patch(
        api_path(january, "sheets/city_summary/"), json.dumps(many), "application/json", headers={"If-Match": "*"}
    )
    assert answer.status_code == 400 and len(answer.json()["errors"]) == 500
    assert "另有 2500 处没有列出" in answer.json()["detail"]


def test_rows_are_paged_without_gap_or_overlap(
    reporter: User, january: MonthlyReturn, monkeypatch: pytest.MonkeyPatch
) -> None:
    return_factories.enterprise(reporter, name="白鹭精工")
    client = client_with_token(reporter, "read")
    whole = client.get(api_path(january, "sheets/")).json()["sheets"]
    monkeypatch.setattr(shapes, "LISTED", 7)
    found: list[Any] = []
    while not found or found[-1][1]["rows_more"]:
        found.append(client.get(api_path(january, f"sheets/?start={7 * len(found)}")).json()["sheets"])
    assert [row for portion in found for row in portion[1]["rows"]] == whole[1]["rows"] and len(found) == 2
    assert [row for portion in found for row in portion[0]["rows"]] == whole[0]["rows"]
    assert {client.get(api_path(january, f"sheets/?start={odd}")).status_code for odd in ("-1", "x", "1e3", "²")} == {
        400
    }


def test_a_workbook_with_far_more_rows_than_its_form_is_refused(reporter: User, january: MonthlyReturn) -> None:
    data = append_rows_xml(workbook_bytes(form_workbook(january)), unknown_rows_xml(2_000))
    answer = client_with_token(reporter).post(api_path(january, "uploads/?dry_run=1"), data, filling.XLSX)
    assert answer.status_code == 422 and "A2199 单元格有内容，超出 2000 行" in answer.json()["detail"]
    with_own = form_workbook(january)
    for number in range(3):
        own = with_own.create_sheet(f"测算{number}")
        for _ in range(1_000):
            own.append([1] * 40)
    answer = client_with_token(reporter).post(
        api_path(january, "uploads/?dry_run=1"), workbook_bytes(with_own), filling.XLSX
    )
    assert answer.status_code == 422 and "只留报表本身的工作表" in answer.json()["detail"]
    formulas = append_rows_xml(
        workbook_bytes(form_workbook(january)),
        unknown_rows_xml(1_700, f'<c r="{{at}}"><f>{"1+" * 90}1</f><v>91</v></c>'),
    )
    answer = client_with_token(reporter).post(api_path(january, "uploads/?dry_run=1"), formulas, filling.XLSX)
    assert answer.status_code == 422 and "粘贴为数值" in answer.json()["detail"]
    assert not Upload.objects.exists()


def test_a_program_receives_conflicts_and_sends_its_choices_in_the_same_shape(
    reporter: User, january: MonthlyReturn
) -> None:
    client, book = client_with_token(reporter), form_workbook(january)
    tag = client.get(api_path(january, "sheets/"))["ETag"]
    assert patch_rows(client, january, [row_body("3"), row_body("2", "08")], tag).status_code == 200
    trade, summary = book["加工贸易企业"], book["市州汇总"]
    trade["F4"], trade["G4"] = 100, 40
    for line, value in enumerate((140, 100, 40, 100, 40, 5, 0, 0, 0, 0, 0, 0), start=4):
        summary[f"E{line}"] = value
    shown = client.post(
        api_path(january, "uploads/"), {"file": SimpleUploadedFile("1月.xlsx", workbook_bytes(book))}
    ).json()
    assert shown["downloaded_version"] == 1 and shown["conflicts_more"] == 0
    six, eight = shown["conflicts"]
    facts = {"cell": "E9", "key": "06", "column": "month", "base": "", "mine": "5", "theirs": "3", "choice": None}
    assert facts.items() <= six.items() and six["changed_by"] == "甄试二" and eight["mine"] == "0"

    def confirm(**said: Any) -> Any:
        body = json.dumps({"sha256": shown["sha256"], **said})
        where, tag = api_path(january, f"uploads/{shown['id']}/confirm/"), f'"{shown["base_version"]}"'
        return client.post(where, body, "application/json", headers={"If-Match": tag})

    unsaid = confirm(choices=[{**six, "choice": "mine"}])
    assert unsaid.status_code == 422 and unsaid["Content-Type"] == "application/problem+json"
    assert [(one["key"], one["choice"]) for one in unsaid.json()["conflicts"]] == [("06", "mine"), ("08", None)]
    assert Row.objects.get(key="06").texts["month"] == "3"
    assert confirm(choices=[{**six, "choice": "both"}]).status_code == 400
    assert confirm(choices=[{**six, "choice": "mine"}, {**six, "choice": "theirs"}]).status_code == 400
    assert confirm(choices=[{**six, "key": "12", "choice": "mine"}], rest="mine").status_code == 409
    assert confirm(choices=[{**six, "choice": "mine"}], rest="theirs").status_code == 200
    assert [Row.objects.get(key=key).texts["month"] for key in ("06", "08")] == ["5", "2"]
