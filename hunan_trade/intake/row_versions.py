"""Functions that read earlier versions of a return's rows (ADR 13).

From the tables of current and replaced rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connection, models

from hunan_trade.accounts.models import User
from hunan_trade.intake import datasets
from hunan_trade.intake.models import MonthlyReturn, ReplacedRow, Row, Upload
from hunan_trade.intake.return_sheets import timestamp_text, version_label
from hunan_trade.intake.workbook_merge import MergeBase, Place, Texts, TextVersion
from hunan_trade.periods import Month
from hunan_trade.workbooks.sheet_types import RawWorkbook

SHOWN = 50  # rows that an event of the log holds in full; of more it names the digest as well


def replaced_rows_for_log(monthly_return: MonthlyReturn) -> tuple[dict[str, Any], dict[str, Any]] | tuple[None, None]:
    """Return a return's rows before and after its last change, for the audit log; (None, None) if none was replaced.

    Each side holds the texts of up to `SHOWN` rows and, for the history that holds all of them, number and digest.
    """
    before = ReplacedRow.objects.filter(monthly_return=monthly_return, until=monthly_return.version)
    if not before.exists():
        return None, None
    after = Row.objects.filter(monthly_return=monthly_return, since=monthly_return.version)
    return _first_rows_and_digest(before), _first_rows_and_digest(after) | {"version": monthly_return.version}


def summarize_rows_for_log(
    monthly_return: MonthlyReturn, before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return copies of `before` and `after`, dicts of row texts, cut to SHOWN rows for the audit log.

    If shortened, a hash of all rows is added.
    """
    if len(after) <= SHOWN:
        return dict(before), dict(after)
    listed = list(after)[:SHOWN]
    old = ReplacedRow.objects.filter(monthly_return=monthly_return, until=monthly_return.version)
    new = Row.objects.filter(monthly_return=monthly_return, since=monthly_return.version)
    return (
        {key: before[key] for key in listed} | _count_and_digest(old),
        {key: after[key] for key in listed} | _count_and_digest(new) | {"version": monthly_return.version},
    )


def _first_rows_and_digest(rows: models.QuerySet[Any]) -> dict[str, Any]:
    first = rows.order_by("dataset", "key").values_list("dataset", "key", "texts")[:SHOWN]
    return {f"{datasets.get(dataset).sheet} {key}": texts for dataset, key, texts in first} | _count_and_digest(rows)


def _count_and_digest(rows: models.QuerySet[Any]) -> dict[str, Any]:
    """Return a dict with the number of rows and a SHA-256 of the contents of all rows.

    The hashed text is a line 表⇥key⇥texts per row, in byte order.
    """
    sql, given = rows.order_by().values_list("dataset", "key", "texts").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), encode(sha256(convert_to(coalesce(string_agg(concat_ws(E'\\t', dataset, key, texts::text),"
            " E'\\n' ORDER BY dataset COLLATE \"C\", key COLLATE \"C\"), ''), 'UTF8')), 'hex')"
            f" FROM ({sql}) AS asked",
            given,
        )
        number, digest = cursor.fetchone()
    return {"rows": number, "rows_digest": digest}


def download_id(book: RawWorkbook) -> str:
    """Return the id of the download that an uploaded workbook's metadata name, or "" if they name none.

    The id is the return's version and the time of its last edit.
    """
    version, edited = book.metadata.get("version", ""), book.metadata.get("edited")
    return f"{version} {edited}" if version.isascii() and version.isdigit() and edited is not None else ""


def merge_base(monthly_return: MonthlyReturn, book: RawWorkbook, by: User) -> MergeBase:
    """Return the texts that a return had when the workbook was downloaded, for a three-way merge; empty if unknown.

    They are not known where the metadata are missing or name a version that the return has not had; also
    where the texts of that version are others than those handed out, as after a backup was restored. A sheet that says
    another version than the metadata was copied from another workbook, and nothing is known of that sheet.
    """
    download = download_id(book)
    version = int(download.split()[0][:9]) if download else 0
    if not 0 < version <= monthly_return.version:
        return MergeBase()
    last_edit = Row.objects.filter(monthly_return=monthly_return, since__lte=version).aggregate(
        at=models.Max("edited_at")
    )["at"]
    older: dict[Place, list[tuple[TextVersion, Texts]]] = {}
    replaced = ReplacedRow.objects.filter(monthly_return=monthly_return, until__gt=version).order_by("until")
    for dataset, key, texts, *written in replaced.values_list("dataset", "key", "texts", "since", *_WRITTEN):
        older.setdefault((dataset, key), []).append((TextVersion(*written), texts))
    then = [first.at for (first, _), *_ in older.values() if first.since <= version]
    if timestamp_text(max(filter(None, [last_edit, *then]), default=None)) != download.partition(" ")[2]:
        return MergeBase()
    since = Row.objects.filter(monthly_return=monthly_return, since__gt=version)
    latest = {
        (row[0], row[1]): TextVersion(*row[2:]) for row in since.values_list("dataset", "key", "since", *_WRITTEN)
    }
    return MergeBase(
        version,
        older,
        latest,
        _versions_from_same_download(monthly_return, download, by) if latest else frozenset(),
        _copied_sheets(book, version, monthly_return.period),
    )


_WRITTEN = ("edited_by", "edited_at")


def _versions_from_same_download(monthly_return: MonthlyReturn, download: str, by: User) -> frozenset[int]:
    """Return the return's versions that were made by this user's uploads of the same downloaded workbook."""
    confirmed = Upload.objects.filter(monthly_return=monthly_return, received_by=by, download=download).exclude(
        confirmed_at=None
    )
    return frozenset(before + 1 for before in confirmed.values_list("base_version", flat=True))


def _copied_sheets(book: RawWorkbook, version: int, month: Month) -> frozenset[str]:
    sheets = {dataset.code: book.sheet(dataset.sheet) for dataset in datasets.of_month(month)}
    return frozenset(
        code
        for code, sheet in sheets.items()
        if sheet and not any(version_label(version) in sheet.text(0, at) for at in range(sheet.width))
    )
