"""Tests that cached progress always equals what a new check would say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from types import SimpleNamespace

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from enterprises.models import Enterprise, ProcessingTrade
from enterprises.tests import factories
from hunan_trade import clock
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.actions import System
from hunan_trade.indicators.actions import record_observations
from hunan_trade.indicators.models import Observation
from hunan_trade.indicators.registry import Source
from hunan_trade.intake import datasets, progress, return_sheets
from hunan_trade.intake.actions import deciding, filling, sending
from hunan_trade.intake.models import Exemption, MonthlyReturn
from hunan_trade.intake.progress import SheetProgress
from hunan_trade.periods import Month
from hunan_trade.testing.table_versions import untracked_tables
from projects.models import IndicatorCode

pytestmark = pytest.mark.django_db
CITY, MAY, JUNE = "430100", Month(2013, 5), Month(2013, 6)


class House(SimpleNamespace):
    """A city with one enterprise, May accepted, June filled."""

    def june(self) -> MonthlyReturn:
        return MonthlyReturn.objects.with_region().get(region=CITY, month=JUNE.first)

    def type(self, exports: str) -> None:
        factories.filled(self.june(), self.reporter, {self.firm.customs_code: (exports, "0")}, i06="3", i08="9")

    def clear(self) -> None:
        trade = datasets.get("processing_trade")
        blank = [filling.Edit(row.key, {"export": ""}) for row in trade.load(CITY, JUNE, None).rows]
        filling.save_rows(self.june().pk, trade, blank, by=self.reporter)

    def told(self) -> tuple[SheetProgress, ...]:
        return progress.sheet_progress(self.june())

    def fresh(self) -> tuple[SheetProgress, ...]:
        form = return_sheets.stored_sheets(self.june())
        return tuple(progress._count_sheets(form, form.check()))


@pytest.fixture
def house() -> Iterator[House]:
    with clock.frozen_at(clock.at(date(2013, 6, 3), 9)):
        people = House(
            reporter=cast.reporter(CITY), lead=cast.lead(CITY), officer=cast.officer(), boss=cast.province_lead()
        )
        people.firm = factories.enterprise(people.reporter)
        may = factories.opened(CITY, MAY)
        factories.filled(may, people.reporter, {people.firm.customs_code: ("100", "0")}, i06="3", i08="9")
        factories.accepted(may, people.reporter, people.lead, people.officer)
    with clock.frozen_at(clock.at(date(2013, 7, 2), 9)):
        factories.opened(CITY, JUNE)
        people.type("100")
        yield people


def _given_back(house: House) -> None:
    cells = [deciding.Pointed("city_summary", "06", "month")]
    factories.given_back(house.june(), "请核对。", house.officer, cells)


def _reopened(house: House) -> None:
    until = clock.now() + timedelta(days=2)
    asked = deciding.ask_exception(house.june().pk, Exemption.Kind.REOPEN, "更正", until, by=house.officer)
    deciding.decide_exception(asked.pk, granted=True, by=house.boss)


def observed(house: House, value: int = 5_000_000) -> None:
    row = Observation.objects.filter(region=CITY, month=MAY.first, indicator=IndicatorCode.DOMESTIC_PAID_IN.value)[0]
    record_observations(
        {row.indicator: Decimal(value)}, region=CITY, month=MAY, source=Source(row.source), known_at=clock.now(), reason="更正",
        by=System("测试"),
    )  # fmt: skip


def _confirmed(house: House) -> None:
    form = return_sheets.stored_sheets(house.june())
    texts = {
        code: {key: {**typed, "reason": "核对无误"} for key, typed in rows.items()} for code, rows in form.texts.items()
    }
    book = return_sheets.ReturnSheets(form.region, form.month, form.known, texts).workbook(version=1, demo=True)
    got = filling.receive(house.june().pk, book, "月报.xlsx", by=house.reporter)
    filling.confirm(got.upload.pk, got.upload.file_id, by=house.reporter)


# Every way in which what a check sees of June can change, in an order in which each is allowed.
WRITES: tuple[tuple[str, Callable[[House], object]], ...] = (
    ("typed, ten times last month", lambda house: house.type("1000")),
    ("typed over", lambda house: house.type("0")),
    ("a figure cleared", House.clear),
    ("typed again", lambda house: house.type("1000")),
    ("last month's fact corrected", lambda house: ProcessingTrade.objects.update(export_usd=9_000_000)),
    ("last month's observation corrected", observed),
    ("an enterprise registered", lambda house: setattr(house, "second", factories.enterprise(house.reporter))),
    ("an enterprise closed", lambda house: Enterprise.objects.filter(pk=house.second.pk).update(closed_on=MAY.first)),
    ("a workbook taken over", _confirmed),
    ("handed up", lambda house: factories.handed_up(house.june(), house.reporter)),
    (
        "handed back",
        lambda house: sending.hand_back(house.june().pk, "再看", by=house.lead, seen=house.june().version),
    ),
    ("sent", lambda house: factories.handed_up_and_signed(house.june(), house.reporter, house.lead)),
    ("given back with a cell", _given_back),
    ("declared nil", lambda house: factories.declare_nil(house.june(), "停产", house.reporter)),
    ("sent again", lambda house: factories.handed_up_and_signed(house.june(), house.reporter, house.lead)),
    (
        "accepted",
        lambda house: deciding.accept(
            house.june().pk, by=house.officer, seen=factories.pending_round(house.june()).digest
        ),
    ),
    ("reopened", _reopened),
    ("typed after all", lambda house: house.type("7")),
)


def test_after_every_write_that_a_check_can_see_the_desk_tells_what_a_check_would_say(house: House) -> None:
    tellings = [house.told()]
    for minute, (name, write) in enumerate(WRITES):
        with clock.frozen_at(clock.now() + timedelta(minutes=minute)):
            write(house)
        assert house.told() == house.fresh(), name
        assert house.told() == house.fresh(), f"{name}, kept"
        tellings.append(house.told())
    assert len(set(map(repr, tellings))) > 8, "the writes change what there is to tell, or nothing is shown by them"


def test_while_nothing_changes_a_visit_reads_no_more_than_whether_anything_did(house: House) -> None:
    told, june = house.told(), house.june()
    with CaptureQueriesContext(connection) as asked:
        assert progress.sheet_progress(june) is told
    assert len(asked) == 1


def test_a_database_that_counts_up_to_a_version_it_had_before_is_not_told_the_old_state(house: House) -> None:
    """As after a restore: the same return, the same version, other figures."""
    try:
        with transaction.atomic():
            house.type("1000")
            lost = house.told()
            raise InterruptedError
    except InterruptedError:
        version = house.june().version + 2
    house.type("0")
    assert house.june().version == version
    assert house.told() == house.fresh() != lost


def test_what_was_checked_while_somebody_wrote_is_not_kept(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    read = return_sheets.stored_sheets

    def overtaken(monthly_return: MonthlyReturn) -> return_sheets.ReturnSheets:
        form = read(monthly_return)
        factories.enterprise(house.reporter)
        return form

    factories.enterprise(house.reporter)
    monkeypatch.setattr(return_sheets, "stored_sheets", overtaken)
    house.told()
    monkeypatch.setattr(return_sheets, "stored_sheets", read)
    assert house.june().pk not in progress._kept
    assert house.told() == house.fresh()


def test_who_looked_before_the_return_came_back_does_not_make_others_miss_what_is_asked(house: House) -> None:
    house.type("130")
    factories.handed_up_and_signed(house.june(), house.reporter, house.lead)
    opened_before = house.june()
    with clock.frozen_at(clock.now() + timedelta(minutes=1)):
        _given_back(house)
    progress.sheet_progress(opened_before)
    assert house.told() == house.fresh() and any(sheet.unexplained for sheet in house.told())


def test_a_dataset_names_the_version_of_every_table_it_reads(house: House) -> None:
    for at, dataset in enumerate(datasets.declared()):
        observed(house, 7_000_000 + at)  # so that nothing is at hand of what was read before
        assert untracked_tables(partial(dataset.load, CITY, JUNE), dataset.version_tables) == [], dataset.code
