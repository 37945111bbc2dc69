"""Test cases of .xlsx files with unusual, missing or malicious XML parts."""

from __future__ import annotations

import re
from functools import partial

from hunan_trade.intake.tests.hostile_workbooks.case_classes import (
    BOOK,
    GOOD,
    LINKS,
    MARKS,
    PROGRESS,
    STRINGS,
    STYLES,
    SUMMARY,
    TRADE,
    TYPES,
    Case,
    Form,
    expects,
    refuses,
)

DAMAGED = refuses("damaged", "损坏")
DTD = refuses("dtd", "DTD")
MACROS = refuses("macros", "宏")
LAUGHS = "<!DOCTYPE x [" + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "哈"}">' for n in range(10)) + "]>"
LINKED = expects("A1 book.linked")
OUTSIDE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
PARAMETER = '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x">%p;]>'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = {
    MAIN: "http://purl.oclc.org/ooxml/spreadsheetml/main",
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships": (
        "http://purl.oclc.org/ooxml/officeDocument/relationships"
    ),
}


def insert_doctype(form: Form, part: str, definition: str) -> Form:
    """Insert a definition between the XML declaration and the first element."""
    return form.rewrite_part(
        part, lambda text: re.sub(r"(<\?xml[^>]*\?>\s*)?", lambda m: m[0] + definition, text, count=1)
    )


def use_strict_namespaces(form: Form) -> Form:
    for part in form.parts:
        for old, new in STRICT.items():
            form.parts[part] = form.parts[part].replace(old.encode(), new.encode())
    return form


def encode_part(form: Form, part: str, encoding: str, name: str) -> Form:
    text = form.parts[part].decode().replace('encoding="UTF-8"', f'encoding="{name}"')
    return form.add_part(part, text.encode(encoding))


def prefix_elements(form: Form) -> Form:
    """Give every element a namespace prefix, as some libraries do."""
    text = re.sub(r"<(/?)(?=[a-zA-Z])", r"<\1x:", form.parts[TRADE].decode()).replace("xmlns=", "xmlns:x=")
    return form.add_part(TRADE, text)


def change_content_type(form: Form, old: str, new: str) -> Form:
    return form.replace_text(TYPES, old, new)


def drop_shared_strings(form: Form) -> Form:
    return form.drop_part(STRINGS).rewrite_part(
        LINKS, lambda text: re.sub(r"<Relationship [^>]*sharedStrings[^>]*/>", "", text)
    )


def write_as_numbers_or_google(form: Form) -> Form:
    """Rewrite the form as Numbers or Google exports it: texts in the cells, no dimension, no spans.

    There is no table of texts.
    """
    texts = re.findall(r"<si><t[^>]*>(.*?)</t></si>", form.parts[STRINGS].decode(), re.DOTALL)

    def inside(text: str) -> str:
        text = re.sub(r"<dimension [^>]*/>", "", text).replace(' spans="1:9"', "")
        cell = r'<c r="(\w+)"( s="\d+")? t="s"><v>(\d+)</v></c>'
        return re.sub(
            cell, lambda m: f'<c r="{m[1]}"{m[2] or ""} t="inlineStr"><is><t>{texts[int(m[3])]}</t></is></c>', text
        )

    for sheet in (TRADE, SUMMARY, PROGRESS, MARKS):
        form.rewrite_part(sheet, inside)
    return drop_shared_strings(form)


def add_many_sheets(form: Form, count: int) -> Form:
    """Add many sheets that all point to the same part."""
    link = re.search(r'r:id="(rId\d+)"', form.parts[BOOK].decode())
    assert link
    fresh = "".join(f'<sheet name="附{n}" sheetId="{n + 100}" r:id="{link[1]}"/>' for n in range(count))
    return form.replace_text(BOOK, "</sheets>", f"{fresh}</sheets>")


def add_picture_and_chart(form: Form) -> Form:
    form.add_relationship(TRADE, "drawing", "../drawings/drawing9.xml").add_part("xl/drawings/drawing9.xml", "<wsDr/>")
    return form.add_part("xl/media/image1.png", b"\x89PNG" + bytes(400)).add_part(
        "xl/charts/chart1.xml", "<chartSpace/>"
    )


def add_pivot_cache(form: Form) -> Form:
    form.add_part("xl/pivotCache/pivotCacheRecords1.xml", f'<pivotCacheRecords xmlns="{MAIN}"/>')
    return form.add_part("xl/pivotCache/pivotCacheDefinition1.xml", f'<pivotCacheDefinition xmlns="{MAIN}"/>')


def define_name(form: Form, name: str, formula: str) -> Form:
    return form.replace_text(
        BOOK, "</definedNames>", f'<definedName name="{name}">{formula}</definedName></definedNames>'
    )


