"""Describes requests that change projects, for the tests of write endpoints."""

from __future__ import annotations

from typing import Any

from hunan_trade.tests.derived_register_requests import RegisterCase, register_endpoints
from hunan_trade.tests.write_endpoint_data import OURS, THEIRS
from hunan_trade.tests.write_endpoint_requests import Body, WriteRequest
from parks.models import Park
from projects.models import Project
from projects.tables import PROJECTS


def _record(request: WriteRequest) -> Project:
    """Return the project of the asking city that was edited once."""
    return Project.objects.get(city=request.city, note="改过", version=2)


def _new(request: WriteRequest) -> Body:
    return {"name": "又一项目", "city": request.city, "project_class": "industry", "intended_on": "2013-02-04"}


def _new_json(request: WriteRequest) -> Body:
    """Return a value for every other field that a token of this scope may write."""
    people, city = request.data.people, request.city
    money = ("total_investment_cny", "total_investment_usd", "contracted_cny", "contracted_usd")
    expected = ("expected_signed_on", "expected_landed_on", "expected_produced_on", "expected_operated_on")
    return dict.fromkeys(money, "10000.00") | dict.fromkeys(expected, "2013-12-31") | {
        "area": f"{city[:4]}02", "park": Park.objects.filter(city=city).latest("pk").pk, "kind": "", "industry": "391",
        "source": "440300", "via": "440000", "investors": "甲公司 60%、乙公司 40%", "investor_groups": "甲集团", "jobs": 120, "land_mu": 35,
        "factory_m2": 8000, "registered_on": "2013-04-22", "city_contact": people["reporter"].pk,
        "introducer_kind": "department", "introducer": "省厅", "note": "新登记",
    }  # fmt: skip


def _wrong(request: WriteRequest) -> dict[str, list[Any]]:
    other = THEIRS if request.city == OURS else OURS
    return {
        "city": [other, "430000", "x"] if request.who == "reporter" else ["430000", "x"],
        "area": [f"{other[:4]}02", "999999"],
        "project_class": ["nobody"],
        "kind": ["water", "nobody"],
        "intended_on": ["2030-01-01", "x"],
    }


PROJECT_WRITE_ENDPOINTS = list(
    register_endpoints(
        RegisterCase(
            PROJECTS,
            ("officer", "province_lead", "reporter"),
            record=_record,
            edited="note",
            new=_new,
            new_json=_new_json,
            created=frozenset(
                {"projects.Project", "projects.ProjectHistory", "projects.CodeCounter.last", "lists.Act"}
            ),
            change=("name", "再改的项目"),
            bulk=("area", f"{OURS[:4]}02"),
            wrong=_wrong,
        )
    )
)
