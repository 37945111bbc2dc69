"""Tests the measures and the words of rendered .docx files."""

from __future__ import annotations

import io
from xml.etree.ElementTree import Element

import docx as python_docx
import pytest
from docx.oxml.ns import qn

from reporting.renderers import docx
from reporting.renderers.tests import sample_documents
from reporting.renderers.tests.rendered_file_readers import docx_parts, docx_text, docx_xml, without_blanks
from reporting.renderers.text_for_all_formats import all_texts, printed_text
from scripts import docx_template

# The order the format prescribes; Word calls a file with another order corrupt.
_ORDERS = {
    "pPr": """pStyle keepNext keepLines pageBreakBefore framePr widowControl numPr suppressLineNumbers pBdr shd tabs
        suppressAutoHyphens kinsoku wordWrap overflowPunct topLinePunct autoSpaceDE autoSpaceDN bidi adjustRightInd
        snapToGrid spacing ind contextualSpacing mirrorIndents suppressOverlap jc textDirection textAlignment
        textboxTightWrap outlineLvl divId cnfStyle rPr sectPr pPrChange""",
    "rPr": """rStyle rFonts b bCs i iCs caps smallCaps strike dstrike outline shadow emboss imprint noProof snapToGrid
        vanish webHidden color spacing w kern position sz szCs highlight u effect bdr shd fitText vertAlign rtl cs em
        lang""",
}


def find_element(part: Element, name: str) -> Element:
    """Return the first XML element with this name anywhere below `part`."""
    element = part.find(".//" + qn(name))
    assert element is not None
    return element


@pytest.fixture(scope="module")
def bulletin() -> bytes:
    return docx.render(sample_documents.sample_bulletin())


def test_page_and_grid_follow_the_standard_in_twips(bulletin: bytes) -> None:
    section = find_element(docx_xml(bulletin), "w:sectPr")
    values = {
        child.tag.split("}")[1]: {name.split("}")[-1]: value for name, value in child.attrib.items()}
        for child in section
    }

    assert values["pgSz"] == {"w": "11906", "h": "16838"}
    assert {side: values["pgMar"][side] for side in ("top", "bottom", "left", "right")} == {
        "top": "2098",
        "bottom": "1984",
        "left": "1587",
        "right": "1474",
    }
    assert values["docGrid"] == {"type": "linesAndChars", "linePitch": "579", "charSpace": "-848"}


def test_the_styles_name_the_offices_own_fonts(bulletin: bytes) -> None:
    styles = python_docx.Document(io.BytesIO(bulletin)).styles
    faces = {
        name: styles[name].element.find(".//" + qn("w:rFonts")).get(qn("w:eastAsia"))
        for name in ("公文标题", "Heading 1", "Heading 2", "Heading 3")
    }

    assert faces == {
        "公文标题": "方正小标宋简体",
        "Heading 1": "黑体",
        "Heading 2": "楷体_GB2312",
        "Heading 3": "仿宋_GB2312",
    }
    defaults = find_element(find_element(docx_xml(bulletin, "styles"), "w:rPrDefault"), "w:rFonts")
    assert defaults.get(qn("w:eastAsia")) == "仿宋_GB2312"


@pytest.mark.parametrize("part", ["document", "styles", "header1", "footer1", "footer2"])
def test_property_elements_are_in_the_order_that_word_requires(bulletin: bytes, part: str) -> None:
    for name, names in _ORDERS.items():
        order = names.split()
        for properties in docx_xml(bulletin, part).iter(qn(f"w:{name}")):
            places = [order.index(child.tag.split("}")[1]) for child in properties]
            assert places == sorted(set(places)), (part, [child.tag for child in properties])


def test_page_numbers_are_fields_odd_right_and_even_left(bulletin: bytes) -> None:
    assert docx_xml(bulletin, "settings").find(qn("w:evenAndOddHeaders")) is not None
    for part, side in (("footer1", "right"), ("footer2", "left")):
        footer = docx_xml(bulletin, part)
        assert find_element(footer, "w:fldSimple").get(qn("w:instr"), "").strip() == "PAGE"
        assert find_element(footer, "w:jc").get(qn("w:val")) == side
    kinds = [
        (reference.tag.split("}")[1], reference.get(qn("w:type")))
        for reference in find_element(docx_xml(bulletin), "w:sectPr")
        if reference.tag.endswith("Reference")
    ]
    assert sorted(kinds) == sorted(
        (kind, side) for kind in ("headerReference", "footerReference") for side in ("default", "even")
    )


def test_table_heads_repeat_and_rows_do_not_split(bulletin: bytes) -> None:
    opened = python_docx.Document(io.BytesIO(bulletin))

    assert len(opened.tables) == 2
    for table in opened.tables:
        assert (len(table.rows), len(table.columns)) == (17, 13)
        assert table.rows[0]._tr.find(".//" + qn("w:tblHeader")) is not None
        assert all(row._tr.find(".//" + qn("w:cantSplit")) is not None for row in table.rows)
        assert sum(int(column.get(qn("w:w"))) for column in table._tbl.tblGrid) == pytest.approx(8844, abs=13)


@pytest.mark.parametrize(("count", "stays"), [(10, True), (11, False)])
def test_a_short_table_goes_to_the_next_page_as_a_whole(count: int, stays: bool) -> None:
    (table,) = python_docx.Document(io.BytesIO(docx.render(sample_documents.document_of_one_table(count)))).tables

    kept = [[p.paragraph_format.keep_with_next for cell in row.cells for p in cell.paragraphs] for row in table.rows]
    assert all(all(row) is stays for row in kept[:-1]) and not any(kept[-1])


def test_the_docx_contains_exactly_the_words_of_the_document(bulletin: bytes) -> None:
    assert docx_text(bulletin) == without_blanks("".join(all_texts(printed_text(sample_documents.sample_bulletin()))))


def test_markup_like_text_stays_text() -> None:
    rendered = docx.render(sample_documents.document_of_hostile_text())

    assert docx_text(rendered) == without_blanks(
        "".join(all_texts(printed_text(sample_documents.document_of_hostile_text())))
    )
    assert len(python_docx.Document(io.BytesIO(rendered)).tables) == 2


@pytest.mark.parametrize("mark", ["演示数据", "草稿", "", "<草稿>"])
def test_the_mark_is_in_the_header_of_both_sides(mark: str) -> None:
    marked = docx.render(sample_documents.sample_bulletin(mark=mark))
    for part in ("header1", "header2"):
        assert "".join(docx_xml(marked, part).itertext()) == mark


def test_the_same_document_gives_the_same_bytes(bulletin: bytes) -> None:
    assert docx.render(sample_documents.sample_bulletin()) == bulletin


def test_the_template_file_equals_the_output_of_its_script() -> None:
    assert docx_parts(docx.TEMPLATE.read_bytes()) == docx_parts(docx_template.create_template())
