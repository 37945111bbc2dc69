"""Cases of single cells: wrong contents, and every way in which a number may be typed or stored."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from html import escape

from hunan_trade.intake.tests.corpus.form import STRINGS, STYLES, SUMMARY, TRADE, Case, Form, found, refused

HUNDRED = "100.25"


def read(name: str, text: str, shown: str = HUNDRED) -> Case:
    """A text in F4 that must be read as a number."""
    return Case(name, lambda form: form.text("F4", text), found(F4=shown))


def told(name: str, text: str, code: str) -> Case:
    """A text in F4 that must be reported."""
    return Case(name, lambda form: form.text("F4", text), found(f"F4 {code}"))


def stored(name: str, number: str, *findings: str, **values: str) -> Case:
    """A number in F4 as a program stores it."""
    return Case(name, lambda form: form.number("F4", number), found(*findings, **values))


def blank(name: str, text: str) -> Case:
    return Case(name, lambda form: form.text("F4", text), found("F4 cell.blank"))


def inside(name: str, xml: str, *findings: str, kind: str = "", **values: str) -> Case:
    return Case(name, lambda form: form.put("F4", xml, kind), found(*findings, **values))


def styled(
    form: Form, code: str, number: str = "100.25", cell: str = "F4", *, built_in: int = 0, sheet: str = TRADE
) -> Form:
    """A number with a number format of its own, or with one of those that a file need not spell."""
    form.rewrite(STYLES, lambda text: text.replace("</cellXfs>", f'<xf numFmtId="{built_in or 199}"/></cellXfs>'))
    style = form.parts[STYLES].decode().partition("<cellXfs")[2].partition("</cellXfs>")[0].count("<xf ") - 1
    fresh = f'<numFmt numFmtId="199" formatCode="{escape(code, quote=True)}"/>'
    if not code:
        pass
    elif b"<numFmts" in form.parts[STYLES]:
        form.change(STYLES, "</numFmts>", f"{fresh}</numFmts>")
    else:
        form.change(STYLES, "<fonts", f'<numFmts count="1">{fresh}</numFmts><fonts')
    return form.number(cell, number, style=style, sheet=sheet)


def misshown(code: str, number: str = "100.25") -> Case:
    return Case(f"{number} in the format {code}", lambda form: styled(form, code, number), found("F4 cell.format"))


def shown(code: str, number: str = "100.25", read: str = HUNDRED) -> Case:
    """A number format that rounds, groups or adds words; the stored number must be read."""
    return Case(f"{number} in the honest format {code}", lambda form: styled(form, code, number), found(F4=read))


def of_named_style(form: Form) -> Form:
    """A cell style that leaves its number format to the named style it is built on."""
    styled(form, "0!.0,")
    form.rewrite(STYLES, lambda text: text.replace("</cellStyleXfs>", '<xf numFmtId="199"/></cellStyleXfs>'))
    named = form.parts[STYLES].decode().partition("<cellStyleXfs")[2].partition("</cellStyleXfs>")[0].count("<xf ") - 1
    return form.change(STYLES, '<xf numFmtId="199"/></cellXfs>', f'<xf xfId="{named}"/></cellXfs>')


def array(form: Form) -> Form:
    form.put("F4", '<f t="array" ref="F4:F5">{1;2}</f><v>100.25</v>')
    return form


def shared(form: Form) -> Form:
    form.put("F4", '<f t="shared" ref="F4:F5" si="0">F9+1</f><v>100.25</v>')
    return form.put("F5", '<f t="shared" si="0"/><v>10</v>')


def without_zeros(form: Form) -> Form:
    for row in range(4, 16):
        form.number(f"A{row}", str(row - 3), sheet=SUMMARY)
    return form


def words(name: str, change: Callable[[Form], Form], shown: str) -> Case:
    """A text in I4 that must be read as the cell shows it."""
    return Case(f"words that are {name}", change, found(I4=shown))


def rich_value(form: Form, cell: str) -> Form:
    """A picture put into its cell by Excel: an error for who does not know of pictures."""
    text = form.put(cell, "<v>#VALUE!</v>", "e").parts[TRADE].decode()
    return form.add(TRADE, re.sub(rf'(<c r="{cell}"[^>]*) t="e"', r'\1 t="e" vm="1"', text))


def wps_picture(form: Form, cell: str) -> Form:
    formula, shown = '_xlfn.DISPIMG("ID_0F5C",1)', '=DISPIMG("ID_0F5C",1)'
    return form.put(cell, f"<f>{escape(formula)}</f><v>{escape(shown)}</v>", "str")


def rich(form: Form) -> Form:
    """A name in two colours with its reading above it: the reading is no part of the name."""
    name = "<r><t>清风</t></r><r><rPr><b/></rPr><t>电子</t></r>"
    reading = '<rPh sb="0" eb="2"><t>チンフォン</t></rPh><phoneticPr fontId="1"/>'
    return form.change(STRINGS, "<t>清风电子</t>", name + reading)


def rich_inline(form: Form) -> Form:
    return form.put(
        "B4", '<is><r><t>清风</t></r><r><t>电子</t></r><rPh sb="0" eb="2"><t>チン</t></rPh></is>', "inlineStr"
    )


CASES = [
    # ---- formulas, errors, booleans
    inside("a formula with its value", "<f>SUM(F8:F9)</f><v>100.25</v>", "F4 cell.formula"),
    inside("a formula without a value", "<f>SUM(F8:F9)</f>", "F4 cell.formula"),
    inside("a formula with an empty value", "<f>1+1</f><v></v>", "F4 cell.formula"),
    inside("a formula that makes a text", '<f>"100"</f><v>100</v>', "F4 cell.formula", kind="str"),
    inside("a formula that made an error", "<f>1/0</f><v>#DIV/0!</v>", "F4 cell.formula", kind="e"),
    Case("a formula over many cells", array, found("F4 cell.formula")),
    Case("a formula that two cells share", shared, found("F4 cell.formula", "F5 cell.formula")),
    Case(
        "a formula in a name", lambda form: form.put("B4", "<f>A1</f><v>清风电子</v>", "str"), found("B4 cell.formula")
    ),
    *(
        inside(f"the error {error}", f"<v>{error}</v>", "F4 cell.error", kind="e")
        for error in ("#REF!", "#N/A", "#NAME?")
    ),
    inside("true", "<v>1</v>", "F4 cell.boolean", kind="b"),
    inside("false", "<v>0</v>", "F4 cell.boolean", kind="b"),
    inside("a cell of an unknown type", "<v>100.25</v>", kind="zz", F4=HUNDRED),
    # ---- dates and percentages
    Case("a date", lambda form: styled(form, "yyyy-mm-dd"), found("F4 cell.date")),
    Case("a Chinese date", lambda form: styled(form, 'yyyy"年"m"月"'), found("F4 cell.date")),
    Case("a time that has passed", lambda form: styled(form, "[h]:mm"), found("F4 cell.date")),
    Case("a percentage", lambda form: styled(form, "0.00%"), found("F4 cell.percent")),
    Case("money in red with words", lambda form: styled(form, '#,##0.00"days";[Red]-#,##0.00'), found(F4=HUNDRED)),
    Case("money in dollars", lambda form: styled(form, "[$$-409]#,##0.00_);\\(0.00\\)"), found(F4=HUNDRED)),
    Case("a date by a format that no file spells", lambda form: styled(form, "", built_in=57), found("F4 cell.date")),
    Case("a percentage by one", lambda form: styled(form, "", built_in=10), found("F4 cell.percent")),
    # ---- formats that show another number than the cell holds
    misshown("0!.0,", "103760000"),
    misshown('[>=10000]0!.0,"万";0', "103760000"),
    misshown("[>100]#,##0.00,;General"),
    misshown("0.00,,", "103760000"),
    misshown("#,##0,"),
    misshown("#,##0.0,;-#,##0.0,"),
    misshown("0\\.00"),
    misshown('0"."00'),
    misshown("000-0000", "1234567"),
    misshown("0\\ 0"),
    misshown('0"00"'),
    misshown('"1"0'),
    misshown('0.0"5"'),
    misshown('0"０"'),
    misshown('0.00"%"'),
    misshown("0!%"),
    misshown('0"²"'),
    misshown("0.0,E+00"),
    misshown(";;;"),
    misshown('"有"'),
    misshown("-0.00"),
    Case("another number by a named style", of_named_style, found("F4 cell.format")),
    shown('[>=10000]0!.0,"万";0.00'),
    shown("0.0"),
    shown("#,##0.00"),
    shown('#,##0.0"万美元"'),
    shown("# ##0"),
    shown("00000.00"),
    shown("# ?/?"),
    shown("0.00E+00"),
    shown("0.00;;"),
    shown("[=0]无;0.00"),
    shown("[<1]0.00%;0.0"),
    shown("G/通用格式"),
    Case("the format of accounts", lambda form: styled(form, "", built_in=43), found(F4=HUNDRED)),
    Case("a fraction by a format that no file spells", lambda form: styled(form, "", built_in=13), found(F4=HUNDRED)),
    inside("a date as ISO text", "<v>2013-01-09T00:00:00</v>", "F4 cell.date", kind="d"),
    # ---- numbers as they are stored
    stored("seventeen digits of a double", "100.25000000000001", F4=HUNDRED),
    stored("a number with an exponent", "1.0025E+2", F4=HUNDRED),
    stored("a number with zeros behind", "100.2500000", F4="100.25"),
    stored("blanks around a stored number", "\n 100.25 ", F4=HUNDRED),
    stored("one too large for any double", "1e400", "F4 number.digits"),
    stored("not a number", "NaN", "F4 number.text"),
    stored("infinity", "INF", "F4 number.text"),
    stored("hexadecimal", "0x64", "F4 number.text"),
    stored("a number with an underscore", "1_00.25", "F4 number.text"),
    stored("a stored number in full-width digits", "１００．２５", F4=HUNDRED),
    stored("sixteen digits", "1234567890123456", "F4 number.digits"),
    stored("nine decimals", "100.123456789", "F4 number.decimals"),
    stored("below nothing", "-100.25", "F4 number.negative"),
    stored("nothing below zero", "-0", "市州汇总!E7 summary.enterprises", F4="0"),
    Case("a customs code that became a number", lambda form: form.number("A4", "4301960001"), found(A4="4301960001")),
    Case("a customs code as a decimal number", lambda form: form.number("A4", "4301960001.0"), found(A4="4301960001")),
    Case(
        "a code that shows its zero and holds none", lambda form: styled(form, "00", "1", "A4", sheet=SUMMARY), found()
    ),
    Case(
        "all codes that lost their zeros",
        without_zeros,
        found(*(f"市州汇总!A{row} cell.locked" for row in range(4, 13))),
    ),
    Case(
        "a code that lost its zero and its name",
        lambda form: form.number("A4", "1", sheet=SUMMARY).text("B4", "加工", sheet=SUMMARY),
        found("市州汇总!A4 cell.locked"),
    ),
    Case(
        "a code that lost its zero",
        lambda form: form.number("A4", "1", sheet=SUMMARY),
        found("市州汇总!A4 cell.locked"),
    ),
    Case(
        "an identity number as a number",
        lambda form: form.row(6, "x", "新企业", "进料加工", "", "", "1", "1").number("A6", "430102197001011234"),
        found("A6 row.unknown"),
    ),
    # ---- numbers as they are typed
    read("digits of full width", "１００．２５"),
    read("blanks of three widths around", "\u00a0100.25\u3000\u2002"),
    read("a mark of direction behind", "100.25\u200b"),
    read("a byte order mark before", "\ufeff100.25"),
    read("a tab and a line break around", "\t100.25\n"),
    read("a plus before", "+100.25"),
    told("a point for thousands", "1.234,5", "number.text"),
    told("a comma for the decimals", "100,25", "number.text"),
    told("groups of four", "1,0000", "number.text"),
    told("a unit behind", "100.25万美元", "number.text"),
    told("a percent sign", "100.25%", "number.text"),
    told("a percent sign of full width", "１００％", "number.text"),
    told("a dollar before", "$100.25", "number.text"),
    told("about", "约100", "number.text"),
    told("Chinese digits", "一百零二", "number.text"),
    told("digits of the bank", "壹佰", "number.text"),
    told("a circle for zero", "〇", "number.word"),
    told("a white circle for zero", "○", "number.text"),
    told("a letter for zero", "1OO", "number.text"),
    told("Arabic digits", "١٠٠", "number.text"),
    told("a square", "10²", "number.text"),
    told("a fraction", "½", "number.text"),
    told("a typographic minus", "−100.25", "number.negative"),
    told("a minus of full width", "－100.25", "number.negative"),
    told("brackets for a minus", "（100.25）", "number.text"),
    told("none", "无", "number.word"),
    told("a dash", "——", "number.word"),
    told("a text that starts like a formula", "=1+1", "number.text"),
    told("a text that calls a program", "@cmd|' /C calc'!A0", "number.text"),
    told("a long row of digits", "9" * 5000, "number.digits"),
    told("a text as long as a cell", "长" * 32_767, "number.text"),
    blank("a blank", " "),
    blank("a blank that does not break", "\u00a0"),
    blank("a blank of full width", "\u3000\u3000"),
    blank("a blank without width", "\u200b"),
    blank("a filler that Python calls printable", "\u3164"),
    blank("a blank of Braille", "\u2800"),
    blank("a mark of byte order", "\ufeff"),
    blank("tab and line break", "\t\n"),
    blank("a mark of direction", "\u200e"),
    # ---- pictures
    *(
        Case(
            f"a picture {name} in {cell}",
            partial(make, cell=cell),
            found(f"{cell} cell.picture"),
        )
        for name, make in {"of Excel": rich_value, "of WPS": wps_picture}.items()
        for cell in ("F4", "B4", "I4")
    ),
    # ---- words
    words("a date", lambda form: styled(form, 'm"月"d"日"', "41460", "I4"), "7月5日"),
    words(
        "a date by a format that no file spells", lambda form: styled(form, "", "41460", "I4", built_in=58), "7月5日"
    ),
    words("a percentage", lambda form: styled(form, "", "0.12", "I4", built_in=9), "12%"),
    words("a number in another's clothes", lambda form: styled(form, '0!.0,"万"', "103760000", "I4"), "10376.0万"),
    words("a fraction", lambda form: styled(form, "# ?/?", "0.5", "I4"), "1/2"),
    words("true", lambda form: form.put("I4", "<v>1</v>", "b"), "TRUE"),
    words("a formula's text", lambda form: form.put("I4", "<f>A1</f><v>停产</v>", "str"), "停产"),
    words("a formula's number", lambda form: form.put("I4", "<f>1+1</f><v>2</v>"), "2"),
    words(
        "a formula's date",
        lambda form: styled(form, "yyyy/m/d", "41460", "I4").change(
            TRADE, "<v>41460</v>", "<f>TODAY()</f><v>41460</v>"
        ),
        "2013/7/5",
    ),
    words("a formula that shows nothing", lambda form: form.put("I4", '<f>""</f><v></v>', "str"), ""),
    words("a date as ISO text", lambda form: form.put("I4", "<v>2013-07-05</v>", "d"), "2013-07-05"),
    Case("words that nobody has calculated", lambda form: form.put("I4", "<f>A1</f>"), found("I4 cell.formula")),
    Case("words that are an error", lambda form: form.put("I4", "<v>#N/A</v>", "e"), found("I4 cell.error")),
    Case(
        "words whose formula made an error",
        lambda form: form.put("I4", "<f>1/0</f><v>#DIV/0!</v>", "e"),
        found("I4 cell.error"),
    ),
    Case("a date in a name", lambda form: styled(form, "m/d", "41460", "B4"), found("B4 cell.date")),
    # ---- texts
    Case("a name in two colours", rich, found(B4="清风电子")),
    Case("a name in two colours in its cell", rich_inline, found(B4="清风电子")),
    Case("blanks around a name", lambda form: form.text("B4", " 清风电子\u3000"), found()),
    Case("half brackets in a name", lambda form: form.text("B5", "湘江玩具(长沙)有限公司"), found("B5 cell.locked")),
    Case("another circle in a name", lambda form: form.text("B5", "湘江玩具（长沙）○"), found("B5 cell.locked")),
    Case("a blank without width in a name", lambda form: form.text("B4", "清风\u200b电子"), found("B4 cell.locked")),
    Case("a name turned around", lambda form: form.text("B4", "\u202e清风电子"), found()),
    Case("emoji in a reason", lambda form: form.text("I4", "增长😀𠮷"), found(I4="增长😀𠮷")),
    Case("half a character in a reason", lambda form: form.text("I4", "_xD83D_设备"), found(I4="_xD83D_设备")),
    Case("a control character in a reason", lambda form: form.text("I4", "设备_x0001_检修"), found()),
    Case("markup in a reason", lambda form: form.text("I4", "<b>&amp;</b>"), found(I4="<b>&amp;</b>")),
    Case("a reason that is too long", lambda form: form.text("I4", "长" * 500), found("I4 text.long")),
    Case("a text longer than a cell", lambda form: form.text("I4", "长" * 40_000), found("I4 text.long")),
    Case(
        "a text that is not in the table",
        lambda form: form.put("I4", "<v>999999</v>", "s"),
        refused("unreadable-cells", "另存"),
    ),
    Case(
        "a text whose number is below zero",
        lambda form: form.put("I4", "<v>-1</v>", "s"),
        refused("unreadable-cells", "另存"),
    ),
    Case(
        "a value that is cut off by a comment",
        lambda form: form.put("F4", "<v>100<!-- 9 -->.25</v>"),
        found(F4=HUNDRED),
    ),
    Case("a value in CDATA", lambda form: form.put("F4", "<v><![CDATA[100.25]]></v>"), found(F4=HUNDRED)),
    Case(
        "a cell given twice",
        lambda form: form.change(TRADE, '<c r="G4"', '<c r="F4"><v>7</v></c><c r="G4"'),
        refused("duplicate-cells", "F4"),
    ),
]
