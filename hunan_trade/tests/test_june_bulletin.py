"""Tests the bulletin of June 2013 number by number, from printed digits down to the cells of signed workbooks.

`proof` works every amount out anew; here every printed text is rounded anew from the exact result.
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
from reporting.document import Document, Figure, Heading, Paragraph, Run, Table
from reporting.frozen_content import compose_document
from reporting.models import Format, Report


# --- The document ---------------------------------------------------------------------------------------------------
def places(document: Document) -> Iterator[tuple[tuple[Run, ...], bool]]:
    """Yield every line of runs, and whether it is a row of a table."""
    for block in (*document.blocks, *(block for annex in document.annexes for block in annex.blocks)):
        if isinstance(block, Paragraph):
            yield (*block.lead, *block.runs), False
        elif isinstance(block, Table):
            yield from ((row, True) for row in block.rows)


def printed(document: Document) -> Iterator[tuple[str, Figure, str, bool]]:
    """Yield every figure with the words before and after it."""
    for runs, tabled in places(document):
        for at, run in enumerate(runs):
            if isinstance(run, Figure):
                before, after = (
                    str(runs[n]) if 0 <= n < len(runs) and isinstance(runs[n], str) else "" for n in (at - 1, at + 1)
                )
                yield before, run, after, tabled


def half_up(amount: Fraction, decimals: int, comma: str = "") -> str:
    """Round to a whole number, halves away from zero; no sign before zero."""
    scaled = abs(amount) * 10**decimals
    digits = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    whole, rest = divmod(digits, 10**decimals)
    text = f"{whole:{comma}}" + (f".{rest:0{decimals}}" if decimals else "")
    return "-" + text if amount < 0 and digits else text


def spelled(amount: Fraction | None, unit: str, after: str, tabled: bool) -> str:
    """Return how the figure has to be printed."""
    if amount is None:
        return "—"
    if tabled:
        return half_up(amount / 10_000 if unit in MONEY else amount, 1 if unit in RATES else 0, ",")
    if unit in MONEY:
        return half_up(amount / 10 ** {"亿": 8, "万": 4}[after[0]], 2)
    if unit not in RATES:
        return half_up(amount, 0)
    return half_up(abs(amount) / (100 if after.startswith("倍") else 1), 1) + ("%" if unit == "percent" else "")


def words(document: Document) -> Iterator[str]:
    """Return all printed text that is no figure."""
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
    yield from (run for runs, tabled in places(document) if not tabled for run in runs if isinstance(run, str))


# Numbers that words may hold: dates and months, the number of a note or an issue, and what names or thresholds say.
SAID = re.compile(
    r"20\d\d年|\d{1,2}-\d{1,2}月|\d{1,2}月(\d{1,2}日)?|第6期|^(注：)?\d\.|世界500强|超过(1|15)亿美元|演示\d\d|6/12即50\.0%"
)


# --- The tests ------------------------------------------------------------------------------------------------------
@pytest.fixture
def june(demo_database: DemoDatabase) -> Report:
    """Return the draft written by the job that an officer requested."""
    job = actions.request_draft("monthly-bulletin", Month(2013, 6), by=person("officer1"))
    jobs.run_job(job.pk, worker="test")
    return Report.objects.get(kind="monthly-bulletin", month="2013-06-01")


def person(username: str) -> User:
    return User.objects.get(username=username)


def composed(report: Report) -> Document:
    return compose_document(report.report_kind, report.content)[1]


def test_every_printed_number_comes_exactly_out_of_the_signed_workbooks(june: Report) -> None:
    proof, seen = Recalculation(june.content), 0
    for before, figure, after, tabled in printed(composed(june)):
        entry = june.content["figures"][figure.code]
        amount = proof.amount(figure.code)
        wanted = spelled(amount, entry["unit"], after, tabled)
        if figure.text.endswith("持平"):
            assert amount is not None and half_up(amount, 1) == "0.0"
        else:
            assert figure.text == wanted, f"{before}‹{figure.text}›{after} stands for {wanted}: {figure.code}"
            assert figure.value is None or f"{figure.value:f}" == wanted.strip("%").replace(",", "")
        if not tabled and amount and entry["how"] in ("growth", "difference") and entry["unit"] in RATES:
            assert before.endswith(("下降", "低于序时进度")) == (amount < 0), f"{before}‹{figure.text}›"
        assert figure.text in entry["texts"]
        seen += 1
    assert seen > 300


def test_what_is_kept_but_not_printed_is_as_exact_and_made_of_what_its_code_says(june: Report) -> None:
    proof = Recalculation(june.content)

    def known(code: str) -> bool:
        return proof.amount(code) is not None

    for code, entry in june.content["figures"].items():
        proof.amount(code)
        if entry["how"] not in ("observed", "cell") and (wanted := expected_inputs(code, known)) is not None:
            assert sorted(entry["inputs"]) == sorted(wanted), code
    assert set(june.content["rounds"]) == {
        entry["round"] for entry in june.content["figures"].values() if "round" in entry
    }


def test_no_number_stands_among_the_words(june: Report) -> None:
    unbound = [text for text in words(composed(june)) if re.search(r"\d", SAID.sub("", text))]
    assert not unbound
    assert Recalculation(june.content).amount("path/2013-06") == 50  # the one that a note spells out


def test_june_leaves_out_three_cities_tells_the_correction_and_becomes_the_sixth_issue(june: Report) -> None:
    text = "".join(run.text if isinstance(run, Figure) else run for runs, _ in places(composed(june)) for run in runs)
    assert "本期全省数不含郴州、怀化、湘西自治州" in text
    assert re.search(r"永州2013年4月加工贸易出口由[\d.]+万美元更正为[\d.]+万美元.*原因：企业退运", text)
    assert {city["region"]: city["short"] for city in june.missing_cities} == MISSING
    shown = june.content_sha256
    actions.request_review(june.pk, by=person("officer1"), seen=shown)
    actions.review(june.pk, by=person("officer2"), seen=shown)
    issued = actions.issue(june.pk, by=person("lead1"), confirm_missing=True, seen=shown)
    assert issued.issue == "2013年第6期"
    assert {file.format for file in issued.files.all()} == set(Format)
    assert set(issued.sources.values_list("round", flat=True)) == set(june.content["rounds"])
    page = openpyxl.load_workbook(BytesIO(issued.files.get(format=Format.XLSX).file.read()))
    cells = {float(value) for sheet in page for row in sheet.values for value in row if isinstance(value, int | float)}
    tabled = {
        figure.value for _, figure, _, in_table in printed(composed(june)) if in_table and figure.value is not None
    }
    assert {float(value) for value in tabled} <= {float(value) for value in cells}
