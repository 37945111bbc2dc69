"""Tests that what a bulletin and a dispatch print of major projects equals the rows of the register.

The numbers are read from the rendered .docx; `raw_register` works them out anew from whole tables.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

import docx as python_docx
import pytest

from hunan_trade.accounts.models import User
from hunan_trade.jobs import actions as jobs
from hunan_trade.periods import Month
from hunan_trade.testing.demo_database import DemoDatabase
from hunan_trade.tests.project_register_recalculation import XIANGNAN, RawRegister
from reporting import actions
from reporting.content_gathering_and_hashing import compose_document
from reporting.models import Report
from reporting.renderers import docx

JUNE = date(2013, 6, 1)
STAGES = {
    "意向": "in_intended",
    "签约": "in_signed",
    "落地": "in_landed",
    "投产": "in_produced",
    "营运": "in_operating",
}
COLUMNS = {
    "计入累计": "counted_to_date",
    "在库合计": "active",
    **STAGES,
    "本年投产": "produced_to_date",
    "延期": "delayed",
    "停滞": "stalled",
    "到位内资累计": "paid_in_cny",
    "到位外资累计": "paid_in_usd",
}
MONEY = ("paid_in_cny", "paid_in_usd")
Figures = Mapping[str, Decimal]


def june_document(kind: str) -> tuple[Report, python_docx.document.Document]:
    """Draft a report of June 2013, and return it with its .docx."""
    job = actions.request_draft(kind, Month(2013, 6), by=User.objects.get(username="officer1"))
    jobs.run_job(job.pk, worker="test")
    report = Report.objects.get(kind=kind, month=JUNE)
    _, document = compose_document(report.report_kind, report.content)
    return report, python_docx.Document(io.BytesIO(docx.render(document)))


def printed(amount: Decimal, step: str = "1") -> str:
    return f"{amount.quantize(Decimal(step), ROUND_HALF_UP):,}"


def cells_of(figures: Figures) -> list[str]:
    return [printed(figures[name] / 10_000 if name in MONEY else figures[name]) for name in COLUMNS.values()]


def added_up(all_figures: Sequence[Figures]) -> dict[str, Decimal]:
    return {name: sum((each[name] for each in all_figures), Decimal(0)) for name in all_figures[0]}


@pytest.mark.parametrize("kind", ["monthly-bulletin", "quarterly-dispatch"])
def test_the_printed_table_and_paragraphs_on_major_projects_equal_the_rows_of_the_register(
    demo_database: DemoDatabase, kind: str
) -> None:
    report, rendered = june_document(kind)
    register = RawRegister(datetime.fromisoformat(report.content["as_of"]))
    through = {city: register.complete_through(city, JUNE) for city in register.cities}
    figures = {city: register.city_figures(city, month) for city, month in through.items() if month}
    included = [city for city, month in through.items() if month == JUNE]
    assert len(included) == 11 and set(figures) == set(register.cities)
    province = added_up([figures[city] for city in included])
    together = added_up([figures[city] for city in included if city in XIANGNAN])

    tables = [[["".join(cell.text.split()) for cell in row.cells] for row in table.rows] for table in rendered.tables]
    ((_, *rows),) = [table for table in tables if table[0][2:] == [*COLUMNS]]
    assert [row[1] for row in rows[:2]] == ["全省合计", "其中：湘南三市"]
    assert [row[2:] for row in rows[:2]] == [cells_of(province), cells_of(together)]
    marks = {city: "" if month == JUNE else "（1-5月）" for city, month in through.items()}
    assert {row[1]: row[2:] for row in rows[2:]} == {
        name + marks[city]: cells_of(figures[city]) for city, name in register.cities.items()
    }

    def cities(name: str, most: int = len(included)) -> str:
        named = [city for city in sorted(included, key=lambda city: -figures[city][name]) if figures[city][name]]
        return "、".join(f"{register.cities[city]}（{figures[city][name]}个）" for city in named[:most])

    told = {name: printed(amount).replace(",", "") for name, amount in province.items()}
    yuan, dollars = (printed(province[name] / 10**8, "0.01").replace(",", "") for name in MONEY)
    standing = "、".join(f"{word}{told[name]}个" for word, name in STAGES.items())
    paragraphs = [paragraph.text for paragraph in rendered.paragraphs]
    assert (
        f"上半年，项目库计入新承接项目{told['counted_to_date']}个，其中6月{told['counted_in_month']}个；"
        f"新投产项目{told['produced_to_date']}个，其中6月{told['produced_in_month']}个。"
        f"截至6月底，在库项目{told['active']}个，其中{standing}。"
    ) in paragraphs
    assert (
        f"新投产项目居前三位的是{cities('produced_to_date', 3)}。"
        f"在库项目中延期{told['delayed']}个、停滞{told['stalled']}个，停滞的在{cities('stalled')}。"
        f"上半年，项目实际到位省外境内资金{yuan}亿元，实际到位外资{dollars}亿美元。"
    ) in paragraphs
    assert all(province.values()), province
