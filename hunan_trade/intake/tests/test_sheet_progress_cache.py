"""Tests that the cached counts of filled rows and findings equal the counts of a new check."""

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
from enterprises.tests import return_factories
from hunan_trade import clock
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.actions import System
from hunan_trade.indicators.actions import record_observations
from hunan_trade.indicators.models import Observation
from hunan_trade.indicators.registry import Source
from hunan_trade.intake import datasets, return_sheets, sheet_progress
from hunan_trade.intake.actions import deciding, filling, sending
from hunan_trade.intake.models import Exemption, MonthlyReturn
from hunan_trade.intake.sheet_progress import SheetProgress
from hunan_trade.periods import Month
from hunan_trade.testing.cache_invalidation_checks import untracked_tables
from projects.models import IndicatorCode

pytestmark = pytest.mark.django_db
CITY, MAY, JUNE = "430100", Month(2013, 5), Month(2013, 6)


class CityWithReturns(SimpleNamespace):
    """A city with one enterprise, with May accepted and June filled."""

    def june(self) -> MonthlyReturn:
        return MonthlyReturn.objects.with_region().get(region=CITY, month=JUNE.first)

    def fill_june(self, exports: str) -> None:
        return_factories.filled(self.june(), self.reporter, {self.firm.customs_code: (exports, "0")}, i06="3", i08="9")

    def clear_exports(self) -> None:
        trade = datasets.get("processing_trade")
        blank = [filling.RowEdit(row.key, {"export": ""}) for row in trade.load(CITY, JUNE, None).rows]
        filling.save_rows(self.june().pk, trade, blank, by=self.reporter)

    def cached_progress(self) -> tuple[SheetProgress, ...]:
        return sheet_progress.return_progress(self.june())

    def new_progress(self) -> tuple[SheetProgress, ...]:
        form = return_sheets.stored_sheets(self.june())
        return tuple(sheet_progress._progress_by_sheet(form, form.check()))


@pytest.fixture
def city() -> Iterator[CityWithReturns]:
    with clock.frozen_at(clock.at(date(2013, 6, 3), 9)):
        people = CityWithReturns(
            reporter=cast.reporter(CITY), lead=cast.lead(CITY), officer=cast.officer(), boss=cast.province_lead()
        )
        people.firm = return_factories.enterprise(people.reporter)
        may = return_factories.opened(CITY, MAY)
        return_factories.filled(may, people.reporter, {people.firm.customs_code: ("100", "0")}, i06="3", i08="9")
        return_factories.accepted(may, people.reporter, people.lead, people.officer)
    with clock.frozen_at(clock.at(date(2013, 7, 2), 9)):
        return_factories.opened(CITY, JUNE)
        people.fill_june("100")
        yield people


def _give_june_back(city: CityWithReturns) -> None:
    cells = [deciding.RemarkedCell("city_summary", "06", "month")]
    return_factories.given_back(city.june(), "请核对。", city.officer, cells)


def _reopen_june(city: CityWithReturns) -> None:
    until = clock.now() + timedelta(days=2)
    exemption = deciding.ask_exemption(city.june().pk, Exemption.Kind.REOPEN, "更正", until, by=city.officer)
    deciding.decide_exemption(exemption.pk, granted=True, by=city.boss)


def correct_observation(city: CityWithReturns, value: int = 5_000_000) -> None:
    row = Observation.objects.filter(region=CITY, month=MAY.first, indicator=IndicatorCode.DOMESTIC_PAID_IN.value)[0]
    record_observations(
        {row.indicator: Decimal(value)}, region=CITY, month=MAY, source=Source(row.source), known_at=clock.now(), reason="更正",
        by=System("测试"),
    )  # fmt: skip


def _confirm_workbook(city: CityWithReturns) -> None:
    form = return_sheets.stored_sheets(city.june())
    texts = {
        code: {key: {**typed, "reason": "核对无误"} for key, typed in rows.items()} for code, rows in form.texts.items()
    }
    book = return_sheets.ReturnSheets(form.region, form.month, form.contexts, texts).workbook(version=1, demo=True)
    got = filling.receive_upload(city.june().pk, book, "月报.xlsx", by=city.reporter)
    filling.confirm_upload(got.upload.pk, got.upload.file_id, by=city.reporter)


