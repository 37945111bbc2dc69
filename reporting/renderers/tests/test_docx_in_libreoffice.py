"""Tests how LibreOffice lays out a rendered .docx file.

LibreOffice must be installed.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from reporting.renderers import docx, pdf
from reporting.renderers.tests import sample_documents
from reporting.renderers.tests.rendered_file_readers import pdf_lines, pdf_page_count, pdf_rules

pytestmark = [
    pytest.mark.skipif(shutil.which("soffice") is None, reason="no LibreOffice: the .docx is not measured on paper"),
]


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder: Path = tmp_path_factory.mktemp("printed")
    names = {
        "bulletin": sample_documents.sample_bulletin(),
        "plain": sample_documents.document_of_plain_text(),
        "hostile": sample_documents.document_of_hostile_text(),
    }
    for name, document in names.items():
        (folder / f"{name}.docx").write_bytes(docx.render(document))
    subprocess.run(
        [
            "soffice",
            f"-env:UserInstallation={(folder / 'profile').as_uri()}",
            "--headless",
            "--convert-to",
            "pdf",
            "--outdir",
            folder,
            *(folder / f"{name}.docx" for name in names),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    return {name: (folder / f"{name}.pdf").read_bytes() for name in names}


def test_a_page_of_plain_text_has_22_lines_of_28_characters(printed: dict[str, bytes]) -> None:
    *body, number = pdf_lines(printed["plain"], 1)

    assert [len(line.text) for line in body] == [28] * 22
    assert number.text == "— 2 —"


def test_the_red_rule_and_the_page_number_are_within_1_mm(printed: dict[str, bytes]) -> None:
    document = printed["bulletin"]
    issuer, number = pdf_lines(document, 0)[1:3]
    (rule,) = pdf_rules(document, 0)

    assert (issuer.text, number.text.replace(" ", "")) == ("湖南省商务厅", "湘商示〔2013〕5号　（2013年第5期）")
    assert rule.top == pytest.approx(37 + 8 * 225 / 22 - 0.7, abs=1)
    assert (rule.left, rule.width) == pytest.approx((28, 156), abs=1)
    assert rule.top - (number.baseline + 0.12 * 16 * 25.4 / 72) == pytest.approx(4, abs=1)
    for page in range(pdf_page_count(document)):
        dash = pdf_lines(document, page)[-1].baseline - 0.32 * 14 * 25.4 / 72
        assert dash == pytest.approx(262 + 7, abs=1)


def test_the_imprint_ends_on_the_lower_edge_of_the_type_area_of_the_last_page(printed: dict[str, bytes]) -> None:
    document = printed["bulletin"]

    assert pdf_page_count(document) == 5
    assert pdf_rules(document, 4)[-1].bottom == pytest.approx(262, abs=1)
    assert not any(rule.bottom > 250 for page in range(4) for rule in pdf_rules(document, page))


def test_the_first_page_holds_as_many_lines_as_in_the_pdf(printed: dict[str, bytes]) -> None:
    assert (
        len(pdf_lines(printed["bulletin"], 0))
        == len(pdf_lines(pdf.render(sample_documents.sample_bulletin()), 0))
        == 15
    )


def test_hostile_text_prints(printed: dict[str, bytes]) -> None:
    assert pdf_page_count(printed["hostile"]) > 20
