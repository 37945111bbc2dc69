"""Test cases of .xlsx files with faults in the zip archive, such as zip bombs."""

from __future__ import annotations

import struct
import warnings
import zipfile
import zlib
from functools import partial
from io import BytesIO

from hunan_trade.intake.tests.hostile_workbooks.case_classes import (
    BOOK,
    GOOD,
    STRINGS,
    TRADE,
    TYPES,
    Case,
    Form,
    refuses,
)

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
DAMAGED = refuses("damaged", "损坏")
SWOLLEN = refuses("swollen", "展开后过大")
UNSAFE = refuses("unsafe-name", "路径不合规范")


def change_directory_field(data: bytes, name: str, form: str, offset: int, value: int) -> bytes:
    """Change one field of a part's entry in the zip's central directory."""
    changed = bytearray(data)
    struct.pack_into(form, changed, data.rindex(name.encode()) - 46 + offset, value)
    return bytes(changed)


def change_local_header_field(data: bytes, name: str, form: str, offset: int, value: int) -> bytes:
    """Change one field of a part's local zip header."""
    changed = bytearray(data)
    struct.pack_into(form, changed, data.index(name.encode()) - 30 + offset, value)
    return bytes(changed)


def zip_with_bomb(form: Form, megabytes: int) -> bytes:
    """Return a zip with a part of blanks that expands to many megabytes.

    It is compressed in pieces to keep the test small.
    """
    packer, blank, sum_ = zlib.compressobj(9, zlib.DEFLATED, -15), b" " * (1 << 20), 0
    packed = b""
    for _ in range(megabytes):
        packed += packer.compress(blank)
        sum_ = zlib.crc32(blank, sum_)
    packed += packer.flush()
    # As if it were stored; then its header and its entry are made to say what it really is.
    data = Form({**form.parts, "xl/bomb.xml": packed}).to_bytes(zipfile.ZIP_STORED)
    for change, method, crc, size in ((change_local_header_field, 8, 14, 22), (change_directory_field, 10, 16, 24)):
        data = change(data, "xl/bomb.xml", "<H", method, 8)
        data = change(data, "xl/bomb.xml", "<I", crc, sum_)
        data = change(data, "xl/bomb.xml", "<I", size, megabytes << 20)
    return data


def zip_with_overlapping_entries(form: Form) -> bytes:
    """Return a zip with fifty directory entries that point to the same compressed bytes."""
    form.parts = {**form.parts, **{f"xl/part{n}.xml": b" " * 900_000 for n in range(50)}}
    data = form.to_bytes()
    first = data.index(b"xl/part0.xml") - 30
    for n in range(1, 50):
        data = change_directory_field(data, f"xl/part{n}.xml", "<I", 42, first)
    return data


def zip_with_part_twice(form: Form, name: str) -> bytes:
    stream = BytesIO(form.to_bytes())
    with zipfile.ZipFile(stream, "a") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        archive.writestr(name, "<other/>")
    return stream.getvalue()


def zip_with_flipped_bit(form: Form) -> bytes:
    data = bytearray(form.to_bytes())
    data[data.index(TRADE.encode()) + len(TRADE) + 200] ^= 4
    return bytes(data)


def zip_with_odd_part_name(form: Form, name: str) -> bytes:
    """Return a zip with a part name that zipfile would tidy, written in both places."""
    stand_in = "q" * len(name.encode())
    return form.add_part(stand_in).to_bytes().replace(stand_in.encode(), name.encode())


