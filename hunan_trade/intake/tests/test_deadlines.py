"""Tests that opening, due and lock times are applied to the second in every way to file a return.

The instants below were counted by hand from the State Council's notices of holidays, not by the code.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import datetime, timedelta
from itertools import chain, product, repeat

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client

from enterprises.tests import return_factories
from hunan_trade import clock
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.models import Event
from hunan_trade.intake import datasets
from hunan_trade.intake.actions import deciding, filling, sending
from hunan_trade.intake.actions.filling import XLSX
from hunan_trade.intake.actions.return_state_change_checks import select_return_for_update
from hunan_trade.intake.models import Exemption, MonthlyReturn, Row, Status
from hunan_trade.intake.rules_workflow_guards import monthly_return_dates
from hunan_trade.intake.tests.return_requests_and_workbooks import (
    form_workbook,
    return_url,
    save_grid_rows,
    signed_in_client,
    upload_workbook,
    workbook_bytes,
)
from hunan_trade.intake.tests.test_api_filling import api_path, client_with_token, patch_rows, row_body
from hunan_trade.periods import Month
from hunan_trade.testing.plugin import ClonedDatabase
from hunan_trade.testing.response_type import Response
from hunan_trade.workflow import MoveRefused

SECOND = timedelta(seconds=1)
SUMMARY = "city_summary"


def shanghai_time(text: str) -> datetime:
    """Return the instant of a text such as 2013-02-16 17:30:00 in Shanghai."""
    return datetime.fromisoformat(text).replace(tzinfo=clock.SHANGHAI)


# month, opens, due, locks: the day before each is no working day, or the instant is an ordinary one
CALENDAR = {
    "2011-12": ("2012-01-04 08:00:00", "2012-01-05 17:30:00", "2012-01-10 17:30:00"),  # new year's days until the 3rd
    "2012-01": ("2012-02-01 08:00:00", "2012-02-06 17:30:00", "2012-02-10 17:30:00"),  # the 5th a Sunday
    "2012-02": ("2012-03-01 08:00:00", "2012-03-05 17:30:00", "2012-03-12 17:30:00"),  # a month of 29 days
    "2012-09": ("2012-10-08 08:00:00", "2012-10-08 17:30:00", "2012-10-10 17:30:00"),  # opened and due on one day
    "2012-12": ("2013-01-04 08:00:00", "2013-01-05 17:30:00", "2013-01-10 17:30:00"),  # a Saturday that was worked
    "2013-01": ("2013-02-01 08:00:00", "2013-02-05 17:30:00", "2013-02-16 17:30:00"),  # the Spring Festival
    "2013-02": ("2013-03-01 08:00:00", "2013-03-05 17:30:00", "2013-03-11 17:30:00"),  # a month of 28 days
    "2013-03": ("2013-04-01 08:00:00", "2013-04-07 17:30:00", "2013-04-10 17:30:00"),  # a Sunday that was worked
    "2013-04": ("2013-05-02 08:00:00", "2013-05-06 17:30:00", "2013-05-10 17:30:00"),  # the 1st of May
    "2013-05": ("2013-06-03 08:00:00", "2013-06-05 17:30:00", "2013-06-13 17:30:00"),  # the Dragon Boat Festival
    "2013-06": ("2013-07-01 08:00:00", "2013-07-05 17:30:00", "2013-07-10 17:30:00"),  # nothing moved
    "2013-12": ("2014-01-01 08:00:00", "2014-01-06 17:30:00", "2014-01-10 17:30:00"),  # a year whose notice is unknown
    "2016-01": ("2016-02-01 08:00:00", "2016-02-05 17:30:00", "2016-02-10 17:30:00"),
}
# month, instant, whether figures may be typed then; the last are months' and years' ends, and parts of a second
OTHERS = (
    ("2012-02", "2012-02-29 23:59:59", False),
    ("2012-02", "2012-03-01 00:00:00", False),
    ("2013-02", "2013-02-28 23:59:59", False),
    ("2012-12", "2012-12-31 23:59:59", False),
    ("2012-12", "2013-01-01 08:00:00", False),
    ("2013-01", "2013-02-10 17:30:01", True),
    ("2013-01", "2013-02-15 12:00:00", True),
    ("2013-06", "2013-07-10 00:00:00", True),
    ("2013-06", "2013-07-10 17:30:00.999999", True),
    ("2013-06", "2013-07-01 07:59:59.999999", False),
    ("2013-06", "2014-07-05 12:00:00", False),
)


def instants_around_opening_and_lock() -> list[tuple[str, datetime, bool]]:
    found = [(month, shanghai_time(text), is_open) for month, text, is_open in OTHERS]
    for month, (opens, _, locks) in CALENDAR.items():
        found += [(month, shanghai_time(opens) - SECOND, False), (month, shanghai_time(opens), True)]
        found += [(month, shanghai_time(locks), True), (month, shanghai_time(locks) + SECOND, False)]
    return found


def unsaved_return(month: str) -> MonthlyReturn:
    """Return an unsaved return of 长沙 with the dates of the calendar."""
    period = Month.parse(month)
    dates = monthly_return_dates(period, settings.RETURN_CALENDAR)
    return MonthlyReturn(region_id=cast.CHANGSHA, month=period.first, **asdict(dates))


@pytest.mark.parametrize("month", CALENDAR)
def test_opening_due_and_lock_times_equal_those_counted_by_hand(month: str) -> None:
    monthly_return = unsaved_return(month)
    assert (monthly_return.opens_at, monthly_return.due_at, monthly_return.locks_at) == tuple(
        map(shanghai_time, CALENDAR[month])
    )


@pytest.mark.django_db
def test_at_sixty_instants_a_row_is_stored_or_refused_by_the_calendar() -> None:
    reporter, table = cast.reporter(), instants_around_opening_and_lock()
    assert len(table) > 60
    returns = {month: unsaved_return(month) for month in CALENDAR}
    MonthlyReturn.objects.bulk_create(returns.values())
    edit = filling.RowEdit("06", {"month": "3"}, 0)
    for month, moment, is_open in table:
        with transaction.atomic(), clock.frozen_at(moment):
            try:
                filling.save_rows(returns[month].pk, datasets.get(SUMMARY), [edit], by=reporter)
            except MoveRefused as refused:
                assert not is_open and ("开始填报" in str(refused) or "起已锁定" in str(refused)), (month, moment)
            assert Row.objects.count() == is_open, (month, moment)
            transaction.set_rollback(True)


@pytest.mark.parametrize(
    ("after", "on_time"),
    [(-SECOND, True), (timedelta(0), True), (timedelta(microseconds=999_999), True), (SECOND, False)],
)
def test_a_return_is_on_time_until_the_end_of_the_due_second(after: timedelta, on_time: bool) -> None:
    for month, (_, due, _) in CALENDAR.items():
        monthly_return = unsaved_return(month)
        monthly_return.first_sent_at = shanghai_time(due) + after
        assert monthly_return.is_on_time() is on_time, month
        monthly_return.first_sent_at = None
        assert monthly_return.is_overdue(shanghai_time(due) + after) is not on_time, month


# --- Every door -----------------------------------------------------------------------------------------------------
class FilingPeople:
    """The reporter and lead of 长沙 with their clients, and a complete January."""

    def __init__(self) -> None:
        self.reporter, self.lead = cast.reporter(), cast.lead()
        with clock.frozen_at(shanghai_time("2013-02-04 10:00:00")):
            firm = return_factories.enterprise(self.reporter)
            self.monthly_return = return_factories.opened(cast.CHANGSHA, Month(2013, 1))
            return_factories.filled(self.monthly_return, self.reporter, {firm.customs_code: ("100", "40")})
            self.book = workbook_bytes(form_workbook(self.monthly_return))
            received = filling.receive_upload(self.monthly_return.pk, self.book, "1月.xlsx", by=self.reporter)
            self.sent = {"sha256": received.upload.file_id}
            self.confirm = f"uploads/{received.upload.pk}/confirm/"
        self.program = client_with_token(self.reporter)
        self.typing, self.signing = signed_in_client(self.reporter), signed_in_client(self.lead)

    @property
    def tag(self) -> str:
        return f'"{return_factories.current_version(self.monthly_return)}"'

    def post(self, client: Client, part: str, **sent: object) -> Response:
        return client.post(
            return_url(self.monthly_return, part),
            {"version": return_factories.current_version(self.monthly_return), **sent},
        )


def save_rows_in_grid(people: FilingPeople) -> Response:
    return save_grid_rows(
        people.typing, people.monthly_return, SUMMARY, {"key": "06", "version": 1, "texts": {"month": "7"}}
    )


def hand_up_in_time_and_sign(people: FilingPeople) -> Response:
    """Hand the return up in time and sign it now; only the time of signing counts."""
    with clock.frozen_at(shanghai_time("2013-02-04 11:00:00")):
        return_factories.handed_up(people.monthly_return, people.reporter)
    return people.post(people.signing, "sign/")


# A door is a line: what it is called, how somebody goes through it.
FILING_REQUESTS: dict[str, Callable[[FilingPeople], Response]] = {
    "rows": save_rows_in_grid,
    "upload page": lambda people: people.typing.get(return_url(people.monthly_return, "upload/")),
    "upload": lambda people: upload_workbook(people.typing, people.monthly_return, people.book),
    "confirm": lambda people: people.post(people.typing, people.confirm, **people.sent),
    "nil": lambda people: people.post(people.typing, "nil/", reason="全月停产"),
    "hand up": lambda people: people.post(people.typing, "hand-up/"),
    "sign": hand_up_in_time_and_sign,
    "rows of a program": lambda people: patch_rows(people.program, people.monthly_return, [row_body("7")], people.tag),
    "upload of a program": lambda people: people.program.post(
        api_path(people.monthly_return, "uploads/"), people.book, content_type=XLSX
    ),
    "confirmation of a program": lambda people: people.program.post(
        api_path(people.monthly_return, people.confirm),
        people.sent,
        content_type="application/json",
        headers={"If-Match": people.tag},
    ),
}
OPENS, LOCKS, UNTIL = map(shanghai_time, ("2013-02-01 08:00:00", "2013-02-16 17:30:00", "2013-02-28 17:30:00"))
EDGES = (
    (OPENS - SECOND, False, "开始填报"),
    (OPENS, True, ""),
    (LOCKS, True, ""),
    (LOCKS + SECOND, False, "2月16日 17:30起已锁定"),
)
EXTENDED = ((LOCKS + SECOND, True, ""), (UNTIL, True, ""), (UNTIL + SECOND, False, "2月28日 17:30起已锁定"))


def stored_state(people: FilingPeople) -> list[object]:
    """Return everything stored that a way of filing could change."""
    return [
        list(MonthlyReturn.objects.order_by("pk").values()),
        list(Row.objects.order_by("pk").values()),
        list(people.monthly_return.uploads.values()),
        list(people.monthly_return.rounds.values()),
    ]


@pytest.mark.django_db
def test_every_way_of_filing_opens_and_locks_at_the_same_second() -> None:
    """Send requests whose Date header differs from the server's clock; it must not matter."""
    people = FilingPeople()
    for client in (people.typing, people.signing):
        client.defaults["HTTP_DATE"] = "Mon, 04 Feb 2013 02:00:00 GMT"
    for edges, extended in ((EDGES, False), (EXTENDED, True)):
        if extended:
            with clock.frozen_at(LOCKS + SECOND):
                exemption = deciding.ask_exemption(people.monthly_return.pk, "late", "停电", UNTIL, by=cast.officer())
                deciding.decide_exemption(exemption.pk, granted=True, by=cast.province_lead())
        for name, (moment, is_open, message) in product(FILING_REQUESTS, edges):
            with transaction.atomic(), clock.frozen_at(moment):
                before = stored_state(people)
                answer = FILING_REQUESTS[name](people)
                assert answer.status_code in ((200, 201, 302) if is_open else (409,)), (
                    name,
                    moment,
                    answer.content.decode(),
                )
                if not is_open:
                    assert message in answer.content.decode(), (name, moment)
                    assert name == "sign" or stored_state(people) == before, (name, moment)
                transaction.set_rollback(True)


