"""Cases of the XML parts: definitions, encodings, links, macros, missing parts, and additions of other programs."""

from __future__ import annotations

import re
from functools import partial

from hunan_trade.intake.tests.corpus.form import (
    BOOK,
    GOOD,
    LINKS,
    MARKS,
    STRINGS,
    STYLES,
    SUMMARY,
    TRADE,
    TYPES,
    Case,
    Form,
    found,
    refused,
)

DAMAGED = refused("damaged", "损坏")
DTD = refused("dtd", "DTD")
MACROS = refused("macros", "宏")
LAUGHS = "<!DOCTYPE x [" + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "哈"}">' for n in range(10)) + "]>"
LINKED = found("A1 book.linked")
OUTSIDE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
PARAMETER = '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x">%p;]>'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = {
    MAIN: "http://purl.oclc.org/ooxml/spreadsheetml/main",
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships": (
        "http://purl.oclc.org/ooxml/officeDocument/relationships"
    ),
}


def defined(form: Form, part: str, definition: str) -> Form:
    """Insert a definition between the XML declaration and the first element."""
    return form.rewrite(part, lambda text: re.sub(r"(<\?xml[^>]*\?>\s*)?", lambda m: m[0] + definition, text, count=1))


def strict(form: Form) -> Form:
    for part in form.parts:
        for old, new in STRICT.items():
            form.parts[part] = form.parts[part].replace(old.encode(), new.encode())
    return form


def encoded(form: Form, part: str, encoding: str, name: str) -> Form:
    text = form.parts[part].decode().replace('encoding="UTF-8"', f'encoding="{name}"')
    return form.add(part, text.encode(encoding))


def prefixed(form: Form) -> Form:
    """Give every element a namespace prefix, as some libraries do."""
    text = re.sub(r"<(/?)(?=[a-zA-Z])", r"<\1x:", form.parts[TRADE].decode()).replace("xmlns=", "xmlns:x=")
    return form.add(TRADE, text)


def types(form: Form, old: str, new: str) -> Form:
    return form.change(TYPES, old, new)


def without_strings(form: Form) -> Form:
    return form.drop(STRINGS).rewrite(LINKS, lambda text: re.sub(r"<Relationship [^>]*sharedStrings[^>]*/>", "", text))


def numbers_like(form: Form) -> Form:
    """Texts in the cells, no table of texts, no dimension and no spans, as an export of Numbers or Google has them."""
    texts = re.findall(r"<si><t[^>]*>(.*?)</t></si>", form.parts[STRINGS].decode(), re.DOTALL)

    def inside(text: str) -> str:
        text = re.sub(r"<dimension [^>]*/>", "", text).replace(' spans="1:9"', "")
        cell = r'<c r="(\w+)"( s="\d+")? t="s"><v>(\d+)</v></c>'
        return re.sub(
            cell, lambda m: f'<c r="{m[1]}"{m[2] or ""} t="inlineStr"><is><t>{texts[int(m[3])]}</t></is></c>', text
        )

    for sheet in (TRADE, SUMMARY, MARKS):
        form.rewrite(sheet, inside)
    return without_strings(form)


def many_sheets(form: Form, count: int) -> Form:
    """All of them the same part."""
    link = re.search(r'r:id="(rId\d+)"', form.parts[BOOK].decode())
    assert link
    fresh = "".join(f'<sheet name="附{n}" sheetId="{n + 100}" r:id="{link[1]}"/>' for n in range(count))
    return form.change(BOOK, "</sheets>", f"{fresh}</sheets>")


def picture(form: Form) -> Form:
    form.link(TRADE, "drawing", "../drawings/drawing9.xml").add("xl/drawings/drawing9.xml", "<wsDr/>")
    return form.add("xl/media/image1.png", b"\x89PNG" + bytes(400)).add("xl/charts/chart1.xml", "<chartSpace/>")


def pivot(form: Form) -> Form:
    form.add("xl/pivotCache/pivotCacheRecords1.xml", f'<pivotCacheRecords xmlns="{MAIN}"/>')
    return form.add("xl/pivotCache/pivotCacheDefinition1.xml", f'<pivotCacheDefinition xmlns="{MAIN}"/>')


def named(form: Form, name: str, formula: str) -> Form:
    return form.change(BOOK, "</definedNames>", f'<definedName name="{name}">{formula}</definedName></definedNames>')


