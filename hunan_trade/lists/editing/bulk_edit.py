"""Functions that prepare, preview and write a bulk edit, which makes the same change in many records.

An edit is prepared with the versions seen. edit = prepare(PARKS, rows, by=user, operations={"level": ["set",
"county"]}, reason="…", query="?city=430100")
preview(PARKS, edit, by=user)       what it does to each record; nothing is written
write(PARKS, edit.pk, by=user)      the same, where nobody has changed the record since; undone by `edit.reference`
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import transaction
from django.db.models import QuerySet, prefetch_related_objects
from django.db.models.functions import Now

from hunan_trade.accounts.models import User
from hunan_trade.lists.declaration import Listing
from hunan_trade.lists.history.history_models import find_history_model
from hunan_trade.lists.history.timeline import FieldChange, field_changes, visible_stored_field_columns
from hunan_trade.lists.models import Act, BulkEdit
from hunan_trade.lists.record_change_preparation import Outcome, RecordChange
from hunan_trade.lists.record_keys import Key, key_of
from hunan_trade.workflow import MoveRefused

MAX_RECORDS = 5_000
SHOWN_LINES = 200
Operation = Sequence[Any]  # ["set", value], ["clear"], ["add", values], ["remove", values]


@dataclass(frozen=True)
class BulkEditLine:
    """One record in the preview of a bulk edit, with its changed fields, or with error messages if it is refused.

    `key` and `name` are "" where it is not seen.
    """

    key: Key
    name: str
    changes: tuple[FieldChange, ...]
    outcome: Outcome

    @property
    def why(self) -> str:
        """The error sentences that say why the bulk edit refuses the record, joined; "" if it is not refused."""
        return "".join(sentence for sentences in self.outcome.errors.values() for sentence in sentences)


@dataclass(frozen=True)
class Preview:
    """A preview of a bulk edit: how many records are changed, unchanged or refused, with details of the first ones.

    It counts those that change, stay the same and are refused; lines are those of the first SHOWN_LINES. `stale` of the
    refused ones have been changed since they were seen.
    """

    changed: int
    same: int
    refused: int
    stale: int
    lines: tuple[BulkEditLine, ...]

    @property
    def more(self) -> int:
        """Number of records that the preview does not show."""
        return self.changed + self.same + self.refused - len(self.lines)


def prepare(
    listing: Listing, rows: QuerySet[Any], *, by: User, operations: Mapping[str, Operation], reason: str, query: str
) -> BulkEdit:
    """Store a bulk edit without carrying it out: its changes, the chosen records and their version numbers.

    Raises MoveRefused where there are none, or more than MAX_RECORDS.
    """
    seen = list(rows.order_by("pk").values_list("pk", "version")[: MAX_RECORDS + 1])
    if not seen:
        raise MoveRefused("没有选中记录。回到名录勾选后再改")
    if len(seen) > MAX_RECORDS:
        raise MoveRefused(f"一次最多改 {MAX_RECORDS:,} {listing.noun}。加条件筛选后分几次改")
    return BulkEdit.objects.create(
        listing=listing.code,
        by=by,
        operations=dict(operations),
        reason=reason,
        keys=[key for key, _ in seen],
        versions=[version for _, version in seen],
        query=query,
    )


def prepare_for_changed_records(listing: Listing, edit: BulkEdit, *, by: User) -> BulkEdit:
    """Store a bulk edit like `edit` for only those records that somebody changed after `edit` was prepared.

    They are stored at the versions that they have now.
    """
    _, outcomes, _ = _dry_run(listing, edit, by)
    stale = [outcome.pk for outcome in outcomes if outcome.problem == "stale"]
    rows = listing.visible_rows(by).filter(pk__in=stale)
    return prepare(listing, rows, by=by, operations=edit.operations, reason=edit.reason, query=edit.query)


def preview(listing: Listing, edit: BulkEdit, *, by: User) -> Preview:
    """Return the preview of what the bulk edit would change now.

    Records that are written already are left out.
    """
    before, outcomes, after = _dry_run(listing, edit, by)
    results = [outcome.result for outcome in outcomes]
    columns = visible_stored_field_columns(listing, by)
    order = ("refused", "changed", "same")
    shown = sorted(outcomes, key=lambda outcome: order.index(outcome.result))[:SHOWN_LINES]
    return Preview(
        changed=results.count("changed"),
        same=results.count("same"),
        refused=results.count("refused"),
        stale=sum(outcome.problem == "stale" for outcome in outcomes),
        lines=tuple(_line(listing, outcome, before, after, columns) for outcome in shown),
    )


@transaction.atomic
def write(listing: Listing, key: int, *, by: User) -> int:
    """Carry out a prepared bulk edit, and return the number of records that it changed.

    It is one that the user has prepared. Records that somebody has changed since, and those that the rules refuse, are
    left as they are.
    """
    edit = BulkEdit.objects.select_for_update().get(pk=key, listing=listing.code, by=by)
    if edit.written_at is not None:
        raise MoveRefused("这次批量修改已经写入")
    outcomes = _save(listing, edit, by, _rows(listing, edit, by))
    changed = sum(outcome.result == "changed" for outcome in outcomes)
    if not changed:
        raise MoveRefused("没有可以改的记录，看过预览再定")
    BulkEdit.objects.filter(pk=edit.pk).update(written_at=Now())
    return changed


def written_count(listing: Listing, edit: BulkEdit) -> int:
    """Return the number of records that the bulk edit has changed; 0 if it was not carried out."""
    return len(_changed_record_keys(listing, edit))


def delete_old_bulk_edits() -> int:
    """Delete bulk edits older than settings.BULK_EDITS_KEPT, carried out or not, and return how many.

    Their acts stay.
    """
    limit: timedelta = settings.BULK_EDITS_KEPT
    return BulkEdit.objects.filter(created_at__lt=Now() - limit).delete()[0]


# --- The change of each record --------------------------------------------------------------------------------------
def _dry_run(listing: Listing, edit: BulkEdit, by: User) -> tuple[dict[int, Any], list[Outcome], dict[int, Any]]:
    """Carry out a bulk edit and roll it back; return the records before it, its outcomes and the records after it.

    Records are by key.
    """
    with transaction.atomic():
        before = _rows(listing, edit, by)
        outcomes = _save(listing, edit, by, before)
        after = _rows(listing, edit, by)
        transaction.set_rollback(True)
    return before, outcomes, after


def _rows(listing: Listing, edit: BulkEdit, by: User) -> dict[int, Any]:
    found = listing.visible_rows(by).in_bulk(edit.keys)
    names = [column.key for column in visible_stored_field_columns(listing, by)]
    related = [name for name in names if listing.model._meta.get_field(name).is_relation]
    people = [name for name in related if listing.model._meta.get_field(name).related_model is User]
    behind_names = [f"{name}__region" for name in people]
    prefetch_related_objects(list(found.values()), *related, *behind_names)  # those that `rows` does not join
    return found


def _save(listing: Listing, edit: BulkEdit, by: User, rows: Mapping[int, Any]) -> list[Outcome]:
    assert listing.editing is not None, f"{listing.code} is not edited"
    if locked := edit.operations.keys() & listing.editing.unwritable_fields(by, is_new=False).keys():
        raise MoveRefused(f"您现在不能改其中的 {len(locked)} 项，回到名录重新选择")
    written = _changed_record_keys(listing, edit)
    changes = [
        RecordChange(_values(edit.operations, rows.get(key)), key, version)
        for key, version in zip(edit.keys, edit.versions, strict=True)
        if key not in written
    ]
    return listing.editing.save(
        changes=changes, by=by, kind=Act.Kind.BULK, reason=edit.reason, reference=edit.reference
    )


def _changed_record_keys(listing: Listing, edit: BulkEdit) -> set[int]:
    if edit.written_at is None:
        return set()
    versions = find_history_model(listing.model).objects.filter(act__reference=edit.reference, act__kind=Act.Kind.BULK)
    return set(versions.values_list("id", flat=True))


def _values(operations: Mapping[str, Operation], record: Any) -> dict[str, Any]:
    """Return the values that the bulk edit gives to this record, by field name; {} if `record` is None."""
    return {} if record is None else {name: _value(record, name, *each) for name, each in operations.items()}


def _value(record: Any, name: str, operation: str, given: Any = None) -> Any:
    if operation == "set":
        return given
    model_field = record._meta.get_field(name)
    if operation == "clear":
        return None if model_field.null else [] if isinstance(model_field, ArrayField) else ""
    stands = list(getattr(record, name) or ())
    if operation == "add":
        return stands + [value for value in given if value not in stands]
    return [value for value in stands if value not in given]


def _line(
    listing: Listing, outcome: Outcome, before: Mapping[int, Any], after: Mapping[int, Any], columns: Sequence[Any]
) -> BulkEditLine:
    was, now = before.get(outcome.pk or 0), after.get(outcome.pk or 0)
    if was is None:
        return BulkEditLine("", "", (), outcome)
    changes = tuple(field_changes(was, now, columns)) if now is not None else ()
    return BulkEditLine(key_of(listing, was), str(was), changes, outcome)