@pytest.mark.django_db
def test_a_return_and_its_workbook_can_always_be_read() -> None:
    people = FilingPeople()
    for moment in (OPENS - SECOND, OPENS, LOCKS, LOCKS + SECOND, UNTIL + SECOND):
        with clock.frozen_at(moment):
            for part in ("", "workbook/"):
                assert people.typing.get(return_url(people.monthly_return, part)).status_code == 200, (moment, part)


@pytest.mark.django_db
def test_an_extension_to_a_leap_day_ends_after_its_last_second() -> None:
    with clock.frozen_at(shanghai_time("2012-02-13 09:00:00")):
        reporter, monthly_return = cast.reporter(), return_factories.opened(cast.CHANGSHA, Month(2012, 1))
        until = shanghai_time("2012-02-29 17:30:00")
        exemption = deciding.ask_exemption(monthly_return.pk, "late", "停电", until, by=cast.officer())
        deciding.decide_exemption(exemption.pk, granted=True, by=cast.province_lead())
    for moment, status in ((until, 200), (until + SECOND, 409)):
        with clock.frozen_at(moment):
            row = {"key": "06", "version": 0 if status == 200 else 1, "texts": {"month": str(status)}}
            assert save_grid_rows(signed_in_client(reporter), monthly_return, SUMMARY, row).status_code == status


