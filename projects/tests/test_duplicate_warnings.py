"""Tests that form, import and API warn whoever enters a project that resembles another one."""

from __future__ import annotations

import html
import json

import pytest
from django.test import Client

from hunan_trade.accounts.models import Token
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.lists.imports import actions as imports
from hunan_trade.lists.tests.import_factories import csv_file
from projects.models import Project, ProjectPair
from projects.tables import PROJECTS
from projects.tests.factories import project

pytestmark = pytest.mark.django_db
NAME = "蓝思触控玻璃项目"
FORM = {
    "name": f"{NAME}基地",
    "city": cast.CHANGSHA,
    "intended_on": "2013-02-04",
    "project_class": "industry",
    "investors": "蓝思公司",
}


def test_the_form_saves_only_once_its_person_has_confirmed_what_is_alike(client: Client) -> None:
    reporter = cast.reporter()
    first = project(reporter, name=NAME, investors="蓝思公司")
    project(cast.reporter(cast.CHENZHOU), name=FORM["name"], investors="蓝思公司")
    client.force_login(reporter)
    asked = client.post("/projects/new/", FORM)
    page = html.unescape(asked.content.decode())
    sentence = (
        f"长沙已有名称相近、投资方相同的项目 {first.code}“{NAME}”。确认不是重复登记再保存，是不是同一项目由省厅认定。"
    )
    assert asked.status_code == 200 and f'value="{sentence}"' in page and "没有保存：请确认" in page
    assert "郴州" not in page.partition("<form")[2].partition("基本情况")[0]
    assert Project.objects.count() == 2 and not ProjectPair.objects.exists()
    client.post("/projects/new/", FORM | {"confirmed": "另一句"})
    assert Project.objects.count() == 2
    assert client.post("/projects/new/", FORM | {"confirmed": sentence}).status_code == 302
    assert Project.objects.count() == 3
    assert list(ProjectPair.objects.visible_to(reporter).values_list("first", "state")) == [(first.pk, "waiting")]


def test_an_edit_that_makes_two_projects_alike_asks_and_keeps_what_was_typed(client: Client) -> None:
    reporter = cast.reporter()
    project(reporter, name=NAME, investors="蓝思公司")
    second = project(reporter, name="服饰城", investors="蓝思公司")
    client.force_login(reporter)
    page = client.post(f"/projects/{second.code}/edit/", FORM | {"version": second.version}).content.decode()
    assert "没有保存：请确认" in page and FORM["name"] in page
    second.refresh_from_db()
    assert second.name == "服饰城"


def test_an_import_lists_what_is_alike_and_writes_it() -> None:
    reporter = cast.reporter()
    first = project(reporter, name=NAME, investors="蓝思公司")
    file = csv_file(
        (f"{NAME}智能制造产业园区基地", "长沙市", "2013-02-04", "蓝思公司"), head=("项目", "市州", "意向日期", "投资方")
    )
    Project.objects.filter(pk=first.pk).update(name=f"{NAME}智能制造产业园区")
    found = imports.receive(PROJECTS, file, "登记表.csv", by=reporter)
    assert not imports.check(PROJECTS, found, by=reporter, seen=1, choices={"rows": {"2": "new"}})
    assert f"已有名称相近、投资方相同的项目 {first.code}" in json.dumps(found.result, ensure_ascii=False)


def test_the_api_writes_and_answers_what_is_alike(client: Client) -> None:
    reporter = cast.reporter()
    first = project(reporter, name=NAME, investors="蓝思公司")
    headers = cast.bearer_headers(reporter, Token.Scope.REGISTER)
    for address, written in (("/api/v1/projects/?dry_run=1", 1), ("/api/v1/projects/", 2)):
        answer = client.post(address, json.dumps(FORM), content_type="application/json", headers=headers)
        assert answer.status_code in (200, 201), answer.content
        (doubt,) = answer.json()["doubts"]
        assert first.code in doubt and Project.objects.count() == written
    plain = {**FORM, "name": "服饰城", "investors": "别的公司"}
    answer = client.post("/api/v1/projects/", json.dumps(plain), content_type="application/json", headers=headers)
    assert answer.status_code == 201 and "doubts" not in answer.json()
