"""Tests the REST addresses of a report's files, which programs download with a token."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from django.test import Client

from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.models import Event
from reporting.models import Format
from reporting.tests import factories
from reporting.tests.factories import JANUARY, City, Province

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("february")]
OPERATION = "/api/v1/reports/{id}/files/{format_}/"


@pytest.fixture
def city(people: Province) -> City:
    found = factories.create_city(cast.CHANGSHA)
    factories.accepted(found, JANUARY, ("150", "50"), people.officer)
    return found


def caller(user: User) -> Client:
    return Client(headers=cast.bearer_headers(user))


def test_a_program_gets_each_file_from_the_address_in_the_answers(people: Province, city: City) -> None:
    report, client = factories.issued(people), caller(city.reporter)
    place = f"/api/v1/reports/{report.pk}/"
    document = client.get(f"{place}document/").json()
    listed = {file["address"] for file in client.get(place).json()["files"]}
    assert listed == {file["address"] for file in document["files"]} and len(listed) == len(Format)
    for file in document["files"]:
        answer = client.get(file["address"])
        assert hashlib.sha256(answer.content).hexdigest() == file["sha256"], file
        assert answer["Content-Disposition"].startswith("attachment") and "private" in answer["Cache-Control"]
    downloads = Event.objects.filter(verb="file.downloaded", object_id=str(report.pk))
    assert {event.actor_id for event in downloads} == {city.reporter.pk} and len(downloads) == len(Format)


def test_each_refusal_of_a_file_is_described_and_given(people: Province, city: City) -> None:
    """The right is asked at each download, and a draft has no files."""
    report, draft = factories.issued(people), factories.drafted(JANUARY.previous)
    place, client = f"/api/v1/reports/{report.pk}/files/", caller(people.officer)
    assert client.get(f"{place}docx/").status_code == 200
    given = {
        400: client.get(f"{place}docx/?as_of=2013-01-01"),
        401: Client().get(f"{place}docx/"),
        403: caller(cast.administrator()).get(f"{place}docx/"),
        404: client.get(f"/api/v1/reports/{draft.pk}/files/docx/"),
    }
    for address in (f"{place}doc/", "/api/v1/reports/999999/files/docx/", f"/api/v1/reports/{'9' * 30}/files/docx/"):
        assert client.get(address).status_code == 404, address
    for status, answer in given.items():
        assert answer.status_code == status
        assert answer["Content-Type"] == "application/problem+json" and answer.json()["status"] == status
    described: Any = client.get("/api/v1/schema/?format=json").json()["paths"][OPERATION]["get"]
    assert set(described["responses"]) == {"200", *map(str, given), "429"}
    User.objects.filter(pk=people.officer.pk).update(role="administrator")
    assert client.get(f"{place}docx/").status_code == 403


def test_a_file_that_is_not_what_was_issued_is_not_sent(people: Province, city: City) -> None:
    report, client = factories.issued(people), caller(city.reporter)
    stored = report.files.get(format="docx").file.location
    data = stored.read_bytes()
    stored.unlink()
    stored.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    answer = client.get(f"/api/v1/reports/{report.pk}/files/docx/")
    assert answer.status_code == 500 and "存放的文件已损坏" in answer.json()["detail"]
    assert not Event.objects.filter(verb="file.downloaded").exists()
