"""Tests that every number in the June 2013 bulletin follows from the signed workbooks.

`bulletin_recalculation` computes every amount; here every printed text is rounded from the exact result.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from io import BytesIO

import openpyxl
import pytest

from hunan_trade.accounts.models import User
from hunan_trade.jobs import actions as jobs
from hunan_trade.periods import Month
from hunan_trade.testing.demo_database import DemoDatabase
from hunan_trade.tests.bulletin_recalculation import MISSING, MONEY, RATES, Recalculation, expected_inputs
from reporting import actions
from reporting.content_gathering_and_hashing import compose_document
from reporting.document_parts import Document, Figure, Heading, Paragraph, Run, Table
from reporting.models import Format, Report


# --- The document ---------------------------------------------------------------------------------------------------
def lines_of_runs(document: Document) -> Iterator[tuple[tuple[Run, ...], bool]]:
    """Yield every line of a document as text runs, and whether the line is a table row."""
    for block in (*document.blocks, *(block for annex in document.annexes for block in annex.blocks)):
        if isinstance(block, Paragraph):
            yield (*block.lead, *block.runs), False
        elif isinstance(block, Table):
            yield from ((row, True) for row in block.rows)


def printed_figures(document: Document) -> Iterator[tuple[str, Figure, str, bool]]:
    """Yield every printed figure with the words around it, and whether it is in a table."""
    for runs, tabled in lines_of_runs(document):
        for at, run in enumerate(runs):
            if isinstance(run, Figure):
                before, after = (
                    str(runs[n]) if 0 <= n < len(runs) and isinstance(runs[n], str) else "" for n in (at - 1, at + 1)
                )
                yield before, run, after, tabled


def round_half_up(amount: Fraction, decimals: int, comma: str = "") -> str:
    """Format a fraction rounded to `decimals` places, with halves away from zero.

    Zero has no sign.
    """
    scaled = abs(amount) * 10**decimals
    digits = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    whole, rest = divmod(digits, 10**decimals)
    text = f"{whole:{comma}}" + (f".{rest:0{decimals}}" if decimals else "")
    return "-" + text if amount < 0 and digits else text


def expected_text(amount: Fraction | None, unit: str, after: str, tabled: bool) -> str:
    """Return the text that the bulletin must print for an amount."""
    if amount is None:
        return "—"
    if tabled:
        return round_half_up(amount / 10_000 if unit in MONEY else amount, 1 if unit in RATES else 0, ",")
    if unit in MONEY:
        return round_half_up(amount / 10 ** {"亿": 8, "万": 4}[after[0]], 2)
    if unit not in RATES:
        return round_half_up(amount, 0)
    return round_half_up(abs(amount) / (100 if after.startswith("倍") else 1), 1) + ("%" if unit == "percent" else "")


def printed_words(document: Document) -> Iterator[str]:
    """Yield all printed text except figures."""
    head = document.head
    yield from (head.issuer, head.title, head.addressees, head.issue, head.document_number, document.mark)
    yield from (block.text for block in document.blocks if isinstance(block, Heading))
    for annex in document.annexes:
        yield annex.title
        for table in annex.blocks:
            assert isinstance(table, Table)
            yield from (table.caption, table.unit, *table.header, *table.notes)
            for number, row in enumerate(table.rows, start=-1):
                assert row[0] == (str(number) if number > 0 else "")
                yield from (run for run in row[1:] if isinstance(run, str))
    yield from (run for runs, tabled in lines_of_runs(document) if not tabled for run in runs if isinstance(run, str))


# Numbers that words may hold: dates and months, the number of a note or an issue, and what names or thresholds say.
NUMBERS_IN_WORDS = re.compile(
    r"20\d\d年|\d{1,2}-\d{1,2}月|\d{1,2}月(\d{1,2}日)?|第6期|^(注：)?\d\.|世界500强|超过(1|15)亿美元|演示\d\d|6/12即50\.0%"
)


# --- The tests ------------------------------------------------------------------------------------------------------
@pytest.fixture
def june_report(demo_database: DemoDatabase) -> Report:
    """Fixture that returns the June report, drafted by a job that an officer requested."""
    job = actions.request_draft("monthly-bulletin", Month(2013, 6), by=user("officer1"))
    jobs.run_job(job.pk, worker="test")
    return Report.objects.get(kind="monthly-bulletin", month="2013-06-01")


def user(username: str) -> User:
    return User.objects.get(username=username)


def composed_document(report: Report) -> Document:
    return compose_document(report.report_kind, report.content)[1]


def test_every_printed_number_equals_its_recalculation_from_the_signed_workbooks(june_report: Report) -> None:
    recalculation, seen = Recalculation(june_report.content), 0
    for before, figure, after, tabled in printed_figures(composed_document(june_report)):
        entry = june_report.content["figures"][figure.code]
        amount = recalculation.amount(figure.code)
        expected = expected_text(amount, entry["unit"], after, tabled)
        if figure.text.endswith("持平"):
            assert amount is not None and round_half_up(amount, 1) == "0.0"
        else:
            assert figure.text == expected, f"{before}‹{figure.text}›{after} stands for {expected}: {figure.code}"
            assert figure.value is None or f"{figure.value:f}" == expected.strip("%").replace(",", "")
        if not tabled and amount and entry["how"] in ("growth", "difference") and entry["unit"] in RATES:
            assert before.endswith(("下降", "低于序时进度")) == (amount < 0), f"{before}‹{figure.text}›"
        assert figure.text in entry["texts"]
        seen += 1
    assert seen > 300


def test_unprinted_figures_are_exact_and_have_the_inputs_their_code_requires(june_report: Report) -> None:
    recalculation = Recalculation(june_report.content)

    def has_amount(code: str) -> bool:
        return recalculation.amount(code) is not None

    for code, entry in june_report.content["figures"].items():
        recalculation.amount(code)
        if entry["how"] not in ("observed", "cell") and (expected := expected_inputs(code, has_amount)) is not None:
            assert sorted(entry["inputs"]) == sorted(expected), code
    assert set(june_report.content["rounds"]) == {
        entry["round"] for entry in june_report.content["figures"].values() if "round" in entry
    }


def test_words_of_the_bulletin_contain_no_numbers(june_report: Report) -> None:
    unbound = [
        text
        for text in printed_words(composed_document(june_report))
        if re.search(r"\d", NUMBERS_IN_WORDS.sub("", text))
    ]
    assert not unbound
    assert Recalculation(june_report.content).amount("path/2013-06") == 50  # the one that a note spells out


def test_the_june_bulletin_names_missing_cities_and_a_correction_and_is_issue_six(june_report: Report) -> None:
    text = "".join(
        run.text if isinstance(run, Figure) else run
        for runs, _ in lines_of_runs(composed_document(june_report))
        for run in runs
    )
    assert "本期全省数不含郴州、怀化、湘西自治州" in text
    assert re.search(r"永州2013年4月加工贸易出口由[\d.]+万美元更正为[\d.]+万美元.*原因：企业退运", text)
    assert {city["region"]: city["short"] for city in june_report.missing_cities} == MISSING
    shown = june_report.content_sha256
    actions.request_review(june_report.pk, by=user("officer1"), seen=shown)
    actions.review(june_report.pk, by=user("officer2"), seen=shown)
    issued = actions.issue(june_report.pk, by=user("lead1"), confirm_missing=True, seen=shown)
    assert issued.issue == "2013年第6期"
    assert {file.format for file in issued.files.all()} == set(Format)
    assert set(issued.sources.values_list("round", flat=True)) == set(june_report.content["rounds"])
    page = openpyxl.load_workbook(BytesIO(issued.files.get(format=Format.XLSX).file.read()))
    cells = {float(value) for sheet in page for row in sheet.values for value in row if isinstance(value, int | float)}
    tabled = {
        figure.value
        for _, figure, _, in_table in printed_figures(composed_document(june_report))
        if in_table and figure.value is not None
    }
    assert {float(value) for value in tabled} <= {float(value) for value in cells}
