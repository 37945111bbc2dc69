"""Tests how a program reads a return's sheets and fills them by rows or workbook."""

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

from enterprises.tests import factories
from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.models import Event
from hunan_trade.intake import api_shapes as shapes
from hunan_trade.intake import datasets
from hunan_trade.intake.actions import filling
from hunan_trade.intake.models import MonthlyReturn, Row, Upload
from hunan_trade.intake.tests.browser import address, browser, bytes_of, surplus, with_rows, workbook
from hunan_trade.periods import Month

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def february() -> Iterator[None]:
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
    factories.enterprise(reporter, name="清风电子")
    return factories.opened("430100", Month(2013, 1))


def program(user: User, scope: str = "submit") -> Client:
    return Client(headers=cast.bearer_headers(user, scope))


def at(monthly_return: MonthlyReturn, part: str) -> str:
    return f"/api/v1/returns/{monthly_return.pk}/{part}"


def patch(
    client: Client, monthly_return: MonthlyReturn, rows: Any, tag: str | None, query: str = "", **headers: str
) -> Any:
    headers |= {"If-Match": tag} if tag else {}
    where = at(monthly_return, f"sheets/city_summary/{query}")
    return client.patch(where, json.dumps({"rows": rows}), "application/json", headers=headers)


def row(text: Any, key: str = "06", **more: Any) -> dict[str, Any]:
    return {"key": key, "texts": {"month": text}, **more}


def test_sheets_show_columns_rows_and_findings_as_the_grid_does(reporter: User, january: MonthlyReturn) -> None:
    answer = program(reporter, "read").get(at(january, "sheets/"))
    trade, summary = answer.json()["sheets"]
    assert (trade["code"], summary["code"]) == ("processing_trade", "city_summary")
    export = next(column for column in trade["columns"] if column["key"] == "export")
    assert (export["unit"], export["kind"], export["group"]) == ("万美元", "month", "1月当月")
    (firm,) = trade["rows"]
    assert firm["name"] == "清风电子" and firm["version"] == 0 and firm["texts"]["export"] == ""
    assert {finding["cell"] for finding in trade["findings"]} == {"F4", "G4"}
    assert answer.json()["version"] == january.version and answer["ETag"].startswith(f'"{january.version}-')


def test_rows_are_kept_right_or_wrong_and_the_answer_says_what_to_correct(
    reporter: User, january: MonthlyReturn
) -> None:
    client = program(reporter)
    tag = client.get(at(january, "sheets/"))["ETag"]
    answer = patch(client, january, [row("3家"), row("12", "08")], tag)
    said = answer.json()
    assert answer.status_code == 200 and said["versions"] == {"06": 1, "08": 1} and not said["dry_run"]
    assert any("“3家”不是数" in finding["message"] for finding in said["findings"])
    assert Row.objects.get(key="06").texts["month"] == "3家"
    event = Event.objects.get(verb="return.filled")
    assert event.actor_name == "甄试二" and event.credential and event.method == "PATCH"
    following = patch(client, january, [row("3")], answer["ETag"])
    assert following.status_code == 200 and following.json()["versions"] == {"06": 2}


def test_a_dry_run_checks_and_keeps_nothing(reporter: User, january: MonthlyReturn) -> None:
    client = program(reporter)
    answer = patch(client, january, [row("3家")], f'"{january.version}"', "?dry_run=1")
    assert answer.json()["dry_run"] and any("3家" in finding["message"] for finding in answer.json()["findings"])
    assert answer.json()["version"] == january.version
    book = {"file": SimpleUploadedFile("1月.xlsx", bytes_of(workbook(january)))}
    shown = client.post(at(january, "uploads/?dry_run=1"), book)
    assert shown.status_code == 200 and shown.json()["id"] is None and shown.json()["blocking"] == 14
    january.refresh_from_db()
    assert not (Row.objects.exists() or Upload.objects.exists())
    assert not Event.objects.filter(verb__in=["return.filled", "return.uploaded"]).exists()
    assert answer.json()["version"] == january.version
    assert patch(client, january, [row("3")], f'"{january.version}"', "?dryrun=1").status_code == 400


def test_who_was_faster_is_named_and_nothing_is_overwritten(reporter: User, january: MonthlyReturn) -> None:
    client, colleague = program(reporter), cast.reporter(name="贾试五")
    tag = client.get(at(january, "sheets/"))["ETag"]
    sheet = next(dataset for dataset in datasets.declared() if dataset.code == "city_summary")
    filling.save_rows(january.pk, sheet, [filling.Edit("06", {"month": "9"}, 0)], by=colleague)
    for rows, match in (([row("3")], tag), ([row("3", version=0)], "*")):
        answer = patch(client, january, rows, match)
        assert answer.status_code == 412 and "贾试五" in answer.json()["detail"] and "2月4日" in answer.json()["detail"]
        assert answer["Content-Type"].startswith("application/problem+json")
        assert answer.json()["version"] == january.version + 1
    assert Row.objects.get(key="06").texts["month"] == "9"
    assert patch(client, january, [row("3", version=1)], "*").status_code == 200