def truncated_zip(form: Form, tenths: int) -> bytes:
    data = form.to_bytes()
    return data[: len(data) * tenths // 10]


def encrypted_workbook(form: Form) -> bytes:
    return OLE + bytes(1016) + "EncryptedPackage".encode("utf-16-le") + form.to_bytes()


def old_xls_workbook(form: Form) -> bytes:
    return OLE + bytes(504) + "Workbook".encode("utf-16-le") + bytes(2048)


CASES = [
    Case("the filled form itself", lambda form: form, GOOD),
    Case("stored, not packed", lambda form: form.to_bytes(zipfile.ZIP_STORED), GOOD),
    Case("bytes after the zip", lambda form: form.to_bytes() + b"\0" * 20, GOOD),
    Case(
        "a program before the zip", lambda form: b"MZ" + bytes(600) + form.to_bytes(), refuses("not-a-workbook", "损坏")
    ),
    Case(
        "a script before the zip", lambda form: b"#!/bin/sh, x\n" + form.to_bytes(), refuses("not-a-workbook", "损坏")
    ),
    Case("nothing at all", lambda form: b"", refuses("empty", "0 字节")),
    Case("more than ten megabytes", lambda form: form.to_bytes() + bytes(10 << 20), refuses("too-large", "10 MB")),
    Case("an old .xls by another name", old_xls_workbook, refuses("xls", "旧的“.xls”格式")),
    Case("a password to open it", encrypted_workbook, refuses("encrypted", "取消密码")),
    Case(
        "a CSV by another name", lambda form: "海关编码,出口\r\n4301960001,1\r\n".encode("gbk"), refuses("csv", "CSV")
    ),
    Case(
        "a CSV with tabs", lambda form: "海关编码\t出口\r\n1\t2\r\n".encode("utf-16"), refuses("not-a-workbook", "另存")
    ),
    Case(
        "a web page by another name",
        lambda form: b"<html><table><tr><td>1,2</td></tr></table></html>",
        refuses("html", "网页"),
    ),
    Case("a picture by another name", lambda form: b"\x89PNG\r\n\x1a\n" + bytes(99), refuses("not-a-workbook", "另存")),
    Case("a PDF by another name", lambda form: b"%PDF-1.4\n1 0 obj, x", refuses("not-a-workbook", "另存")),
    Case(
        "a text document",
        lambda form: Form({"word/document.xml": b"<d/>", TYPES: b"<Types/>"}).to_bytes(),
        refuses("not-a-workbook", "不是电子表格"),
    ),
    *(Case(f"cut off after {n} tenths", partial(truncated_zip, tenths=n), DAMAGED) for n in range(1, 10)),
    Case("without its last byte", lambda form: form.to_bytes()[:-1], DAMAGED),
    Case("a flipped bit in a packed sheet", zip_with_flipped_bit, DAMAGED),
    Case("a wrong checksum", lambda form: change_directory_field(form.to_bytes(), TRADE, "<I", 16, 7), DAMAGED),
    Case(
        "a part that starts past the end",
        lambda form: change_directory_field(form.to_bytes(), TRADE, "<I", 42, 1 << 30),
        DAMAGED,
    ),
    Case(
        "an unknown way of packing",
        lambda form: change_directory_field(form.to_bytes(), TRADE, "<H", 10, 99),
        refuses("compression", "压缩方式"),
    ),
    Case("packed with LZMA", lambda form: form.to_bytes(zipfile.ZIP_LZMA), refuses("compression", "压缩方式")),
    Case(
        "two headers with two ways of packing",
        lambda form: change_local_header_field(form.to_bytes(), TRADE, "<H", 8, 0),
        DAMAGED,
    ),
    Case(
        "a part with a password",
        lambda form: change_directory_field(form.to_bytes(), TRADE, "<H", 8, 1),
        refuses("encrypted", "密码"),
    ),
    Case(
        "sizes that ask for zip64 and have none",
        lambda form: change_directory_field(form.to_bytes(), TRADE, "<I", 24, 0xFFFFFFFF),
        SWOLLEN,
    ),
    Case(
        "a size of four gigabytes less one",
        lambda form: change_directory_field(form.to_bytes(), TRADE, "<I", 24, 0xFFFFFFFE),
        SWOLLEN,
    ),
    Case(
        "less inside than promised",
        lambda form: change_directory_field(form.to_bytes(), TRADE, "<I", 24, 90_000),
        DAMAGED,
    ),
    Case(
        "more inside than promised", lambda form: change_directory_field(form.to_bytes(), TRADE, "<I", 24, 30), DAMAGED
    ),
    Case("a bomb of thirty megabytes", lambda form: zip_with_bomb(form, 30), SWOLLEN),
    Case(
        "a bomb in a bomb",
        lambda form: form.add_part("xl/media/inner.xlsx", zip_with_bomb(Form(dict(form.parts)), 50)),
        GOOD,
    ),
    Case("fifty parts in one place", zip_with_overlapping_entries, DAMAGED),
    Case("ten thousand parts", lambda form: Form(form.parts | {f"xl/p{n}.xml": b"" for n in range(10_000)}), SWOLLEN),
    Case("a path upwards", lambda form: form.add_part("../../etc/cron.d/x"), UNSAFE),
    Case("a path upwards in the middle", lambda form: form.add_part("xl/../../x.xml"), UNSAFE),
    Case("an absolute path", lambda form: form.add_part("/etc/passwd"), UNSAFE),
    Case("a path of another system", lambda form: zip_with_odd_part_name(form, "xl\\x.xml"), UNSAFE),
    Case("a drive letter", lambda form: form.add_part("C:/x.xml"), UNSAFE),
    Case("a name with a NUL", lambda form: zip_with_odd_part_name(form, "xl/x\0.xml"), UNSAFE),
    Case("a part given twice", lambda form: zip_with_part_twice(form, TRADE), refuses("duplicate-parts", "重名")),
    Case(
        "two names but for capitals", lambda form: form.add_part("XL/Workbook.xml"), refuses("duplicate-parts", "重名")
    ),
    Case(
        "other names in the local headers", lambda form: form.to_bytes().replace(b"xl/styles", b"yl/styles", 1), DAMAGED
    ),
    Case("folders as parts", lambda form: form.add_part("xl/", b"").add_part("xl/worksheets/", b""), GOOD),
    Case(
        "parts in another order", lambda form: Form({name: form.parts[name] for name in sorted(form.parts)[::-1]}), GOOD
    ),
    Case("an empty workbook part", lambda form: form.add_part(BOOK, b""), DAMAGED),
    Case("an empty table of texts", lambda form: form.add_part(STRINGS, b""), refuses("unreadable-cells", "另存")),
]