CASES = [
    *(
        Case(f"billions of laughs in {part}", partial(defined, part=part, definition=LAUGHS), DTD)
        for part in (TYPES, BOOK, LINKS, STRINGS, STYLES, TRADE, "docProps/core.xml", "xl/drawings/vmlDrawing1.vml")
    ),
    Case("an entity that is a file", lambda form: defined(form, TRADE, OUTSIDE), DTD),
    Case("an entity that is an address", lambda form: defined(form, STRINGS, PARAMETER), DTD),
    Case(
        "a definition in a part that nobody reads", lambda form: form.add("customXml/item1.xml", LAUGHS + "<x/>"), DTD
    ),
    Case("a definition in UTF-16", lambda form: form.add("xl/x.xml", (LAUGHS + "<x/>").encode("utf-16")), DTD),
    Case(
        "a definition in a part of another suffix",
        lambda form: form.link(BOOK, "worksheet", "x.dat").add("xl/x.dat", f'{OUTSIDE}<worksheet xmlns="{MAIN}"/>'),
        GOOD,
    ),
    Case(
        "a sheet with a definition and another suffix",
        lambda form: (
            defined(form, TRADE, OUTSIDE)
            .add("xl/x.dat", form.parts[TRADE])
            .change(LINKS, "worksheets/sheet1.xml", "x.dat")
        ),
        DTD,
    ),
    Case("a sheet in UTF-16", lambda form: encoded(form, TRADE, "utf-16", "UTF-16"), DTD),
    Case("a sheet in UTF-7", lambda form: encoded(form, TRADE, "utf-7", "UTF-7"), DAMAGED),
    Case("a sheet that says it is GBK", lambda form: encoded(form.text("I4", "说明"), TRADE, "gbk", "GBK"), DAMAGED),
    Case("texts with a byte order mark", lambda form: form.add(STRINGS, b"\xef\xbb\xbf" + form.parts[STRINGS]), GOOD),
    Case("a sheet with a byte order mark", lambda form: form.add(TRADE, b"\xef\xbb\xbf" + form.parts[TRADE]), GOOD),
    Case(
        "bytes that are no UTF-8 in a text",
        lambda form: form.add(STRINGS, form.parts[STRINGS].replace("清风".encode(), b"\xc7\xe5\xb7\xe7")),
        DAMAGED,
    ),
    Case(
        "bytes that are no UTF-8 in a sheet",
        lambda form: form.text("I4", "说明").add(
            TRADE, form.parts[TRADE].replace("说明".encode(), b"\xcb\xb5\xc3\xf7")
        ),
        DAMAGED,
    ),
    Case(
        "a control character in a text",
        lambda form: form.add(STRINGS, form.parts[STRINGS].replace("清风".encode(), b"\x01")),
        found("B4 cell.locked"),
    ),
    Case("macros", lambda form: form.add("xl/vbaProject.bin"), MACROS),
    Case("macros by another name", lambda form: form.link(BOOK, "vbaProject", "data.bin").add("xl/data.bin"), MACROS),
    Case(
        "macros by their type alone",
        lambda form: types(
            form, "openxmlformats-officedocument.spreadsheetml.sheet.main", "ms-excel.sheet.macroEnabled.main"
        ),
        MACROS,
    ),
    Case(
        "a template with macros",
        lambda form: types(
            form, "openxmlformats-officedocument.spreadsheetml.sheet.main", "ms-excel.template.macroEnabled.main"
        ),
        MACROS,
    ),
    Case("macros of 1992", lambda form: form.add("xl/macrosheets/sheet1.xml"), MACROS),
    Case(
        "a binary workbook",
        lambda form: types(form, "spreadsheetml.sheet.main+xml", "sheet.binary.macroEnabled.main"),
        MACROS,
    ),
    Case("a link to another workbook", lambda form: form.add("xl/externalLinks/externalLink1.xml", "<x/>"), LINKED),
    Case(
        "a link to another workbook by its relation",
        lambda form: form.link(BOOK, "externalLink", "links/l1.xml").add("xl/links/l1.xml", "<x/>"),
        LINKED,
    ),
    Case(
        "a link to another workbook that is not there",
        lambda form: (
            form.link(BOOK, "externalLink", "externalLinks/externalLink1.xml")
            .add("xl/externalLinks/externalLink1.xml", "<x")
            .add("xl/externalLinks/_rels/externalLink1.xml.rels", LAUGHS)
        ),
        LINKED,
    ),
    Case(
        "DDE",
        lambda form: form.add("xl/externalLinks/externalLink1.xml", '<ddeLink ddeService="cmd" ddeTopic="/c calc"/>'),
        LINKED,
    ),
    Case("a name in another workbook", lambda form: named(form, "区域", "'[1]2012年'!$A$1:$A$9"), LINKED),
    Case(
        "a name in another workbook by its file",
        lambda form: named(form, "区域", r"'C:\\账\\[汇总.xlsx]表'!$A$1"),
        LINKED,
    ),
    Case(
        "a drop-down from another workbook",
        lambda form: form.rewrite(
            TRADE,
            lambda text: re.sub(r"<formula1>.*?</formula1>", "<formula1>[1]表!$A$1:$A$3</formula1>", text, count=1),
        ),
        LINKED,
    ),
    Case(
        "a formula from another workbook",
        lambda form: form.put("F4", "<f>[1]表!A1</f><v>100.25</v>"),
        found("F4 cell.formula"),
    ),
    Case(
        "DDE as a formula",
        lambda form: form.put("F4", "<f>cmd|' /C calc'!A0</f><v>100.25</v>"),
        found("F4 cell.formula"),
    ),
    Case(
        "an embedded object",
        lambda form: form.add("xl/embeddings/oleObject1.bin", b"\xd0\xcf\x11\xe0" + bytes(99)),
        GOOD,
    ),
    Case("no workbook part", lambda form: form.drop(BOOK), refused("not-a-workbook", "不是电子表格")),
    Case("no content types", lambda form: form.drop(TYPES), refused("not-a-workbook", "不是电子表格")),
    Case("no links of the workbook", lambda form: form.drop(LINKS), DAMAGED),
    Case("no table of texts", without_strings, refused("unreadable-cells", "另存")),
    Case("no styles", lambda form: form.drop(STYLES), GOOD),
    Case("a sheet whose part is not there", lambda form: form.drop(SUMMARY), refused("damaged", "缺少工作表")),
    Case(
        "a sheet whose link is not there",
        lambda form: form.change(BOOK, 'r:id="rId2"', 'r:id="rId77"'),
        refused("damaged", "缺少工作表"),
    ),
    Case(
        "links that lead out of the file",
        lambda form: form.change(LINKS, "worksheets/sheet1.xml", "../../../etc/passwd"),
        refused("damaged", "缺少工作表"),
    ),
    Case("a sheet cut in the middle", lambda form: form.add(TRADE, form.parts[TRADE][:3000]), DAMAGED),
    Case("text after the end of a sheet", lambda form: form.add(TRADE, form.parts[TRADE] + b"<x/>"), GOOD),
    Case("ten thousand sheets", lambda form: many_sheets(form, 10_000), refused("sheets", "工作表")),
    Case(
        "two sheets of one name",
        lambda form: form.change(BOOK, 'name="市州汇总"', 'name="加工贸易企业"'),
        refused("duplicate-sheets", "重名"),
    ),
    Case(
        "no sheet at all",
        lambda form: form.rewrite(BOOK, lambda text: re.sub(r"<sheet [^>]*/>", "", text)),
        refused("no-sheets", "没有工作表"),
    ),
    Case("the strict kind of workbook", strict, GOOD),
    Case("every element with a prefix", prefixed, GOOD),
    Case("as Numbers and Google write it", numbers_like, GOOD),
    Case(
        "a password to change a sheet",
        lambda form: form.rewrite(
            TRADE, lambda text: text.replace("<sheetProtection ", '<sheetProtection password="CC1A" ')
        ),
        GOOD,
    ),
    Case(
        "a locked structure",
        lambda form: form.change(
            BOOK, "<bookViews>", '<workbookProtection workbookPassword="CC1A" lockStructure="1"/><bookViews>'
        ),
        GOOD,
    ),
    Case("a picture and a chart", picture, GOOD),
    Case("a pivot table's memory", pivot, GOOD),
    Case("data of a maker's own", lambda form: form.add("customXml/item1.xml", "<x>合计</x>"), GOOD),
    Case("a name that runs a program", lambda form: named(form, "_xlnm.Auto_Open", "cmd|' /C calc'!A0"), GOOD),
    Case("a name that is broken", lambda form: named(form, "区域", "#REF!"), GOOD),
    Case(
        "a chart sheet between the sheets",
        lambda form: (
            form.link(BOOK, "chartsheet", "chartsheets/sheet1.xml")
            .add("xl/chartsheets/sheet1.xml", f'<chartsheet xmlns="{MAIN}"/>')
            .rewrite(
                BOOK,
                lambda text: text.replace(
                    "<sheets>",
                    f'<sheets><sheet name="图" sheetId="70" r:id="{re.findall("rIdNew[0-9]+", form.parts[LINKS].decode())[-1]}"/>',
                ),
            )
        ),
        GOOD,
    ),
]
