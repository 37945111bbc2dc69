"""Tests that every filled cell is read at its address and with its kind, or the file is refused."""

from dataclasses import replace
from typing import Any

import pytest

from hunan_trade.workbooks import child_process
from hunan_trade.workbooks.sheet_types import (
    BOOLEAN,
    DATE,
    EMPTY,
    ERROR,
    FORMULA,
    NUMBER,
    PERCENT,
    SHOWN_DIFFERENTLY,
    TEXT,
    RawSheet,
    WorkbookRefused,
    to_excel_number,
)
from hunan_trade.workbooks.tests.factories import (
    HEAD,
    MAIN,
    STYLES,
    filled_cells,
    inline_cell,
    number_cell,
    row_xml,
    typed_cell,
    workbook,
    workbook_parts,
    zip_parts,
)
from hunan_trade.workbooks.upload_reader import read
from hunan_trade.workbooks.zip_archive import Limits


def read_first_sheet(*rows: str, **facts: Any) -> RawSheet:
    return read(workbook("".join(rows), **facts)).sheets[0]


def refusal_of(data: bytes, limits: Limits | None = None) -> WorkbookRefused:
    with pytest.raises(WorkbookRefused) as caught:
        read(data, limits)
    return caught.value


# ---- places


def test_a_sheet_that_starts_at_c3_keeps_its_addresses() -> None:
    sheet = read_first_sheet(
        row_xml(3, number_cell("C3", "1"), number_cell("E3", "2")), row_xml(6, number_cell("B6", "3"))
    )
    assert (sheet.height, sheet.width) == (6, 5)
    assert [sheet.text(2, 2), sheet.text(2, 4), sheet.text(5, 1)] == ["1", "2", "3"]
    assert filled_cells(sheet) == {"C3", "E3", "B6"}
    assert sheet.rows[5] == ("", "3", "", "", "") and sheet.text(99, 99) == ""


def test_a_wrong_dimension_loses_no_row() -> None:
    sheet = read_first_sheet(*(row_xml(n, number_cell(f"A{n}", str(n))) for n in range(1, 101)))
    assert [to_excel_number(text) for text in sheet.columns[0]] == list(range(1, 101))


def test_styled_but_empty_cells_do_not_stretch_the_sheet() -> None:
    sheet = read_first_sheet(
        row_xml(1, number_cell("A1", "1"), '<c r="XFD1" s="1"/>'), row_xml(1048576, '<c r="A1048576" s="1"/>')
    )
    assert (sheet.height, sheet.width) == (1, 1)


def test_hidden_sheets_are_read_and_named_hidden() -> None:
    book = read(workbook(row_xml(1, number_cell("A1", "1")), row_xml(2, number_cell("A2", "2")), hidden=(2,)))
    assert [(sheet.name, sheet.hidden, filled_cells(sheet)) for sheet in book.sheets] == [
        ("表1", False, {"A1"}),
        ("表2", True, {"A2"}),
    ]


def test_an_empty_sheet_is_empty() -> None:
    assert read_first_sheet("").rows == [] and read_first_sheet(row_xml(1, '<c r="A1" s="1"/>'), row_xml(2)).height == 0


ODD_XML = {
    "prefixed": (
        f'{HEAD}<x:worksheet xmlns:x="{MAIN}"><x:sheetData><x:row r="2"><x:c r="B2"><x:v>5</x:v></x:c></x:row>'
        "</x:sheetData></x:worksheet>"
    ),
    "comments and CDATA": (
        f'{HEAD}<worksheet xmlns="{MAIN}"><sheetData><!-- a --><row r="2"><c r="B2"><v><![CDATA[5]]></v></c></row>'
        "</sheetData></worksheet>"
    ),
    "no addresses": (
        f'{HEAD}<worksheet xmlns="{MAIN}"><sheetData><row/><row><c/><c><v>5</v></c></row></sheetData></worksheet>'
    ),
    "attributes in another order": (
        f'{HEAD}<worksheet xmlns="{MAIN}"><sheetData><row spans="1:2" r="2"><c t="n" s="0" r="B2"><v>5</v></c></row>'
        "</sheetData></worksheet>"
    ),
    "pretty printed": (
        f'{HEAD}\n<worksheet xmlns="{MAIN}">\n <sheetData>\n  <row r="2" ht="13.4999999999999">\n   <c r="B2">\n'
        "    <v>5</v>\n   </c>\n  </row>\n </sheetData>\n</worksheet>"
    ),
    "a cell in another row": (
        f'{HEAD}<worksheet xmlns="{MAIN}"><sheetData><row r="7"><c r="B2"><v>5</v></c></row></sheetData></worksheet>'
    ),
}


