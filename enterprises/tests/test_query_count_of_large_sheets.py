"""Tests that a sheet with many rows takes no more database queries than a sheet with few rows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enterprises.models import Enterprise, ProcessingTrade
from enterprises.tests import return_factories
from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.intake import return_sheets
from hunan_trade.intake.actions import deciding, filling, sending
from hunan_trade.periods import Month

JANUARY = Month(2013, 1)


def count_queries_of_a_month(count: int, region: str, officer: User) -> int:
    """Return the number of queries from uploading to accepting a workbook of `count` enterprises."""
    reporter, lead = cast.reporter(region), cast.lead(region)
    Enterprise.objects.bulk_create(
        Enterprise(
            customs_code=f"{region[:4]}{n:06}",
            name=f"演示{n}厂",
            region_id=region,
            modes=["进料加工"],
            registered_at=clock.now(),
        )
        for n in range(count)
    )
    monthly_return = return_factories.opened(region, JANUARY)
    form = return_sheets.blank_sheets(monthly_return.region, JANUARY)
    trade = {row.key: {"export": "2.5", "import": "1"} for row in form.contexts["processing_trade"].rows}
    exports, imports = Decimal("2.5") * count, Decimal(count)
    amounts = {"01": exports + imports, "02": exports, "03": imports, "04": exports, "05": imports}
    summary = {f"{n:02}": {"month": f"{amounts.get(f'{n:02}', Decimal(0)):f}"} for n in range(1, 13)}
    texts = {"processing_trade": trade, "city_summary": summary}
    data = return_sheets.ReturnSheets(form.region, form.month, form.contexts, texts).workbook(version=1, demo=True)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        received = filling.receive_upload(monthly_return.pk, data, "月报.xlsx", by=reporter)
        filling.confirm_upload(received.upload.pk, received.upload.file_id, by=reporter)
        monthly_return.refresh_from_db()
        handed_up = sending.submit_to_city_lead(monthly_return.pk, by=reporter, seen=monthly_return.version)
        sent = sending.sign(monthly_return.pk, by=lead, seen=handed_up.version)
        deciding.accept(monthly_return.pk, by=officer, seen=sent.digest)
    return len(asked)


@pytest.mark.django_db
def test_six_hundred_rows_take_as_many_queries_as_three() -> None:
    with clock.frozen_at(clock.at(date(2013, 2, 4), 10)):
        officer = cast.officer()
        few, many = count_queries_of_a_month(3, "430100", officer), count_queries_of_a_month(600, "431000", officer)
    assert ProcessingTrade.objects.count() == 603
    assert many == few
