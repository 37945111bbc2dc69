"""Describes example requests on increases of projects' capital, for the tests of write endpoints."""

from __future__ import annotations

from hunan_trade.accounts.roles import CITY_ROLES, PROVINCE_ROLES
from hunan_trade.tests.derived_move_requests import MoveCase, move_endpoints, record_changes
from hunan_trade.tests.write_endpoint_requests import WriteRequest
from projects.capital_increases.tables import PROJECT_INCREASES
from projects.choices import EntryState
from projects.models import CapitalIncrease, Project
from projects.tables import PROJECTS

_PROVINCE = ("officer", "province_lead")


def _increase(request: WriteRequest) -> CapitalIncrease:
    """Return the increase that the asking person may decide on: the province's own one for the province."""
    waiting = CapitalIncrease.objects.filter(city=request.city, state=EntryState.AWAITING_LEAD)
    proposers = PROVINCE_ROLES if request.who in _PROVINCE else CITY_ROLES
    return waiting.get(entered_by__role__in=proposers)


def _project(request: WriteRequest) -> Project:
    return _increase(request).project


_NEW = frozenset({"projects.CapitalIncrease", "projects.CapitalIncreaseHistory", "lists.Act"})
_DECISION = record_changes("projects.CapitalIncrease", "state", "decided_by", "decided_at", "decided_reason")
_CAPITAL = record_changes("projects.Project", "increased_usd", "contracted_total_usd")
_VALUES = {"effective_on": "2013-02-04", "amount_usd": "800", "amount_cny": "70"}
_WRONG = {"effective_on": ["2013-02-03", "2030-01-01", "x", ""], "amount_usd": ["0", "-1", "x"]}
INCREASE_WRITE_ENDPOINTS = [
    endpoint
    for case in (
        MoveCase(PROJECTS, "increase", (*_PROVINCE, "reporter"), _project, _NEW, dict(_VALUES), dict(_WRONG)),
        MoveCase(PROJECT_INCREASES, "confirm", ("lead", *_PROVINCE), _increase, _DECISION | _CAPITAL),
        MoveCase(PROJECT_INCREASES, "give_back", ("lead", *_PROVINCE), _increase, _DECISION),
        MoveCase(PROJECT_INCREASES, "void", _PROVINCE, _increase, _DECISION),
    )
    for endpoint in move_endpoints(case)
]
