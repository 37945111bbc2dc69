"""Tests of the yearly board: which cities have filed a return, and who has to act next."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from enterprises.tests import return_factories
from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.intake import queries_board_and_review_queue
from hunan_trade.intake.actions import deciding
from hunan_trade.intake.models import MonthlyReturn
from hunan_trade.periods import Month

pytestmark = pytest.mark.django_db
JANUARY = Month(2013, 1)
DUE = clock.at(date(2013, 2, 5), 17, 30)


@pytest.fixture
def people() -> tuple[User, User, User]:
    people = cast.reporter(), cast.lead(), cast.officer()
    with clock.frozen_at(clock.at(date(2013, 2, 4), 10)):
        return_factories.opened("430100", JANUARY)
    return people


def board_mark(user: User, city: int = 0) -> str:
    return queries_board_and_review_queue.load_board_page(2013, user).board.rows[city].cells[0].mark


def send_nil_return(reporter: User, lead: User) -> MonthlyReturn:
    monthly_return = MonthlyReturn.objects.get(region="430100")
    return_factories.declare_nil(monthly_return, "全月停产", reporter)
    return_factories.handed_up_and_signed(monthly_return, reporter, lead)
    return monthly_return


def test_the_board_marks_a_return_overdue_only_after_the_due_second(people: tuple[User, User, User]) -> None:
    _, _, officer = people
    with clock.frozen_at(DUE):
        assert board_mark(officer) == "填"
    with clock.frozen_at(DUE.replace(second=1)):
        assert board_mark(officer) == "欠"


def test_a_nil_return_does_not_count_as_missing(people: tuple[User, User, User]) -> None:
    reporter, lead, officer = people
    with clock.frozen_at(DUE):
        monthly_return = send_nil_return(reporter, lead)
        assert board_mark(officer) == "审"
        deciding.accept(monthly_return.pk, by=officer, seen=return_factories.pending_round(monthly_return).digest)
        assert board_mark(officer) == "零"


def test_a_city_sees_only_its_own_row_of_the_board(people: tuple[User, User, User]) -> None:
    reporter, *_ = people
    with clock.frozen_at(DUE):
        page = queries_board_and_review_queue.load_board_page(2013, reporter)
        assert [row.name for row in page.board.rows] == ["长沙"]
        current = queries_board_and_review_queue.current_return_of_city(reporter)
        assert current and current.region_id == "430100"


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (clock.at(date(2013, 2, 4), 10), "请于2月5日（周二）17:30 前报送省厅"),
        (clock.at(date(2013, 2, 6), 9), "应于2月5日 17:30 前报送，截至2月6日 09:00 未收到"),
        (clock.at(date(2013, 3, 1), 9), "系统已锁定"),
    ],
)
def test_the_reminder_names_the_missing_cities_and_the_deadline(
    people: tuple[User, User, User], at: datetime, words: str
) -> None:
    with clock.frozen_at(at):
        missing = queries_board_and_review_queue.missing_returns(JANUARY)
    assert missing and len(missing.cities) == 14 and missing.text.startswith("长沙市、")
    assert words in missing.text


def test_the_board_counts_working_days_since_a_return_came_to_its_holder(people: tuple[User, User, User]) -> None:
    reporter, _lead, officer = people
    with clock.frozen_at(clock.at(date(2013, 2, 5), 9)):
        monthly_return = MonthlyReturn.objects.get(region="430100")
        return_factories.declare_nil(monthly_return, "全月停产", reporter)
        return_factories.handed_up(monthly_return, reporter)
    with clock.frozen_at(clock.at(date(2013, 2, 17), 9)):  # 9–15 February is the New Year, 16 and 17 are worked
        desk = next(
            desk
            for desk in queries_board_and_review_queue.load_board_page(2013, officer).desks
            if desk.title == "市州负责人"
        )
    assert [(line.monthly_return.region_id, line.days) for line in desk.waiting] == [("430100", 5)]
