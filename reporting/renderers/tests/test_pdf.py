"""Tests rendered .pdf files against the measures of the standard GB/T 9704-2012."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import pylopdf_fonts_zh_cn
import pytest
from fontTools.pens.boundsPen import BoundsPen
from fontTools.ttLib import TTFont

from reporting.document_parts import Document, Head, Imprint, Paragraph, Signature, Table
from reporting.renderers import pdf
from reporting.renderers.tests import sample_documents
from reporting.renderers.tests.rendered_file_readers import (
    PAGE_MM,
    pdf_lines,
    pdf_page_count,
    pdf_rules,
    pdf_text,
    without_blanks,
)
from reporting.renderers.text_for_all_formats import UnprintableCharacter, all_texts, printed_text

CHARACTER = 156 / 28
LINE = 225 / 22
BODY = 16 * 25.4 / 72  # one 3号 character, mm
RED = pytest.approx((0.847, 0.086, 0.106), abs=0.01)


@pytest.fixture(scope="module")
def bulletin() -> bytes:
    return pdf.render(sample_documents.sample_bulletin())


@pytest.fixture(scope="module")
def plain() -> bytes:
    return pdf.render(sample_documents.document_of_plain_text())


def test_a_page_of_plain_text_has_22_lines_of_28_characters(plain: bytes) -> None:
    *body, number = pdf_lines(plain, 1)

    assert [len(line.text) for line in body] == [28] * 22
    assert {round(line.left, 1) for line in body} == {28.0}
    steps = [below.baseline - above.baseline for above, below in pairwise(body)]
    assert steps == [pytest.approx(LINE, abs=0.11)] * 21
    assert body[0].baseline - 0.88 * BODY >= 37 and body[-1].baseline + 0.12 * BODY <= 262
    assert number.text == "— 2 —"


def test_the_first_line_of_a_paragraph_is_two_characters_in(plain: bytes) -> None:
    first, second = pdf_lines(plain, 0)[4:6]

    assert first.left - second.left == pytest.approx(2 * CHARACTER, abs=0.1)
    assert len(first.text) == 26


def test_the_red_head_is_at_the_position_of_the_standard(bulletin: bytes) -> None:
    issuer, number, title = pdf_lines(bulletin, 0)[1:4]
    (rule,) = pdf_rules(bulletin, 0)

    assert (issuer.text, number.text) == ("湖南省商务厅", "湘商示〔2013〕5号　（2013年第5期）")
    assert rule.colour == RED
    assert (rule.left, rule.width) == pytest.approx((28, 156), abs=0.1)
    assert rule.top - (number.baseline + 0.12 * BODY) == pytest.approx(4, abs=0.2)
    # Two blank lines above the title; its own line is as high as the others.
    large = 22 * 25.4 / 72
    title_top = title.baseline - 0.88 * large - (LINE - large) / 2
    assert title_top - rule.bottom == pytest.approx(2 * LINE, abs=0.3)


def test_the_issuers_name_begins_35_mm_below_the_top_of_the_type_area(bulletin: bytes) -> None:
    # Ink height follows from the place of the number, two lines below it, and of the baseline between them.
    issuer, number = pdf_lines(bulletin, 0)[1:3]
    ink_bottom = number.baseline - 0.88 * BODY - 2 * LINE
    height = ink_bottom - (37 + 35)

    assert 14 < height < 18
    assert 0.80 < (issuer.baseline - 72) / height < 0.95


def test_page_numbers_stand_7_mm_below_the_type_area_odd_right_even_left(bulletin: bytes) -> None:
    with TTFont(Path(pylopdf_fonts_zh_cn.__file__).with_name("NotoSerifSC-Regular.otf")) as font:
        pen = BoundsPen(font.getGlyphSet())
        font.getGlyphSet()[font.getBestCmap()[ord("—")]].draw(pen)
        dash = pen.bounds[3] / 1000 * 14 * 25.4 / 72
    numbers = [pdf_lines(bulletin, page)[-1] for page in range(pdf_page_count(bulletin))]

    assert [number.text for number in numbers] == [f"— {page} —" for page in range(1, 6)]
    assert [number.baseline - dash for number in numbers] == [pytest.approx(262 + 7, abs=1)] * 5
    fourteen = 14 * 25.4 / 72
    assert numbers[1].left == pytest.approx(28 + fourteen, abs=0.3)
    assert numbers[0].left == pytest.approx(210 - 26 - fourteen - 13, abs=1)  # three characters and two spaces wide


def test_the_imprint_ends_on_the_lower_edge_of_the_type_area_of_the_last_page(bulletin: bytes) -> None:
    first, middle, last = pdf_rules(bulletin, pdf_page_count(bulletin) - 1)[-3:]

    assert last.bottom == pytest.approx(262, abs=0.1)
    assert [rule.bottom - rule.top for rule in (first, middle, last)] == [
        pytest.approx(thickness, abs=0.02) for thickness in (0.35, 0.25, 0.35)
    ]
    assert {round(rule.width) for rule in (first, middle, last)} == {156}


@pytest.mark.parametrize("rows", [14, 17, 18, 19, 20, 21, 22, 40])
def test_the_imprint_stays_on_the_lower_edge_when_it_needs_its_own_page(rows: int) -> None:
    annex = sample_documents.sample_bulletin().annexes[0]
    (table,) = annex.blocks
    assert isinstance(table, Table)
    table = replace(table, rows=(table.rows * 3)[:rows], summary_rows=())
    rendered = pdf.render(replace(sample_documents.sample_bulletin(), annexes=(replace(annex, blocks=(table,)),)))
    last = pdf_page_count(rendered) - 1

    assert pdf_rules(rendered, last)[-1].bottom == pytest.approx(262, abs=0.1)
    lowest = [line.baseline for line in pdf_lines(rendered, last) if line.baseline < pdf_rules(rendered, last)[-3].top]
    assert pdf_rules(rendered, last)[-3].top - max(lowest) > 4


def test_an_annex_begins_on_a_new_page_with_its_label_on_line_1_and_its_title_on_line_3(bulletin: bytes) -> None:
    mark, label, title = pdf_lines(bulletin, 3)[:3]

    assert (mark.text, label.text, title.text) == ("演示数据", "附件1", "2013年1-5月各市州")
    assert mark.baseline < 37
    assert label.baseline == pytest.approx(37 + LINE / 2 + 0.38 * BODY, abs=0.2)
    assert title.baseline - label.baseline == pytest.approx(2 * LINE, abs=1)


def test_an_unsealed_signature_follows_the_longer_of_issuer_and_date(bulletin: bytes) -> None:
    unit, dated = (
        next(line for line in pdf_lines(bulletin, 2) if line.text == text) for text in ("湖南省商务厅", "2013年6月14日")
    )
    assert dated.left - unit.left == pytest.approx(2 * CHARACTER, abs=0.3)

    long_name = replace(
        sample_documents.document_of_plain_text(),
        signature=Signature("湖南省承接产业转移工作联席会议办公室", date(2013, 6, 8)),
    )
    rendered = pdf.render(long_name)
    page = pdf_lines(rendered, pdf_page_count(rendered) - 1)
    unit, dated = (
        next(line for line in page if line.text.startswith(text)) for text in ("湖南省承接产业", "2013年6月8日")
    )
    assert unit.left + 18 * CHARACTER == pytest.approx(28 + 156 - 2 * CHARACTER, abs=0.5)
    assert dated.left - unit.left == pytest.approx(2 * CHARACTER, abs=0.3)


def test_a_number_is_never_split_over_two_lines() -> None:
    for shift in range(28):
        text = "字" * shift + "完成1234567.89亿美元，" + "文" * 40
        document = Document(sample_documents.document_of_plain_text().head, (Paragraph((text,)),))
        assert any("1234567.89" in line.text for line in pdf_lines(pdf.render(document), 0)), shift


def test_the_pdf_contains_exactly_the_words_of_the_document(bulletin: bytes) -> None:
    assert pdf_text(bulletin, "演示数据") == without_blanks(
        "".join(all_texts(printed_text(sample_documents.sample_bulletin())))
    )


def test_markup_like_text_is_printed_as_typed() -> None:
    read = without_blanks(pdf_text(pdf.render(sample_documents.document_of_hostile_text()), ""))

    for text in sample_documents.HOSTILE_TEXTS[:-2]:
        assert without_blanks(text) in read
    assert read.count("长") == 10_000
    assert read.count("a") >= 10_000


def test_a_word_longer_than_a_line_is_broken_within_the_type_area() -> None:
    document = Document(sample_documents.document_of_plain_text().head, (Paragraph(("a" * 300,)),))
    printed = [line for line in pdf_lines(pdf.render(document), 0) if not line.text.strip("a\u200b")]

    assert len(printed) >= 4


def test_a_character_missing_in_all_fonts_is_named_in_the_error() -> None:
    document = replace(
        sample_documents.document_of_plain_text(), blocks=(Paragraph(("各市州要加快进度😀，确保完成",)),)
    )

    with pytest.raises(UnprintableCharacter, match=r"字库里没有字符“😀”（U\+1F600），在“.*加快进度😀，确保完成”处"):
        pdf.render(document)


def test_the_same_document_gives_the_same_bytes(bulletin: bytes) -> None:
    assert pdf.render(sample_documents.sample_bulletin()) == bulletin


def test_a_draft_is_marked_and_leaves_number_and_dates_blank() -> None:
    read = pdf_text(pdf.render(sample_documents.sample_bulletin(mark="演示数据　草稿", issued=False)), "")

    assert "湘商□□〔2013〕号" in read
    assert "演示数据草稿" in read
    assert "年月日印发" in read


@pytest.mark.parametrize("issuer", ["湖南省商务厅文件", "湖南省承接产业转移和加工贸易工作联席会议办公室文件"])
def test_a_long_issuer_stays_within_the_type_area(issuer: str) -> None:
    document = replace(
        sample_documents.sample_bulletin(), head=replace(sample_documents.sample_bulletin().head, issuer=issuer)
    )
    rendered = pdf.render(document)
    line = pdf_lines(rendered, 0)[1]

    assert line.text == issuer
    assert line.left >= 27.9
    assert pdf_rules(rendered, 0)[0].top <= PAGE_MM / 2


def test_a_document_of_a_head_alone_can_be_printed() -> None:
    assert pdf_page_count(pdf.render(Document(Head("湖南省商务厅", "", "", ""), (), imprint=Imprint("办公室")))) == 1
