"""Tests that old versions of changed or omitted processing-trade rows are kept as history."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from enterprises.actions import store_processing_trade
from enterprises.models import ProcessingTrade, ReplacedTrade
from enterprises.tests import return_factories
from hunan_trade import clock
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.intake import return_sheets
from hunan_trade.intake.models import MonthlyReturn, Round
from hunan_trade.periods import Month

pytestmark = pytest.mark.django_db


def test_a_row_missing_in_the_next_round_moves_to_history_and_unchanged_rows_keep_their_round() -> None:
    with clock.frozen_at(clock.at(date(2013, 2, 4), 12)):
        reporter, lead, officer = cast.reporter(), cast.lead(), cast.officer()
        kept, left_out = return_factories.enterprise(reporter), return_factories.enterprise(reporter)
        monthly_return = return_factories.opened("430100", Month(2013, 1))
        return_factories.filled(
            monthly_return, reporter, {kept.customs_code: ("100", "40"), left_out.customs_code: ("7", "3")}
        )
        first = return_factories.accepted(monthly_return, reporter, lead, officer)
        table = (
            return_sheets.stored_sheets(MonthlyReturn.objects.with_region().get(pk=monthly_return.pk))
            .check()
            .tables["processing_trade"]
        )
        at = table.names.index(kept.name)
        alone = replace(
            table,
            numbers=[table.numbers[at]],
            record_keys=[table.record_keys[at]],
            names=[table.names[at]],
            values={column: [values[at]] for column, values in table.values.items()},
        )
        second = Round.objects.create(
            monthly_return=monthly_return,
            number=2,
            receipt="2013-01-长沙-2",
            workbook=first.workbook,
            filled_by=reporter,
            handed_up_at=clock.now(),
            signed_by=lead,
            sent_at=clock.now(),
        )
        stored = list(store_processing_trade(alone, round_=second, by=officer))
    assert [(fact.enterprise, fact.round) for fact in ProcessingTrade.objects.all()] == [(kept, first)]
    assert [(fact.enterprise, fact.replaced_by) for fact in ReplacedTrade.objects.all()] == [(left_out, second)]
    assert [f"{figure.value:f}" for figure in stored] == ["1000000.00", "400000.00"]
