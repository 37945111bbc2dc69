"""Functions that write any number of register records at once, with one audit event for each call.

They take one record or 50,000 (docs/lists.md). An app's action asks the right and hands over here; beside actions that
move one record by `audit.state_changes` nothing else writes a register:

    records.write(Park.objects.visible_to(by), changes, listing="parks", by=by, kind=kind, reason=reason)
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from django.db import DataError, IntegrityError, connection, transaction
from django.db.models import ProtectedError, QuerySet, RestrictedError

from hunan_trade.audit.actions import Actor, record
from hunan_trade.lists.constraint_violation_messages import REFUSED, Refusals, find_constraint_errors
from hunan_trade.lists.declaration import derived_fields, private_fields
from hunan_trade.lists.history.act_recording import open_act
from hunan_trade.lists.models import Act
from hunan_trade.lists.record_change_preparation import (
    Outcome,
    PendingChange,
    RecordChange,
    Result,
    apply_requested_values,
    lock_and_prepare_changes,
    upsert_columns,
)
from hunan_trade.tabular.upsert import upsert_rows

MASKED = "不记内容"  # stands in the audit log for what a column with a right of its own holds
_FOREIGN_KEYS = """
SELECT string_agg(quote_ident(conname), ', ') FROM pg_constraint
WHERE contype = 'f' AND condeferrable AND %s::regclass IN (conrelid, confrelid)
"""
Guard = Callable[[Sequence[Any]], Sequence[str]]
Judge = Callable[[Any], Mapping[str, str]]


class _NothingDone(Exception):
    """Raised to roll back the transaction if all requested changes were refused."""


def find_no_errors(record: Any) -> Mapping[str, str]:
    return {}


@transaction.atomic
def write_changes(
    rows: QuerySet[Any],
    changes: Sequence[RecordChange],
    *,
    listing: str,
    by: Actor,
    kind: Act.Kind,
    reason: str = "",
    reference: str = "",
    guard: Guard | None = None,
    judge: Judge = find_no_errors,
    verb: str = "",
) -> list[Outcome]:
    """Write all changes that are valid, and return the outcome of each change in the given order.

    `rows` are the records that may be changed: for this writing no other exists. `guard` says of the locked records, as
    they stand, why each may not be changed, "" if it may; `judge` gives the app's objections by field to a record as it
    would stand. `listing` is the list's code, with which the event's verb begins, such as "parks.edited", unless
    `verb` is another one.
    Whoever wants all or nothing rolls back where an outcome is refused; a dry run rolls back anyway.
    """
    drafts = lock_and_prepare_changes(rows, changes, by=by)
    if guard is not None:
        _add_guard_errors(guard, drafts)
    apply_requested_values(rows.model, drafts)
    for draft in drafts:
        if not draft.errors and not draft.change.is_deletion:
            for name, sentence in judge(draft.record).items():
                draft.add_error(sentence, at=name)
    wanted = [draft for draft in drafts if not draft.errors and draft.is_changed]
    _set_computed_fields(listing, [draft for draft in wanted if not draft.change.is_deletion])
    deletions = [draft for draft in wanted if draft.change.is_deletion]
    stored = [draft for draft in wanted if not draft.change.is_deletion]
    doubts: Mapping[int, Sequence[str]] = {}
    if wanted:
        _assign_primary_keys(rows.model, [draft for draft in stored if draft.record.pk is None])
        with (
            suppress(_NothingDone),
            open_act(kind, listing=listing, by=by, reason=reason, reference=reference),
        ):
            if deletions:  # first, for what is stored may take over their names
                _delete(rows.model, deletions)
            if stored:
                _store(rows.model, stored)
            done, masked = [draft for draft in wanted if not draft.errors], private_fields(listing)
            doubts = _update_dependent_data(listing, done, by=by, reason=reason)
            _record_audit_event(verb or f"{listing}.{kind}", done, masked=masked, by=by, reason=reason)
    return [_outcome(draft, doubts) for draft in drafts]


def delete_records(
    rows: QuerySet[Any],
    deletions: Sequence[RecordChange],
    *,
    listing: str,
    by: Actor,
    kind: Act.Kind = Act.Kind.DELETED,
    reason: str = "",
    reference: str = "",
) -> list[Outcome]:
    """Delete each record whose version is still the one that the user saw, and keep its history.

    A deletion is `RecordChange({}, pk, seen)`.
    """
    changes = [replace(change, is_deletion=True) for change in deletions]
    return write_changes(rows, changes, listing=listing, by=by, kind=kind, reason=reason, reference=reference)


def _add_guard_errors(guard: Guard, drafts: Sequence[PendingChange]) -> None:
    standing = [draft for draft in drafts if not draft.errors and draft.before is not None]
    for draft, sentence in zip(standing, guard([draft.record for draft in standing]), strict=True):
        if sentence:
            draft.add_error(sentence)


def _set_computed_fields(listing: str, drafts: Sequence[PendingChange]) -> None:
    """Set the computed fields of the changed records, so that they are stored in the same version as the change."""
    derived = derived_fields(listing)
    if derived is None or not drafts:
        return
    for draft in drafts:
        if draft.before is not None:
            draft.before = {name: getattr(draft.record, name) for name in derived.fields} | draft.before
    derived.derive([draft.record for draft in drafts])


def _update_dependent_data(
    listing: str, drafts: Sequence[PendingChange], *, by: Actor, reason: str
) -> Mapping[int, Sequence[str]]:
    """Update the other data that depends on the changed records, and return warnings by primary key."""
    derived = derived_fields(listing)
    if derived is None or derived.follow is None:
        return {}
    stored = [(draft.before or {}, draft.record) for draft in drafts if not draft.change.is_deletion]
    return derived.follow(stored, by=by, reason=reason)


def _outcome(draft: PendingChange, doubts: Mapping[int, Sequence[str]]) -> Outcome:
    if draft.errors:
        return draft.refused_outcome()
    if draft.change.is_deletion:
        return Outcome("deleted", draft.change.pk, draft.version_after_write)
    result: Result = "created" if draft.before is None else "changed" if draft.is_changed else "same"
    return Outcome(result, draft.record.pk, draft.version_after_write, doubts=tuple(doubts.get(draft.record.pk, ())))


# --- Statements -----------------------------------------------------------------------------------------------------
def _assign_primary_keys(model: type[Any], drafts: Sequence[PendingChange]) -> None:
    if not drafts:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(sequence) FROM pg_get_serial_sequence(%s, 'id') sequence, generate_series(1, %s)",
            [connection.ops.quote_name(model._meta.db_table), len(drafts)],
        )
        for draft, (key,) in zip(drafts, cursor.fetchall(), strict=True):
            draft.record.pk = key


def _store(model: type[Any], drafts: Sequence[PendingChange]) -> None:
    """Write the pending changes in one statement; add an error to each that violates a database constraint.

    The others are written nevertheless.
    """
    columns = upsert_columns(model, [draft.record for draft in drafts])
    try:
        with transaction.atomic():
            compared = [name for name in columns if name not in ("id", "version")]
            updated = _changed_field_names(model, drafts)
            upsert_rows(model, ["id"], columns, fixed={}, compared_fields=compared, updated_fields=updated)
            _check_foreign_keys(model)
            return
    except (IntegrityError, DataError):
        found = _find_row_errors(model, columns)
    for at, sentences in found.items():
        for name, sentence in sentences.items():
            drafts[at].add_error(sentence, at=name)
    left = [draft for draft in drafts if not draft.errors]
    if found and left:
        _store(model, left)
    elif len(left) > 1:  # a rule that none breaks by itself: a trigger's, or one of the order in which rows are written
        _store(model, left[: len(left) // 2])
        _store(model, left[len(left) // 2 :])
    elif left:
        left[0].add_error(REFUSED)


def _changed_field_names(model: type[Any], drafts: Sequence[PendingChange]) -> list[str]:
    """Return `version` and the names of the fields that at least one of the pending changes alters.

    A unique field such as a project's code stays out of the UPDATE, so that who refers to the record has not to wait.
    """
    edited = [draft for draft in drafts if draft.before is not None]
    changed = {
        name for draft in edited for name, was in (draft.before or {}).items() if getattr(draft.record, name) != was
    }
    return [field.name for field in model._meta.local_concrete_fields if field.attname in changed | {"version"}]


def _find_row_errors(model: type[Any], columns: Mapping[str, Sequence[Any]]) -> Refusals:
    try:
        with transaction.atomic():
            return find_constraint_errors(model, columns)
    except DataError:  # a text that no column holds: which one, the halves show
        return {}


def _delete(model: type[Any], drafts: Sequence[PendingChange]) -> None:
    try:
        with transaction.atomic():
            model._base_manager.filter(pk__in=[draft.record.pk for draft in drafts]).delete()
            _check_foreign_keys(model)
    except (ProtectedError, RestrictedError, IntegrityError) as refused:  # the last: used since Django looked
        if len(drafts) == 1:
            drafts[0].add_error(_still_used_message(drafts[0].record, refused))
        else:
            _delete(model, drafts[: len(drafts) // 2])
            _delete(model, drafts[len(drafts) // 2 :])


def _check_foreign_keys(model: type[Any]) -> None:
    """Make the database check all foreign keys from and to the model's table now and not only at the commit.

    At the commit nobody could say whose fault it is. No other constraint is checked: the audit log's would seal its events
    before the commit and hold up everybody's.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FOREIGN_KEYS, [connection.ops.quote_name(model._meta.db_table)])
        (names,) = cursor.fetchone()
        if names:
            cursor.execute(f"SET CONSTRAINTS {names} IMMEDIATE")
            cursor.execute(f"SET CONSTRAINTS {names} DEFERRED")