@pytest.mark.parametrize(
    ("rows", "tag", "status", "field"),
    [
        ([row("3")], None, 428, None),
        ([row("3")], "*", 428, None),
        ([row("3")], "17", 400, None),
        ([row(3)], '"1"', 400, "rows.0.texts.month"),
        ([row(None)], '"1"', 400, "rows.0.texts.month"),
        ([row("3", "99")], '"1"', 400, "rows"),
        ([row("3"), row("4")], '"1"', 400, "rows.1.key"),
        ([{"key": "06", "texts": {"month": "3", "secret": "1"}}], '"1"', 400, "rows.0.texts.secret"),
        ([], '"1"', 400, "rows"),
        ("x", '"1"', 400, "rows"),
        ([row("3", version=-1)], '"1"', 400, "rows.0.version"),
        ([row("3", version=True)], '"1"', 400, "rows.0.version"),
        ([row("长" * 2001)], '"1"', 400, "rows.0.texts.month"),
    ],
)
def test_what_is_no_row_is_refused_with_its_place(
    reporter: User, january: MonthlyReturn, rows: object, tag: str | None, status: int, field: str | None
) -> None:
    answer = patch(program(reporter), january, rows, tag and tag.replace('"1"', f'"{january.version}"'))
    assert answer.status_code == status and answer["Content-Type"].startswith("application/problem+json")
    assert field is None or field in {fault["field"].removesuffix(".0") for fault in answer.json()["errors"]}
    assert not Row.objects.exists()


def test_a_workbook_is_previewed_then_taken_over_and_the_same_key_does_it_once(
    reporter: User, january: MonthlyReturn
) -> None:
    client = program(reporter)
    book = workbook(january)
    book["加工贸易企业"]["F4"], book["加工贸易企业"]["G4"] = 100, 40
    data = bytes_of(book)
    key = {"Idempotency-Key": "upload-2013-01"}
    sent = [client.post(at(january, "uploads/?name=1月.xlsx"), data, filling.XLSX, headers=key) for _ in range(2)]
    assert [answer.status_code for answer in sent] == [201, 201] and sent[0].json() == sent[1].json()
    assert sent[1]["Idempotency-Replayed"] == "true" and Upload.objects.count() == 1
    shown = sent[0].json()
    assert {change["after"] for change in shown["changes"]} == {"100", "40"} and shown["name"] == "1月.xlsx"
    again = client.get(at(january, f"uploads/{shown['id']}/")).json()
    assert again["findings"] == shown["findings"]
    confirm = at(january, f"uploads/{shown['id']}/confirm/")
    refused = client.post(
        confirm, {"sha256": shown["sha256"]}, "application/json", headers={"If-Match": f'"{january.version}"'}
    )
    assert refused.status_code == 409 and "必须改" in refused.json()["detail"] and not Row.objects.exists()


def test_a_workbook_without_faults_is_taken_over_whole_unless_somebody_was_faster(
    reporter: User, january: MonthlyReturn
) -> None:
    client = program(reporter)
    firm = workbook(january)["加工贸易企业"]["A4"].value
    factories.filled(january, reporter, {str(firm): ("100", "40")})
    january.refresh_from_db()
    shown = client.post(at(january, "uploads/"), bytes_of(workbook(january)), filling.XLSX).json()
    assert shown["blocking"] == 0 and shown["base_version"] == january.version
    confirm = at(january, f"uploads/{shown['id']}/confirm/")
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
def test_what_is_no_workbook_is_refused(
    reporter: User, january: MonthlyReturn, data: bytes, kind: str, status: int
) -> None:
    answer = program(reporter).post(at(january, "uploads/"), data, kind)
    assert answer.status_code == status and answer["Content-Type"].startswith("application/problem+json")
    assert not Upload.objects.exists()


def test_a_reading_token_another_city_and_a_wrong_name_do_not_get_in(reporter: User, january: MonthlyReturn) -> None:
    rows, tag = [row("3")], f'"{january.version}"'
    assert patch(program(reporter, "read"), january, rows, tag).status_code == 403
    assert patch(program(cast.officer()), january, rows, tag).status_code == 403
    assert patch(program(cast.lead()), january, rows, tag).status_code == 403
    neighbour = program(cast.reporter(cast.CHENZHOU))
    assert patch(neighbour, january, rows, tag).status_code == 404
    assert neighbour.get(at(january, "sheets/")).status_code == 404
    upload = program(reporter).post(at(january, "uploads/"), bytes_of(workbook(january)), filling.XLSX).json()
    foreign = factories.opened("431000", Month(2013, 1))
    for monthly_return, client in ((january, neighbour), (foreign, neighbour)):
        assert client.get(at(monthly_return, f"uploads/{upload['id']}/")).status_code == 404
    assert program(reporter).patch(at(january, "sheets/nobody/"), {}, "application/json").status_code == 404
    assert not Row.objects.exists()


