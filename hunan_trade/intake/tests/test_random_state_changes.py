"""Tests that random sequences of state changes of returns agree with a simple model of their workflow."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.models import Event
from hunan_trade.indicators.models import Observation
from hunan_trade.indicators.queries_observations import panel_data_by_indicator
from hunan_trade.intake import datasets
from hunan_trade.intake.actions import deciding, filling, sending
from hunan_trade.intake.models import Exemption, MonthlyReturn, Round, Row
from hunan_trade.periods import Month
from hunan_trade.regions.models import PROVINCE, Region
from hunan_trade.workflow import MoveRefused, Stale

NOON, UNTIL = clock.at(Month(2013, 3).first, 12), clock.at(Month(2013, 4).first)
MONTHS = (Month(2013, 1), Month(2013, 2))
PAID_IN = "projects.domestic_paid_in"
SUMMARY = datasets.get("city_summary")
REPORTER, LEAD, OFFICER, BOSS = "city_reporter", "city_lead", "province_officer", "province_lead"

# --- The model ------------------------------------------------------------------------------------------------------
OPEN, ANY = {"filling", "given_back"}, {"filling", "given_back", "signing", "sent", "accepted"}
MODEL: dict[str, tuple[set[str], set[str], str]] = {  # move: whose, from which states, to which
    "fill": ({REPORTER}, OPEN, ""),
    "hand_up": ({REPORTER}, OPEN, "signing"),
    "hand_back": ({LEAD}, {"signing"}, "filling"),
    "sign": ({LEAD}, {"signing"}, "sent"),
    "give_back": ({OFFICER, BOSS}, {"sent"}, "given_back"),
    "accept": ({OFFICER, BOSS}, {"sent"}, "accepted"),
    "ask": ({OFFICER, BOSS}, {"accepted"}, ""),
    "grant": ({BOSS}, {"accepted"}, "given_back"),
}


@dataclass
class ModelReturn:
    """A return as the small model of the workflow knows it."""

    pk: int
    region: str
    month: Month
    state: str = "filling"
    moves: int = 0
    fillers: set[int] = field(default_factory=set)  # ever
    sender: int | None = None  # who handed it up last
    signer: int | None = None
    asker: int | None = None  # of the exemption that waits
    figure: Decimal = Decimal(0)
    accepted: Decimal | None = None
    content: str = ""  # the hash of its rows when it left the reporter's hands

    @property
    def people_involved(self) -> list[int]:
        return sorted({pk for pk in (*self.fillers, self.sender, self.signer, self.asker) if pk is not None})

    def allows(self, move: str, who: User) -> bool:
        roles, states, _ = MODEL[move]
        if who.role not in roles or self.state not in states or (who.is_city and who.region_id != self.region):
            return False
        if move == "ask":
            return self.asker is None
        if move == "grant":
            return self.asker not in (None, who.pk)
        hands = self.fillers | {self.sender}
        return who.pk not in (hands | {self.signer} if {OFFICER, BOSS} & roles else hands if move == "sign" else set())

    def apply(self, move: str, who: User, figure: Decimal) -> None:
        self.state, self.moves = MODEL[move][2] or self.state, self.moves + 1
        match move:
            case "fill":
                self.fillers, self.figure = self.fillers | {who.pk}, figure
            case "hand_up":
                self.sender = who.pk
            case "sign":
                self.signer = who.pk
            case "ask" | "grant":
                self.asker = who.pk if move == "ask" else None
            case "accept":
                self.accepted = self.figure


# --- The portal beside it -------------------------------------------------------------------------------------------
def make_move(move: str, sheet: ModelReturn, who: User, text: str, *, behind: bool) -> None:
    """Make a move in the portal as a person does; `behind` means from an outdated page."""
    monthly_return = MonthlyReturn.objects.get(pk=sheet.pk)
    version = monthly_return.version - behind
    shown = "0" * 64 if behind else getattr(monthly_return.rounds.last(), "digest", "0" * 64)
    match move:
        case "fill":
            row = Row.objects.get(monthly_return=monthly_return, dataset=SUMMARY.code, key="09")
            edit = filling.RowEdit("09", {"month": text, "reason": "已核对"}, row.version - behind)
            filling.save_rows(sheet.pk, SUMMARY, [edit], by=who)
        case "hand_up":
            sending.submit_to_city_lead(sheet.pk, by=who, seen=version)
        case "hand_back":
            sending.hand_back_to_reporter(sheet.pk, "再核对", by=who, seen=version)
        case "sign":
            sending.sign(sheet.pk, by=who, seen=version)
        case "give_back":
            deciding.give_back(sheet.pk, "疑多录", by=who, seen=shown)
        case "accept":
            deciding.accept(sheet.pk, by=who, seen=shown)
        case "ask":
            deciding.ask_exemption(sheet.pk, "reopen", "海关更正", UNTIL, by=who)
        case "grant":
            waiting = Exemption.objects.filter(monthly_return=monthly_return).first()
            if waiting is None:
                raise MoveRefused("没有待批准的例外")
            deciding.decide_exemption(waiting.pk, granted=True, by=who)


def rows_digest(pk: int) -> str:
    return _digest(f"{Row._meta.db_table} AS t WHERE t.monthly_return_id = {pk}")


def database_digest() -> str:
    return "".join(
        _digest(f"{model._meta.db_table} AS t") for model in (MonthlyReturn, Row, Round, Exemption, Observation, Event)
    )


def _digest(rows: str) -> str:
    """Return an MD5 of all columns of these rows.

    It is computed in the database, because every step asks for it.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT md5(coalesce(string_agg(t::text, ' ' ORDER BY t::text), '')) FROM {rows}")
        return str(cursor.fetchone()[0])


