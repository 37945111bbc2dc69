"""Tests every pair of state changes of one return, each made by ten users at once over HTTP.

What the log tells is played again on a model of nine lines: it must lead to the state and the version that stand.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations_with_replacement, count
from pathlib import Path
from urllib.parse import urlencode

import pytest
from pytest_django import Settings

from enterprises.tests import return_factories
from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.models import Event
from hunan_trade.intake.actions import deciding, filling
from hunan_trade.intake.models import MonthlyReturn, Status
from hunan_trade.intake.tests.return_requests_and_workbooks import (
    form_workbook,
    return_url,
    signed_in_client,
    workbook_bytes,
)
from hunan_trade.periods import Month
from hunan_trade.testing import portal_processes, simultaneous_requests
from hunan_trade.testing.plugin import ClonedDatabase
from hunan_trade.testing.simultaneous_requests import PostRequest

NOON = clock.at(date(2013, 7, 8), 12)
SUMMARY = "city_summary"
FILLING = {"filling", "given_back"}
MODEL: dict[str, tuple[set[str], str]] = {  # what the log calls it: from which states, to which
    "return.filled": (FILLING, ""),
    "return.imported": (FILLING, ""),
    "return.declared_nil": (FILLING, ""),
    "return.handed_up": (FILLING, "signing"),
    "return.handed_back": ({"signing"}, "filling"),
    "return.sent": ({"signing"}, "sent"),
    "return.given_back": ({"sent"}, "given_back"),
    "return.accepted": ({"sent"}, "accepted"),
    "exemption.granted": ({"accepted"}, "given_back"),
}
STATES = ("filling", "signing", "sent", "accepted")


class SignedInPeople:
    """Twenty signed-in people of every role, and the returns they act on."""

    def __init__(self) -> None:
        roles = {"reporter": cast.reporter, "lead": cast.lead, "officer": cast.officer, "boss": cast.province_lead}
        self.people = {role: [make() for _ in range(20)] for role, make in roles.items()}
        self.sessions = {
            person.pk: signed_in_client(person).cookies["sessionid"].value
            for role in self.people.values()
            for person in role
        }
        self.filler, self.signer, self.asker = cast.reporter(), cast.lead(), cast.officer()
        self.months = (Month(2006, 1).plus(step) for step in count())

    def create_return(self, state: str, *, uploaded: bool) -> tuple[MonthlyReturn, str]:
        """Create a return in this state; return it with the id and hash of an unconfirmed upload."""
        month = next(self.months)
        dates = {"opens_at": clock.at(month.first), "due_at": NOON, "locks_at": NOON.replace(year=2020)}
        monthly_return = MonthlyReturn.objects.create(region_id=cast.CHANGSHA, month=month.first, **dates)
        return_factories.declare_nil(monthly_return, "全月停产", self.filler)
        sent = ""
        if uploaded:
            received = filling.receive_upload(
                monthly_return.pk, workbook_bytes(form_workbook(monthly_return)), "月报.xlsx", by=self.filler
            )
            sent = f"{received.upload.pk} {received.upload.file_id}"
        if state != "filling":
            return_factories.handed_up(monthly_return, self.filler)
        if state in ("sent", "accepted"):
            return_factories.signed(monthly_return, self.signer)
        if state == "accepted":
            deciding.accept(
                monthly_return.pk, by=self.asker, seen=return_factories.pending_round(monthly_return).digest
            )
            deciding.ask_exemption(monthly_return.pk, "reopen", "海关更正", NOON + timedelta(days=9), by=self.asker)
        monthly_return.refresh_from_db()
        return monthly_return, sent


@dataclass(frozen=True)
class ButtonPress:
    """How a person makes a move: in which state, by which role, and what is sent."""

    state: str
    role: str
    part: str
    fields: Callable[[MonthlyReturn, int], dict[str, str | int]]


def _version_fields(monthly_return: MonthlyReturn, _: int) -> dict[str, str | int]:
    return {"version": monthly_return.version, "reason": "再核对"}


def _digest_fields(monthly_return: MonthlyReturn, _: int) -> dict[str, str | int]:
    return {"shown": getattr(monthly_return.rounds.last(), "digest", "0" * 64), "reason": "疑多录"}


MOVES = {
    "rows": ButtonPress("filling", "reporter", "rows/", lambda monthly_return, n: {"month": str(n + 1)}),
    "confirm": ButtonPress("filling", "reporter", "uploads/{}/confirm/", _version_fields),
    "nil": ButtonPress("filling", "reporter", "nil/", _version_fields),
    "hand_up": ButtonPress("filling", "reporter", "hand-up/", _version_fields),
    "hand_back": ButtonPress("signing", "lead", "hand-back/", _version_fields),
    "sign": ButtonPress("signing", "lead", "sign/", _version_fields),
    "accept": ButtonPress("sent", "officer", "review/accept/", _digest_fields),
    "give_back": ButtonPress("sent", "officer", "review/give-back/", _digest_fields),
    "reopen": ButtonPress("accepted", "boss", "", lambda monthly_return, _: {"granted": "yes"}),
}
OPENING = {"hand_back", "give_back", "reopen"}  # after them the city types on: that is no conflict


def move_requests(
    office: SignedInPeople, name: str, monthly_return: MonthlyReturn, upload: str, people: list[User], first: int
) -> Iterator[PostRequest]:
    """Yield the requests by which these people make the move, each with another figure."""
    move = MOVES[name]
    for at, person in enumerate(people, start=first):
        fields, path = move.fields(monthly_return, at), return_url(monthly_return, move.part)
        session = office.sessions[person.pk]
        if name == "rows":
            version = monthly_return.rows.get(dataset=SUMMARY, key="06").version
            row = {"key": "06", "version": version, "texts": fields, "base": {}}
            body = json.dumps({"sheet": SUMMARY, "rows": [row]})
            yield PostRequest(path, body, session, "application/json", {"Accept": "application/json"})
            continue
        if name == "confirm":
            pk, fields["sha256"] = upload.split()
            path = path.format(pk)
        if name == "reopen":
            exemption = monthly_return.exemptions.first()
            path = f"/returns/exemptions/{exemption.pk if exemption else 0}/"
        yield PostRequest(path, urlencode(fields), session)


@pytest.mark.slow
def test_of_every_two_simultaneous_moves_one_wins_and_the_log_is_consistent(
    cloned_database: ClonedDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    demo = portal_processes.prepare_portal_without_demo(cloned_database, tmp_path, monkeypatch, settings)
    with (
        clock.frozen_at(NOON),
        portal_processes.run_portal(demo) as portal,
        simultaneous_requests.simultaneous_clients(portal.listener.getsockname()[1]) as people,
    ):
        office = SignedInPeople()
        for first, second in combinations_with_replacement(MOVES, 2):
            state = max(MOVES[first].state, MOVES[second].state, key=STATES.index)
            monthly_return, upload = office.create_return(state, uploaded="confirm" in (first, second))
            pressed: list[tuple[str, PostRequest]] = []
            for half, name in enumerate((first, second)):
                those = office.people[MOVES[name].role][half * 10 : half * 10 + 10]
                pressed += [
                    (name, press) for press in move_requests(office, name, monthly_return, upload, those, half * 10)
                ]
            last = Event.objects.order_by("-seq").values_list("seq", flat=True)[0]
            order = sorted(range(len(pressed)), key=lambda at: at % 10)  # the two moves take turns at the door
            answers = people.post_all([pressed[at][1] for at in order])
            won = dict.fromkeys((first, second), 0)
            for at, answer in zip(order, answers, strict=True):
                facts = (first, second, pressed[at][0], answer.status, answer.text[-1500:])
                assert answer.status in (200, 302, 404, 409), facts
                if answer.status == 404:  # there is no such exemption to decide
                    assert pressed[at][0] == "reopen" and state != "accepted", facts
                elif answer.status == 409:
                    assert answer.has_chinese_text, facts
                else:
                    won[pressed[at][0]] += 1
            if won.get("confirm"):
                won["confirm"] = 1  # who confirms the same file again is told that it is written, and nothing is
            log = list(Event.objects.filter(seq__gt=last, verb__in=MODEL, result="ok").order_by("seq"))
            check_log_leads_to_state(state, monthly_return, [event.verb for event in log])
            assert len(log) == sum(won.values()), (first, second, won, log)
            typed_on = first != second and {first, second} & OPENING and "rows" in (first, second)
            assert 1 <= sum(won.values()) <= (2 if typed_on else 1), (first, second, won)


def check_log_leads_to_state(state: str, before: MonthlyReturn, verbs: list[str]) -> None:
    """Check that every logged move was allowed in its state, and that all lead to the stored state."""
    for verb in verbs:
        sources, target = MODEL[verb]
        assert state in sources, verbs
        state = target or state
    now = MonthlyReturn.objects.get(pk=before.pk)
    assert (now.status, now.version) == (state, before.version + len(verbs)), verbs
    decided = now.rounds.exclude(decision="").count()
    assert now.rounds.count() - decided == (now.status == Status.SENT)
    assert now.round_number == 1 + sum(verb in ("return.given_back", "exemption.granted") for verb in verbs)
