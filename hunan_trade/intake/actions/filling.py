"""Writes the rows of a return that come from the grid, from uploaded workbooks or from the API."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from django.db import transaction

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.audit.actions import record
from hunan_trade.files import actions as files
from hunan_trade.intake import datasets, return_sheets, row_versions
from hunan_trade.intake.actions.daily_upload_limits import check_daily_readings, record_workbook_reading
from hunan_trade.intake.actions.return_state_change_checks import check_move, prepare_move, select_return_for_update
from hunan_trade.intake.datasets import Dataset
from hunan_trade.intake.models import MonthlyReturn, Row, Upload
from hunan_trade.intake.return_checks import CheckedReturn, check_return
from hunan_trade.intake.workbook_merge import (
    CELL_CHARACTERS,
    Change,
    ConflictChoices,
    CountedList,
    MergeBase,
    WorkbookMerge,
)
from hunan_trade.intake.workbook_size_limits import workbook_size_limits
from hunan_trade.periods import format_chinese_datetime
from hunan_trade.tabular.table_types import PrefilledRow, TableSpec
from hunan_trade.tabular.upsert import json_objects, upsert_rows
from hunan_trade.text_cleaning import tidy
from hunan_trade.workbooks import upload_reader
from hunan_trade.workbooks.sheet_types import RawWorkbook
from hunan_trade.workflow import MoveRefused, Stale

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class RowEdit:
    """A user's edit of one row of a sheet: the typed texts, and the version of the row before the edit.

    `version` is the row's when it was opened, 0 for a row not saved yet.
    """

    key: str
    texts: Mapping[str, str]
    version: int | None = None


class RowConflict(Stale):
    """Raised when another user saved a row after this user had opened it for editing.

    `row` is the stored row.
    """

    def __init__(self, row: Row) -> None:
        super().__init__(f"{row.edited_by.name} {format_chinese_datetime(row.edited_at)}改过同一行")
        self.row = row


@transaction.atomic
def save_rows(
    return_id: int, dataset: Dataset, edits: Sequence[RowEdit], *, by: User, seen: int | None = None
) -> dict[str, int]:
    """Save texts typed into rows of one sheet of a monthly return; return a dict from record key to row version.

    Texts need not be valid; the versions are by record key. A row not stored before gets its defaults beside.

    `seen` is the return's version, from whoever saw it as a whole; the grid relies on those of the rows.

    Raises MoveRefused when locked or not the city's turn, RowConflict when a record was saved by somebody else since
    `RowEdit.version`, KeyError for a record that the sheet does not know, or a sheet that the return does not have.
    """
    monthly_return = select_return_for_update(return_id)
    move = prepare_move("fill", monthly_return, by=by, seen=seen)
    known = datasets.get(dataset.code, monthly_return.period).load(
        monthly_return.region_id, monthly_return.period, None
    )
    listed = {row.key: row for row in known.rows}
    typed = {column.key for column in dataset.input_columns}
    there = {
        row.key: row
        for row in Row.objects.select_related("edited_by").filter(
            monthly_return=monthly_return, dataset=dataset.code, key__in=[edit.key for edit in edits]
        )
    }
    versions: dict[str, int] = {}
    changed: dict[str, dict[str, str]] = {}
    for edit in edits:
        record = listed.get(edit.key) or known.addable_row(edit.key)
        if record is None:
            raise KeyError(edit.key)
        row = there.get(edit.key)
        before, stored = row.version if row else 0, record.input_cell_texts(row.texts if row else {})
        texts = {key: tidy(text)[:CELL_CHARACTERS] for key, text in edit.texts.items() if key in typed}
        _refuse_locked_cells(dataset, record, texts)
        if row and all(stored.get(key, "") == text for key, text in texts.items()):
            versions[edit.key] = before
            continue
        if row and edit.version is not None and edit.version != before:
            raise RowConflict(row)
        versions[edit.key] = before + 1
        changed[edit.key] = {**stored, **texts}
    _store_rows(
        monthly_return,
        dataset,
        list(changed),
        [json.dumps(texts, ensure_ascii=False) for texts in changed.values()],
        by,
    )
    if changed:
        move.save_row_with_new_state(nil_reason="")  # what is typed or uploaded after 零报告 takes the declaration back
        replaced = {key: there[key].texts if key in there else None for key in changed}
        was, now = row_versions.summarize_rows_for_log(monthly_return, replaced, changed)
        move.record("return.filled", before=was, after=now)
    return versions


def _refuse_locked_cells(dataset: TableSpec, record: PrefilledRow, texts: Mapping[str, str]) -> None:
    """Raise MoveRefused if one of the typed texts would change a cell that is locked in this row of the sheet."""
    for key in record.locked_columns & texts.keys():
        if texts[key] != record.texts.get(key, ""):
            raise MoveRefused(f"“{record.name}”一行的{dataset.column(key).title}是锁定的，没有保存。去掉这一格再保存")


def _store_rows(
    monthly_return: MonthlyReturn, dataset: TableSpec, keys: Sequence[str], texts: Sequence[str], by: User
) -> int:
    """Insert a sheet's new rows and update those whose texts have changed; return the number of rows written.

    Each row's texts are stored as JSON.
    """
    return upsert_rows(
        Row,
        ["monthly_return", "dataset", "key"],
        {"key": keys, "texts": texts},
        fixed={
            "monthly_return": monthly_return.pk,
            "dataset": dataset.code,
            "since": monthly_return.version + 1,  # what the caller turns it to
            "edited_by": by.pk,
            "edited_at": clock.now(),
        },
        compared_fields=["texts"],
        version_field="version",
    )


@dataclass(frozen=True)
class CheckedMerge:
    """The result of merging an uploaded workbook into a monthly return, and of checking the merged return."""

    checked: CheckedReturn
    merge: WorkbookMerge
    download_id: str = ""  # which one the workbook goes back to


@dataclass(frozen=True)
class UploadPreview:
    """A stored workbook upload, and the changes that confirming it would make to the monthly return."""

    upload: Upload
    by: User
    computed: CheckedMerge | None = None

    @cached_property
    def checked_merge(self) -> CheckedMerge:
        return self.computed or _merge_stored_upload(self.upload, self.by)

    @property
    def version(self) -> int:
        """The version of the monthly return with which the uploaded workbook is compared."""
        return self.upload.monthly_return.version

    @property
    def checked(self) -> CheckedReturn:
        return self.checked_merge.checked

    @property
    def merge(self) -> WorkbookMerge:
        return self.checked_merge.merge

    @property
    def changes(self) -> CountedList[Change]:
        return self.merge.changes


def receive_upload(return_id: int, data: bytes, name: str, *, by: User) -> UploadPreview:
    """Store an uploaded workbook, and return a preview of the changes that it would make to the monthly return.

    An upload that is confirmed later stays for ever.

    The workbook that made the return what it is comes back as the upload that was taken over then: it has nothing to
    change. WorkbookRefused with one sentence when the file cannot be this return.
    """
    monthly_return = MonthlyReturn.objects.with_region().get(pk=return_id)
    check_move("fill", monthly_return, by)
    if current := _current_upload_of_same_bytes(monthly_return, data):
        return UploadPreview(current, by)
    checked_merge = merge_and_check(data, monthly_return, by=by)
    with transaction.atomic():
        check_daily_readings(select_return_for_update(return_id), by)  # again, now that nobody else uploads beside this
        upload = Upload.objects.create(
            monthly_return=monthly_return,
            file=files.store_file(data, content_type=XLSX),
            name=tidy(name)[:255] or "未命名.xlsx",
            download=checked_merge.download_id,
            base_version=monthly_return.version,
            received_by=by,
            received_at=clock.now(),
            blocking=len(checked_merge.checked.blocking),
        )
        record(
            "return.uploaded",
            by=by,
            subject=monthly_return,
            region=monthly_return.region_id,
            after={"sha256": upload.file_id, "name": upload.name},
        )
    return UploadPreview(upload, by, checked_merge)


def _current_upload_of_same_bytes(monthly_return: MonthlyReturn, data: bytes) -> Upload | None:
    """Return the confirmed upload of the same bytes if the monthly return has not changed since, else None."""
    confirmed = Upload.objects.select_related("file", "monthly_return__region").exclude(confirmed_at=None)
    digest = hashlib.sha256(data).hexdigest()
    upload = confirmed.filter(
        monthly_return=monthly_return, file=digest, base_version=monthly_return.version - 1
    ).first()
    if upload is not None:
        files.store_file(data, content_type=XLSX)  # should the disk have lost it
    return upload


def preview_upload(upload: Upload, choices: ConflictChoices | None = None, *, by: User) -> UploadPreview:
    """Return a preview of the changes that confirming a stored upload would make to its monthly return."""
    return UploadPreview(upload, by, _merge_stored_upload(upload, by, choices))


def _merge_stored_upload(upload: Upload, by: User, choices: ConflictChoices | None = None) -> CheckedMerge:
    return merge_and_check(upload.file.read(), upload.monthly_return, by=by, owner=upload.received_by, choices=choices)


def merge_and_check(
    data: bytes,
    monthly_return: MonthlyReturn,
    *,
    by: User,
    owner: User | None = None,
    choices: ConflictChoices | None = None,
) -> CheckedMerge:
    """Merge a workbook into a monthly return in memory, and check the result; the stored return is not changed.

    `owner` is the user who uploaded the workbook, if that is not `by`.
    """
    book, form = _read_workbook_and_load_sheets(data, monthly_return, by)
    merge = _merge_workbook(book, form, monthly_return, owner or by, choices)
    checked = check_return(merge.merged_tables, form.contexts, form.month)
    return CheckedMerge(checked, merge, row_versions.download_id(book))


def _merge_workbook(
    book: RawWorkbook,
    form: return_sheets.ReturnSheets,
    monthly_return: MonthlyReturn,
    owner: User,
    choices: ConflictChoices | None,
) -> WorkbookMerge:
    raw = return_sheets.sheets_from_workbook(book, form)
    base = (
        row_versions.merge_base(monthly_return, book, owner) if form.texts else MergeBase()
    )  # a first upload has nothing to spare
    return WorkbookMerge(raw, form, base, choices)


def _read_workbook_and_load_sheets(
    data: bytes, monthly_return: MonthlyReturn, by: User
) -> tuple[RawWorkbook, return_sheets.ReturnSheets]:
    """Parse the uploaded workbook and, in parallel, load the return's stored sheets; return both."""
    record_workbook_reading(monthly_return, by)
    with ThreadPoolExecutor(1) as beside:
        reading = beside.submit(copy_context().run, upload_reader.read, data, workbook_size_limits(monthly_return))
        form = return_sheets.stored_sheets(monthly_return)
        return reading.result(), form