CASES = [
    *(
        Case(f"billions of laughs in {part}", partial(insert_doctype, part=part, definition=LAUGHS), DTD)
        for part in (TYPES, BOOK, LINKS, STRINGS, STYLES, TRADE, "docProps/core.xml", "xl/drawings/vmlDrawing1.vml")
    ),
    Case("an entity that is a file", lambda form: insert_doctype(form, TRADE, OUTSIDE), DTD),
    Case("an entity that is an address", lambda form: insert_doctype(form, STRINGS, PARAMETER), DTD),
    Case(
        "a definition in a part that nobody reads",
        lambda form: form.add_part("customXml/item1.xml", LAUGHS + "<x/>"),
        DTD,
    ),
    Case("a definition in UTF-16", lambda form: form.add_part("xl/x.xml", (LAUGHS + "<x/>").encode("utf-16")), DTD),
    Case(
        "a definition in a part of another suffix",
        lambda form: form.add_relationship(BOOK, "worksheet", "x.dat").add_part(
            "xl/x.dat", f'{OUTSIDE}<worksheet xmlns="{MAIN}"/>'
        ),
        GOOD,
    ),
    Case(
        "a sheet with a definition and another suffix",
        lambda form: (
            insert_doctype(form, TRADE, OUTSIDE)
            .add_part("xl/x.dat", form.parts[TRADE])
            .replace_text(LINKS, "worksheets/sheet1.xml", "x.dat")
        ),
        DTD,
    ),
    Case("a sheet in UTF-16", lambda form: encode_part(form, TRADE, "utf-16", "UTF-16"), DTD),
    Case("a sheet in UTF-7", lambda form: encode_part(form, TRADE, "utf-7", "UTF-7"), DAMAGED),
    Case(
        "a sheet that says it is GBK",
        lambda form: encode_part(form.put_text("I4", "说明"), TRADE, "gbk", "GBK"),
        DAMAGED,
    ),
    Case(
        "texts with a byte order mark", lambda form: form.add_part(STRINGS, b"\xef\xbb\xbf" + form.parts[STRINGS]), GOOD
    ),
    Case(
        "a sheet with a byte order mark", lambda form: form.add_part(TRADE, b"\xef\xbb\xbf" + form.parts[TRADE]), GOOD
    ),
    Case(
        "bytes that are no UTF-8 in a text",
        lambda form: form.add_part(STRINGS, form.parts[STRINGS].replace("清风".encode(), b"\xc7\xe5\xb7\xe7")),
        DAMAGED,
    ),
    Case(
        "bytes that are no UTF-8 in a sheet",
        lambda form: form.put_text("I4", "说明").add_part(
            TRADE, form.parts[TRADE].replace("说明".encode(), b"\xcb\xb5\xc3\xf7")
        ),
        DAMAGED,
    ),
    Case(
        "a control character in a text",
        lambda form: form.add_part(STRINGS, form.parts[STRINGS].replace("清风".encode(), b"\x01")),
        expects("B4 cell.locked"),
    ),
    Case("macros", lambda form: form.add_part("xl/vbaProject.bin"), MACROS),
    Case(
        "macros by another name",
        lambda form: form.add_relationship(BOOK, "vbaProject", "data.bin").add_part("xl/data.bin"),
        MACROS,
    ),
    Case(
        "macros by their type alone",
        lambda form: change_content_type(
            form, "openxmlformats-officedocument.spreadsheetml.sheet.main", "ms-excel.sheet.macroEnabled.main"
        ),
        MACROS,
    ),
    Case(
        "a template with macros",
        lambda form: change_content_type(
            form, "openxmlformats-officedocument.spreadsheetml.sheet.main", "ms-excel.template.macroEnabled.main"
        ),
        MACROS,
    ),
    Case("macros of 1992", lambda form: form.add_part("xl/macrosheets/sheet1.xml"), MACROS),
    Case(
        "a binary workbook",
        lambda form: change_content_type(form, "spreadsheetml.sheet.main+xml", "sheet.binary.macroEnabled.main"),
        MACROS,
    ),
    Case(
        "a link to another workbook", lambda form: form.add_part("xl/externalLinks/externalLink1.xml", "<x/>"), LINKED
    ),
    Case(
        "a link to another workbook by its relation",
        lambda form: form.add_relationship(BOOK, "externalLink", "links/l1.xml").add_part("xl/links/l1.xml", "<x/>"),
        LINKED,
    ),
    Case(
        "a link to another workbook that is not there",
        lambda form: (
            form.add_relationship(BOOK, "externalLink", "externalLinks/externalLink1.xml")
            .add_part("xl/externalLinks/externalLink1.xml", "<x")
            .add_part("xl/externalLinks/_rels/externalLink1.xml.rels", LAUGHS)
        ),
        LINKED,
    ),
    Case(
        "DDE",
        lambda form: form.add_part(
            "xl/externalLinks/externalLink1.xml", '<ddeLink ddeService="cmd" ddeTopic="/c calc"/>'
        ),
        LINKED,
    ),
    Case("a name in another workbook", lambda form: define_name(form, "区域", "'[1]2012年'!$A$1:$A$9"), LINKED),
    Case(
        "a name in another workbook by its file",
        lambda form: define_name(form, "区域", r"'C:\\账\\[汇总.xlsx]表'!$A$1"),
        LINKED,
    ),
    Case(
        "a drop-down from another workbook",
        lambda form: form.rewrite_part(
            TRADE,
            lambda text: re.sub(r"<formula1>.*?</formula1>", "<formula1>[1]表!$A$1:$A$3</formula1>", text, count=1),
        ),
        LINKED,
    ),
    Case(
        "a formula from another workbook",
        lambda form: form.put_cell_xml("F4", "<f>[1]表!A1</f><v>100.25</v>"),
        expects("F4 cell.formula"),
    ),
    Case(
        "DDE as a formula",
        lambda form: form.put_cell_xml("F4", "<f>cmd|' /C calc'!A0</f><v>100.25</v>"),
        expects("F4 cell.formula"),
    ),
    Case(
        "an embedded object",
        lambda form: form.add_part("xl/embeddings/oleObject1.bin", b"\xd0\xcf\x11\xe0" + bytes(99)),
        GOOD,
    ),
    Case("no workbook part", lambda form: form.drop_part(BOOK), refuses("not-a-workbook", "不是电子表格")),
    Case("no content types", lambda form: form.drop_part(TYPES), refuses("not-a-workbook", "不是电子表格")),
    Case("no links of the workbook", lambda form: form.drop_part(LINKS), DAMAGED),
    Case("no table of texts", drop_shared_strings, refuses("unreadable-cells", "另存")),
    Case("no styles", lambda form: form.drop_part(STYLES), GOOD),
    Case("a sheet whose part is not there", lambda form: form.drop_part(SUMMARY), refuses("damaged", "缺少工作表")),
    Case(
        "a sheet whose link is not there",
        lambda form: form.replace_text(BOOK, 'r:id="rId2"', 'r:id="rId77"'),
        refuses("damaged", "缺少工作表"),
    ),
    Case(
        "links that lead out of the file",
        lambda form: form.replace_text(LINKS, "worksheets/sheet1.xml", "../../../etc/passwd"),
        refuses("damaged", "缺少工作表"),
    ),
    Case("a sheet cut in the middle", lambda form: form.add_part(TRADE, form.parts[TRADE][:3000]), DAMAGED),
    Case("text after the end of a sheet", lambda form: form.add_part(TRADE, form.parts[TRADE] + b"<x/>"), GOOD),
    Case("ten thousand sheets", lambda form: add_many_sheets(form, 10_000), refuses("sheets", "工作表")),
    Case(
        "two sheets of one name",
        lambda form: form.replace_text(BOOK, 'name="市州汇总"', 'name="加工贸易企业"'),
        refuses("duplicate-sheets", "重名"),
    ),
    Case(
        "no sheet at all",
        lambda form: form.rewrite_part(BOOK, lambda text: re.sub(r"<sheet [^>]*/>", "", text)),
        refuses("no-sheets", "没有工作表"),
    ),
    Case("the strict kind of workbook", use_strict_namespaces, GOOD),
    Case("every element with a prefix", prefix_elements, GOOD),
    Case("as Numbers and Google write it", write_as_numbers_or_google, GOOD),
    Case(
        "a password to change a sheet",
        lambda form: form.rewrite_part(
            TRADE, lambda text: text.replace("<sheetProtection ", '<sheetProtection password="CC1A" ')
        ),
        GOOD,
    ),
    Case(
        "a locked structure",
        lambda form: form.replace_text(
            BOOK, "<bookViews>", '<workbookProtection workbookPassword="CC1A" lockStructure="1"/><bookViews>'
        ),
        GOOD,
    ),
    Case("a picture and a chart", add_picture_and_chart, GOOD),
    Case("a pivot table's memory", add_pivot_cache, GOOD),
    Case("data of a maker's own", lambda form: form.add_part("customXml/item1.xml", "<x>合计</x>"), GOOD),
    Case("a name that runs a program", lambda form: define_name(form, "_xlnm.Auto_Open", "cmd|' /C calc'!A0"), GOOD),
    Case("a name that is broken", lambda form: define_name(form, "区域", "#REF!"), GOOD),
    Case(
        "a chart sheet between the sheets",
        lambda form: (
            form.add_relationship(BOOK, "chartsheet", "chartsheets/sheet1.xml")
            .add_part("xl/chartsheets/sheet1.xml", f'<chartsheet xmlns="{MAIN}"/>')
            .rewrite_part(
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
