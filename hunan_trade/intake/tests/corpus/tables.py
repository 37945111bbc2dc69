"""Cases of the whole table: moved, merged, hidden, sorted, extended, and forms of another return."""

from __future__ import annotations

import re
from functools import partial

from hunan_trade.intake.tests.corpus.form import BOOK, MARKS, SUMMARY, TRADE, Case, Form, found, refused
from hunan_trade.intake.tests.corpus.form_edits import (
    attributes,
    before,
    column_hidden,
    commented,
    far,
    long_table,
    mark,
    merged,
    moved,
    reversed_cells,
    shared,
    swapped,
    thousands,
    typed,
    without_addresses,
)

GOOD = found()
SHIFTED = refused("sheet.shifted", "表头已移位")

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


def below(form: Form, text: str) -> Form:
    return form.text("A8", text).text("G9", text)


def summed(form: Form, word: str) -> Form:
    return form.row(6, word, "", "", "", "", "110.25", "45.5")


CASES = [
    *(
        Case(f"a thousand typed {text}", partial(thousands, text=text), found(F4="1234.5"))
        for text in ("1,234.5", "1 234.5", "１，２３４．５", "1234.50")
    ),
    # ---- where things stand
    Case(
        "a dimension that says A1",
        lambda form: form.rewrite(
            TRADE, lambda text: re.sub(r'<dimension ref="[^"]*"', '<dimension ref="A1"', text)
        ).text("G5", "看得见"),
        found("G5 number.text"),
    ),
    Case(
        "a dimension that says a million rows",
        lambda form: form.rewrite(
            TRADE, lambda text: re.sub(r'<dimension ref="[^"]*"', '<dimension ref="A1:XFD1048576"', text)
        ),
        GOOD,
    ),
    Case("no dimension", lambda form: form.rewrite(TRADE, lambda text: re.sub(r"<dimension [^>]*/>", "", text)), GOOD),
    Case("no addresses", without_addresses, GOOD),
    Case("rows in reverse", lambda form: form.rows(lambda rows: rows[::-1]), GOOD),
    Case("cells in reverse", reversed_cells, GOOD),
    Case(
        "a row in two parts",
        lambda form: form.rows(
            lambda rows: [
                *rows,
                '<row r="60"><c r="A60"><v>1</v></c></row>',
                '<row r="60"><c r="B60"><v>2</v></c></row>',
            ]
        ),
        found("C60 row.unknown"),
    ),
    Case("a row given twice", lambda form: form.rows(lambda rows: [*rows, rows[3]]), refused("duplicate-cells", "A4")),
    Case(
        "a million styled rows and nothing in them",
        lambda form: form.change(TRADE, "</sheetData>", '<row r="1048576"><c r="XFD1048576" s="1"/></row></sheetData>'),
        GOOD,
    ),
    Case("the far corner", lambda form: far(form, "XFD1048576"), refused("extent", "XFD1048576")),
    Case("the last column", lambda form: far(form, "XFD70"), refused("extent", "XFD70")),
    Case("the last row", lambda form: far(form, "A1048576"), refused("extent", "1048576")),
    Case("beyond the last column", lambda form: far(form, "ZZZ70"), refused("extent", "ZZZ70")),
    Case("beyond the last row", lambda form: far(form, "A1048577"), refused("extent", "1048577")),
    Case("three hundred thousand rows", lambda form: long_table(form, 300_000), refused("extent", "200000")),
    Case("a row of blanks at the top", lambda form: moved(form, rows=1), SHIFTED),
    Case("a blank column at the left", lambda form: moved(form, columns=1), SHIFTED),
    Case("both", lambda form: moved(form, rows=2, columns=1), SHIFTED),
    Case("two columns swapped", lambda form: swapped(form, "F", "G"), SHIFTED),
    Case("a heading renamed", lambda form: form.text("F3", "出口额"), refused("column.missing", "F3 应为“出口”")),
    Case(
        "a column renamed that no other bears",
        lambda form: form.text("H3", "合计"),
        refused("column.missing", "累计进出口"),
    ),
    Case(
        "a column of its own beside the table",
        lambda form: form.change(TRADE, '<c r="I4"', '<c r="J4" t="str"><v>备注</v></c><c r="I4"'),
        found("J4 cell.outside"),
    ),
    Case("the heading in other blanks", lambda form: form.text("F3", "出口\u3000"), GOOD),
    Case("the heading in one row", lambda form: form.text("A2", "海关编码").put("A3", ""), GOOD),
    # ---- blanks alone in their cells
    *(Case(f"{name} below the rows", partial(below, text=text), GOOD) for name, text in BLANKS.items()),
    *(Case(f"{name} beside the form", partial(typed, K5=text), GOOD) for name, text in BLANKS.items()),
    *(Case(f"{name} in the far corner", partial(typed, XFD1048576=text), GOOD) for name, text in BLANKS.items()),
    Case("a blank in a column that the register leaves open", lambda form: form.text("D4", "\u3000"), GOOD),
    Case("a blank of the table of texts in the far corner", lambda form: shared(form, " \u00a0", "XFD1048576"), GOOD),
    Case(
        "a blank that a formula left, far out",
        lambda form: form.change(
            TRADE, "</sheetData>", '<row r="900000"><c r="A900000" t="str"><v> </v></c></row></sheetData>'
        ),
        GOOD,
    ),
    Case(
        "a blank far below a long table",
        lambda form: typed(long_table(form, 9000), BH200001=" ", A1048576="\u200b"),
        found(*(f"C{n} row.unknown" for n in range(60, 9060))),
    ),
    Case("a blank far out for who reads all XML", lambda form: commented(typed(form, XFD1048576="\u200b")), GOOD),
    Case(
        "blanks far out and one thing more",
        lambda form: typed(form, J5="\u3000", K9="看", Z7=" ", XFD1048576=" "),
        found("K9 cell.outside"),
    ),
    Case(
        "the one thing that stands too far out",
        lambda form: typed(form, ZY300001=" ", ZZ70="看", XFD71=" "),
        refused("extent", "ZZ70 "),
    ),
    Case(
        "the one thing that stands too far down",
        lambda form: shared(form, "看", "A200001").change(
            TRADE, "</sheetData>", '<row r="1048576"><c r="XFD1048576" t="str"><v> </v></c></row></sheetData>'
        ),
        refused("extent", "A200001 "),
    ),
    Case("too wide for so long a table", lambda form: typed(form, BH9="看", A150000="看"), refused("extent", "BH9 ")),
    Case(
        "the one thing too far out for who reads all XML",
        lambda form: commented(typed(form, ZZ70="看", XFD71=" ")),
        refused("extent", "ZZ70 "),
    ),
    Case(
        "a sheet of one's own with nothing but a blank",
        lambda form: form.sheet("草稿", '<sheetData><row r="1"><c r="A1" t="str"><v>\u3000</v></c></row></sheetData>'),
        GOOD,
    ),
    # ---- hidden, merged, filtered
    Case(
        "hidden rows",
        lambda form: attributes(form, 5, 'hidden="1"').text("F5", "藏"),
        found("F5 number.text", "F5 cell.hidden"),
    ),
    Case(
        "rows of no height",
        lambda form: form.rewrite(
            TRADE, lambda text: re.sub(r'<row r="([45])"[^>]*>', r'<row r="\1" ht="0" customHeight="1">', text)
        ),
        found("F4 cell.hidden"),
    ),
    Case(
        "hidden rows for who reads all XML",
        lambda form: commented(attributes(form, 5, 'hidden="1"')),
        found("F5 cell.hidden"),
    ),
    Case("hidden rows with nothing typed", lambda form: attributes(form, 8, 'hidden="1"'), GOOD),
    Case(
        "hidden columns",
        lambda form: column_hidden(form, "6:7").text("F5", "藏"),
        found("F5 number.text", "F4 cell.hidden"),
    ),
    Case("a column of no width", lambda form: column_hidden(form, "7:7", 'width="0"'), found("G4 cell.hidden")),
    Case(
        "hidden columns for who reads all XML",
        lambda form: commented(column_hidden(form, "7:9")),
        found("G4 cell.hidden"),
    ),
    Case("hidden columns with nothing typed", lambda form: column_hidden(form, "2:5"), GOOD),
    Case(
        "rows filtered away",
        lambda form: before(attributes(form, 5, 'hidden="1"'), "<pageMargins", '<autoFilter ref="A3:I5"/>').text(
            "F5", "藏"
        ),
        found("F5 number.text", "F5 cell.hidden"),
    ),
    Case(
        "a hidden sheet of the form",
        lambda form: form.change(BOOK, 'name="市州汇总" sheetId="2"', 'name="市州汇总" sheetId="2" state="hidden"'),
        found("市州汇总!E4 cell.hidden"),
    ),
    Case("a sheet hidden even more", lambda form: form.sheet("草稿", "<sheetData/>", state="veryHidden"), GOOD),
    Case("merged figures", lambda form: merged(form, "F4:F5"), found("F4 cell.merged")),
    Case(
        "a merged area with a word below it",
        lambda form: merged(form.text("F5", "下"), "F4:F5", keep=True),
        found("F4 cell.merged"),
    ),
    Case(
        "a merged area with a figure below it", lambda form: merged(form, "F4:F5", keep=True), found("F4 cell.merged")
    ),
    Case(
        "a merged area with a formula below it",
        lambda form: merged(form.put("F5", "<f>1+1</f><v>2</v>"), "F4:F5", keep=True),
        found("F4 cell.merged"),
    ),
    Case("both figures of a row merged", lambda form: merged(form, "F4:G4"), found("F4 cell.merged")),
    Case("merged codes", lambda form: merged(form, "A4:A5"), found("A4 cell.merged")),
    Case("merged codes for who reads all XML", lambda form: commented(merged(form, "A4:A5")), found("A4 cell.merged")),
    Case("merged codes that are still below", lambda form: merged(form, "A4:A5", keep=True), found("A4 cell.merged")),
    Case(
        "merged codes and names", lambda form: merged(form, "A4:A5", "B4:B5"), found("A4 cell.merged", "B4 cell.merged")
    ),
    Case("codes and names merged into one", lambda form: merged(form, "A4:B5"), found("A4 cell.merged")),
    Case("merged modes", lambda form: merged(form, "C4:C5"), found("C4 cell.merged")),
    Case("merged codes of items", lambda form: merged(form, "A4:A6", sheet=SUMMARY), found("市州汇总!A4 cell.merged")),
    Case(
        "merged codes and names of items",
        lambda form: merged(form, "A4:A6", "B4:B6", sheet=SUMMARY),
        found("市州汇总!A4 cell.merged", "市州汇总!B4 cell.merged"),
    ),
    Case("one reason for two rows", lambda form: merged(form.text("I4", "检修"), "I4:I5"), found(I4="检修")),
    Case(
        "a remark over the whole width",
        lambda form: merged(form.text("A8", "注：本表由市州商务局填报"), "A8:I8"),
        found("A8 row.unknown"),
    ),
    Case("merged cells that nobody filled", lambda form: merged(form, "A8:A9"), GOOD),
    Case(
        "an area that is none",
        lambda form: form.change(TRADE, "</mergeCells>", '<mergeCell ref="F4:"/><mergeCell ref="#REF!"/></mergeCells>'),
        GOOD,
    ),
    # ---- rows that do not belong
    *(
        Case(
            f"a row of sums, {word}",
            partial(summed, word=word),
            found("A6 row.unknown"),
        )
        for word in ("合计", "小计", "总计", "合  计")
    ),
    Case("a remark below the table", lambda form: form.row(8, "注：本表由市州商务局填报"), found("A8 row.unknown")),
    Case(
        "a signature below the table",
        lambda form: form.row(9, "", "填表人：张三", "", "", "", "", "李四"),
        found("A9 row.unknown", "G9 number.text"),
    ),
    Case(
        "an empty row between", lambda form: form.row(8, "4301960001", "清风电子", "来料加工", "", "", "0", "0"), GOOD
    ),
    Case(
        "a record twice",
        lambda form: form.row(6, "4301960001", "清风电子", "进料加工", "", "", "1", "1"),
        found("A6 row.duplicate"),
    ),
    Case(
        "a record nobody registered",
        lambda form: form.row(6, "4301969999", "不知名", "进料加工", "", "", "1", "1"),
        found("A6 row.unknown"),
    ),
    Case("a mode without its zero", lambda form: form.text("C4", "进料"), found("C4 choice.unknown")),
    Case(
        "a row deleted",
        lambda form: form.rows(lambda rows: [row for row in rows if 'r="5"' not in row[:12]]),
        found("A4 row.missing"),
    ),
    # ---- sheets
    Case(
        "a sheet taken out",
        lambda form: form.rewrite(BOOK, lambda text: re.sub(r'<sheet name="市州汇总"[^>]*/>', "", text)),
        refused("sheet.missing", "市州汇总"),
    ),
    Case(
        "a sheet renamed",
        lambda form: form.change(BOOK, 'name="市州汇总"', 'name="Sheet2"'),
        refused("sheet.missing", "“Sheet2”"),
    ),
    Case(
        "a sheet of one's own",
        lambda form: form.sheet("草稿", '<sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData>'),
        found("草稿!A1 sheet.unread"),
    ),
    Case("an empty sheet more", lambda form: form.sheet("Sheet4", "<sheetData/>"), GOOD),
    Case(
        "sheets in another order",
        lambda form: form.rewrite(BOOK, lambda text: re.sub(r"(<sheet [^>]*/>)(<sheet [^>]*/>)", r"\2\1", text)),
        GOOD,
    ),
    Case(
        "a sheet of findings from the last round",
        lambda form: form.sheet("检查结果", '<sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData>'),
        GOOD,
    ),
    # ---- not this form
    Case(
        "another city's form", lambda form: mark(form, "region", "430400"), refused("book.region", "这是衡阳市的报表")
    ),
    Case(
        "a city outside of the province", lambda form: mark(form, "region", "440100"), refused("book.region", "440100")
    ),
    Case("last month's form", lambda form: mark(form, "month", "2012-12"), refused("book.month", "2012年12月")),
    Case("a form of no month", lambda form: mark(form, "month", "一月"), refused("book.foreign", "下载")),
    Case(
        "a form without its marks",
        lambda form: form.change(BOOK, 'name="_portal"', 'name="portal"'),
        refused("book.foreign", "下载"),
    ),
    Case(
        "a form with an empty hidden sheet",
        lambda form: form.rewrite(MARKS, lambda text: re.sub(r"<sheetData>.*</sheetData>", "<sheetData/>", text)),
        refused("book.foreign", "下载"),
    ),
]
