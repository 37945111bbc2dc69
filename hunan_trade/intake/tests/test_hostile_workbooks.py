"""Tests that each hostile or odd workbook gives the expected findings and leaves no files behind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path

import psutil
import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from enterprises import actions
from hunan_trade import clock
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.intake import return_sheets
from hunan_trade.intake.return_checks import check_return
from hunan_trade.intake.tests.hostile_workbooks import cell_cases, sheet_layout_cases, xml_part_cases, zip_cases
from hunan_trade.intake.tests.hostile_workbooks.case_classes import Case, ExpectedAnswer, Form
from hunan_trade.periods import Month
from hunan_trade.regions.models import Region
from hunan_trade.tabular.table_types import ParsedTable
from hunan_trade.workbooks import child_process, upload_reader
from hunan_trade.workbooks.sheet_types import EMPTY, METADATA_SHEET, RawWorkbook, WorkbookRefused, address
from hunan_trade.workbooks.tests.independent_reader import filled_cells
from hunan_trade.workbooks.zip_archive import Limits

FEBRUARY = clock.at(date(2013, 2, 4), 10)
CASES = [*zip_cases.CASES, *xml_part_cases.CASES, *cell_cases.CASES, *sheet_layout_cases.CASES]
SLOW = {"a bomb in a bomb", "fifty parts in one place", "ten thousand parts", "three hundred thousand rows"}
NAMES_A_REGION = {"another city's form", "a city outside of the province"}  # which the refusal looks up
SECONDS = 10
PARENT_BYTES = 50 << 20


@pytest.fixture(autouse=True)
def frozen_in_february() -> Iterator[None]:
    with clock.frozen_at(FEBRUARY):
        yield


@pytest.fixture(scope="module")
def blank_sheets(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> return_sheets.ReturnSheets:
    """Return the blank sheets of 长沙 for January 2013, with two enterprises.

    They are only read: reading and checking a workbook needs no database.
    """
    with django_db_blocker.unblock(), clock.frozen_at(FEBRUARY), transaction.atomic():
        by = cast.reporter()
        for number, name in enumerate(("清风电子", "湘江玩具（长沙）有限公司"), start=1):
            actions.register_enterprise(
                customs_code=f"430196000{number}", name=name, region="430100", modes=["进料加工"], by=by
            )
        sheets = return_sheets.blank_sheets(Region.objects.get(pk="430100"), Month(2013, 1))
        transaction.set_rollback(True)
    return sheets


@pytest.fixture(scope="module")
def blank_workbook(blank_sheets: return_sheets.ReturnSheets) -> bytes:
    with clock.frozen_at(FEBRUARY):
        return blank_sheets.workbook(version=1, demo=True)


@pytest.fixture
def form(blank_workbook: bytes) -> Form:
    return Form.from_blank(blank_workbook)


def peak_memory() -> int:
    """Return the peak memory of this process since the last reset, in bytes."""
    match = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert match
    return int(match[1]) << 10


def reset_peak_memory() -> int:
    Path("/proc/self/clear_refs").write_text("5")
    return peak_memory()


def cells_missed_by_reader(data: bytes, book: RawWorkbook) -> dict[str, set[str]]:
    """Return filled cells, by an independent reader, that the portal's reader did not see."""
    missing = {}
    for name, places in filled_cells(data).items():
        if name != METADATA_SHEET and (sheet := book.sheet(name)) is not None:
            width, kinds = sheet.width, sheet.kinds
            seen = {address(*divmod(at, width)) for at, kind in enumerate(kinds) if chr(kind) != EMPTY}
            missing[name] = places - seen
    return {name: places for name, places in missing.items() if places}


def read_and_check(data: bytes, blank_sheets: return_sheets.ReturnSheets, wanted: ExpectedAnswer) -> ExpectedAnswer:
    """Read and check a workbook; return the answer in the form in which cases declare it."""
    try:
        book = upload_reader.read(data)
        assert cells_missed_by_reader(data, book) == {}
        raw = return_sheets.sheets_from_workbook(book, blank_sheets)
    except WorkbookRefused as refused:
        assert re.fullmatch(r"[^!\n{}]+。", refused.message) and not re.search(r"Error|None", refused.message)
        words = wanted.words if wanted.words in refused.message else refused.message
        return ExpectedAnswer(refused.code, words)
    checked = check_return(raw, blank_sheets.contexts, blank_sheets.month)
    findings = frozenset((f"{f.sheet}!{f.cell}", f.code) for f in checked.findings)
    read = {cell: _parsed_text(checked.tables["processing_trade"], cell) for cell in wanted.values}
    return ExpectedAnswer(findings=findings, values=read)


def _parsed_text(table: ParsedTable, cell: str) -> str:
    """Return the value that the checks parsed from a cell of the first sheet, as text."""
    column = table.spec.columns[ord(cell[0]) - ord("A")]
    value = table.values[column.key][table.numbers.index(int(cell[1:]))]
    return f"{value.normalize():f}" if isinstance(value, Decimal) else value or ""


def marks_of(case: Case) -> list[pytest.MarkDecorator]:
    return [pytest.mark.slow] * (case.name in SLOW) + [pytest.mark.django_db] * (case.name in NAMES_A_REGION)


@pytest.mark.parametrize("case", [pytest.param(case, marks=marks_of(case), id=case.name) for case in CASES])
def test_every_workbook_gets_its_declared_answer(
    case: Case,
    blank_sheets: return_sheets.ReturnSheets,
    form: Form,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    data = case.make_bytes(form)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(upload_reader, "Limits", partial(Limits, wall_seconds=SECONDS))  # who is slower is not answered
    child_process.run_child(
        "hunan_trade.workbooks.tests.misbehaving_child", b"", Limits()
    )  # the fork server stands from now on
    server = child_process._fork_server._process
    assert server
    children, fork_server = psutil.Process().children(), psutil.Process(server.pid)
    before = reset_peak_memory()
    assert read_and_check(data, blank_sheets, case.answer) == case.answer
    assert peak_memory() - before < PARENT_BYTES
    assert not list(tmp_path.iterdir())
    assert psutil.Process().children() == children
    psutil.wait_procs(fork_server.children(recursive=True), timeout=30)
    assert fork_server.children(recursive=True) == []


def test_no_two_cases_share_a_name() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 80