class UndecidedConflicts(MoveRefused):
    """Raised if the user has not chosen a text for a cell that was changed both in the workbook and in the portal."""

    def __init__(self, merge: WorkbookMerge) -> None:
        super().__init__(f"还有 {merge.undecided_count} 格文件和系统中都改过，没有选定用哪个，没有写入")
        self.merge = merge


class BlockingFindings(MoveRefused):
    """Raised when a workbook has errors that the city must correct before the workbook can be stored."""


def _merge_or_refuse(
    book: RawWorkbook,
    form: return_sheets.ReturnSheets,
    monthly_return: MonthlyReturn,
    choices: ConflictChoices,
    by: User,
) -> WorkbookMerge:
    """Merge a workbook into a return; raise MoveRefused if conflicting cells are undecided or errors are left.

    `choices` say which side each conflicting cell takes.
    """
    merge = _merge_workbook(book, form, monthly_return, by, choices)
    if merge.unknown_cells:
        raise MoveRefused(f"所选的 {len(merge.unknown_cells)} 格不是两边都改过的格，没有写入。重新打开预览再选")
    if merge.undecided_count:
        raise UndecidedConflicts(merge)
    if blocking := len(check_return(merge.merged_tables, form.contexts, form.month).blocking):
        raise BlockingFindings(f"文件还有 {blocking} 处必须改，没有写入")
    return merge


