"""Test cases of whole sheets that were changed, for example by moved, merged or hidden rows."""

from __future__ import annotations

import re
from functools import partial

from hunan_trade.intake.tests.hostile_workbooks.case_classes import (
    BOOK,
    MARKS,
    SUMMARY,
    TRADE,
    Case,
    Form,
    expects,
    refuses,
)
from hunan_trade.intake.tests.hostile_workbooks.workbook_edits import (
    add_distant_cell,
    add_row_attributes,
    append_rows,
    change_metadata,
    drop_cell_addresses,
    hide_columns,
    insert_xml_before,
    insert_xml_comment,
    merge_cells,
    reverse_cells,
    shift_cells,
    swap_columns,
    type_thousands,
    write_outside_form,
    write_shared_text_outside_form,
)

GOOD = expects()
SHIFTED = refuses("sheet.shifted", "表头已移位")

BLANKS = {
    "a blank": " ",
    "a full-width blank": "\u3000",
    "a tab": "\t",
    "a blank without width": "\u200b",
    "a mark of byte order": "\ufeff",
    "a joiner": "\u2060",
    "a blank that does not break": "\u00a0",
    "a Korean filler": "\u3164",
    "many blanks": " \u3000\u200b\n\t \u2060",
}


def write_below_table(form: Form, text: str) -> Form:
    return form.put_text("A8", text).put_text("G9", text)


def add_sum_row(form: Form, word: str) -> Form:
    return form.put_row(6, word, "", "", "", "", "110.25", "45.5")