def test_the_rules_of_the_calendar_hold_here_too(reporter: User, january: MonthlyReturn) -> None:
    with clock.frozen_at(clock.at(date(2013, 2, 28), 10)):
        answer = patch(program(reporter), january, [row("3")], f'"{january.version}"')
        assert answer.status_code == 409 and answer["Content-Type"].startswith("application/problem+json")
        assert program(reporter).post(at(january, "uploads/?dry_run=1"), b"x", filling.XLSX).status_code == 409


def test_of_what_may_be_long_the_first_five_hundred_are_listed_and_the_rest_is_counted(
    reporter: User, january: MonthlyReturn
) -> None:
    client, data = program(reporter), with_rows(bytes_of(workbook(january)), surplus(700))
    said = client.post(at(january, "uploads/"), data, filling.XLSX).json()
    assert said["blocking"] > 700 and len(said["findings"]) == 500
    assert said["findings_more"] == said["blocking"] + said["unexplained"] - 500
    assert len(said["changes"]) == 500 and said["changes_more"] == 4 * 700 - 500
    again = client.get(at(january, f"uploads/{said['id']}/")).json()
    assert (again["findings_more"], again["changes_more"]) == (said["findings_more"], said["changes_more"])
    page = browser(reporter).get(address(january, f"uploads/{said['id']}/")).content.decode()
    assert page.count("<tr>") < 900 and "只列前 500 处" in page
    many = {"rows": [{"key": "06", "texts": {f"c{number}": "1" for number in range(3_000)}}]}
    answer = client.patch(
        at(january, "sheets/city_summary/"), json.dumps(many), "application/json", headers={"If-Match": "*"}
    )
    assert answer.status_code == 400 and len(answer.json()["errors"]) == 500
    assert "另有 2500 处没有列出" in answer.json()["detail"]


def test_rows_come_in_portions_that_go_on_where_the_last_one_ended(
    reporter: User, january: MonthlyReturn, monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.enterprise(reporter, name="白鹭精工")
    client = program(reporter, "read")
    whole = client.get(at(january, "sheets/")).json()["sheets"]
    monkeypatch.setattr(shapes, "LISTED", 7)
    found: list[Any] = []
    while not found or found[-1][1]["rows_more"]:
        found.append(client.get(at(january, f"sheets/?start={7 * len(found)}")).json()["sheets"])
    assert [row for portion in found for row in portion[1]["rows"]] == whole[1]["rows"] and len(found) == 2
    assert [row for portion in found for row in portion[0]["rows"]] == whole[0]["rows"]
    assert {client.get(at(january, f"sheets/?start={odd}")).status_code for odd in ("-1", "x", "1e3", "²")} == {400}


def test_a_workbook_with_far_more_rows_than_its_form_is_refused_by_the_row(
    reporter: User, january: MonthlyReturn
) -> None:
    data = with_rows(bytes_of(workbook(january)), surplus(2_000))
    answer = program(reporter).post(at(january, "uploads/?dry_run=1"), data, filling.XLSX)
    assert answer.status_code == 422 and "A2199 单元格有内容，超出 2000 行" in answer.json()["detail"]
    with_own = workbook(january)
    for number in range(3):
        own = with_own.create_sheet(f"测算{number}")
        for _ in range(1_000):
            own.append([1] * 40)
    answer = program(reporter).post(at(january, "uploads/?dry_run=1"), bytes_of(with_own), filling.XLSX)
    assert answer.status_code == 422 and "只留报表本身的工作表" in answer.json()["detail"]
    formulas = with_rows(bytes_of(workbook(january)), surplus(1_700, f'<c r="{{at}}"><f>{"1+" * 90}1</f><v>91</v></c>'))
    answer = program(reporter).post(at(january, "uploads/?dry_run=1"), formulas, filling.XLSX)
    assert answer.status_code == 422 and "粘贴为数值" in answer.json()["detail"]
    assert not Upload.objects.exists()


def test_a_program_is_told_what_both_sides_changed_and_gives_its_choices_back_in_the_same_shape(
    reporter: User, january: MonthlyReturn
) -> None:
    client, book = program(reporter), workbook(january)
    tag = client.get(at(january, "sheets/"))["ETag"]
    assert patch(client, january, [row("3"), row("2", "08")], tag).status_code == 200
    trade, summary = book["加工贸易企业"], book["市州汇总"]
    trade["F4"], trade["G4"] = 100, 40
    for line, value in enumerate((140, 100, 40, 100, 40, 5, 0, 0, 0, 0, 0, 0), start=4):
        summary[f"E{line}"] = value
    shown = client.post(at(january, "uploads/"), {"file": SimpleUploadedFile("1月.xlsx", bytes_of(book))}).json()
    assert shown["downloaded_version"] == 1 and shown["conflicts_more"] == 0
    six, eight = shown["conflicts"]
    facts = {"cell": "E9", "key": "06", "column": "month", "base": "", "mine": "5", "theirs": "3", "choice": None}
    assert facts.items() <= six.items() and six["changed_by"] == "甄试二" and eight["mine"] == "0"

    def confirm(**said: Any) -> Any:
        body = json.dumps({"sha256": shown["sha256"], **said})
        where, tag = at(january, f"uploads/{shown['id']}/confirm/"), f'"{shown["base_version"]}"'
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