@pytest.mark.parametrize("xml", ODD_XML.values(), ids=ODD_XML)
def test_unusual_but_legal_xml_gives_the_same_cell(xml: str) -> None:
    sheet = read(workbook(xml)).sheets[0]
    assert (filled_cells(sheet), sheet.text(1, 1), sheet.is_number(1, 1)) == ({"B2"}, "5", True)


def test_texts_in_cdata_are_not_lost() -> None:
    cells = (
        typed_cell("A1", "str", "<![CDATA[文]]>"),
        inline_cell("B1", "<![CDATA[本<]]>&amp;"),
        typed_cell("C1", "str", "a_x000A_b_xD83D_<!---->"),
    )
    assert read_first_sheet(row_xml(1, *cells, number_cell("D1", "1"))).rows == [("文", "本<&", "a\nb_xD83D_", "1")]


def test_where_the_first_two_readings_differ_a_third_decides() -> None:
    rows = [
        row_xml(n, typed_cell(f"A{n}", "s", "0"), f'<c r="B{n}" t="inlineStr"><!-- --><is/></c>') for n in (1, 2, 3)
    ]
    assert read_first_sheet(*rows, strings=("<t>文</t>",)).columns[0] == ["文", "文", "文"]


def test_rows_out_of_order_come_out_in_order() -> None:
    assert read_first_sheet(row_xml(2, number_cell("A2", "2")), row_xml(1, number_cell("A1", "1"))).columns == [
        ["1", "2"]
    ]


# ---- kinds


def test_text_in_every_form_is_text() -> None:
    strings = ('<t xml:space="preserve"> 前后 </t>', "<r><t>富</t></r><r><rPr><b/></rPr><t>文本</t></r>", "<t>0012</t>")
    sheet = read_first_sheet(
        row_xml(
            1,
            typed_cell("A1", "s", "0"),
            typed_cell("B1", "s", "1"),
            typed_cell("C1", "s", "2"),
            inline_cell("D1", "甲&amp;&lt;乙"),
        ),
        strings=strings,
    )
    assert sheet.rows == [(" 前后 ", "富文本", "0012", "甲&<乙")]
    assert sheet.kinds.decode() == TEXT * 4


def test_inline_text_that_looks_like_xml_and_digits_stays_text() -> None:
    tricky = "第7行 &lt;c r=&quot;B7&quot;&gt;&lt;v&gt;9&lt;/v&gt; 1.123456789012 A7&quot;"
    sheet = read_first_sheet(row_xml(7, inline_cell("A7", tricky), number_cell("B7", "1")))
    assert sheet.text(6, 0) == '第7行 <c r="B7"><v>9</v> 1.123456789012 A7"' and filled_cells(sheet) == {"A7", "B7"}


def test_a_formula_shows_its_cached_value_and_one_without_says_so() -> None:
    sheet = read_first_sheet(
        row_xml(
            1, '<c r="A1"><f>1+1&gt;0</f><v>999</v></c>', '<c r="B1"><f>A1</f></c>', '<c r="C1"><f>A1</f><v></v></c>'
        ),
        row_xml(2, '<c r="A2" t="str"><f>A1</f><v>文</v></c>', '<c r="B2" t="e"><f>1/0</f><v>#DIV/0!</v></c>'),
        row_xml(3, '<c r="A3"><f t="shared" si="0"/><v>0.00000000001</v></c>'),
    )
    assert sheet.rows[0] == ("999", "", "") and sheet.rows[1] == ("文", "#DIV/0!", "")
    a1, b1, c1, a2, b2, a3 = (sheet.oddities[cell] for cell in ("A1", "B1", "C1", "A2", "B2", "A3"))
    assert (a1.kind, a1.text, a1.formula, a1.has_value, a1.numeric) == (FORMULA, "999", "1+1>0", True, True)
    assert not b1.has_value and not c1.has_value and (a2.text, a2.numeric) == ("文", False)
    assert (b2.text, b2.numeric, a3.text) == ("#DIV/0!", False, "0.00000000001")


def test_errors_booleans_and_iso_dates_are_reported() -> None:
    sheet = read_first_sheet(
        row_xml(1, typed_cell("A1", "e", "#REF!"), typed_cell("B1", "b", "1"), typed_cell("C1", "d", "2013-05-01"))
    )
    assert sheet.rows == [("#REF!", "TRUE", "2013-05-01")]
    assert sheet.kinds.decode() == ERROR + BOOLEAN + DATE and set(sheet.oddities) == {"A1", "B1", "C1"}


