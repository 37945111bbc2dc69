"""Tests that written workbooks open in LibreOffice with texts as texts and numbers as numbers."""

from __future__ import annotations

import shutil
import subprocess
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook

from hunan_trade.tabular.findings import Finding, Severity
from hunan_trade.workbooks.form_workbook_writer import write_form_workbook
from hunan_trade.workbooks.sheet_types import ColumnLayout, SheetLayout
from hunan_trade.workbooks.table_file_writers import csv_table, xlsx_table
from hunan_trade.workbooks.workbook_annotation import annotate

LEADS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t=", "\n=", "|", "'=", ' ="')
BODIES = ("1+1", "cmd|' /C calc'!A0", 'HYPERLINK("http://127.0.0.1:9","x")', "SUM(1,2)", "3", 'DDE("cmd","/c","x")')
PAYLOADS = [lead + body for lead in LEADS for body in BODIES] + [
    "=",
    "=@x",
    "{=1}",
    "#REF!",
    "TRUE",
    "1/2",
    "1e5",
    "0012",
]
NUMBERS = [Decimal("-12.5"), Decimal("0"), Decimal("1234567.25")]
NAME = ColumnLayout("名称")
FIGURE = ColumnLayout("数", number_format="General")


def rows() -> list[tuple[str | Decimal, ...]]:
    return [(text, NUMBERS[at % 3]) for at, text in enumerate(PAYLOADS)]


def template_workbook() -> bytes:
    return write_form_workbook([SheetLayout("企业", "企业", [NAME, FIGURE], rows())], {"=1+1": "=2+2"})


def annotated_workbook() -> bytes:
    findings = [Finding("企业", f"A{at + 4}", "x", Severity.BLOCKING, text) for at, text in enumerate(PAYLOADS)]
    return annotate(template_workbook(), findings)


WORKBOOKS = {
    "template": (template_workbook, "企业", 4),
    "annotated": (annotated_workbook, "企业", 4),
    "findings": (annotated_workbook, "检查结果", 2),
    "list": (lambda: xlsx_table("清单", [NAME, FIGURE], rows()), "清单", 2),
}


def normalise_line_ends(text: object) -> str:
    return str(text).replace("\r\n", "\n").replace("_x0009_", "\t")


def assert_payloads_are_texts(data: bytes, sheet: str, first: int) -> None:
    opened = load_workbook(BytesIO(data))[sheet]
    column = 5 if sheet == "检查结果" else 1
    for at, text in enumerate(PAYLOADS):
        cell = opened.cell(first + at, column)
        assert (cell.data_type, normalise_line_ends(cell.value)) == ("s", text)
        figure = opened.cell(first + at, 2)
        if column == 1:
            assert figure.data_type == "n" and Decimal(str(figure.value)) == NUMBERS[at % 3]


@pytest.mark.parametrize("made", WORKBOOKS)
def test_texts_like_formulas_are_read_back_as_texts(made: str) -> None:
    make, sheet, first = WORKBOOKS[made]
    assert_payloads_are_texts(make(), sheet, first)


@pytest.mark.slow
def test_no_text_is_a_formula_for_libreoffice(tmp_path: Path) -> None:
    """Open and save the files with LibreOffice: a text that it took for a formula would come back as one."""
    program = shutil.which("soffice")
    assert program, "LibreOffice is not installed"
    for name in ("template", "annotated", "list"):
        (tmp_path / f"{name}.xlsx").write_bytes(WORKBOOKS[name][0]())
    (tmp_path / "csv.csv").write_bytes(csv_table(["名称"], [[text] for text in PAYLOADS]))
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    subprocess.run(
        [program, profile, "--headless", "--convert-to", "xlsx", "--outdir", str(tmp_path / "out"),
         *sorted(map(str, tmp_path.glob("*.xlsx"))), str(tmp_path / "csv.csv")],
        check=True, capture_output=True, timeout=240,
    )  # fmt: skip
    for name, (_, sheet, first) in WORKBOOKS.items():
        file = "annotated" if name == "findings" else name
        assert_payloads_are_texts((tmp_path / "out" / f"{file}.xlsx").read_bytes(), sheet, first)
    texts = load_workbook(tmp_path / "out" / "csv.csv".replace(".csv", ".xlsx")).active
    assert texts is not None and {cell.data_type for row in texts.iter_rows() for cell in row} <= {"s", "n", "b", "e"}