def _still_used_message(record: Any, refused: IntegrityError) -> str:
    found: Iterable[Any] = getattr(refused, "protected_objects", ()) or getattr(refused, "restricted_objects", ())
    kinds = sorted({str(user._meta.verbose_name) for user in found}) or ["别处"]
    return f"还有{'、'.join(kinds)}用到“{record}”，不能删除。"


# --- The event ------------------------------------------------------------------------------------------------------
def _record_audit_event(
    verb: str, drafts: Sequence[PendingChange], *, masked: Collection[str], by: Actor, reason: str
) -> None:
    """Write one audit event about the changes: old and new values if it is one record, only counts if several.

    Values of the `masked` fields are left out.
    """
    if not drafts:
        raise _NothingDone
    if len(drafts) > 1:
        counts = {"written": len(drafts), "created": sum(draft.before is None for draft in drafts)}
        if deleted := sum(draft.change.is_deletion for draft in drafts):
            counts["deleted"] = deleted
        record(verb, by=by, after=counts, reason=reason)
        return
    draft = drafts[0]
    names = [
        f.attname
        for f in type(draft.record)._meta.local_concrete_fields
        if f.name not in ("version", "changed_xid") and not f.generated
    ]
    now = {name: getattr(draft.record, name) for name in names if getattr(draft.record, name) not in (None, "")}
    before, after = ({}, now) if draft.before is None else _difference(draft)
    if draft.change.is_deletion:
        before, after = now, {}
    record(
        verb,
        by=by,
        subject=draft.record,
        region=draft.record.region_code,
        before=_masked_json_values(draft.record, before, masked) or None,
        after=_masked_json_values(draft.record, after, masked) or None,
        reason=reason,
    )


def _difference(draft: PendingChange) -> tuple[dict[str, Any], dict[str, Any]]:
    before = {name: was for name, was in (draft.before or {}).items() if getattr(draft.record, name) != was}
    return before, {name: getattr(draft.record, name) for name in before}


def _masked_json_values(record: Any, values: Mapping[str, Any], masked: Collection[str]) -> dict[str, Any]:
    """Return a record's values by field name as JSON types; a placeholder replaces the values of `masked` fields."""
    names = {f.attname: f.name for f in record._meta.local_concrete_fields}
    simple = (str, int, bool, list, dict, type(None))
    plain = {names[name]: value if isinstance(value, simple) else str(value) for name, value in values.items()}
    return {name: MASKED if name in masked and value else value for name, value in plain.items()}