def test_dates_and_percentages_are_not_taken_for_plain_numbers() -> None:
    sheet = read_first_sheet(
        row_xml(
            1,
            number_cell("A1", "41395", 1),
            number_cell("B1", "41395.5", 2),
            number_cell("C1", "0.125", 3),
            number_cell("D1", "7", 4),
        ),
        row_xml(2, number_cell("A2", "59", 1), number_cell("B2", "-1", 1), number_cell("C2", "0.28999999999999998", 3)),
    )
    assert sheet.rows == [("2013-05-01", "2013-05-01 12:00:00", "0.125", "7"), ("1900-02-28", "-1", "0.29", "")]
    assert sheet.kinds.decode() == DATE + DATE + PERCENT + NUMBER + DATE + DATE + PERCENT + EMPTY
    assert sheet.is_number(0, 2) and not sheet.is_number(0, 0) and sheet.oddities["C1"].numeric


CELLS = number_cell("A1", "103760000", 1) + number_cell("B1", "55", 1) + '<c r="C1" s="1"><f>1</f><v>20000</v></c>'
LAID_OUT = {
    "plainly": row_xml(1, CELLS, number_cell("D1", "7")),
    "with a comment": f"<!-- -->{row_xml(1, CELLS, number_cell('D1', '7'))}",
    "so that a third reader decides": row_xml(
        1, CELLS, number_cell("D1", "7"), '<c r="E1" t="inlineStr"><!-- --><is/></c>'
    ),
}


@pytest.mark.parametrize("cells", LAID_OUT.values(), ids=LAID_OUT)
def test_a_number_shown_as_another_is_reported_with_both(cells: str) -> None:
    content = workbook_parts(cells)
    content["xl/styles.xml"] = STYLES.replace('numFmtId="14"', 'numFmtId="164"').replace(
        "&quot;months&quot;#,##0.00\\d[Red]", "[&gt;=10000]0!.0,&quot;万&quot;;0"
    )
    sheet = read(zip_parts(content)).sheets[0]
    assert sheet.rows[0][:4] == ("103760000", "55", "20000", "7")
    assert sheet.kinds[:4].decode() == SHOWN_DIFFERENTLY + NUMBER + FORMULA + NUMBER and set(sheet.oddities) == {
        "A1",
        "C1",
    }
    assert [sheet.oddities[cell].shown for cell in ("A1", "C1")] == ["10376.0万", "2.0万"]


def test_a_cell_without_a_style_gets_the_default_style() -> None:
    content = workbook_parts(row_xml(1, number_cell("A1", "2000"), number_cell("B1", "0.5", 3)))
    content["xl/styles.xml"] = STYLES.replace('<xf numFmtId="0"/>', '<xf numFmtId="164"/>').replace(
        "&quot;months&quot;#,##0.00\\d[Red]", "0,"
    )
    assert read(zip_parts(content)).sheets[0].kinds.decode() == SHOWN_DIFFERENTLY + PERCENT


def test_a_workbook_of_an_old_macintosh_counts_its_days_from_1904() -> None:
    assert read_first_sheet(row_xml(1, number_cell("A1", "39933", 1)), epoch_1904=True).rows == [("2013-05-01",)]


@pytest.mark.parametrize("text", ["abc", "NaN", "inf", "1_0", "0x10"])
def test_a_number_cell_without_a_number_keeps_its_text_and_is_no_number(text: str) -> None:
    sheet = read_first_sheet(row_xml(1, number_cell("A1", text)))
    assert sheet.text(0, 0) == text
    with pytest.raises(ValueError):
        to_excel_number(sheet.text(0, 0))


# ---- refusals


def test_the_two_corners_of_a_sheet_are_refused_by_their_extent() -> None:
    corners = workbook(row_xml(1, number_cell("A1", "1")) + row_xml(1048576, number_cell("XFD1048576", "1")))
    refusal = refusal_of(corners)
    assert refusal.code == "extent" and "XFD1048576" in refusal.message


@pytest.mark.parametrize(
    "limits", [replace(Limits(), rows=2), replace(Limits(), columns=1), replace(Limits(), cells=5)]
)
def test_a_sheet_too_tall_too_wide_or_both_is_refused(limits: Limits) -> None:
    assert refusal_of(workbook(row_xml(3, number_cell("B3", "1"))), limits).code == "extent"


def sheet_declaring_extent(extent: str, cells: str) -> bytes:
    """Build a workbook whose sheet declares its extent, so that fastexcel begins before the scan has ended."""
    return workbook(
        f'{HEAD}<worksheet xmlns="{MAIN}"><dimension ref="{extent}"/><sheetData>{cells}</sheetData></worksheet>'
    )


