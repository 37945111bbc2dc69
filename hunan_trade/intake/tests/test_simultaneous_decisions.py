"""Tests that of several users who decide on one return at the same time exactly one succeeds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from threading import Barrier

import pytest
from django.db import connection

from enterprises.tests import return_factories
from hunan_trade import clock
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.models import Event
from hunan_trade.indicators.models import Observation
from hunan_trade.intake import datasets
from hunan_trade.intake.actions import deciding, filling
from hunan_trade.intake.models import MonthlyReturn, Round
from hunan_trade.periods import Month
from hunan_trade.workflow import MoveRefused, Stale

pytestmark = pytest.mark.usefixtures("cloned_database")
NOON = clock.at(date(2013, 2, 4), 12)


@pytest.fixture
def sent() -> tuple[MonthlyReturn, Round]:
    """Return January of 长沙 with its round that waits for review."""
    with clock.frozen_at(NOON):
        reporter, lead = cast.reporter(), cast.lead()
        firm = return_factories.enterprise(reporter)
        monthly_return = return_factories.opened("430100", Month(2013, 1))
        return_factories.filled(monthly_return, reporter, {firm.customs_code: ("100", "40")})
        return monthly_return, return_factories.handed_up_and_signed(monthly_return, reporter, lead)


def run_simultaneously(actions: list[Callable[[], object]]) -> Counter[str]:
    """Run all actions from one barrier; count how they ended, by name."""
    barrier = Barrier(len(actions))

    def press(action: Callable[[], object]) -> str:
        try:
            barrier.wait()
            with clock.frozen_at(NOON):
                action()
        except (MoveRefused, Stale) as refused:
            return type(refused).__name__
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(len(actions)) as pool:
        return Counter(pool.map(press, actions))


def test_of_twenty_officers_accepting_at_once_exactly_one_succeeds(sent: tuple[MonthlyReturn, Round]) -> None:
    monthly_return, round_ = sent
    officers = [cast.officer() for _ in range(20)]
    ended = run_simultaneously(
        [partial(deciding.accept, monthly_return.pk, by=by, seen=round_.digest) for by in officers]
    )
    assert ended == {"done": 1, "MoveRefused": 19}
    assert Event.objects.filter(verb="return.accepted").count() == 1
    assert Observation.objects.filter(version__gt=1).count() == 0


def test_accepting_and_giving_back_at_once_leave_one_decision(sent: tuple[MonthlyReturn, Round]) -> None:
    monthly_return, round_ = sent
    people = [cast.officer() for _ in range(10)]
    moves: list[Callable[[], object]] = [
        partial(deciding.accept, monthly_return.pk, by=by, seen=round_.digest) for by in people[:5]
    ]
    moves += [
        partial(deciding.give_back, monthly_return.pk, "核对出口额", by=by, seen=round_.digest) for by in people[5:]
    ]
    assert run_simultaneously(moves)["done"] == 1
    round_.refresh_from_db()
    monthly_return.refresh_from_db()
    assert (monthly_return.status == "accepted") == (round_.decision == "accepted")


def test_of_ten_reporters_saving_one_row_at_once_exactly_one_succeeds(
    sent: tuple[MonthlyReturn, Round],
) -> None:
    monthly_return, _ = sent
    with clock.frozen_at(NOON):
        return_factories.given_back(monthly_return, "核对出口额", cast.officer())
    reporters = [cast.reporter() for _ in range(10)]
    row = monthly_return.rows.get(dataset="city_summary", key="06")
    sheet = next(d for d in datasets.declared() if d.code == "city_summary")
    ended = run_simultaneously(
        [
            partial(
                filling.save_rows,
                monthly_return.pk,
                sheet,
                [filling.RowEdit("06", {"month": str(n)}, row.version)],
                by=by,
            )
            for n, by in enumerate(reporters, start=1)
        ]
    )
    assert ended == {"done": 1, "RowConflict": 9}
    row.refresh_from_db()
    assert row.version == 2 and row.edited_by in reporters