def confirm_upload(
    upload_id: UUID, sha256: str, *, by: User, seen: int | None = None, choices: ConflictChoices | None = None
) -> MonthlyReturn:
    """Store a previewed upload: merge its workbook into the monthly return, and return the changed return.

    The workbook is read and checked again. `seen` is the return's version with which the preview compared the
    workbook, if that is not the version at the upload. Raises Stale if the return changed since, UndecidedConflicts
    when `choices` leave out a cell that both sides changed.
    """
    found = Upload.objects.select_related("file", "monthly_return__region").get(pk=upload_id)
    check_move("fill", found.monthly_return, by)
    if found.file_id != sha256:
        raise Stale("文件与预览的不是同一份。重新上传")
    if found.confirmed_at is not None:
        return found.monthly_return  # pressed twice
    book, form = _read_workbook_and_load_sheets(found.file.read(), found.monthly_return, by)
    return _store_merge(found, book, form, by, seen or found.base_version, choices or ConflictChoices())


@transaction.atomic
def _store_merge(
    found: Upload, book: RawWorkbook, form: return_sheets.ReturnSheets, by: User, seen: int, choices: ConflictChoices
) -> MonthlyReturn:
    """Lock a monthly return, merge a parsed workbook into it, store the rows, and mark the upload as confirmed."""
    monthly_return = select_return_for_update(found.monthly_return_id)
    move = prepare_move("fill", monthly_return, by=by, seen=None)
    upload = Upload.objects.select_for_update().filter(pk=found.pk).first()
    if upload is None:
        raise Stale("这份上传没有及时写入，已清除。重新上传")
    if upload.confirmed_at is not None:
        return monthly_return
    move.check_not_stale(seen)
    merge = _merge_or_refuse(book, form, monthly_return, choices, upload.received_by)
    for rows in merge.sheet_writes:
        if rows.keys:
            _store_rows(monthly_return, rows.dataset, rows.keys, json_objects(rows.columns), by)
    upload.base_version, upload.confirmed_at = seen, clock.now()
    upload.save(update_fields=["base_version", "confirmed_at"])
    move.save_row_with_new_state(nil_reason="")
    before, after = row_versions.replaced_rows_for_log(monthly_return)
    decided = {"decided": dict(merge.decided_counts)} if merge.decided_counts else {}
    imported = {"sha256": upload.file_id, "name": upload.name, **decided, **(after or {})}
    move.record("return.imported", before=before, after=imported)
    return monthly_return


@transaction.atomic
def declare_nil(return_id: int, reason: str, *, by: User, seen: int) -> MonthlyReturn:
    """Declare that a city has nothing to report: fill its return with zeros or defaults, and store the reason.

    The replaced texts must be those that the page showed: `seen` is their version.
    """
    monthly_return = select_return_for_update(return_id)
    move = prepare_move("fill", monthly_return, by=by, seen=seen, reason=reason)
    if not (reason := move.reason):
        raise MoveRefused("零报告要写明原因")
    sheets = datasets.of_month(monthly_return.period)
    if faults := sheets[0].reason.parse([reason]).faults:
        raise MoveRefused(faults[0].message)
    form = return_sheets.stored_sheets(monthly_return)
    for dataset in sheets:
        rows = [row for row, _ in form.rows(dataset)]
        nil = [dataset.nil_return_texts(row) | {dataset.reason.key: reason} for row in rows]
        texts = [json.dumps(typed, ensure_ascii=False) for typed in nil]
        _store_rows(monthly_return, dataset, [row.key for row in rows], texts, by)
    move.save_row_with_new_state(nil_reason=reason)
    before, after = row_versions.replaced_rows_for_log(monthly_return)
    move.record("return.declared_nil", before=before, after=after)
    return monthly_return
