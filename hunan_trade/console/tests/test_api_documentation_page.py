"""Tests of the page about the REST API: contents, command lines and example answers."""

from __future__ import annotations

import json
import shlex
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories
from hunan_trade.console.api_documentation import operations_with_curl_and_example

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reference_tables")]


@pytest.fixture
def officer() -> User:
    return factories.officer()


def operations(user: User) -> list[dict[str, Any]]:
    client = Client(headers=factories.bearer_headers(user))
    schema = client.get("/api/v1/schema/?format=json").json()
    return operations_with_curl_and_example(schema, "https://portal.example/")


def test_the_page_lists_every_operation_with_command_and_example(officer: User) -> None:
    client = Client()
    client.force_login(officer)
    page = client.get("/api/v1/docs/").content.decode()
    for operation in operations(officer):
        assert f'href="#{operation["anchor"]}"' in page and f'id="{operation["anchor"]}"' in page
    assert page.count("<code") == page.count("curl ") == len(operations(officer))


def test_each_command_names_a_record_as_its_register_does(officer: User) -> None:
    commands = [operation["curl"] for operation in operations(officer)]
    assert not [command for command in commands if "{id}" in command]
    assert any("/projects/CZ-2013-0146/" in command for command in commands)


def test_each_command_asks_what_the_operation_takes(officer: User) -> None:
    """Records and versions that it names may not exist; its form is right."""
    secret = factories.bearer_headers(officer, "register")["Authorization"].partition(" ")[2]
    for operation in operations(officer):
        words = shlex.split(operation["curl"].replace("$PORTAL_TOKEN", secret))
        options = list(zip(words[1:-1:2], words[2:-1:2], strict=True))
        headers = dict(value.split(": ", 1) for name, value in options if name == "-H")
        asked = {each["name"] for each in operation["parameters"] if each["in"] == "header" and each.get("required")}
        asked |= {"Content-Type"} if dict(options).keys() & {"-d", "--data-binary"} else set()
        assert asked <= headers.keys(), operation["path"]  # without them, too, what does not exist is 404
        method, body = dict(options).get("-X", "GET"), dict(options).get("-d", "").encode()
        assert method == operation["method"] and words[-1].startswith("https://portal.example/api/v1/")
        kind = headers.pop("Content-Type", "application/json")
        if "-F" in dict(options):
            body, kind = encode_multipart(BOUNDARY, {"file": ContentFile(b"x", "附件.pdf")}), MULTIPART_CONTENT
        by_person = "Authorization" not in headers  # the session that is named does not exist
        assert by_person == ("由本人登录后办" in operation["text"])
        answer = Client().generic(method, urlsplit(words[-1]).path, body, kind, headers=headers)
        filling = method != "GET" and "/returns/" in operation["path"]  # which a person of the province may not
        allowed = {401, 404} if by_person else {403, 404} if filling else {200, 201, 404, 412, 422}
        assert answer.status_code in allowed, (
            words,
            answer.content.decode(),
        )


def test_an_example_has_the_members_of_a_real_answer(officer: User) -> None:
    client = Client(headers=factories.bearer_headers(officer))
    for operation in operations(officer):
        if operation["method"] == "GET" and operation["path"].count("/") == 4:
            example, answer = json.loads(operation["example"]), client.get(operation["path"]).json()
            assert set(example) == set(answer), operation["path"]
            for row in answer.get("results", [])[:1]:
                assert set(example["results"][0]) == set(row), operation["path"]
