"""Tests that malicious zip archives are refused, with a message, before anything is parsed."""

import struct
import zipfile
from dataclasses import replace
from io import BytesIO

import openpyxl
import pytest

from hunan_trade.workbooks.sheet_types import WorkbookRefused
from hunan_trade.workbooks.tests.factories import HEAD, number_cell, row_xml, workbook, workbook_parts, zip_parts
from hunan_trade.workbooks.upload_reader import read
from hunan_trade.workbooks.workbook_annotation import annotate
from hunan_trade.workbooks.zip_archive import Limits

ONE_CELL = row_xml(1, number_cell("A1", "1"))
SHEET = "xl/worksheets/sheet1.xml"


def refusal_of(data: bytes, limits: Limits | None = None) -> WorkbookRefused:
    with pytest.raises(WorkbookRefused) as caught:
        read(data, limits)
    assert caught.value.message.endswith("。") and "!" not in caught.value.message
    return caught.value


def workbook_with_extra_part(name: str, content: str | bytes = "x") -> bytes:
    return zip_parts({**workbook_parts(ONE_CELL), name: content})


def with_changed_zip_directory(data: bytes, name: str, **fields: int) -> bytes:
    """Change the zip's central directory: `size` (inflated) or `flags`."""
    changed = bytearray(data)
    place = data.rindex(name.encode()) - 46
    assert changed[place : place + 4] == b"PK\x01\x02"
    if "size" in fields:
        struct.pack_into("<I", changed, place + 24, fields["size"])
    if "flags" in fields:
        struct.pack_into("<H", changed, place + 8, fields["flags"])
    return bytes(changed)


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
FLIPPED = bytearray(workbook(ONE_CELL))
FLIPPED[FLIPPED.index(SHEET.encode()) + len(SHEET) + 20] ^= 1
FOREIGN_NAME = bytearray(workbook(ONE_CELL))
FOREIGN_NAME[FOREIGN_NAME.index(SHEET.encode()) : FOREIGN_NAME.index(SHEET.encode()) + 2] = b"yl"


@pytest.mark.parametrize(
    ("code", "data"),
    {
        "nothing": ("empty", b""),
        "old format": ("xls", OLE),
        "password": ("encrypted", OLE + "EncryptedPackage".encode("utf-16-le")),
        "csv": ("csv", "企业,出口\r\n甲,1\r\n".encode("gbk")),
        "picture": ("not-a-workbook", b"\x89PNG\r\n\x1a\n" + bytes(100)),
        "zip of something else": ("not-a-workbook", zip_parts({"a.txt": "x"})),
        "cut short": ("damaged", workbook(ONE_CELL)[:-60]),
        "a flipped byte": ("damaged", bytes(FLIPPED)),
        "another name in the local header": ("damaged", bytes(FOREIGN_NAME)),
        "encrypted entry": ("encrypted", with_changed_zip_directory(workbook(ONE_CELL), SHEET, flags=1)),
        "smaller than declared": ("damaged", with_changed_zip_directory(workbook(ONE_CELL), SHEET, size=9_000)),
        "larger than declared": ("damaged", with_changed_zip_directory(workbook(ONE_CELL), SHEET, size=20)),
        "declared far too large": ("swollen", with_changed_zip_directory(workbook(ONE_CELL), SHEET, size=1 << 30)),
        "a bomb by ratio": ("swollen", workbook_with_extra_part("xl/media/x.xml", " " * (3 << 20))),
        "too many parts": (
            "swollen",
            zip_parts({**workbook_parts(ONE_CELL), **{f"xl/p{n}.xml": "x" for n in range(200)}}),
        ),
        "path upwards": ("unsafe-name", workbook_with_extra_part("../evil.xml")),
        "absolute path": ("unsafe-name", workbook_with_extra_part("/etc/evil.xml")),
        "backslash": ("unsafe-name", workbook_with_extra_part("xl\\evil.xml")),
        "same name in capitals": ("duplicate-parts", workbook_with_extra_part("XL/Worksheets/Sheet1.xml")),
        "macros": ("macros", workbook_with_extra_part("xl/vbaProject.bin")),
        "old macros": ("macros", workbook_with_extra_part("xl/macrosheets/sheet1.xml")),
        "DTD in a part nobody reads": (
            "dtd",
            workbook_with_extra_part("docProps/app.xml", f"{HEAD}<!DOCTYPE a [<!ENTITY b 'c'>]><a/>"),
        ),
        "UTF-16, to hide a DTD": ("dtd", workbook_with_extra_part("docProps/app.xml", "<a/>".encode("utf-16"))),
    }.values(),
)
def test_each_hostile_file_is_refused_with_its_own_code(code: str, data: bytes) -> None:
    assert refusal_of(data).code == code


