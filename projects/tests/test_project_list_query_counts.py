"""Tests that the list of projects takes no more database queries for many projects than for few."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DataError, connection, transaction
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.industries.models import Industry
from hunan_trade.lists.editing import bulk_edit
from hunan_trade.lists.list_query import ListQuery
from hunan_trade.regions.models import Region
from projects.choices import Stage
from projects.models import Project
from projects.sql_update_of_many_projects import update_fields
from projects.tables import PROJECTS
from projects.tests.factories import project, project_values, saved

COLUMNS = ",".join(column.key for column in PROJECTS.columns if column.see is None)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reference_tables")]


def enter_projects(by: User, count: int) -> list[Project]:
    """Enter projects that each have another county, industry and contact, and return them."""
    counties = Region.objects.filter(parent=cast.CHANGSHA, level="county").order_by("code")[:count]
    industries = Industry.objects.filter(level="group").order_by("code")[:count]
    outcomes = saved(
        by,
        *(
            project_values(
                cast.CHANGSHA,
                area=county,
                industry=industry,
                city_contact=cast.reporter(),
                province_contact=cast.officer(),
            )
            for county, industry in zip(counties, industries, strict=True)
        ),
    )
    assert not any(outcome.refused for outcome in outcomes)
    return list(Project.objects.filter(pk__in=[outcome.pk or 0 for outcome in outcomes]))


def count_queries(ask: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as captured:
        ask()
    return len(captured)


@pytest.mark.parametrize(
    "address",
    [
        f"/projects/?columns={COLUMNS}",
        f"/projects/?as_of={{today}}&columns={COLUMNS}",
        "/projects/download/?format=csv&all=1",
        "/api/v1/projects/",
    ],
    ids=["every column", "every column of a day", "a download", "the API"],
)
def test_more_projects_cost_no_more_queries(address: str) -> None:
    officer, client = cast.officer(), Client()
    client.force_login(officer)

    def ask() -> None:
        answer: Any = client.get(address.format(today=clock.today()))
        assert answer.status_code == 200 and b"".join(answer)

    enter_projects(officer, 1)
    ask()
    few = count_queries(ask)
    enter_projects(officer, 5)
    assert count_queries(ask) <= few


def test_more_projects_cost_no_more_queries_in_the_preview_of_a_bulk_edit() -> None:
    by = cast.reporter()

    def queries_of(count: int) -> int:
        rows = Project.objects.filter(pk__in=[made.pk for made in enter_projects(by, count)])
        operations = {"source": ["set", "440300"]}
        edit = bulk_edit.prepare(PROJECTS, rows, by=by, operations=operations, reason="核对", query="")
        return count_queries(lambda: bulk_edit.preview(PROJECTS, edit, by=by))

    assert queries_of(2) == queries_of(6)


def test_a_city_is_asked_for_without_a_subquery() -> None:
    """Else the database reads all projects to find the newest of the city."""
    officer = cast.officer()
    ours, theirs = project(officer, city=cast.CHANGSHA), project(officer, city=cast.CHENZHOU)
    rows = ListQuery(PROJECTS, officer, QueryDict(f"city={cast.CHANGSHA}")).rows
    assert list(rows) == [ours] and str(rows.query).count("SELECT") == 1
    assert list(ListQuery(PROJECTS, officer, QueryDict(f"city={cast.CHANGSHA}&city_not=on")).rows) == [theirs]


def test_fields_of_many_projects_are_written_by_one_statement(django_assert_num_queries: Any) -> None:
    first, second = project(cast.reporter()), project(cast.reporter())
    first.stage, first.increased_cny, second.stage = Stage.SIGNED, 1_000, Stage.LANDED
    with django_assert_num_queries(1):
        update_fields([first, second], ["stage", "increased_cny"])
    stored = {each.pk: (each.stage, each.increased_cny) for each in Project.objects.all()}
    assert stored == {first.pk: (Stage.SIGNED, 1_000), second.pk: (Stage.LANDED, None)}


def test_a_text_that_is_too_long_is_refused_and_not_cut() -> None:
    made = project(cast.reporter())
    made.note = "长" * 301
    with pytest.raises(DataError), transaction.atomic():
        update_fields([made], ["note"])
