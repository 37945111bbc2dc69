"""Tests that every hostile or odd workbook gets exactly its declared answer and leaves nothing behind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path

import psutil
import pytest

from enterprises import actions
from hunan_trade import clock
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.intake import return_sheets
from hunan_trade.intake.return_checks import check_return
from hunan_trade.intake.tests.corpus import cells, containers, documents, tables
from hunan_trade.intake.tests.corpus.form import Answer, Case, Form
from hunan_trade.periods import Month
from hunan_trade.regions.models import Region
from hunan_trade.tabular.tables import ParsedTable
from hunan_trade.workbooks import child_process, upload_reader
from hunan_trade.workbooks.sheets import EMPTY, METADATA_SHEET, RawWorkbook, WorkbookRefused, address
from hunan_trade.workbooks.tests.independent_reader import filled_cells
from hunan_trade.workbooks.zip_archive import Limits

pytestmark = pytest.mark.django_db
CASES = [*containers.CASES, *documents.CASES, *cells.CASES, *tables.CASES]
SLOW = {"a bomb in a bomb", "fifty parts in one place", "ten thousand parts", "three hundred thousand rows"}
BLANK: list[bytes] = []
SECONDS = 10
PARENT_BYTES = 50 << 20


@pytest.fixture
def asked() -> Iterator[return_sheets.ReturnSheets]:
    """What the portal knows of 长沙 in January 2013: two enterprises, nothing typed."""
    with clock.frozen_at(clock.at(date(2013, 2, 4), 10)):
        by = cast.reporter()
        for number, name in enumerate(("清风电子", "湘江玩具（长沙）有限公司"), start=1):
            actions.register(customs_code=f"430196000{number}", name=name, region="430100", modes=["进料加工"], by=by)
        yield return_sheets.blank_sheets(Region.objects.get(pk="430100"), Month(2013, 1))


@pytest.fixture
def form(asked: return_sheets.ReturnSheets) -> Form:
    if not BLANK:
        BLANK.append(asked.workbook(version=1, demo=True))  # the same bytes every time, so once will do
    return Form.filled(BLANK[0])


def peak() -> int:
    """Return the peak memory of this process since the last reset, in bytes."""
    told = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert told
    return int(told[1]) << 10


def reset_peak() -> int:
    Path("/proc/self/clear_refs").write_text("5")
    return peak()


def unseen(data: bytes, book: RawWorkbook) -> dict[str, set[str]]:
    """Cells that hold something, for a reader that shares nothing with ours, and that ours did not see."""
    missing = {}
    for name, places in filled_cells(data).items():
        if name != METADATA_SHEET and (sheet := book.sheet(name)) is not None:
            width, kinds = sheet.width, sheet.kinds
            seen = {address(*divmod(at, width)) for at, kind in enumerate(kinds) if chr(kind) != EMPTY}
            missing[name] = places - seen
    return {name: places for name, places in missing.items() if places}


def answer(data: bytes, asked: return_sheets.ReturnSheets, wanted: Answer) -> Answer:
    """Return the answer in the form in which cases declare it."""
    try:
        book = upload_reader.read(data)
        assert unseen(data, book) == {}
        raw = return_sheets.sheets_from_workbook(book, asked)
    except WorkbookRefused as refused:
        assert re.fullmatch(r"[^!\n{}]+。", refused.message) and not re.search(r"Error|None", refused.message)
        words = wanted.words if wanted.words in refused.message else refused.message
        return Answer(refused.code, words)
    checked = check_return(raw, asked.known, asked.month)
    findings = frozenset((f"{f.sheet}!{f.cell}", f.code) for f in checked.findings)
    read = {cell: _value(checked.tables["processing_trade"], cell) for cell in wanted.values}
    return Answer(findings=findings, values=read)


def _value(table: ParsedTable, cell: str) -> str:
    """What the checks understood of a cell of the first sheet."""
    column = table.spec.columns[ord(cell[0]) - ord("A")]
    value = table.values[column.key][table.numbers.index(int(cell[1:]))]
    return f"{value.normalize():f}" if isinstance(value, Decimal) else value or ""


@pytest.mark.parametrize(
    "case",
    [pytest.param(case, marks=pytest.mark.slow if case.name in SLOW else (), id=case.name) for case in CASES],
)
def test_every_workbook_gets_the_answer_declared_for_it(
    case: Case, asked: return_sheets.ReturnSheets, form: Form, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    data = case.data(form)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(upload_reader, "Limits", partial(Limits, wall_seconds=SECONDS))  # who is slower is not answered
    child_process.run_child(
        "hunan_trade.workbooks.tests.misbehaving_child", b"", Limits()
    )  # the fork server stands from now on
    server = child_process._fork_server._process
    assert server
    children, fork_server = psutil.Process().children(), psutil.Process(server.pid)
    before = reset_peak()
    assert answer(data, asked, case.answer) == case.answer
    assert peak() - before < PARENT_BYTES
    assert not list(tmp_path.iterdir())
    assert psutil.Process().children() == children
    psutil.wait_procs(fork_server.children(recursive=True), timeout=30)
    assert fork_server.children(recursive=True) == []


def test_no_two_cases_share_a_name() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 80