@pytest.mark.django_db
def test_an_exemption_can_be_granted_until_its_own_deadline_and_not_after() -> None:
    people, boss = FilingPeople(), cast.province_lead()
    with clock.frozen_at(LOCKS + SECOND):
        exemption = deciding.ask_exemption(people.monthly_return.pk, "late", "停电", UNTIL, by=cast.officer())
    with clock.frozen_at(UNTIL + SECOND):
        with pytest.raises(MoveRefused, match="期限2月28日 17:30已过"):
            deciding.decide_exemption(exemption.pk, granted=True, by=boss)
        assert Exemption.objects.get().granted is None
    with clock.frozen_at(UNTIL):
        assert deciding.decide_exemption(exemption.pk, granted=True, by=boss).granted


# --- Who waits while the second passes ------------------------------------------------------------------------------
def session_waits_for_lock() -> bool:
    """Return whether a database session waits for a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])


def test_a_move_that_waits_for_the_row_past_the_lock_second_is_refused(
    cloned_database: ClonedDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = FilingPeople()
    with clock.frozen_at(LOCKS):
        return_factories.handed_up(people.monthly_return, people.reporter)
    version, moment = return_factories.current_version(people.monthly_return), [LOCKS]
    monkeypatch.setattr(clock, "now", lambda: moment[0])

    def press() -> str:
        try:
            sending.sign(people.monthly_return.pk, by=people.lead, seen=version)
        except MoveRefused as refused:
            return str(refused)
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            select_return_for_update(people.monthly_return.pk)
            pressed = pool.submit(press)  # at the lock second itself
            while not session_waits_for_lock():
                assert not pressed.done(), pressed.result()
            moment[0] = LOCKS + SECOND
        assert "2月16日 17:30起已锁定" in pressed.result(timeout=60)
    assert MonthlyReturn.objects.get(pk=people.monthly_return.pk).status == Status.SIGNING
    assert not Event.objects.filter(verb="return.sent").exists()


@pytest.mark.django_db
def test_a_move_that_holds_the_row_in_the_lock_second_sends_the_return_with_that_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Let checking and writing the workbook take longer than the second that is left."""
    people = FilingPeople()
    with clock.frozen_at(LOCKS):
        return_factories.handed_up(people.monthly_return, people.reporter)
    version = return_factories.current_version(people.monthly_return)
    ticking = chain([LOCKS], repeat(LOCKS + SECOND))
    monkeypatch.setattr(clock, "now", lambda: next(ticking))
    assert sending.sign(people.monthly_return.pk, by=people.lead, seen=version).sent_at == LOCKS