@pytest.fixture(autouse=True)
def people_and_returns(db: None) -> Iterator[None]:
    """Create the people and returns that every random walk begins with."""
    with clock.frozen_at(NOON):
        cities = (cast.CHANGSHA, cast.HENGYANG, cast.CHENZHOU)
        people = [make(city) for city in cities for make in (cast.reporter, cast.reporter, cast.lead, cast.lead)]
        people += [cast.officer(), cast.officer(), cast.province_lead(), cast.province_lead()]
        PortalStateMachine.initial_people_and_returns = (
            people,
            [_create_return(city, month, people) for city in cities for month in MONTHS],
        )
        yield


def _create_return(city: str, month: Month, people: list[User]) -> ModelReturn:
    dates = {"opens_at": clock.at(month.first), "due_at": NOON, "locks_at": UNTIL}
    monthly_return = MonthlyReturn.objects.create(region_id=city, month=month.first, **dates)
    clerk = next(person for person in people if person.region_id == city)
    zeros = [filling.RowEdit(f"{n:02}", {"month": "0", "reason": "已核对"}) for n in range(1, 13)]
    filling.save_rows(monthly_return.pk, SUMMARY, zeros, by=clerk)
    return ModelReturn(monthly_return.pk, city, month, moves=1, fillers={clerk.pk})


