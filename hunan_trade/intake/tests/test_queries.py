"""Tests the board: who has filed, who is missing, and who holds which returns."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from enterprises.tests import factories
from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.intake import queries
from hunan_trade.intake.actions import deciding
from hunan_trade.intake.models import MonthlyReturn
from hunan_trade.periods import Month

pytestmark = pytest.mark.django_db
JANUARY = Month(2013, 1)
DUE = clock.at(date(2013, 2, 5), 17, 30)


@pytest.fixture
def january() -> tuple[User, User, User]:
    people = cast.reporter(), cast.lead(), cast.officer()
    with clock.frozen_at(clock.at(date(2013, 2, 4), 10)):
        factories.opened("430100", JANUARY)
    return people


def mark(user: User, city: int = 0) -> str:
    return queries.board(2013, user).board.rows[city].cells[0].mark


def nil(reporter: User, lead: User) -> MonthlyReturn:
    monthly_return = MonthlyReturn.objects.get(region="430100")
    factories.declare_nil(monthly_return, "全月停产", reporter)
    factories.handed_up_and_signed(monthly_return, reporter, lead)
    return monthly_return


def test_the_due_second_is_not_yet_late(january: tuple[User, User, User]) -> None:
    _, _, officer = january
    with clock.frozen_at(DUE):
        assert mark(officer) == "填"
    with clock.frozen_at(DUE.replace(second=1)):
        assert mark(officer) == "欠"


def test_nothing_to_report_is_not_missing(january: tuple[User, User, User]) -> None:
    reporter, lead, officer = january
    with clock.frozen_at(DUE):
        monthly_return = nil(reporter, lead)
        assert mark(officer) == "审"
        deciding.accept(monthly_return.pk, by=officer, seen=factories.pending_round(monthly_return).digest)
        assert mark(officer) == "零"


def test_a_city_sees_its_own_row_alone(january: tuple[User, User, User]) -> None:
    reporter, *_ = january
    with clock.frozen_at(DUE):
        page = queries.board(2013, reporter)
        assert [row.name for row in page.board.rows] == ["长沙"]
        current = queries.current_return(reporter)
        assert current and current.region_id == "430100"


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (clock.at(date(2013, 2, 4), 10), "请于2月5日（周二）17:30 前报送省厅"),
        (clock.at(date(2013, 2, 6), 9), "应于2月5日 17:30 前报送，截至2月6日 09:00 未收到"),
        (clock.at(date(2013, 3, 1), 9), "系统已锁定"),
    ],
)
def test_the_reminder_can_be_sent_as_it_stands(january: tuple[User, User, User], at: datetime, words: str) -> None:
    with clock.frozen_at(at):
        missing = queries.missing_returns(JANUARY)
    assert missing and len(missing.cities) == 14 and missing.text.startswith("长沙市、")
    assert words in missing.text


def test_a_return_lies_on_one_desk_since_it_came_there(january: tuple[User, User, User]) -> None:
    reporter, _lead, officer = january
    with clock.frozen_at(clock.at(date(2013, 2, 5), 9)):
        monthly_return = MonthlyReturn.objects.get(region="430100")
        factories.declare_nil(monthly_return, "全月停产", reporter)
        factories.handed_up(monthly_return, reporter)
    with clock.frozen_at(clock.at(date(2013, 2, 17), 9)):  # 9–15 February is the New Year, 16 and 17 are worked
        desk = next(desk for desk in queries.board(2013, officer).desks if desk.title == "市州负责人")
    assert [(line.monthly_return.region_id, line.days) for line in desk.waiting] == [("430100", 5)]
