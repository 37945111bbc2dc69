"""Describes example requests on projects' steps, terminations, duplicates, statuses and counting, for tests."""

from __future__ import annotations

from collections.abc import Callable

from hunan_trade.tests.derived_move_requests import MoveCase, move_endpoints, record_changes
from hunan_trade.tests.write_endpoint_requests import WriteEndpoint, WriteRequest
from projects.choices import EntryState, PairState, Stage, Status
from projects.duplicates.tables import PROJECT_DUPLICATES
from projects.models import Project, ProjectPair, StageEntry, Termination
from projects.stages.tables import PROJECT_STAGES
from projects.tables import PROJECTS
from projects.terminations.tables import PROJECT_TERMINATIONS
from projects.tests.factories import COMPLETE

_EDITORS, _DECIDERS = ("officer", "province_lead", "reporter"), ("officer", "province_lead")


def _project_at(stage: Stage) -> Callable[[WriteRequest], Project]:
    """Return the function that finds a project of the asking city at a stage, to which its next step is open."""
    waiting = StageEntry.objects.filter(state=EntryState.AWAITING_PROVINCE).values("project")
    movable = Project.objects.filter(stage=stage, investors=COMPLETE["investors"]).exclude(pk__in=waiting)
    return lambda request: movable.filter(city=request.city).latest("pk")


def _waiting_step(request: WriteRequest) -> StageEntry:
    return StageEntry.objects.get(city=request.city, state=EntryState.AWAITING_PROVINCE)


def _last_step(request: WriteRequest) -> StageEntry:
    return StageEntry.objects.get(city=request.city, stage=Stage.PRODUCED, project__stage=Stage.PRODUCED)


def _operating(status: Status) -> Callable[[WriteRequest], Project]:
    """Return the function that finds the project of the asking city that operates and has this status."""
    return lambda request: Project.objects.get(city=request.city, stage=Stage.OPERATING, status=status)


def _termination(state: EntryState) -> Callable[[WriteRequest], Termination]:
    """Return the function that finds the termination of the asking city in a state."""
    return lambda request: Termination.objects.get(city=request.city, state=state)


def _pair(state: PairState) -> Callable[[WriteRequest], ProjectPair]:
    """Return the function that finds the first pair of projects of the asking city in a state."""
    return lambda request: ProjectPair.objects.filter(city=request.city, state=state).earliest("pk")


def _reaching(day: str, *more: str) -> frozenset[str]:
    return record_changes("projects.Project", "stage", day, *more)


_NEW = frozenset({"projects.StageEntry", "projects.StageEntryHistory", "lists.Act"})
_DECISION = record_changes("projects.StageEntry", "state", "decided_by", "decided_at", "decided_reason")
_STEPS = [
    ("sign", Stage.INTENDED, _NEW | _reaching("signed_on", "verdict")),
    ("land", Stage.SIGNED, _NEW),
    ("produce", Stage.LANDED, _NEW | _reaching("produced_on")),
    ("operate", Stage.PRODUCED, _NEW),
]
_DECISIONS = [
    ("confirm", _waiting_step, _DECISION | _reaching("landed_on", "accepted_stage")),
    ("give_back", _waiting_step, _DECISION),
    ("void", _last_step, _DECISION | _reaching("produced_on", "accepted_stage")),
]
_FARING = [
    ("delay", _EDITORS, Status.ACTIVE),
    ("stall", _EDITORS, Status.DELAYED),
    ("resume", _EDITORS, Status.DELAYED),
    ("finish", _EDITORS, Status.ACTIVE),
    ("reopen", _DECIDERS, Status.FINISHED),
]
_STATUS = record_changes("projects.Project", "status", "status_reason")
_ENDING_STATUS = record_changes("projects.Project", "status", "status_reason", "verdict", "verdict_rule")
_MERGED = record_changes("projects.Project", "verdict", "verdict_rule")
_REPEATED = record_changes("projects.Project", "repeats_contract")
_ENDED = frozenset({"projects.Termination", "projects.TerminationHistory", "lists.Act"})
_DECIDED = record_changes("projects.Termination", "state", "decided_by", "decided_at", "decided_reason")
_ENDING = [
    ("propose_termination", ("reporter",), _ENDED),
    ("terminate", _DECIDERS, _ENDED | _STATUS),
]
_ENDINGS = [
    ("confirm", ("lead", *_DECIDERS), EntryState.AWAITING_LEAD, _DECIDED | _ENDING_STATUS),
    ("give_back", ("lead", *_DECIDERS), EntryState.AWAITING_LEAD, _DECIDED),
    ("void", _DECIDERS, EntryState.VALID, _DECIDED | _ENDING_STATUS),
]
_LINKING = record_changes("projects.ProjectPair", "state", "decided_by", "decided_at", "decided_reason")
_LINKINGS = [
    ("confirm_same", PairState.WAITING, _LINKING | _REPEATED),
    ("confirm_different", PairState.WAITING, _LINKING),
    ("merge_second", PairState.WAITING, _LINKING | _MERGED),
    ("merge_first", PairState.WAITING, _LINKING | _MERGED),
    ("withdraw", PairState.SAME, _LINKING | _REPEATED),
]
_DAY, _WRONG_DAYS = {"effective_on": "2013-02-04"}, {"effective_on": ["2013-02-03", "2030-01-01", "x", ""]}
STAGE_WRITE_ENDPOINTS = [
    endpoint
    for case in (
        *(MoveCase(PROJECTS, name, _EDITORS, _project_at(at), new, _DAY, _WRONG_DAYS) for name, at, new in _STEPS),
        *(
            MoveCase(PROJECTS, name, who, _operating(Status.ACTIVE), writes, _DAY, _WRONG_DAYS)
            for name, who, writes in _ENDING
        ),
        *(
            MoveCase(PROJECT_TERMINATIONS, name, who, _termination(state), writes)
            for name, who, state, writes in _ENDINGS
        ),
        *(MoveCase(PROJECT_DUPLICATES, name, _DECIDERS, _pair(state), writes) for name, state, writes in _LINKINGS),
        *(MoveCase(PROJECTS, name, who, _operating(status), _STATUS) for name, who, status in _FARING),
        *(MoveCase(PROJECT_STAGES, name, _DECIDERS, step, writes) for name, step, writes in _DECISIONS),
    )
    for endpoint in move_endpoints(case)
]
COUNTING_ENDPOINT = WriteEndpoint(
    "/projects/counting/decide/",
    ("province_lead",),
    lambda request: {"year": "2014", "event": "registration", "reason": "改按工商注册"},
    frozenset({"projects.CountingDecision"}),
    foreign=lambda request: {"event": ["landing", ""], "year": ["2012", "x"]},
)
CLOSING_ENDPOINT = WriteEndpoint(
    "/projects/closed-years/decide/",
    ("province_lead",),
    lambda request: {"year": "2030", "closed": "open", "reason": "有一步补报"},
    frozenset({"projects.YearClosing"}),
    foreign=lambda request: {"closed": ["half", ""], "year": ["2012", "x"]},
)