def test_a_sheet_that_names_its_extent_reads_as_one_that_does_not() -> None:
    cells = "".join(row_xml(n, number_cell(f"A{n}", str(n)), number_cell(f"C{n}", "0.5")) for n in range(2, 40))
    silent, saying = read(workbook(cells)).sheets[0], read(sheet_declaring_extent("A2:C39", cells)).sheets[0]
    assert (saying.columns, saying.kinds, saying.oddities) == (silent.columns, silent.kinds, silent.oddities)


def test_a_sheet_that_names_less_than_it_holds_is_refused_all_the_same() -> None:
    cells = "".join(row_xml(n, number_cell(f"A{n}", "1"), number_cell(f"XFD{n}", "1")) for n in range(1, 40))
    assert refusal_of(sheet_declaring_extent("A1:B39", cells)).code == "extent"
    far = "".join(row_xml(n, number_cell(f"A{n}", "1"), number_cell(f"XFD{n}", "1")) for n in range(1, 20_001))
    assert refusal_of(sheet_declaring_extent("A1:XFD20000", far)).code == "extent"
    assert refusal_of(sheet_declaring_extent("A1:B20000", far)).code in ("extent", "exhausted")  # whichever comes first


def test_an_aborting_reader_ends_only_its_own_process() -> None:
    corners = workbook(row_xml(1, number_cell("A1", "1")) + row_xml(1048576, number_cell("XFD1048576", "1")))
    # Kept out of the scan's sight, the extent makes the native reader ask for more memory than there is.
    hidden = replace(Limits(), rows=2_000_000, columns=20_000, cells=1 << 40, memory_bytes=400 << 20)
    assert refusal_of(corners, hidden).code == "exhausted"


def test_a_cell_given_twice_is_refused_with_its_address() -> None:
    refusal = refusal_of(workbook(row_xml(1, number_cell("A1", "1"), number_cell("A1", "2"))))
    assert refusal.code == "duplicate-cells" and "A1" in refusal.message


def test_a_missing_shared_string_is_refused() -> None:
    assert refusal_of(workbook(row_xml(1, typed_cell("A1", "s", "7")))).code == "unreadable-cells"


@pytest.mark.parametrize("xml", [f'<worksheet xmlns="{MAIN}"><sheetData><row r="1">', "<worksheet", "<worksheet/>"])
def test_broken_sheet_xml_is_refused_or_empty(xml: str) -> None:
    if xml == "<worksheet/>":
        assert read(workbook(xml)).sheets[0].height == 0
    else:
        assert refusal_of(workbook(xml)).code == "damaged"


@pytest.mark.parametrize("index", ["-1", "1_0", "+1", "1.0", " 1", "１"])
def test_an_invalid_shared_string_index_is_refused(index: str) -> None:
    """Readers that do not understand the index take the first text, or count from the end."""
    cells = row_xml(1, number_cell("A1", "5"), typed_cell("B1", "s", index))
    assert refusal_of(workbook(cells, strings=("<t>甲</t>", "<t>乙</t>"))).code == "unreadable-cells"


@pytest.mark.parametrize("index", ["<![CDATA[1]]>", "&#49;", "1<!-- -->", "<!-- -->1"])
def test_an_escaped_shared_string_index_is_read(index: str) -> None:
    cells = row_xml(1, number_cell("A1", "5"), typed_cell("B1", "s", index))
    assert read_first_sheet(cells, strings=("<t>甲</t>", "<t>乙</t>")).rows == [("5", "乙")]


def test_a_missing_sheet_part_is_refused() -> None:
    content = workbook_parts(row_xml(1, number_cell("A1", "1")))
    del content["xl/worksheets/sheet1.xml"]
    assert refusal_of(zip_parts(content)).code == "damaged"


def test_one_long_text_repeated_without_end_is_refused() -> None:
    repeated = "".join(row_xml(n, typed_cell(f"A{n}", "s", "0")) for n in range(1, 101))
    data = workbook(repeated, strings=(f"<t>{'长' * 30_000}</t>",))
    assert refusal_of(data, replace(Limits(), text_bytes=1 << 20)).code == "swollen"


def test_an_invalid_answer_of_a_child_causes_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    for answer in (b"", b"\x05", b"\xff\xff\xff\xff{}", b'\x0e\x00\x00\x00{"sheets":[]}xx', b"\x02\x00\x00\x00[]"):
        monkeypatch.setattr(child_process, "run_child", lambda *_, answer=answer: answer)
        assert refusal_of(workbook(row_xml(1, number_cell("A1", "1")))).code == "exhausted"
