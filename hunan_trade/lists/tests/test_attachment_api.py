"""Tests listing, downloading, adding and removing a record's attachments through the REST API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.models import Event
from hunan_trade.lists.attachments import actions
from hunan_trade.lists.models import Act, Attachment
from hunan_trade.lists.record_change_preparation import RecordChange
from hunan_trade.lists.tests.attachment_files import PDF
from hunan_trade.lists.tests.test_record_pages import created, page, save
from hunan_trade.regions import actions_load_reference_tables as regions
from hunan_trade.testing.transaction_simulation_and_waiting import next_transaction
from hunan_trade.web import rest_throttling
from hunan_trade.web.rest_json_parser import BODY_LIMIT
from parks.models import Park
from parks.tables import PARKS

pytestmark = pytest.mark.django_db
REASON = {"reason": "传错了"}


@pytest.fixture(autouse=True)
def places(settings: LazySettings, tmp_path: Path) -> None:
    settings.FILES_DIR = tmp_path / "files"
    regions.load_regions()


@pytest.fixture
def officer() -> User:
    return cast.officer()


@pytest.fixture
def client(officer: User) -> Client:
    return Client(headers=cast.bearer_headers(officer, "register"))


@pytest.fixture
def park() -> Park:
    return created()


@pytest.fixture
def attachment(park: Park, officer: User) -> Attachment:
    found = actions.attach(PARKS, park.pk, PDF, "批复.pdf", by=officer)
    next_transaction()
    return found


def address(attachment: Attachment) -> str:
    return f"/api/v1/parks/{attachment.record}/attachments/{attachment.pk}/"


def remove(client: Client, attachment: Attachment, body: Any = REASON, query: str = "", **more: Any) -> Any:
    return client.delete(f"{address(attachment)}{query}", body, **{"content_type": "application/json"} | more)


def test_the_api_lists_downloads_and_adds_attachments_as_the_page_does(client: Client, park: Park) -> None:
    headers = cast.bearer_headers(cast.reporter())
    where = f"/api/v1/parks/{park.pk}/attachments/"
    added = client.post(where, {"file": SimpleUploadedFile("批复.pdf", PDF)})
    assert added.status_code == 201, added.content
    listed = client.get(where, headers=headers).json()
    assert listed == {"results": [added.json()]} and added.json()["size"] == len(PDF)
    file = client.get(f"{where}{added.json()['id']}/", headers=headers | {"Accept": "application/pdf"})
    assert b"".join(file) == PDF and file["Content-Disposition"].startswith("attachment")
    again = client.post(where, {"file": SimpleUploadedFile("批复.pdf", PDF)})
    assert again.status_code == 422 and "已在这条记录上" in again.json()["errors"][0]["detail"]
    assert client.post(where, {}).status_code == client.post(f"{where}?x=1").status_code == 400
    assert client.post(where, {}, headers=headers).status_code == 403
    assert client.get(f"/api/v1/parks/{park.pk + 1}/attachments/").status_code == 404


def test_a_removed_attachment_is_no_more_listed_and_stays_in_the_history(
    client: Client, officer: User, attachment: Attachment
) -> None:
    answer = remove(client, attachment)
    assert (answer.status_code, answer.content) == (204, b"")
    next_transaction()
    assert client.get(f"/api/v1/parks/{attachment.record}/attachments/").json() == {"results": []}
    assert b"".join(client.get(address(attachment))) == PDF
    (reader := Client()).force_login(officer)
    timeline = page(reader, f"/parks/{attachment.record}/")
    assert "移除附件" in timeline and "传错了" in timeline
    event = Event.objects.get(verb="attachment.removed")
    assert event.reason == "传错了" and event.object_id == str(attachment.record)


def test_a_removal_repeated_under_its_key_answers_the_same(client: Client, attachment: Attachment) -> None:
    key = {"Idempotency-Key": "remove-once"}
    statuses = [remove(client, attachment, headers=key).status_code for _ in range(2)]
    assert statuses == [204, 204] and remove(client, attachment).status_code == 409


def _refusals(attachment: Attachment, officer: User) -> Mapping[str, Callable[[Client], Any]]:
    """Return a request for each refusal that removing an attachment may meet."""
    reading, other = cast.bearer_headers(officer), Attachment(record=attachment.record + 1, pk=attachment.pk)
    return {
        "400": lambda client: remove(client, attachment, REASON | {"note": "x"}),
        "401": lambda client: remove(Client(), attachment),
        "403": lambda client: remove(Client(), attachment, headers=reading),
        "404": lambda client: remove(client, other),
        "413": lambda client: remove(client, attachment, {"reason": "字" * BODY_LIMIT}),
        "415": lambda client: remove(client, attachment, b"reason", content_type="text/plain"),
        "422": lambda client: remove(client, attachment, {"reason": " "}),
    }


def test_a_removal_is_refused_with_each_status_that_is_described_and_no_other(
    client: Client, officer: User, attachment: Attachment, monkeypatch: pytest.MonkeyPatch
) -> None:
    described = client.get("/api/v1/schema/?format=json").json()["paths"]
    operation = described["/api/v1/parks/{id}/attachments/{attachment}/"]["delete"]
    assert operation["requestBody"]["content"]["application/json"]["schema"]["required"] == ["reason"]
    for status, request in _refusals(attachment, officer).items():
        answer = request(client)
        assert (str(answer.status_code), answer["Content-Type"]) == (status, "application/problem+json"), answer.content
    assert remove(client, attachment, {}).status_code == 422 and remove(client, attachment, [1]).status_code == 400
    assert remove(client, attachment, query="?dry_run=1").status_code == 400
    assert Attachment.objects.current().count() == 1
    assert [remove(client, attachment).status_code for _ in range(2)] == [204, 409]
    save(RecordChange({}, attachment.record, 1, is_deletion=True), Act.Kind.DELETED)
    assert remove(client, attachment).status_code == 410
    monkeypatch.setattr(rest_throttling, "_count_call", lambda prefix, minute: 10**9)
    assert remove(client, attachment).status_code == 429
    provoked = {"204", "409", "410", "429", *_refusals(attachment, officer)}
    assert set(operation["responses"]) == provoked