def test_billion_laughs_never_reaches_a_parser() -> None:
    bomb = f'{HEAD}<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>'
    for name in workbook_parts(ONE_CELL):
        assert refusal_of(zip_parts({**workbook_parts(ONE_CELL), name: bomb})).code == "dtd"


@pytest.mark.parametrize(
    "content", ["x", f'{HEAD}<!DOCTYPE a [<!ENTITY b "c">]><a/>', '<ddeLink ddeService="cmd" ddeTopic="/c calc"/>']
)
def test_a_part_of_another_workbook_is_never_opened(content: str) -> None:
    """The part's bytes are damaged: opening it would fail."""
    names = ["xl/externalLinks/externalLink1.xml", "xl/externalLinks/_rels/externalLink1.xml.rels", "xl/far/l1.xml"]
    found = {**workbook_parts(ONE_CELL), **dict.fromkeys(names, f"{content}UNOPENED")}
    link = '<Relationship Id="r9" Type="x/relationships/externalLink" Target="far/l1.xml"/></Relationships>'
    found["xl/_rels/workbook.xml.rels"] = found["xl/_rels/workbook.xml.rels"].replace("</Relationships>", link)
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name, text in found.items():
            archive.writestr(name, text)
    data = stream.getvalue().replace(b"UNOPENED", b"UN0PENED")
    book = read(data)
    assert book.linked and book.sheets[0].rows == [("1",)]
    assert "表1" in openpyxl.load_workbook(BytesIO(annotate(data, []))).sheetnames


@pytest.mark.parametrize("kind", ["worksheet", "sharedStrings", "theme"])
def test_a_part_also_linked_as_something_else_is_checked(kind: str) -> None:
    content = {**workbook_parts(ONE_CELL), "xl/externalLinks/x.xml": f'{HEAD}<!DOCTYPE a [<!ENTITY b "c">]><a/>'}
    link = f'<Relationship Id="r9" Type="x/relationships/{kind}" Target="externalLinks/x.xml"/></Relationships>'
    content["xl/_rels/workbook.xml.rels"] = content["xl/_rels/workbook.xml.rels"].replace("</Relationships>", link)
    assert refusal_of(zip_parts(content)).code == "dtd"


def test_a_part_declared_as_something_else_is_checked() -> None:
    content = {**workbook_parts(ONE_CELL), "xl/externalLinks/x.xml": f'{HEAD}<!DOCTYPE a [<!ENTITY b "c">]><a/>'}
    types = content["[Content_Types].xml"]
    content["[Content_Types].xml"] = types.replace("/xl/sharedStrings.xml", "/xl/externalLinks/x.xml")
    assert refusal_of(zip_parts(content)).code == "dtd"


def test_a_part_given_twice_is_refused() -> None:
    stream = BytesIO(workbook(ONE_CELL))
    with zipfile.ZipFile(stream, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr(SHEET, "<other/>")
    assert refusal_of(stream.getvalue()).code == "duplicate-parts"


def test_a_large_file_is_not_even_opened() -> None:
    assert refusal_of(b"PK\x03\x04" + bytes(100), replace(Limits(), file_bytes=50)).code == "too-large"


def test_macros_are_recognised_by_content_type_too() -> None:
    content = workbook_parts(ONE_CELL)
    types = content["[Content_Types].xml"].replace("spreadsheetml.sheet.main", "ms-excel.sheet.macroEnabled.main")
    assert refusal_of(zip_parts({**content, "[Content_Types].xml": types})).code == "macros"


@pytest.mark.parametrize("cut", range(1, 1200, 97))
def test_a_file_cut_anywhere_is_refused(cut: int) -> None:
    whole = workbook(ONE_CELL)
    refusal_of(whole[: len(whole) - cut])
