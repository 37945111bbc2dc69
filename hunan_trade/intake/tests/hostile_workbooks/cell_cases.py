"""Test cases of single cells: wrong contents, and different notations of a number."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from html import escape

from hunan_trade.intake.tests.hostile_workbooks.case_classes import (
    STRINGS,
    STYLES,
    SUMMARY,
    TRADE,
    Case,
    Form,
    expects,
    refuses,
)

HUNDRED = "100.25"


def readable_number_case(name: str, text: str, shown: str = HUNDRED) -> Case:
    """Return a case in which a text typed in F4 must be read as a number."""
    return Case(name, lambda form: form.put_text("F4", text), expects(F4=shown))


def reported_text_case(name: str, text: str, code: str) -> Case:
    """Return a case in which a text typed in F4 must be reported."""
    return Case(name, lambda form: form.put_text("F4", text), expects(f"F4 {code}"))


def stored_number_case(name: str, number: str, *findings: str, **values: str) -> Case:
    """Return a case with a number stored in F4 as a program writes it."""
    return Case(name, lambda form: form.put_number("F4", number), expects(*findings, **values))


def blank_text_case(name: str, text: str) -> Case:
    return Case(name, lambda form: form.put_text("F4", text), expects("F4 cell.blank"))


def cell_xml_case(name: str, xml: str, *findings: str, kind: str = "", **values: str) -> Case:
    return Case(name, lambda form: form.put_cell_xml("F4", xml, kind), expects(*findings, **values))


def set_number_format(
    form: Form, code: str, number: str = "100.25", cell: str = "F4", *, built_in: int = 0, sheet: str = TRADE
) -> Form:
    """Write a number with its own number format, or with a built-in one that files need not spell out."""
    form.rewrite_part(STYLES, lambda text: text.replace("</cellXfs>", f'<xf numFmtId="{built_in or 199}"/></cellXfs>'))
    style = form.parts[STYLES].decode().partition("<cellXfs")[2].partition("</cellXfs>")[0].count("<xf ") - 1
    fresh = f'<numFmt numFmtId="199" formatCode="{escape(code, quote=True)}"/>'
    if not code:
        pass
    elif b"<numFmts" in form.parts[STYLES]:
        form.replace_text(STYLES, "</numFmts>", f"{fresh}</numFmts>")
    else:
        form.replace_text(STYLES, "<fonts", f'<numFmts count="1">{fresh}</numFmts><fonts')
    return form.put_number(cell, number, style=style, sheet=sheet)


def misleading_format_case(code: str, number: str = "100.25") -> Case:
    return Case(
        f"{number} in the format {code}", lambda form: set_number_format(form, code, number), expects("F4 cell.format")
    )


def honest_format_case(code: str, number: str = "100.25", read: str = HUNDRED) -> Case:
    """Return a case whose format rounds, groups or adds words; the stored number must be read."""
    return Case(
        f"{number} in the honest format {code}", lambda form: set_number_format(form, code, number), expects(F4=read)
    )


def set_misleading_named_style(form: Form) -> Form:
    """Give F4 a cell style that takes its misleading number format from a named style."""
    set_number_format(form, "0!.0,")
    form.rewrite_part(STYLES, lambda text: text.replace("</cellStyleXfs>", '<xf numFmtId="199"/></cellStyleXfs>'))
    named = form.parts[STYLES].decode().partition("<cellStyleXfs")[2].partition("</cellStyleXfs>")[0].count("<xf ") - 1
    return form.replace_text(STYLES, '<xf numFmtId="199"/></cellXfs>', f'<xf xfId="{named}"/></cellXfs>')


def put_array_formula(form: Form) -> Form:
    form.put_cell_xml("F4", '<f t="array" ref="F4:F5">{1;2}</f><v>100.25</v>')
    return form


def put_shared_formula(form: Form) -> Form:
    form.put_cell_xml("F4", '<f t="shared" ref="F4:F5" si="0">F9+1</f><v>100.25</v>')
    return form.put_cell_xml("F5", '<f t="shared" si="0"/><v>10</v>')


def drop_leading_zeros(form: Form) -> Form:
    for row in range(4, 16):
        form.put_number(f"A{row}", str(row - 3), sheet=SUMMARY)
    return form


def reason_text_case(name: str, change: Callable[[Form], Form], shown: str) -> Case:
    """Return a case in which the text of I4 must be read as the cell shows it."""
    return Case(f"words that are {name}", change, expects(I4=shown))


def put_excel_picture(form: Form, cell: str) -> Form:
    """Put a picture into a cell as Excel does; older programs see an error there."""
    text = form.put_cell_xml(cell, "<v>#VALUE!</v>", "e").parts[TRADE].decode()
    return form.add_part(TRADE, re.sub(rf'(<c r="{cell}"[^>]*) t="e"', r'\1 t="e" vm="1"', text))


def put_wps_picture(form: Form, cell: str) -> Form:
    formula, shown = '_xlfn.DISPIMG("ID_0F5C",1)', '=DISPIMG("ID_0F5C",1)'
    return form.put_cell_xml(cell, f"<f>{escape(formula)}</f><v>{escape(shown)}</v>", "str")


def put_two_coloured_name(form: Form) -> Form:
    """Write a name in two colours with its phonetic reading, which is no part of the name."""
    name = "<r><t>清风</t></r><r><rPr><b/></rPr><t>电子</t></r>"
    reading = '<rPh sb="0" eb="2"><t>チンフォン</t></rPh><phoneticPr fontId="1"/>'
    return form.replace_text(STRINGS, "<t>清风电子</t>", name + reading)


def put_two_coloured_name_inline(form: Form) -> Form:
    return form.put_cell_xml(
        "B4", '<is><r><t>清风</t></r><r><t>电子</t></r><rPh sb="0" eb="2"><t>チン</t></rPh></is>', "inlineStr"
    )


CASES = [
    # ---- formulas, errors, booleans
    cell_xml_case("a formula with its value", "<f>SUM(F8:F9)</f><v>100.25</v>", "F4 cell.formula"),
    cell_xml_case("a formula without a value", "<f>SUM(F8:F9)</f>", "F4 cell.formula"),
    cell_xml_case("a formula with an empty value", "<f>1+1</f><v></v>", "F4 cell.formula"),
    cell_xml_case("a formula that makes a text", '<f>"100"</f><v>100</v>', "F4 cell.formula", kind="str"),
    cell_xml_case("a formula that made an error", "<f>1/0</f><v>#DIV/0!</v>", "F4 cell.formula", kind="e"),
    Case("a formula over many cells", put_array_formula, expects("F4 cell.formula")),
    Case("a formula that two cells share", put_shared_formula, expects("F4 cell.formula", "F5 cell.formula")),
    Case(
        "a formula in a name",
        lambda form: form.put_cell_xml("B4", "<f>A1</f><v>清风电子</v>", "str"),
        expects("B4 cell.formula"),
    ),
    *(
        cell_xml_case(f"the error {error}", f"<v>{error}</v>", "F4 cell.error", kind="e")
        for error in ("#REF!", "#N/A", "#NAME?")
    ),
    cell_xml_case("true", "<v>1</v>", "F4 cell.boolean", kind="b"),
    cell_xml_case("false", "<v>0</v>", "F4 cell.boolean", kind="b"),
    cell_xml_case("a cell of an unknown type", "<v>100.25</v>", kind="zz", F4=HUNDRED),
    # ---- dates and percentages
    Case("a date", lambda form: set_number_format(form, "yyyy-mm-dd"), expects("F4 cell.date")),
    Case("a Chinese date", lambda form: set_number_format(form, 'yyyy"年"m"月"'), expects("F4 cell.date")),
    Case("a time that has passed", lambda form: set_number_format(form, "[h]:mm"), expects("F4 cell.date")),
    Case("a percentage", lambda form: set_number_format(form, "0.00%"), expects("F4 cell.percent")),
    Case(
        "money in red with words",
        lambda form: set_number_format(form, '#,##0.00"days";[Red]-#,##0.00'),
        expects(F4=HUNDRED),
    ),
    Case(
        "money in dollars", lambda form: set_number_format(form, "[$$-409]#,##0.00_);\\(0.00\\)"), expects(F4=HUNDRED)
    ),
    Case(
        "a date by a format that no file spells",
        lambda form: set_number_format(form, "", built_in=57),
        expects("F4 cell.date"),
    ),
    Case("a percentage by one", lambda form: set_number_format(form, "", built_in=10), expects("F4 cell.percent")),
    # ---- formats that show another number than the cell holds
    misleading_format_case("0!.0,", "103760000"),
    misleading_format_case('[>=10000]0!.0,"万";0', "103760000"),
    misleading_format_case("[>100]#,##0.00,;General"),
    misleading_format_case("0.00,,", "103760000"),
    misleading_format_case("#,##0,"),
    misleading_format_case("#,##0.0,;-#,##0.0,"),
    misleading_format_case("0\\.00"),
    misleading_format_case('0"."00'),
    misleading_format_case("000-0000", "1234567"),
    misleading_format_case("0\\ 0"),
    misleading_format_case('0"00"'),
    misleading_format_case('"1"0'),
    misleading_format_case('0.0"5"'),
    misleading_format_case('0"０"'),
    misleading_format_case('0.00"%"'),
    misleading_format_case("0!%"),
    misleading_format_case('0"²"'),
    misleading_format_case("0.0,E+00"),
    misleading_format_case(";;;"),
    misleading_format_case('"有"'),
    misleading_format_case("-0.00"),
    Case("another number by a named style", set_misleading_named_style, expects("F4 cell.format")),
    honest_format_case('[>=10000]0!.0,"万";0.00'),
    honest_format_case("0.0"),
    honest_format_case("#,##0.00"),
    honest_format_case('#,##0.0"万美元"'),
    honest_format_case("# ##0"),
    honest_format_case("00000.00"),
    honest_format_case("# ?/?"),
    honest_format_case("0.00E+00"),
    honest_format_case("0.00;;"),
    honest_format_case("[=0]无;0.00"),
    honest_format_case("[<1]0.00%;0.0"),
    honest_format_case("G/通用格式"),
    Case("the format of accounts", lambda form: set_number_format(form, "", built_in=43), expects(F4=HUNDRED)),
    Case(
        "a fraction by a format that no file spells",
        lambda form: set_number_format(form, "", built_in=13),
        expects(F4=HUNDRED),
    ),
    cell_xml_case("a date as ISO text", "<v>2013-01-09T00:00:00</v>", "F4 cell.date", kind="d"),
    # ---- numbers as they are stored
    stored_number_case("seventeen digits of a double", "100.25000000000001", F4=HUNDRED),
    stored_number_case("a number with an exponent", "1.0025E+2", F4=HUNDRED),
    stored_number_case("a number with zeros behind", "100.2500000", F4="100.25"),
    stored_number_case("blanks around a stored number", "\n 100.25 ", F4=HUNDRED),
    stored_number_case("one too large for any double", "1e400", "F4 number.digits"),
    stored_number_case("not a number", "NaN", "F4 number.text"),
    stored_number_case("infinity", "INF", "F4 number.text"),
    stored_number_case("hexadecimal", "0x64", "F4 number.text"),
    stored_number_case("a number with an underscore", "1_00.25", "F4 number.text"),
    stored_number_case("a stored number in full-width digits", "１００．２５", F4=HUNDRED),
    stored_number_case("sixteen digits", "1234567890123456", "F4 number.digits"),
    stored_number_case("nine decimals", "100.123456789", "F4 number.decimals"),
    stored_number_case("below nothing", "-100.25", "F4 number.negative"),
    stored_number_case("nothing below zero", "-0", "市州汇总!E7 summary.enterprises", F4="0"),
    Case(
        "a customs code that became a number",
        lambda form: form.put_number("A4", "4301960001"),
        expects(A4="4301960001"),
    ),
    Case(
        "a customs code as a decimal number",
        lambda form: form.put_number("A4", "4301960001.0"),
        expects(A4="4301960001"),
    ),
    Case(
        "a code that shows its zero and holds none",
        lambda form: set_number_format(form, "00", "1", "A4", sheet=SUMMARY),
        expects(),
    ),
    Case(
        "all codes that lost their zeros",
        drop_leading_zeros,
        expects(*(f"市州汇总!A{row} cell.locked" for row in range(4, 13))),
    ),
    Case(
        "a code that lost its zero and its name",
        lambda form: form.put_number("A4", "1", sheet=SUMMARY).put_text("B4", "加工", sheet=SUMMARY),
        expects("市州汇总!A4 cell.locked"),
    ),
    Case(
        "a code that lost its zero",
        lambda form: form.put_number("A4", "1", sheet=SUMMARY),
        expects("市州汇总!A4 cell.locked"),
    ),
    Case(
        "an identity number as a number",
        lambda form: form.put_row(6, "x", "新企业", "进料加工", "", "", "1", "1").put_number(
            "A6", "430102197001011234"
        ),
        expects("A6 row.unknown"),
    ),
    # ---- numbers as they are typed
    readable_number_case("digits of full width", "１００．２５"),
    readable_number_case("blanks of three widths around", "\u00a0100.25\u3000\u2002"),
    readable_number_case("a mark of direction behind", "100.25\u200b"),
    readable_number_case("a byte order mark before", "\ufeff100.25"),
    readable_number_case("a tab and a line break around", "\t100.25\n"),
    readable_number_case("a plus before", "+100.25"),
    reported_text_case("a point for thousands", "1.234,5", "number.text"),
    reported_text_case("a comma for the decimals", "100,25", "number.text"),
    reported_text_case("groups of four", "1,0000", "number.text"),
    reported_text_case("a unit behind", "100.25万美元", "number.text"),
    reported_text_case("a percent sign", "100.25%", "number.text"),
    reported_text_case("a percent sign of full width", "１００％", "number.text"),
    reported_text_case("a dollar before", "$100.25", "number.text"),
    reported_text_case("about", "约100", "number.text"),
    reported_text_case("Chinese digits", "一百零二", "number.text"),
    reported_text_case("digits of the bank", "壹佰", "number.text"),
    reported_text_case("a circle for zero", "〇", "number.word"),
    reported_text_case("a white circle for zero", "○", "number.text"),
    reported_text_case("a letter for zero", "1OO", "number.text"),
    reported_text_case("Arabic digits", "١٠٠", "number.text"),
    reported_text_case("a square", "10²", "number.text"),
    reported_text_case("a fraction", "½", "number.text"),
    reported_text_case("a typographic minus", "−100.25", "number.negative"),
    reported_text_case("a minus of full width", "－100.25", "number.negative"),
    reported_text_case("brackets for a minus", "（100.25）", "number.text"),
    reported_text_case("none", "无", "number.word"),
    reported_text_case("a dash", "——", "number.word"),
    reported_text_case("a text that starts like a formula", "=1+1", "number.text"),
    reported_text_case("a text that calls a program", "@cmd|' /C calc'!A0", "number.text"),
    reported_text_case("a long row of digits", "9" * 5000, "number.digits"),
    reported_text_case("a text as long as a cell", "长" * 32_767, "number.text"),
    blank_text_case("a blank", " "),
    blank_text_case("a blank that does not break", "\u00a0"),
    blank_text_case("a blank of full width", "\u3000\u3000"),
    blank_text_case("a blank without width", "\u200b"),
    blank_text_case("a filler that Python calls printable", "\u3164"),
    blank_text_case("a blank of Braille", "\u2800"),
    blank_text_case("a mark of byte order", "\ufeff"),
    blank_text_case("tab and line break", "\t\n"),
    blank_text_case("a mark of direction", "\u200e"),
    # ---- pictures
    *(
        Case(
            f"a picture {name} in {cell}",
            partial(make, cell=cell),
            expects(f"{cell} cell.picture"),
        )
        for name, make in {"of Excel": put_excel_picture, "of WPS": put_wps_picture}.items()
        for cell in ("F4", "B4", "I4")
    ),
    # ---- words
    reason_text_case("a date", lambda form: set_number_format(form, 'm"月"d"日"', "41460", "I4"), "7月5日"),
    reason_text_case(
        "a date by a format that no file spells",
        lambda form: set_number_format(form, "", "41460", "I4", built_in=58),
        "7月5日",
    ),
    reason_text_case("a percentage", lambda form: set_number_format(form, "", "0.12", "I4", built_in=9), "12%"),
    reason_text_case(
        "a number in another's clothes",
        lambda form: set_number_format(form, '0!.0,"万"', "103760000", "I4"),
        "10376.0万",
    ),
    reason_text_case("a fraction", lambda form: set_number_format(form, "# ?/?", "0.5", "I4"), "1/2"),
    reason_text_case("true", lambda form: form.put_cell_xml("I4", "<v>1</v>", "b"), "TRUE"),
    reason_text_case("a formula's text", lambda form: form.put_cell_xml("I4", "<f>A1</f><v>停产</v>", "str"), "停产"),
    reason_text_case("a formula's number", lambda form: form.put_cell_xml("I4", "<f>1+1</f><v>2</v>"), "2"),
    reason_text_case(
        "a formula's date",
        lambda form: set_number_format(form, "yyyy/m/d", "41460", "I4").replace_text(
            TRADE, "<v>41460</v>", "<f>TODAY()</f><v>41460</v>"
        ),
        "2013/7/5",
    ),
    reason_text_case(
        "a formula that shows nothing", lambda form: form.put_cell_xml("I4", '<f>""</f><v></v>', "str"), ""
    ),
    reason_text_case(
        "a date as ISO text", lambda form: form.put_cell_xml("I4", "<v>2013-07-05</v>", "d"), "2013-07-05"
    ),
    Case(
        "words that nobody has calculated",
        lambda form: form.put_cell_xml("I4", "<f>A1</f>"),
        expects("I4 cell.formula"),
    ),
    Case("words that are an error", lambda form: form.put_cell_xml("I4", "<v>#N/A</v>", "e"), expects("I4 cell.error")),
    Case(
        "words whose formula made an error",
        lambda form: form.put_cell_xml("I4", "<f>1/0</f><v>#DIV/0!</v>", "e"),
        expects("I4 cell.error"),
    ),
    Case("a date in a name", lambda form: set_number_format(form, "m/d", "41460", "B4"), expects("B4 cell.date")),
    # ---- texts
    Case("a name in two colours", put_two_coloured_name, expects(B4="清风电子")),
    Case("a name in two colours in its cell", put_two_coloured_name_inline, expects(B4="清风电子")),
    Case("blanks around a name", lambda form: form.put_text("B4", " 清风电子\u3000"), expects()),
    Case(
        "half brackets in a name", lambda form: form.put_text("B5", "湘江玩具(长沙)有限公司"), expects("B5 cell.locked")
    ),
    Case("another circle in a name", lambda form: form.put_text("B5", "湘江玩具（长沙）○"), expects("B5 cell.locked")),
    Case(
        "a blank without width in a name", lambda form: form.put_text("B4", "清风\u200b电子"), expects("B4 cell.locked")
    ),
    Case("a name turned around", lambda form: form.put_text("B4", "\u202e清风电子"), expects()),
    Case("emoji in a reason", lambda form: form.put_text("I4", "增长😀𠮷"), expects(I4="增长😀𠮷")),
    Case("half a character in a reason", lambda form: form.put_text("I4", "_xD83D_设备"), expects(I4="_xD83D_设备")),
    Case("a control character in a reason", lambda form: form.put_text("I4", "设备_x0001_检修"), expects()),
    Case("markup in a reason", lambda form: form.put_text("I4", "<b>&amp;</b>"), expects(I4="<b>&amp;</b>")),
    Case("a reason that is too long", lambda form: form.put_text("I4", "长" * 500), expects("I4 text.long")),
    Case("a text longer than a cell", lambda form: form.put_text("I4", "长" * 40_000), expects("I4 text.long")),
    Case(
        "a text that is not in the table",
        lambda form: form.put_cell_xml("I4", "<v>999999</v>", "s"),
        refuses("unreadable-cells", "另存"),
    ),
    Case(
        "a text whose number is below zero",
        lambda form: form.put_cell_xml("I4", "<v>-1</v>", "s"),
        refuses("unreadable-cells", "另存"),
    ),
    Case(
        "a value that is cut off by a comment",
        lambda form: form.put_cell_xml("F4", "<v>100<!-- 9 -->.25</v>"),
        expects(F4=HUNDRED),
    ),
    Case("a value in CDATA", lambda form: form.put_cell_xml("F4", "<v><![CDATA[100.25]]></v>"), expects(F4=HUNDRED)),
    Case(
        "a cell given twice",
        lambda form: form.replace_text(TRADE, '<c r="G4"', '<c r="F4"><v>7</v></c><c r="G4"'),
        refuses("duplicate-cells", "F4"),
    ),
]
