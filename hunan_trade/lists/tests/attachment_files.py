"""Small files of each kind for tests of attachments."""

from __future__ import annotations

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

from docx import Document
from openpyxl import Workbook

PDF = b"%PDF-1.4\n1 0 obj <</Type /Catalog>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF\n"
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0" + b"\0" * 40 + b"\xff\xd9"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0" * 17 + b"\0\0\0\0IEND\xae\x42\x60\x82"


def docx_file() -> bytes:
    Document().save(stream := BytesIO())
    return stream.getvalue()


def xlsx_file() -> bytes:
    Workbook().save(stream := BytesIO())
    return stream.getvalue()


def with_part(office_file: bytes, name: str, content: bytes = b"x") -> bytes:
    """Return the office file with one more part in its zip archive."""
    stream = BytesIO(office_file)
    with ZipFile(stream, "a", ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return stream.getvalue()
