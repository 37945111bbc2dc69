"""Tests the page of the stage funnel: counts, median days, groups, past days, and agreement with the list."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from html import unescape
from statistics import median
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from django.utils.html import strip_tags

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.lists.list_query import ListQuery
from projects.choices import Stage
from projects.funnel.city_map import shade_bounds
from projects.funnel.stage_funnel import Funnel, Grouping, stage_funnels
from projects.models import Project, StageEntry
from projects.stages import rules as rules_stages
from projects.stages.actions import enter_step
from projects.stages.rules import ORDER
from projects.stages.stage_conditions import steps_of
from projects.tables import PROJECTS
from projects.tests.factories import stepped_project, take_step, with_paid_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reference_tables")]
TODAY = date(2013, 6, 20)


def project(by: User, officer: User, *days: date, **values: Any) -> Project:
    """Create a project that reached the stages after 意向 on these days; signings are as an accepted return leaves them."""
    made = with_paid_in(stepped_project(by, intended_on=date(2013, 1, 4), **values), by)
    for name, day in zip(("sign", "land", "produce", "operate"), days, strict=False):
        take_step(made, name, day, by=by, confirmed_by=officer)
    return made


@pytest.fixture
def officer() -> User:
    return cast.officer()


@pytest.fixture
def some(officer: User) -> list[Project]:
    changsha, chenzhou = cast.reporter(), cast.reporter(cast.CHENZHOU)
    with clock.frozen_at(clock.at(TODAY, 9)):
        made = [
            project(changsha, officer, date(2013, 2, 3), date(2013, 3, 5)),
            project(changsha, officer, date(2013, 2, 5), date(2013, 2, 15), date(2013, 5, 1), industry="39"),
            project(changsha, officer, date(2013, 4, 4)),
            project(chenzhou, officer),
        ]
        enter_step(pk=made[3].pk, name="sign", by=chenzhou, seen=None, effective_on=date(2013, 6, 1))  # not accepted
    return made


def funnels(grouping: Grouping = Grouping.CITY) -> tuple[Funnel, ...]:
    found = stage_funnels(Project.objects.all(), StageEntry.objects.all(), grouping, TODAY)
    return found.total, *found.groups


def counts(funnel: Funnel) -> list[int]:
    return [each.reached for each in funnel.stages]


def test_a_stage_counts_what_valid_steps_prove(some: list[Project]) -> None:
    total, changsha, chenzhou = funnels()
    assert (counts(total), counts(changsha), counts(chenzhou)) == ([4, 3, 2, 1, 0], [3, 3, 2, 1, 0], [1, 0, 0, 0, 0])
    proved = [rules_stages.stages_reached(steps_of(each)) for each in Project.objects.all()]
    assert counts(total) == [sum(stage in stages for stages in proved) for stage in ORDER]
    signed = total.figures(Stage.SIGNED)
    assert signed.conversion == 75 and total.figures(Stage.INTENDED).conversion is None


def test_days_are_the_median_of_what_went_on_beside_how_long_the_others_stand(some: list[Project]) -> None:
    signed = funnels()[0].figures(Stage.SIGNED)
    assert (signed.passed, signed.median_days) == (2, Decimal(str(median([30, 10]))))
    assert (signed.standing, signed.longest_days) == (1, (TODAY - date(2013, 4, 4)).days)


def test_a_terminated_project_has_reached_its_stages_and_stands_in_none(some: list[Project]) -> None:
    Project.objects.filter(pk=some[2].pk).update(status="terminated", status_reason="投资方撤回")
    signed = funnels()[0].figures(Stage.SIGNED)
    assert (signed.reached, signed.standing, signed.longest_days) == (3, 0, None)


def test_projects_without_an_industry_are_a_group_of_their_own(some: list[Project]) -> None:
    total, electronics, without = funnels(Grouping.INDUSTRY)
    assert [(each.code, each.stages[0].reached) for each in (total, electronics, without)] == [
        (None, 4),
        ("39", 1),
        (None, 3),
    ]


def test_each_count_on_the_page_leads_to_a_list_of_as_many_projects(some: list[Project], client: Client) -> None:
    officer = cast.officer()
    client.force_login(officer)
    with clock.frozen_at(clock.at(TODAY, 9)):
        page = client.get("/projects/funnel/").content.decode()
        links = re.findall(r'href="/projects/\?([^"]*)">([0-9]+)</a>', page)
        found = [(ListQuery(PROJECTS, officer, QueryDict(unescape(query))).rows.count(), int(n)) for query, n in links]
    assert len(found) == 2 * len(ORDER) and all(listed == shown for listed, shown in found), found


def test_the_funnel_of_all_projects_leads_to_all_projects_and_not_to_the_group_s_view(client: Client) -> None:
    client.force_login(cast.officer())
    assert '<a class="btn btn-plain" href="/projects/?view=all">' in client.get("/projects/funnel/").content.decode()
    assert (
        'href="/projects/?city=430100">看这些' in client.get("/projects/funnel/?city=430100&by=city").content.decode()
    )


def test_the_page_takes_the_filters_of_the_list_and_refuses_what_it_does_not_know(
    some: list[Project], client: Client
) -> None:
    client.force_login(cast.officer())
    with clock.frozen_at(clock.at(TODAY, 9)):
        page = strip_tags(client.get("/projects/funnel/?city=430100").content.decode())
    assert "长沙" in page and "郴州" not in page
    assert client.get("/projects/funnel/?by=moon").status_code == 400
    refused = client.get("/projects/funnel/?contracted_total_usd_min=x")
    assert refused.headers["Location"] == "/projects/?contracted_total_usd_min=x"


def test_a_city_sees_the_funnel_of_its_own_projects(some: list[Project], client: Client) -> None:
    client.force_login(cast.reporter(cast.CHENZHOU))
    page = strip_tags(client.get("/projects/funnel/?by=industry").content.decode())
    assert "1 个项目" in page and "电子" not in page


def test_the_province_sees_the_signed_projects_of_each_city_on_a_map_and_a_city_sees_none(
    some: list[Project], officer: User, client: Client
) -> None:
    client.force_login(officer)
    page = client.get("/projects/funnel/")
    areas = {area.code: area.value for area in page.context["page"].city_map.areas}
    assert areas == {cast.CHANGSHA: 3, cast.CHENZHOU: 0}
    assert 'data-chart="funnel-map-data"' in page.content.decode()
    assert "funnel-map" not in client.get("/projects/funnel/?by=industry").content.decode()
    client.force_login(cast.reporter())
    assert "funnel-map" not in client.get("/projects/funnel/").content.decode()


def test_the_shades_of_the_map_part_the_cities_evenly() -> None:
    assert [*map(int, shade_bounds([*range(10, 150, 10)]))] == [30, 60, 90, 120]
    assert shade_bounds([0] * 13 + [7]) == () and [*map(int, shade_bounds([0, 0, 5, 5, 9]))] == [5, 9]
