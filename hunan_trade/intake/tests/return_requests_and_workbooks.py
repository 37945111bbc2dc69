"""Test helpers for returns: signed-in clients, URLs, and workbooks to upload."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from datetime import date
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook, load_workbook

from hunan_trade import clock
from hunan_trade.accounts import sessions
from hunan_trade.accounts.models import User
from hunan_trade.intake import return_sheets
from hunan_trade.intake.models import MonthlyReturn, Threshold
from hunan_trade.testing.response_type import Response


def signed_in_client(user: User) -> Client:
    client = Client()
    session = client.session
    sessions.sign_in(session, user, ip=None, browser="test")
    assert session.session_key
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    return client


def return_url(monthly_return: MonthlyReturn, part: str = "") -> str:
    return f"/returns/{monthly_return.region_id}/{monthly_return.period}/{part}"


def save_grid_rows(client: Client, monthly_return: MonthlyReturn, sheet: str, *rows: Mapping[str, Any]) -> Response:
    """Save rows as the grid sends them; each row is {"key", "version", "texts", "base"}."""
    body = json.dumps({"sheet": sheet, "rows": [{"version": 0, "base": {}, **row} for row in rows]})
    return client.post(
        return_url(monthly_return, "rows/"),
        body,
        content_type="application/json",
        headers={"Accept": "application/json"},
    )


def decided_threshold(by: User) -> Threshold:
    """Store a decision that returns from July 2013 on are asked about from three times the mean."""
    return Threshold.objects.create(
        dataset="processing_trade",
        code="high_factor",
        value=3,
        holds_from=date(2013, 7, 1),
        decided_by=by,
        decided_at=clock.now(),
        reason="旺季误报多",
    )


def form_workbook(monthly_return: MonthlyReturn) -> Workbook:
    """Return the return's form as an openpyxl workbook, to be changed and uploaded."""
    return load_workbook(
        BytesIO(return_sheets.stored_sheets(monthly_return).workbook(version=monthly_return.version, demo=True))
    )


def workbook_bytes(book: Workbook) -> bytes:
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def upload_workbook(client: Client, monthly_return: MonthlyReturn, data: bytes, name: str = "6月.xlsx") -> Response:
    return client.post(return_url(monthly_return, "upload/"), {"file": SimpleUploadedFile(name, data)})


def append_rows_xml(data: bytes, rows: str) -> bytes:
    """Return the workbook with these <row> elements appended to its first sheet."""
    found = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as read, zipfile.ZipFile(found, "w", zipfile.ZIP_DEFLATED) as written:
        for name in read.namelist():
            part = read.read(name)
            if name == "xl/worksheets/sheet1.xml":
                part = part.replace(b"</sheetData>", rows.encode() + b"</sheetData>")
            written.writestr(name, part)
    return found.getvalue()


def unknown_rows_xml(
    count: int, cell: str = '<c r="{at}" t="inlineStr"><is><t>x</t></is></c>', *, first: int = 200
) -> str:
    """Return <row> elements of nine cells each, whose codes no register knows."""
    code = '<c r="A%d" t="inlineStr"><is><t>x%d</t></is></c>'
    cells = code + "".join(cell.replace("{at}", f"{letter}%d") for letter in "BCDEFGHI")
    line = f'<row r="%d">{cells}</row>'
    return "".join(line % ((number,) * line.count("%d")) for number in range(first, first + count))