class PortalStateMachine(RuleBasedStateMachine):
    initial_people_and_returns: tuple[list[User], list[ModelReturn]]

    def __init__(self) -> None:
        super().__init__()
        self.whole = transaction.atomic()
        self.whole.__enter__()
        self.people, self.sheets = deepcopy(self.initial_people_and_returns)

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.whole.__exit__(None, None, None)

    @rule(
        move=st.sampled_from(sorted(MODEL)),
        at=st.integers(0, 5),
        who=st.integers(0, 15),
        odd=st.integers(0, 8),
        cents=st.integers(1, 10**9),
    )
    def try_a_move(self, move: str, at: int, who: int, odd: int, cents: int) -> None:
        """Let somebody try a move, mostly one who may; the portal must do as the model says.

        Now and then it is anybody, anywhere, from an old page, or after another role.
        """
        roles, states, _ = MODEL[move]
        sheets = [sheet for sheet in self.sheets if sheet.state in states] if odd > 1 else self.sheets
        sheet = (sheets or self.sheets)[at % len(sheets or self.sheets)]
        fit = [person for person in self.people if person.role in roles and person.region_id in (None, sheet.region)]
        person = fit[who % len(fit)] if odd not in (1, 2) and fit else self.people[who]
        if odd > 6 and (hands := sheet.people_involved):  # whoever had a hand in it gets the role that this move wants
            person = self._give_role(hands[who % len(hands)], max(roles), sheet.region)
        behind = odd == 3 and move not in ("ask", "grant")
        figure = Decimal(cents) / 100  # yuan; typed in 万
        allowed = sheet.allows(move, person) and not behind and not (move == "fill" and figure == sheet.figure)
        before = database_digest()
        try:
            make_move(move, sheet, person, f"{figure / 10000:.6f}", behind=behind)
        except (MoveRefused, Stale):
            assert not allowed, (move, sheet, person)
            assert database_digest() == before
            return
        assert allowed or (move == "fill" and figure == sheet.figure), (move, sheet, person)
        if allowed:
            sheet.apply(move, person, figure)
            sheet.content = rows_digest(sheet.pk)

    def _give_role(self, pk: int, role: str, city: str) -> User:
        at = next(at for at, person in enumerate(self.people) if person.pk == pk)
        region = None if role in (OFFICER, BOSS) else Region.objects.get(pk=city)
        User.objects.filter(pk=pk).update(role=role, region=region)
        self.people[at] = User.objects.select_related("region").get(pk=pk)
        return self.people[at]

    @invariant()
    def every_return_has_the_state_of_the_model_and_one_event_per_move(self) -> None:
        stand = MonthlyReturn.objects.in_bulk()
        log = Event.objects.filter(object_type="intake.monthlyreturn", result="ok").values_list("object_id", flat=True)
        events = list(log)
        for sheet in self.sheets:
            assert stand[sheet.pk].status == sheet.state
            assert events.count(str(sheet.pk)) == sheet.moves

    @invariant()
    def rows_stay_unchanged_while_the_reporter_cannot_edit(self) -> None:
        for sheet in self.sheets:
            assert sheet.state in OPEN or rows_digest(sheet.pk) == sheet.content

    @invariant()
    def the_province_is_the_sum_of_its_accepted_cities_to_the_last_digit(self) -> None:
        january, february = ({s.region: s.accepted for s in self.sheets if s.month == m} for m in MONTHS)
        known = {region: figure for region, figure in january.items() if figure is not None}
        both = {r: (known[r], figure) for r, figure in february.items() if r in known and figure is not None}
        for month, amounts in ((MONTHS[0], known.values()), (MONTHS[1], map(sum, both.values()))):
            total = panel_data_by_indicator([PAID_IN], month)[PAID_IN].cumulative(PROVINCE).amount
            assert (total or Decimal(0)) == sum(amounts), month


def run_random_walks(steps: int, examples: int, **more: Any) -> None:
    quiet = list(HealthCheck)
    chosen = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        suppress_health_check=quiet,
        **more,
    )
    run_state_machine_as_test(PortalStateMachine, settings=chosen)


def test_in_every_state_the_portal_makes_or_refuses_each_move_as_the_model_says() -> None:
    portal, life = (
        PortalStateMachine(),
        ["hand_up", "hand_back", "hand_up", "sign", "give_back", "fill", "hand_up", "sign", "accept", "ask", "grant"],
    )
    sheet, figure = portal.sheets[0], Decimal("12345.67")
    for step in ("", *life):
        if step:
            person = next(person for person in portal.people if sheet.allows(step, person))
            make_move(step, sheet, person, f"{figure / 10000:.6f}", behind=False)
            sheet.apply(step, person, figure)
            figure += 1
        for move, (roles, _, _) in MODEL.items():
            fit = [
                person for person in portal.people if person.role in roles and person.region_id in (None, sheet.region)
            ]
            person = next((person for person in fit if sheet.allows(move, person)), fit[-1])
            for behind in (True, False) if move not in ("ask", "grant") else (False,):
                mark = transaction.savepoint()
                try:
                    make_move(move, sheet, person, f"{figure / 10000:.6f}", behind=behind)
                except (MoveRefused, Stale):
                    assert behind or not sheet.allows(move, person), (sheet.state, move)
                else:
                    assert sheet.allows(move, person) and not behind, (sheet.state, move, behind)
                transaction.savepoint_rollback(mark)
    portal.teardown()


def test_the_portal_follows_the_model_on_random_walks() -> None:
    run_random_walks(35, 2, derandomize=True)


@pytest.mark.slow
def test_the_portal_follows_the_model_for_two_thousand_random_steps() -> None:
    number = int(os.environ.get("MODEL_SEED") or random.SystemRandom().randrange(2**32))
    print(f"MODEL_SEED={number}")
    seed(number)(PortalStateMachine)
    run_random_walks(50, 40)
