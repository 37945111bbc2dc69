"""Tests that the plan parser loses no text, never crashes and is fast on any input."""

from __future__ import annotations

import io
import re
import sys
import zipfile

import pytest
from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as st

from targets.document_parser import read_plan
from targets.document_parser.numerals import parse_chinese_numeral, to_chinese_numeral
from targets.document_parser.quantities_in_tables import LINE_MOST
from targets.document_parser.word_file_paragraphs import read_word_file
from targets.tests.test_document_parser import ANSWERS, read_document_bytes

PIECES = (
    "一、", "（一）", "(二)", "1、", "2.", "3．", "（1）", "①", "②", "一是", "二是", "第一章", "1.1 ", "附件", "附件：", "2013年工作要点", "工作目标",
    "全省进出口额", "达到", "以50亿美元为基数", "增长", "50%", "10家以上", "2-3家", "分别", "均", "翻一番", "6月19-22日", "年底前", "每年2月底前",
    "到2025年", "2012年", "（责任单位：市商务局）", "省商务厅牵头，", "由县局负责", "五大产业", "比重进一步提高", "现将要点印发给你们", "2013年2月28日",
    "湖南省商务厅", "《办法》", "“两个平台”", "国发〔2019〕3号", "，", "。", "；", "、", "：", "\n", "\n", "　　", "三四季度", "1,150个", "１２", "百分之五",
)  # fmt: skip
plan_like_text = st.lists(st.sampled_from(PIECES), max_size=60).map("".join)
any_text = st.one_of(plan_like_text, st.text(max_size=200))


def without_white_space(text: str) -> str:
    return re.sub(r"\s", "", text)


@settings(max_examples=150)
@given(any_text)
def test_any_text_is_read_without_loss_or_refused(text: str) -> None:
    found = read_plan(text.encode("utf-8", "surrogatepass"))
    if found.refused:
        assert not found.nodes and found.refused.endswith("。")
    else:
        assert without_white_space("".join(node.text for node in found.nodes)) == without_white_space(
            text.removeprefix("\ufeff")
        )
        for node in found.nodes:
            assert node.text.startswith(node.marker) and without_white_space(node.title) in without_white_space(
                node.text
            )
            parts = [*(one.text for one in node.quantities), *(one.text for one in node.deadlines)]
            assert all(without_white_space(part) in without_white_space(node.text) for part in parts)


@settings(max_examples=20)
@given(
    st.lists(
        st.tuples(plan_like_text.filter(lambda text: "\n" not in text), st.booleans(), st.booleans()),
        min_size=1,
        max_size=12,
    )
)
def test_any_word_document_is_read_without_loss(written: list[tuple[str, bool, bool]]) -> None:
    made = Document()
    table = None
    for text, bold, in_table in written:
        if in_table:
            table = table or made.add_table(rows=0, cols=2)
            for cell in table.add_row().cells:
                cell.text = text
        else:
            table = None
            made.add_paragraph().add_run(text).bold = bold
    content = io.BytesIO()
    made.save(content)
    found = read_plan(content.getvalue())
    expected = without_white_space("".join(text * (2 if in_table else 1) for text, _, in_table in written))
    assert found.refused or without_white_space("".join(node.text for node in found.nodes)) == expected


@settings(max_examples=60)
@given(st.binary(max_size=600))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    read_plan(data)
    read_plan(b"PK\x03\x04" + data)


@given(st.integers(1, 999))
def test_chinese_numerals_survive_a_round_trip(number: int) -> None:
    assert parse_chinese_numeral(to_chinese_numeral(number)) == number


@pytest.mark.parametrize(
    "repeated",
    ["一、目标。", "1、", "（", "①②", "分别5个和", "责任单位：", "到2025年", "现将", "附件\n", "由县", "翻一番，"],
)
def test_reading_effort_grows_no_faster_than_the_text(repeated: str) -> None:
    """Compare counts of calls: four times the text may need about four times as many."""

    def count_calls(times: int) -> int:
        count = 0

        def count_one(*_: object) -> None:
            nonlocal count
            count += 1

        data = f"2013年工作要点\n一、目标\n1、{repeated * times}".encode()
        sys.setprofile(count_one)
        try:
            read_plan(data)
        finally:
            sys.setprofile(None)
        return count

    assert count_calls(8000) < 6 * count_calls(2000) + 10_000


def test_an_overlong_paragraph_is_kept_and_marked_as_not_understood() -> None:
    found = read_plan(("2013年工作要点\n一、目标\n1、" + "完成10个。" * LINE_MOST + "\n2、完成20个。").encode())
    long, short = found.nodes[2:]
    assert not long.understood and not long.quantities and len(long.text) > LINE_MOST
    assert short.quantities


def zip_of_parts(**parts: bytes) -> bytes:
    """Return a zip archive with these files.

    In the keywords, __ stands for / and _xml for .xml.
    """
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name.replace("__", "/").replace("_xml", ".xml").replace("_bin", ".bin"), data)
    return content.getvalue()


BODY = b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>%s</w:body></w:document>'


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (zip_of_parts(word__document_xml=b"<!DOCTYPE a [<!ENTITY b 'c'>]>" + BODY % b""), "DTD"),
        (zip_of_parts(word__document_xml=BODY % b"", word__vbaProject_bin=b"x"), "宏"),
        (zip_of_parts(word__document_xml=b" " * (60 << 20)), "展开后过大"),
        (zip_of_parts(word__document_xml=(BODY % b"")[:-20]), "损坏"),
        (zip_of_parts(xl__workbook_xml=b"<a/>"), "不是 Word 文档"),
        (zip_of_parts(word__document_xml=BODY % b"")[:-30], "损坏"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "旧的 .doc"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "PDF"),
        (b"\x00\x01\x02" * 50, "文字"),
        (b"", "没有文字"),
        (zip_of_parts(word__document_xml=BODY % b"<w:p><w:r><w:drawing/></w:r></w:p>"), "没有文字"),
    ],
)
def test_a_hostile_or_wrong_file_is_refused_with_the_reason(data: bytes, says: str) -> None:
    refused = read_plan(data).refused
    assert refused and says in refused


def test_automatic_numbers_of_word_are_written_into_the_text() -> None:
    texts = [
        line.text
        for line in read_word_file(read_document_bytes(next(path for path in ANSWERS if path.stem.startswith("11"))))
    ]
    assert any(text.startswith("一、") for text in texts) and any(text.startswith("（二）") for text in texts)
