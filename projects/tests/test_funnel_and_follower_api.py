"""Tests that the API gives the stage funnel and the followers of projects as the pages show them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils.html import strip_tags
from drf_spectacular.generators import SchemaGenerator

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from projects.api_funnel_and_followers import FUNNEL_EXAMPLE
from projects.choices import Stage
from projects.models import Project
from projects.tests.factories import followed_project, project, stepped_project, take_step, with_paid_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reference_tables")]
YESTERDAY, TODAY = date(2013, 6, 19), date(2013, 6, 20)
FUNNEL = "/api/v1/projects/funnel/"


@pytest.fixture
def some() -> Iterator[list[Project]]:
    """Fixture with projects of two cities in several stages, entered yesterday, some with an industry or a source place."""
    officer, found = cast.officer(), []
    rows: tuple[tuple[str, tuple[date, ...], dict[str, Any]], ...] = (
        (
            cast.CHANGSHA,
            (date(2013, 2, 4), date(2013, 3, 6), date(2013, 4, 1)),
            {"industry": "391", "source": "440000"},
        ),
        (cast.CHANGSHA, (date(2013, 2, 4), date(2013, 2, 15)), {"industry": "392"}),
        (cast.CHANGSHA, (date(2013, 4, 4),), {}),
        (cast.CHENZHOU, (), {"source": "440000"}),
    )
    for city, steps, facts in rows:
        by = cast.reporter(city)
        with clock.frozen_at(clock.at(YESTERDAY, 9)):
            made = with_paid_in(stepped_project(by, intended_on=date(2013, 1, 4), **facts), by)
            for name, day in zip(("sign", "land", "produce"), steps, strict=False):
                take_step(made, name, day, by=by, confirmed_by=officer)
        found.append(made)
    with clock.frozen_at(clock.at(TODAY, 9)):
        yield found


def funnel(by: User, query: str = "") -> Any:
    answer = Client().get(FUNNEL + query, headers=cast.bearer_headers(by))
    assert answer.status_code == 200, answer.content.decode()
    return answer.json()


def page_tables(by: User, query: str = "") -> list[list[list[str]]]:
    """Return the texts of the rows of each table on the page of the funnel."""
    client = Client()
    client.force_login(by)
    page = client.get(f"/projects/funnel/{query}").content.decode()
    tables = re.findall(r"<tbody.*?</tbody>", page, re.S)
    return [  # the third one is of the chart
        [
            [unescape(strip_tags(cell)).strip() for cell in re.findall(r"<t[dh].*?</t[dh]>", row, re.S)]
            for row in re.findall(r"<tr.*?</tr>", table, re.S)
        ]
        for table in tables[:2]
    ]


def page_rows(stages: list[dict[str, Any]]) -> list[list[str]]:
    """Return the figures of stages as the page writes them."""
    return [
        [
            str(Stage(each["stage"]).label),
            f"{each['reached']:,}",
            "—" if each["conversion"] is None else f"{each['conversion']}%",
            f"{each['passed']:,}",
            each["median_days"] or "—",
            f"{each['standing']:,}",
            "—" if each["longest_days"] is None else f"{each['longest_days']:,}",
        ]
        for each in stages
    ]


def page_row(group: dict[str, Any]) -> list[str]:
    """Return the name and figures of a group as the page writes them."""
    shares = ("" if each["conversion"] is None else f"（{each['conversion']}%）" for each in group["stages"])
    return [
        group["name"],
        *(f"{each['reached']:,}{share}" for each, share in zip(group["stages"], shares, strict=True)),
    ]


# --- The funnel -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("by", ["city", "industry", "source"])
@pytest.mark.parametrize("more", ["", "&city=430100", "&accepted_stage=landed", "&as_of=2013-06-19"])
def test_every_figure_is_that_of_the_page(some: list[Project], by: str, more: str) -> None:
    take_step(some[2], "land", date(2013, 5, 7), by=cast.reporter(), confirmed_by=cast.officer())
    for reader in (cast.officer(), cast.reporter(cast.CHANGSHA)):
        answer, (stages, groups) = funnel(reader, f"?by={by}{more}"), page_tables(reader, f"?by={by}{more}")
        assert page_rows(answer["stages"]) == stages
        assert [page_row(group) for group in answer["groups"]] == groups
        assert answer["by"] == by and len(answer["stages"]) == len(Stage)
    assert answer["day"] == ("2013-06-19" if "as_of" in more else "2013-06-20")


def test_the_figures_are_those_of_the_steps(some: list[Project]) -> None:
    answer = funnel(cast.officer(), "?by=industry")
    _, signed, landed, *_ = answer["stages"]
    assert signed == {
        "stage": "signed",
        "reached": 3,
        "conversion": "75.0",
        "passed": 2,
        "median_days": "20.5",
        "standing": 1,
        "longest_days": (TODAY - date(2013, 4, 4)).days,
    }
    assert (landed["median_days"], landed["longest_days"]) == ("26", (TODAY - date(2013, 2, 15)).days)
    assert [(each["code"], each["stages"][0]["reached"]) for each in answer["groups"]] == [("39", 2), (None, 2)]
    assert answer["groups"][-1]["name"] == "未填"


def test_a_city_s_token_counts_its_own_projects_alone(some: list[Project]) -> None:
    own, all_of_them = funnel(cast.reporter(cast.CHENZHOU)), funnel(cast.officer())
    other = funnel(cast.reporter(cast.CHENZHOU), "?city=430100")
    assert [group["code"] for group in own["groups"]] == [cast.CHENZHOU]
    assert (own["stages"][0]["reached"], all_of_them["stages"][0]["reached"]) == (1, 4)
    assert other["groups"] == [] and all(each["reached"] == 0 for each in other["stages"])


def test_a_call_that_cannot_be_read_is_refused_at_its_parameter() -> None:
    headers = cast.bearer_headers(cast.officer())
    for query, field in (
        ("?by=moon", "by"),
        ("?by=", "by"),
        ("?page=2", "page"),
        ("?cursor=a", "cursor"),
        ("?city=mars", "city"),
        ("?as_of=2999-01-01", "as_of"),
    ):
        answer = Client().get(FUNNEL + query, headers=headers)
        assert answer.status_code == 400 and [each["field"] for each in answer.json()["errors"]] == [field], query
    assert Client().get(FUNNEL, headers=cast.bearer_headers(cast.auditor())).status_code == 403
    assert Client().get(FUNNEL).status_code == 401


def test_an_unchanged_funnel_is_not_sent_again(some: list[Project]) -> None:
    headers = cast.bearer_headers(cast.officer())
    first = Client().get(FUNNEL, headers=headers)
    again = headers | {"If-None-Match": first["ETag"]}
    assert Client().get(FUNNEL, headers=again).status_code == 304
    take_step(some[2], "land", date(2013, 5, 7), by=cast.reporter(), confirmed_by=cast.officer())
    assert Client().get(FUNNEL, headers=again).status_code == 200


def test_the_description_types_the_funnel_and_its_example_is_of_that_type(some: list[Project]) -> None:
    schema = SchemaGenerator().get_schema(request=None, public=True)
    described = schema["paths"][FUNNEL]["get"]
    content = described["responses"]["200"]["content"]["application/json"]
    assert content["schema"] == {"$ref": "#/components/schemas/Funnel"}
    assert [each["value"] for each in content["examples"].values()] == [FUNNEL_EXAMPLE]
    names = {each["name"] for each in described["parameters"]}
    assert {"by", "as_of", "city", "alert", "follower"} <= names and not {"fields", "sort", "cursor"} & names
    answer = funnel(cast.officer())

    client = Client()
    client.force_login(cast.officer())
    assert "41.5" in client.get("/api/v1/docs/").content.decode(), "the page of the API shows it"

    def shape(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: shape(each) for key, each in value.items()}
        return [shape(value[0])] if isinstance(value, list) else None

    assert shape(answer) == shape(FUNNEL_EXAMPLE)
    figures = schema["components"]["schemas"]["StageFigures"]["properties"]
    assert set(figures) == set(FUNNEL_EXAMPLE["stages"][0])
    for each in [*answer["stages"], *FUNNEL_EXAMPLE["stages"]]:
        for name, value in each.items():
            assert value is not None or figures[name].get("nullable"), name
            if isinstance(value, str) and "pattern" in figures[name]:
                assert re.fullmatch(figures[name]["pattern"], value), (name, value)


# --- Followers ------------------------------------------------------------------------------------------------------
def test_followers_are_read_as_the_page_of_the_project_shows_them() -> None:
    reporter, officer, left = cast.reporter(), cast.officer(), cast.lead()
    made = project(reporter)
    for each in (officer, reporter, left):
        followed_project(each, made)
    User.objects.filter(pk=left.pk).update(is_active=False)
    answer = Client().get(f"/api/v1/projects/{made.code}/followers/", headers=cast.bearer_headers(reporter))
    names = [each["name"] for each in answer.json()["results"]]
    client = Client()
    client.force_login(reporter)
    assert f'<span class="meta">{"、".join(names)}</span>' in client.get(f"/projects/{made.code}/").content.decode()
    assert names == [officer.name, reporter.name]
    moments = [each["followed_at"] for each in answer.json()["results"]]
    assert moments == sorted(moments) and all(moment.endswith("+08:00") for moment in moments)


def test_no_followers_of_a_project_out_of_sight_and_no_following_by_a_token() -> None:
    made = project(cast.reporter())
    address = f"/api/v1/projects/{made.code}/followers/"
    assert Client().get(address, headers=cast.bearer_headers(cast.reporter(cast.CHENZHOU))).status_code == 404
    assert Client().get(address, headers=cast.bearer_headers(cast.auditor())).status_code == 403
    own = cast.bearer_headers(cast.reporter(), "register")
    assert Client().get(f"{address}?page=1", headers=own).status_code == 400
    for method in ("post", "put", "patch", "delete"):
        assert getattr(Client(), method)(address, headers=own).status_code == 405
    assert Client().get(address, headers=own).json() == {"results": []}