# Every way in which what a check sees of June can change, in an order in which each is allowed.
WRITES: tuple[tuple[str, Callable[[CityWithReturns], object]], ...] = (
    ("typed, ten times last month", lambda city: city.fill_june("1000")),
    ("typed over", lambda city: city.fill_june("0")),
    ("a figure cleared", CityWithReturns.clear_exports),
    ("typed again", lambda city: city.fill_june("1000")),
    ("last month's fact corrected", lambda city: ProcessingTrade.objects.update(export_usd=9_000_000)),
    ("last month's observation corrected", correct_observation),
    ("an enterprise registered", lambda city: setattr(city, "second", return_factories.enterprise(city.reporter))),
    ("an enterprise closed", lambda city: Enterprise.objects.filter(pk=city.second.pk).update(closed_on=MAY.first)),
    ("a workbook taken over", _confirm_workbook),
    ("handed up", lambda city: return_factories.handed_up(city.june(), city.reporter)),
    (
        "handed back",
        lambda city: sending.hand_back_to_reporter(city.june().pk, "再看", by=city.lead, seen=city.june().version),
    ),
    ("sent", lambda city: return_factories.handed_up_and_signed(city.june(), city.reporter, city.lead)),
    ("given back with a cell", _give_june_back),
    ("declared nil", lambda city: return_factories.declare_nil(city.june(), "停产", city.reporter)),
    ("sent again", lambda city: return_factories.handed_up_and_signed(city.june(), city.reporter, city.lead)),
    (
        "accepted",
        lambda city: deciding.accept(
            city.june().pk, by=city.officer, seen=return_factories.pending_round(city.june()).digest
        ),
    ),
    ("reopened", _reopen_june),
    ("typed after all", lambda city: city.fill_june("7")),
)


def test_cached_progress_equals_a_new_check_after_every_write(city: CityWithReturns) -> None:
    results = [city.cached_progress()]
    for minute, (name, write) in enumerate(WRITES):
        with clock.frozen_at(clock.now() + timedelta(minutes=minute)):
            write(city)
        assert city.cached_progress() == city.new_progress(), name
        assert city.cached_progress() == city.new_progress(), f"{name}, kept"
        results.append(city.cached_progress())
    assert len(set(map(repr, results))) > 8, "the writes change what there is to tell, or nothing is shown by them"


def test_unchanged_progress_costs_one_query(city: CityWithReturns) -> None:
    progress, june = city.cached_progress(), city.june()
    with CaptureQueriesContext(connection) as queries:
        assert sheet_progress.return_progress(june) is progress
    assert len(queries) == 1


def test_a_restored_database_that_reaches_an_old_version_again_gets_new_progress(city: CityWithReturns) -> None:
    """Imitate a restore: the same return has the same version with other figures."""
    try:
        with transaction.atomic():
            city.fill_june("1000")
            lost = city.cached_progress()
            raise InterruptedError
    except InterruptedError:
        version = city.june().version + 2
    city.fill_june("0")
    assert city.june().version == version
    assert city.cached_progress() == city.new_progress() != lost


def test_progress_counted_during_a_write_is_not_cached(city: CityWithReturns, monkeypatch: pytest.MonkeyPatch) -> None:
    read = return_sheets.stored_sheets

    def overtaken(monthly_return: MonthlyReturn) -> return_sheets.ReturnSheets:
        form = read(monthly_return)
        return_factories.enterprise(city.reporter)
        return form

    return_factories.enterprise(city.reporter)
    monkeypatch.setattr(return_sheets, "stored_sheets", overtaken)
    city.cached_progress()
    monkeypatch.setattr(return_sheets, "stored_sheets", read)
    assert city.june().pk not in sheet_progress._cache
    assert city.cached_progress() == city.new_progress()


def test_progress_read_with_an_outdated_return_hides_no_new_remark(city: CityWithReturns) -> None:
    city.fill_june("130")
    return_factories.handed_up_and_signed(city.june(), city.reporter, city.lead)
    opened_before = city.june()
    with clock.frozen_at(clock.now() + timedelta(minutes=1)):
        _give_june_back(city)
    sheet_progress.return_progress(opened_before)
    assert city.cached_progress() == city.new_progress() and any(sheet.unexplained for sheet in city.cached_progress())


def test_a_dataset_names_the_version_of_every_table_it_reads(city: CityWithReturns) -> None:
    for at, dataset in enumerate(datasets.declared()):
        correct_observation(city, 7_000_000 + at)  # so that nothing is at hand of what was read before
        assert untracked_tables(partial(dataset.load, CITY, JUNE), dataset.version_tables) == [], dataset.code