CASES = [
    *(
        Case(f"a thousand typed {text}", partial(type_thousands, text=text), expects(F4="1234.5"))
        for text in ("1,234.5", "1 234.5", "１，２３４．５", "1234.50")
    ),
    # ---- where things stand
    Case(
        "a dimension that says A1",
        lambda form: form.rewrite_part(
            TRADE, lambda text: re.sub(r'<dimension ref="[^"]*"', '<dimension ref="A1"', text)
        ).put_text("G5", "看得见"),
        expects("G5 number.text"),
    ),
    Case(
        "a dimension that says a million rows",
        lambda form: form.rewrite_part(
            TRADE, lambda text: re.sub(r'<dimension ref="[^"]*"', '<dimension ref="A1:XFD1048576"', text)
        ),
        GOOD,
    ),
    Case(
        "no dimension",
        lambda form: form.rewrite_part(TRADE, lambda text: re.sub(r"<dimension [^>]*/>", "", text)),
        GOOD,
    ),
    Case("no addresses", drop_cell_addresses, GOOD),
    Case("rows in reverse", lambda form: form.rewrite_rows(lambda rows: rows[::-1]), GOOD),
    Case("cells in reverse", reverse_cells, GOOD),
    Case(
        "a row in two parts",
        lambda form: form.rewrite_rows(
            lambda rows: [
                *rows,
                '<row r="60"><c r="A60"><v>1</v></c></row>',
                '<row r="60"><c r="B60"><v>2</v></c></row>',
            ]
        ),
        expects("C60 row.unknown"),
    ),
    Case(
        "a row given twice",
        lambda form: form.rewrite_rows(lambda rows: [*rows, rows[3]]),
        refuses("duplicate-cells", "A4"),
    ),
    Case(
        "a million styled rows and nothing in them",
        lambda form: form.replace_text(
            TRADE, "</sheetData>", '<row r="1048576"><c r="XFD1048576" s="1"/></row></sheetData>'
        ),
        GOOD,
    ),
    Case("the far corner", lambda form: add_distant_cell(form, "XFD1048576"), refuses("extent", "XFD1048576")),
    Case("the last column", lambda form: add_distant_cell(form, "XFD70"), refuses("extent", "XFD70")),
    Case("the last row", lambda form: add_distant_cell(form, "A1048576"), refuses("extent", "1048576")),
    Case("beyond the last column", lambda form: add_distant_cell(form, "ZZZ70"), refuses("extent", "ZZZ70")),
    Case("beyond the last row", lambda form: add_distant_cell(form, "A1048577"), refuses("extent", "1048577")),
    Case("three hundred thousand rows", lambda form: append_rows(form, 300_000), refuses("extent", "200000")),
    Case("a row of blanks at the top", lambda form: shift_cells(form, rows=1), SHIFTED),
    Case("a blank column at the left", lambda form: shift_cells(form, columns=1), SHIFTED),
    Case("both", lambda form: shift_cells(form, rows=2, columns=1), SHIFTED),
    Case("two columns swapped", lambda form: swap_columns(form, "F", "G"), SHIFTED),
    Case("a heading renamed", lambda form: form.put_text("F3", "出口额"), refuses("column.missing", "F3 应为“出口”")),
    Case(
        "a column renamed that no other bears",
        lambda form: form.put_text("H3", "合计"),
        refuses("column.missing", "累计进出口"),
    ),
    Case(
        "a column of its own beside the table",
        lambda form: form.replace_text(TRADE, '<c r="I4"', '<c r="J4" t="str"><v>备注</v></c><c r="I4"'),
        expects("J4 cell.outside"),
    ),
    Case("the heading in other blanks", lambda form: form.put_text("F3", "出口\u3000"), GOOD),
    Case("the heading in one row", lambda form: form.put_text("A2", "海关编码").put_cell_xml("A3", ""), GOOD),
    # ---- blanks alone in their cells
    *(Case(f"{name} below the rows", partial(write_below_table, text=text), GOOD) for name, text in BLANKS.items()),
    *(Case(f"{name} beside the form", partial(write_outside_form, K5=text), GOOD) for name, text in BLANKS.items()),
    *(
        Case(f"{name} in the far corner", partial(write_outside_form, XFD1048576=text), GOOD)
        for name, text in BLANKS.items()
    ),
    Case("a blank in a column that the register leaves open", lambda form: form.put_text("D4", "\u3000"), GOOD),
    Case(
        "a blank of the table of texts in the far corner",
        lambda form: write_shared_text_outside_form(form, " \u00a0", "XFD1048576"),
        GOOD,
    ),
    Case(
        "a blank that a formula left, far out",
        lambda form: form.replace_text(
            TRADE, "</sheetData>", '<row r="900000"><c r="A900000" t="str"><v> </v></c></row></sheetData>'
        ),
        GOOD,
    ),
    Case(
        "a blank far below a long table",
        lambda form: write_outside_form(append_rows(form, 9000), BH200001=" ", A1048576="\u200b"),
        expects(*(f"C{n} row.unknown" for n in range(60, 9060))),
    ),
    Case(
        "a blank far out for who reads all XML",
        lambda form: insert_xml_comment(write_outside_form(form, XFD1048576="\u200b")),
        GOOD,
    ),
    Case(
        "blanks far out and one thing more",
        lambda form: write_outside_form(form, J5="\u3000", K9="看", Z7=" ", XFD1048576=" "),
        expects("K9 cell.outside"),
    ),
    Case(
        "the one thing that stands too far out",
        lambda form: write_outside_form(form, ZY300001=" ", ZZ70="看", XFD71=" "),
        refuses("extent", "ZZ70 "),
    ),
    Case(
        "the one thing that stands too far down",
        lambda form: write_shared_text_outside_form(form, "看", "A200001").replace_text(
            TRADE, "</sheetData>", '<row r="1048576"><c r="XFD1048576" t="str"><v> </v></c></row></sheetData>'
        ),
        refuses("extent", "A200001 "),
    ),
    Case(
        "too wide for so long a table",
        lambda form: write_outside_form(form, BH9="看", A150000="看"),
        refuses("extent", "BH9 "),
    ),
    Case(
        "the one thing too far out for who reads all XML",
        lambda form: insert_xml_comment(write_outside_form(form, ZZ70="看", XFD71=" ")),
        refuses("extent", "ZZ70 "),
    ),
    Case(
        "a sheet of one's own with nothing but a blank",
        lambda form: form.add_sheet(
            "草稿", '<sheetData><row r="1"><c r="A1" t="str"><v>\u3000</v></c></row></sheetData>'
        ),
        GOOD,
    ),
    # ---- hidden, merged, filtered
    Case(
        "hidden rows",
        lambda form: add_row_attributes(form, 5, 'hidden="1"').put_text("F5", "藏"),
        expects("F5 number.text", "F5 cell.hidden"),
    ),
    Case(
        "rows of no height",
        lambda form: form.rewrite_part(
            TRADE, lambda text: re.sub(r'<row r="([45])"[^>]*>', r'<row r="\1" ht="0" customHeight="1">', text)
        ),
        expects("F4 cell.hidden"),
    ),
    Case(
        "hidden rows for who reads all XML",
        lambda form: insert_xml_comment(add_row_attributes(form, 5, 'hidden="1"')),
        expects("F5 cell.hidden"),
    ),
    Case("hidden rows with nothing typed", lambda form: add_row_attributes(form, 8, 'hidden="1"'), GOOD),
    Case(
        "hidden columns",
        lambda form: hide_columns(form, "6:7").put_text("F5", "藏"),
        expects("F5 number.text", "F4 cell.hidden"),
    ),
    Case("a column of no width", lambda form: hide_columns(form, "7:7", 'width="0"'), expects("G4 cell.hidden")),
    Case(
        "hidden columns for who reads all XML",
        lambda form: insert_xml_comment(hide_columns(form, "7:9")),
        expects("G4 cell.hidden"),
    ),
    Case("hidden columns with nothing typed", lambda form: hide_columns(form, "2:5"), GOOD),
    Case(
        "rows filtered away",
        lambda form: insert_xml_before(
            add_row_attributes(form, 5, 'hidden="1"'), "<pageMargins", '<autoFilter ref="A3:I5"/>'
        ).put_text("F5", "藏"),
        expects("F5 number.text", "F5 cell.hidden"),
    ),
    Case(
        "a hidden sheet of the form",
        lambda form: form.replace_text(
            BOOK, 'name="市州汇总" sheetId="2"', 'name="市州汇总" sheetId="2" state="hidden"'
        ),
        expects("市州汇总!E4 cell.hidden"),
    ),
    Case("a sheet hidden even more", lambda form: form.add_sheet("草稿", "<sheetData/>", state="veryHidden"), GOOD),
    Case("merged figures", lambda form: merge_cells(form, "F4:F5"), expects("F4 cell.merged")),
    Case(
        "a merged area with a word below it",
        lambda form: merge_cells(form.put_text("F5", "下"), "F4:F5", keep=True),
        expects("F4 cell.merged"),
    ),
    Case(
        "a merged area with a figure below it",
        lambda form: merge_cells(form, "F4:F5", keep=True),
        expects("F4 cell.merged"),
    ),
    Case(
        "a merged area with a formula below it",
        lambda form: merge_cells(form.put_cell_xml("F5", "<f>1+1</f><v>2</v>"), "F4:F5", keep=True),
        expects("F4 cell.merged"),
    ),
    Case("both figures of a row merged", lambda form: merge_cells(form, "F4:G4"), expects("F4 cell.merged")),
    Case("merged codes", lambda form: merge_cells(form, "A4:A5"), expects("A4 cell.merged")),
    Case(
        "merged codes for who reads all XML",
        lambda form: insert_xml_comment(merge_cells(form, "A4:A5")),
        expects("A4 cell.merged"),
    ),
    Case(
        "merged codes that are still below",
        lambda form: merge_cells(form, "A4:A5", keep=True),
        expects("A4 cell.merged"),
    ),
    Case(
        "merged codes and names",
        lambda form: merge_cells(form, "A4:A5", "B4:B5"),
        expects("A4 cell.merged", "B4 cell.merged"),
    ),
    Case("codes and names merged into one", lambda form: merge_cells(form, "A4:B5"), expects("A4 cell.merged")),
    Case("merged modes", lambda form: merge_cells(form, "C4:C5"), expects("C4 cell.merged")),
    Case(
        "merged codes of items",
        lambda form: merge_cells(form, "A4:A6", sheet=SUMMARY),
        expects("市州汇总!A4 cell.merged"),
    ),
    Case(
        "merged codes and names of items",
        lambda form: merge_cells(form, "A4:A6", "B4:B6", sheet=SUMMARY),
        expects("市州汇总!A4 cell.merged", "市州汇总!B4 cell.merged"),
    ),
    Case("one reason for two rows", lambda form: merge_cells(form.put_text("I4", "检修"), "I4:I5"), expects(I4="检修")),
    Case(
        "a remark over the whole width",
        lambda form: merge_cells(form.put_text("A8", "注：本表由市州商务局填报"), "A8:I8"),
        expects("A8 row.unknown"),
    ),
    Case("merged cells that nobody filled", lambda form: merge_cells(form, "A8:A9"), GOOD),
    Case(
        "an area that is none",
        lambda form: form.replace_text(
            TRADE, "</mergeCells>", '<mergeCell ref="F4:"/><mergeCell ref="#REF!"/></mergeCells>'
        ),
        GOOD,
    ),
    # ---- rows that do not belong
    *(
        Case(
            f"a row of sums, {word}",
            partial(add_sum_row, word=word),
            expects("A6 row.unknown"),
        )
        for word in ("合计", "小计", "总计", "合  计")
    ),
    Case(
        "a remark below the table", lambda form: form.put_row(8, "注：本表由市州商务局填报"), expects("A8 row.unknown")
    ),
    Case(
        "a signature below the table",
        lambda form: form.put_row(9, "", "填表人：张三", "", "", "", "", "李四"),
        expects("A9 row.unknown", "G9 number.text"),
    ),
    Case(
        "an empty row between",
        lambda form: form.put_row(8, "4301960001", "清风电子", "来料加工", "", "", "0", "0"),
        GOOD,
    ),
    Case(
        "a record twice",
        lambda form: form.put_row(6, "4301960001", "清风电子", "进料加工", "", "", "1", "1"),
        expects("A6 row.duplicate"),
    ),
    Case(
        "a record nobody registered",
        lambda form: form.put_row(6, "4301969999", "不知名", "进料加工", "", "", "1", "1"),
        expects("A6 row.unknown"),
    ),
    Case("a mode without its zero", lambda form: form.put_text("C4", "进料"), expects("C4 choice.unknown")),
    Case(
        "a row deleted",
        lambda form: form.rewrite_rows(lambda rows: [row for row in rows if 'r="5"' not in row[:12]]),
        expects("A4 row.missing"),
    ),
    # ---- sheets
    Case(
        "a sheet taken out",
        lambda form: form.rewrite_part(BOOK, lambda text: re.sub(r'<sheet name="市州汇总"[^>]*/>', "", text)),
        refuses("sheet.missing", "市州汇总"),
    ),
    Case(
        "a sheet renamed",
        lambda form: form.replace_text(BOOK, 'name="市州汇总"', 'name="Sheet2"'),
        refuses("sheet.missing", "“Sheet2”"),
    ),
    Case(
        "a sheet of one's own",
        lambda form: form.add_sheet("草稿", '<sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData>'),
        expects("草稿!A1 sheet.unread"),
    ),
    Case("an empty sheet more", lambda form: form.add_sheet("Sheet4", "<sheetData/>"), GOOD),
    Case(
        "sheets in another order",
        lambda form: form.rewrite_part(BOOK, lambda text: re.sub(r"(<sheet [^>]*/>)(<sheet [^>]*/>)", r"\2\1", text)),
        GOOD,
    ),
    Case(
        "a sheet of findings from the last round",
        lambda form: form.add_sheet("检查结果", '<sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData>'),
        GOOD,
    ),
    # ---- not this form
    Case(
        "another city's form",
        lambda form: change_metadata(form, "region", "430400"),
        refuses("book.region", "这是衡阳市的报表"),
    ),
    Case(
        "a city outside of the province",
        lambda form: change_metadata(form, "region", "440100"),
        refuses("book.region", "440100"),
    ),
    Case(
        "last month's form", lambda form: change_metadata(form, "month", "2012-12"), refuses("book.month", "2012年12月")
    ),
    Case("a form of no month", lambda form: change_metadata(form, "month", "一月"), refuses("book.foreign", "下载")),
    Case(
        "a form without its marks",
        lambda form: form.replace_text(BOOK, 'name="_portal"', 'name="portal"'),
        refuses("book.foreign", "下载"),
    ),
    Case(
        "a form with an empty hidden sheet",
        lambda form: form.rewrite_part(MARKS, lambda text: re.sub(r"<sheetData>.*</sheetData>", "<sheetData/>", text)),
        refuses("book.foreign", "下载"),
    ),
]
