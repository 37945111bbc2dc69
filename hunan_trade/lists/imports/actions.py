"""Actions of an import, from the upload of a file to the writing of its rows and the undo.

Between them are the choice of its table, the mapping and the check.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, time
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.audit.actions import record
from hunan_trade.audit.actions_state_changes import AllowedMove, check_state_change, lock_row
from hunan_trade.files import actions as files
from hunan_trade.jobs import actions as jobs
from hunan_trade.lists.declaration import Listing
from hunan_trade.lists.editing import undo as undoing
from hunan_trade.lists.editing.undo import UndoResult
from hunan_trade.lists.imports.check_summary import summarize
from hunan_trade.lists.imports.last_field_changes import with_last_changes
from hunan_trade.lists.imports.mapping import Remembered, mapping_to_remember
from hunan_trade.lists.imports.models import JOB_KIND, Import, RememberedMapping
from hunan_trade.lists.imports.opened_file import OpenedFile, offered_columns, open_file
from hunan_trade.lists.imports.refused_rows_workbook import refused_rows_workbook
from hunan_trade.lists.imports.row_checking_and_writing import (
    Check,
    Progress,
    check_file,
    dry_run,
    stale_rows,
    write_rows,
)
from hunan_trade.lists.imports.row_comparison import Choices
from hunan_trade.lists.imports.spreadsheet import read_spreadsheet
from hunan_trade.lists.imports.table_in_sheet import Table, guess_table, head_fingerprint
from hunan_trade.lists.imports.workflow import IMPORT
from hunan_trade.lists.models import view_sharing_region
from hunan_trade.quantities import format_with_commas
from hunan_trade.tabular.findings import Finding, Severity
from hunan_trade.workflow import MoveRefused

STAYING = 300  # records that an undo left as they are, named one by one
ROWS_AT_ONCE = 2_000  # rows beyond which writing is a job


class ReasonMissing(MoveRefused):
    """Raised when an import changes fields that need a reason, and none is given."""


class CheckedAnew(Exception):
    """Raised when a repeated check of an import had another result, so that the user must confirm it again.

    `rows` are the numbers of the file's rows concerned.
    """

    def __init__(self, rows: Sequence[int]) -> None:
        super().__init__(rows)
        self.rows = rows


def unwritten_rows_workbook(listing: Listing, found: Import, *, by: User) -> bytes:
    """Return an .xlsx file of the rows that an import did not write, with the reasons as cell comments.

    It is like the file.
    """
    table = open_import(listing, found, by=by).table
    reasons: defaultdict[int, list[Finding]] = defaultdict(list)
    for number, cell, message in found.result.get("returned", ()):
        reasons[number].append(Finding(table.sheet.name, cell, "import", Severity.BLOCKING, message))
    return refused_rows_workbook(table, reasons)


def receive(listing: Listing, data: bytes, name: str, *, by: User) -> Import:
    """Store an uploaded file as a new import, and guess which sheet and header rows hold its table.

    Raises SpreadsheetRefused for a file that cannot be read.
    """
    _check_right(listing, by)
    _check_quota(by)
    table = guess_table(read_spreadsheet(data, name), offered_columns(listing, by))
    with transaction.atomic():
        stored = files.store_file(data, content_type="application/octet-stream")
        found = Import.objects.create(
            listing=listing.code,
            file=stored,
            name=name[:255],
            by=by,
            received_at=clock.now(),
            table=table_location(table),
        )
        record("import.received", by=by, subject=found, after={"listing": listing.code, "sha256": stored.sha256})
    return found


def table_location(table: Table) -> dict[str, Any]:
    """Return where a table is in its file, such as {"sheet": "Sheet1", "head_row": 3, "depth": 2}."""
    return {"sheet": table.sheet.name, "head_row": table.head_rows.start, "depth": len(table.head_rows)}


def open_import(listing: Listing, found: Import, *, by: User) -> OpenedFile:
    """Read the file of an import, and return it with its chosen, remembered or suggested column mapping.

    Where nothing is chosen yet, it is the mapping that the user's group remembers for such a head.
    """
    opened = open_file(listing, found, by)
    if remembered := _remembered_mapping(listing, opened, by):
        opened = open_file(listing, found, by, remembered)
    return opened


def choose_table(listing: Listing, found: Import, place: Mapping[str, Any], *, by: User, seen: int) -> None:
    """Store the user's choice of the sheet and header rows to import, and delete the column mapping.

    Raises LookupError for a sheet or row that is not there.
    """
    found.table, found.mapping = dict(place), []
    open_import(listing, found, by=by)
    _save(listing, found, "map", by=by, seen=seen, facts={}, result={})


def choose_mapping(
    listing: Listing,
    found: Import,
    *,
    by: User,
    seen: int,
    mapping: Sequence[Mapping[str, Any]],
    fills: Mapping[str, Any],
    remember: bool = False,
) -> None:
    """Store the column mapping that the user has chosen so far, without checking the file."""
    found.mapping, found.fills = list(mapping), dict(fills)
    _save(listing, found, "map", by=by, seen=seen)


def return_to_mapping(listing: Listing, found: Import, *, by: User, seen: int) -> None:
    """Send an import that was checked back to the step in which the user maps the columns."""
    _save(listing, found, "map", by=by, seen=seen)


def check(
    listing: Listing,
    found: Import,
    *,
    by: User,
    seen: int,
    mapping: Sequence[Mapping[str, Any]] | None = None,
    fills: Mapping[str, Any] | None = None,
    choices: Mapping[str, Any] | None = None,
    reason: str | None = None,
    remember: bool = False,
) -> tuple[str, ...]:
    """Check the file with the chosen column mapping, and store a preview of what the import would write.

    What is not given stays as it was. Returns a sentence for each thing that keeps it from being checked; then the
    import stays at its mapping.
    """
    _check_right(listing, by)
    check_state_change(found, "check", IMPORT, by=by, seen=seen)
    given = {"mapping": mapping, "fills": fills, "choices": choices, "reason": reason}
    for name, value in given.items():
        if value is not None:
            setattr(found, name, value)
    opened = open_import(listing, found, by=by)
    if opened.problems:
        _save(listing, found, "map", by=by, seen=seen)
        return opened.problems
    _store_check(listing, found, check_file(opened, found), by=by, seen=seen)
    if remember:
        _remember_mapping(listing, opened, by)
    return ()


def confirm(
    listing: Listing, found: Import, *, by: User, seen: int, choices: Mapping[str, Any], reason: str = ""
) -> None:
    """Write the valid rows of a checked import, at once or, if there are many, by a background job.

    Raises CheckedAnew where the check does not hold any more.
    """
    _check_right(listing, by)
    check_state_change(found, "queue", IMPORT, by=by, seen=seen)
    if Choices(**found.choices) != Choices(**choices):
        before = found.result["refused"]
        check(listing, found, by=by, seen=seen, choices=choices, reason=reason)
        seen = found.version
        if new := sorted(set(found.result["refused"]) - set(before)):
            raise CheckedAnew(new)
    _require_reason(listing, found, reason)
    found.reason = reason
    counts = found.result["counts"]
    if counts["new"] + counts["changed"] > ROWS_AT_ONCE:
        _queue(listing, found, by=by, seen=seen)
    else:
        write(listing, found, by=by, seen=seen)


def write(
    listing: Listing,
    found: Import,
    *,
    by: User,
    seen: int,
    within: Callable[[], AbstractContextManager[Any]] = transaction.atomic,
    finish: Callable[[Any], None] | None = None,
    report: Progress | None = None,
) -> None:
    """Compare the import's file with the stored records once more, then write its rows in one transaction.

    The comparison is outside of any lock; the transaction takes seconds. `within` opens it, `finish` is called at its
    end, `report` while the file is compared. Raises CheckedAnew where something else is true now than at the check.
    """
    compared = check_file(open_import(listing, found, by=by), found, report)
    if stale := stale_rows(found.facts, compared.facts):
        _store_check(listing, found, compared, stale, by=by, seen=seen)
        raise CheckedAnew(stale)
    with within():
        move = _lock_and_allow_move(listing, found, "write", by=by, seen=seen)
        written = write_rows(compared, found, by=by)
        summary = summarize(written)
        if unlike := sorted(set(summary["refused"]) ^ set(found.result["refused"])):
            transaction.set_rollback(True)
        else:
            result = _summary_entries_to_keep(summary)
            move.save_row_with_new_state(
                choices={}, facts={}, result=result, reason=found.reason, written_at=clock.now()
            )
            move.record(after={"listing": listing.code, "sha256": found.file_id, **summary["counts"]})
            if finish is not None:
                finish(summary["counts"])
            return
    _store_check(listing, found, compared, unlike, by=by, seen=seen)
    raise CheckedAnew(unlike)


@transaction.atomic
def drop(listing: Listing, found: Import, *, by: User, seen: int) -> None:
    """Abandon an import without writing anything, even while its job is still reading the file."""
    move = _lock_and_allow_move(listing, found, "drop", by=by, seen=seen)
    move.save_row_with_new_state(facts={}, result={}, choices={}, mapping=[], fills={})
    move.record()


@transaction.atomic
def undo(listing: Listing, found: Import, *, by: User, seen: int, reason: str) -> UndoResult:
    """Undo everything that an import wrote, except for records that somebody has changed since.

    They stay and are named.
    """
    move = _lock_and_allow_move(listing, found, "undo", by=by, seen=seen, reason=reason)
    result = undoing.undo(listing, reference=found.reference, by=by, reason=reason)
    staying = [[record.key, record.name, record.why] for record in result.staying]
    summary = {"count": result.count, "staying": staying[:STAYING], "more": len(staying[STAYING:])}
    move.save_row_with_new_state(result={**move.row.result, "undone": summary})
    move.record(after={"undone": result.count, "staying": len(staying)})
    return result


# --- Steps ----------------------------------------------------------------------------------------------------------
def _lock_and_allow_move(
    listing: Listing, found: Import, name: str, *, by: User, seen: int, reason: str = ""
) -> AllowedMove[Import]:
    _check_right(listing, by)
    locked = lock_row(Import.objects.visible_to(by).of_list(listing.code), found.pk)
    return check_state_change(locked, name, IMPORT, by=by, seen=seen, reason=reason)


@transaction.atomic
def _save(listing: Listing, found: Import, name: str, *, by: User, seen: int, **more: Any) -> None:
    """Store the user's choices for an import, and make its state change `name`, such as "map" or "check".

    `found` is then the stored row.
    """
    chosen = {name: getattr(found, name) for name in ("table", "mapping", "fills", "choices", "reason")}
    _lock_and_allow_move(listing, found, name, by=by, seen=seen).save_row_with_new_state(**chosen, **more)
    found.refresh_from_db(from_queryset=Import.objects.select_related("file"))


def _store_check(
    listing: Listing, found: Import, compared: Check, anew: Sequence[int] = (), *, by: User, seen: int
) -> None:
    """Try out writing the compared rows, roll it back, and store the result in the import for its preview.

    The list's own action is run and rolled back. `anew` are rows for which it is checked anew.
    """
    checked = dry_run(compared, found, by=by)
    result = {**summarize(checked), "anew": list(anew)}
    result["changes"] = with_last_changes(listing, result["changes"], by)
    _save(listing, found, "check", by=by, seen=seen, facts=checked.facts, result=result)


@transaction.atomic
def _queue(listing: Listing, found: Import, *, by: User, seen: int) -> None:
    _save(listing, found, "queue", by=by, seen=seen)
    title = f"导入{listing.title}：{found.name}"[:120]
    payload = {"pk": str(found.pk), "version": found.version}
    jobs.enqueue(JOB_KIND, payload, key=f"{found.pk}:{found.version}", by=by, title=title, region=by.region_id or "")


def _summary_entries_to_keep(summary: dict[str, Any]) -> dict[str, Any]:
    """Return those entries of a check's summary that are still needed after the import was written.

    The records' history has the rest.
    """
    names = (
        "counts",
        "rows",
        "cells",
        "kept",
        "findings",
        "more_findings",
        "refused",
        "returned",
        "no_records",
        "unmapped",
    )
    return {name: summary[name] for name in names}


def _check_right(listing: Listing, by: User) -> None:
    if not listing.may_import(by):
        raise MoveRefused(f"没有导入{listing.title}的权限")


def _check_quota(by: User) -> None:
    morning = datetime.combine(clock.today(), time.min, tzinfo=clock.SHANGHAI)
    if Import.objects.filter(by=by, received_at__gte=morning).count() >= settings.UPLOADS_A_DAY:
        raise MoveRefused(f"今天已上传 {format_with_commas(settings.UPLOADS_A_DAY)} 次，到了本账号一天的上限。明天再传")


def _require_reason(listing: Listing, found: Import, reason: str) -> None:
    asked = listing.editing.reason_for if listing.editing else frozenset()
    written = [change for change in found.result["changes"] if change["side"] != "register"]
    titles = {change["title"] for change in written if change["column"] in asked}
    if titles and not reason:
        raise ReasonMissing(f"改了{'、'.join(sorted(titles))}，要在说明里写明为什么")


# --- Remembered mappings --------------------------------------------------------------------------------------------
def _remembered_mapping(listing: Listing, opened: OpenedFile, by: User) -> Remembered | None:
    fingerprint = head_fingerprint(opened.table.headings)
    known = RememberedMapping.objects.filter(
        listing=listing.code, region=view_sharing_region(by), fingerprint=fingerprint
    ).first()
    return known.columns if known else None


def _remember_mapping(listing: Listing, opened: OpenedFile, by: User) -> None:
    if (group := view_sharing_region(by)) is not None:
        RememberedMapping.objects.update_or_create(
            listing=listing.code,
            region_id=group,
            fingerprint=head_fingerprint(opened.table.headings),
            defaults={"columns": mapping_to_remember(opened.mapping, opened.offered), "by": by, "at": clock.now()},
        )


def delete_old_imports() -> int:
    """Delete old imports with their files, and return the number of deleted imports.

    One that was given up or never confirmed is old after UPLOADS_KEPT, any other after IMPORTS_KEPT. What was written
    stays in the history, from which it can still be undone.
    """
    over, now = (Import.State.MAPPING, Import.State.CHECKED, Import.State.DROPPED), clock.now()
    unconfirmed = Q(state__in=over, received_at__lt=now - settings.UPLOADS_KEPT)
    written = Q(written_at__lt=now - settings.IMPORTS_KEPT)
    removed = 0
    old = Import.objects.filter(unconfirmed | written)
    for pk in old.values_list("pk", flat=True):
        with transaction.atomic():
            expired = old.filter(pk=pk).select_for_update().first()
            if expired is not None:
                expired.delete()
                files.delete_if_unreferenced(expired.file_id)
                removed += 1
    return removed
