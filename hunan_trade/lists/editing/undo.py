"""Functions that undo all changes which one operation, such as an import, made to the records of a list.

A reference may name several acts.
    undo_preview(PARKS, reference="import:12", by=user)     how many go back, which stay and why; nothing is written
    undo(PARKS, reference="act:40", by=user, reason="…")    the same, written as one act with one event

`reference` is that of the acts ("import:12"), or names a single act by its number ("act:40").
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from hunan_trade import periods
from hunan_trade.accounts.models import User
from hunan_trade.lists.declaration import Listing
from hunan_trade.lists.history.history_models import find_history_model
from hunan_trade.lists.history.timeline import NOBODY
from hunan_trade.lists.models import Act, Attachment
from hunan_trade.lists.record_change_preparation import Outcome, RecordChange, writable_fields
from hunan_trade.lists.record_keys import Key, key_of
from hunan_trade.workflow import MoveRefused


@dataclass(frozen=True)
class UnrestoredRecord:
    """A record that an undo does not restore, with its key, its name and a sentence that gives the reason."""

    key: Key
    name: str
    why: str


@dataclass(frozen=True)
class UndoResult:
    """The result of an undo or of its preview: how many records are restored, and which ones are not.

    Records are set back, deleted or brought back.
    """

    set_back: int
    deleted: int
    brought_back: int
    staying: tuple[UnrestoredRecord, ...]

    @property
    def count(self) -> int:
        """Number of records that the undo restores to their earlier state."""
        return self.set_back + self.deleted + self.brought_back


def acts_visible_to(user: User, listing: Listing, reference: str) -> QuerySet[Act]:
    """Return the `Act` records of an operation such as "bulk:12", if it changed records that the user may see.

    An undo is found by its own number alone, such as "act:40".
    """
    versions = find_history_model(listing.model).objects.visible_to(user).filter(act=OuterRef("pk"))
    acts = Act.objects.filter(Exists(versions), listing=listing.code)
    kind, _, number = reference.partition(":")
    if kind == "act":
        return acts.filter(pk=int(number))
    return acts.filter(reference=reference).exclude(kind=Act.Kind.UNDONE)


def undo_preview(listing: Listing, *, reference: str, by: User) -> UndoResult:
    """Return the result that `undo` would return now, computed in a transaction that is rolled back."""
    with transaction.atomic():
        result = _undo(listing, reference, by, "")
        transaction.set_rollback(True)
    return result


@transaction.atomic
def undo(listing: Listing, *, reference: str, by: User, reason: str) -> UndoResult:
    """Undo an operation such as "bulk:12": restore its records, except those that somebody has changed since.

    Records that somebody has changed since stay. What they created is deleted, unless somebody has attached a file to it
    since; what they deleted comes back. Raises MoveRefused where nothing goes back.
    """
    result = _undo(listing, reference, by, reason)
    if not result.count:
        raise MoveRefused("没有可以撤销的：这些记录后来都又改过，或者已经撤销")
    return result


def _undo(listing: Listing, reference: str, by: User, reason: str) -> UndoResult:
    assert listing.editing is not None, f"{listing.code} is not edited"
    acts = set(acts_visible_to(by, listing, reference).values_list("pk", flat=True))
    changes: list[tuple[RecordChange, Any]] = []
    staying: list[tuple[Any, str]] = []
    for versions in _versions(listing, acts, by):
        if why := _who_changed_since(versions, acts) or _merger_refusal(listing, versions, acts):
            staying.append((versions[-1], why))
        elif (change := _restoring_change(listing, versions, acts, by)) is not None:
            changes.append((change, versions[-1]))
    if listing.editing.lock is not None:
        listing.editing.lock([change for change, _ in changes])
    created = {last.id: last for change, last in changes if change.is_deletion}
    attached = _who_attached_files_since(listing, list(created), acts)
    staying += [(created[pk], why) for pk, why in attached.items()]
    wanted = [(change, last) for change, last in changes if change.pk not in attached]
    backs = [change for change, _ in wanted]
    outcomes = listing.editing.save(changes=backs, by=by, kind=Act.Kind.UNDONE, reason=reason, reference=reference)
    refused = [(outcome, last) for outcome, (_, last) in zip(outcomes, wanted, strict=True) if outcome.refused]
    staying += [(last, _sentences(outcome)) for outcome, last in refused]
    results = [outcome.result for outcome in outcomes]
    stay = tuple(UnrestoredRecord(key_of(listing, last), str(last), why) for last, why in staying)
    return UndoResult(results.count("changed"), results.count("deleted"), results.count("created"), stay)


def _versions(listing: Listing, acts: set[int], by: User) -> Iterator[list[Any]]:
    """Yield all versions, oldest first, of each record that these operations changed and the user may see."""
    versions = find_history_model(listing.model).objects
    changed = versions.filter(act__in=acts).visible_to(by)
    found = versions.filter(id__in=changed.order_by().values("id")).select_related("act").order_by("id", "version")
    for _, group in groupby(found, key=lambda version: version.id):
        yield list(group)


def _who_changed_since(versions: Sequence[Any], acts: set[int]) -> str:
    """Return a Chinese phrase that says who changed the record after these operations; "" if nobody did."""
    since = versions[_first_version_index(versions, acts) :]
    if (other := next((version for version in since if version.act_id not in acts), None)) is None:
        return ""
    who, when = other.act.by_name if other.act else NOBODY, periods.format_chinese_datetime(other.valid_from)
    if other.act is not None and other.act.kind == Act.Kind.UNDONE:
        return f"{who}已于{when}撤销"
    return f"{who}于{when}{'删除' if other.is_deletion else '又改过'}"


def _merger_refusal(listing: Listing, versions: Sequence[Any], acts: set[int]) -> str:
    """Return a Chinese reason not to undo operations that merged the record or undid its merger; "" otherwise.

    More hangs on a merger than the record: its own action undoes it.
    """
    first, link = _first_version_index(versions, acts), f"{listing.merged_into}_id"
    if not listing.merged_into or not first or getattr(versions[first - 1], link) == getattr(versions[-1], link):
        return ""
    return "并入别条的，不能在这里撤销"


def _who_attached_files_since(listing: Listing, keys: Sequence[int], acts: set[int]) -> dict[int, str]:
    """Return, by record id, a Chinese phrase that says who attached a file to it after these operations.

    The records are locked before, as whoever attaches a file locks its record.
    """
    if not listing.attachments or not keys:
        return {}
    list(
        listing.model._base_manager.filter(pk__in=keys).order_by("pk").select_for_update(no_key=True).values_list("pk")
    )
    found = Attachment.objects.filter(listing=listing.code, record__in=keys, added__gt=min(acts)).current()
    return {
        file.record: f"{file.added.by_name}于{periods.format_chinese_datetime(file.added.at)}添加了附件“{file.name}”"
        for file in found.select_related("added").order_by("added")
    }


def _restoring_change(listing: Listing, versions: Sequence[Any], acts: set[int], by: User) -> RecordChange | None:
    """Return the change that brings a record back to its state before these operations; None if not needed.

    Of a standing record go back the fields that the user may write: what a stage or a sum follows from is undone where
    it was done.
    """
    first, last = _first_version_index(versions, acts), versions[-1]
    before = versions[first - 1] if first and not versions[first - 1].is_deletion else None
    if before is None:
        return None if last.is_deletion else RecordChange({}, last.id, last.version, is_deletion=True)
    writable = listing.writable_fields(by)
    values = {
        name: getattr(before, field.attname)
        for name, field in writable_fields(listing.model).items()
        if last.is_deletion or (name in writable and getattr(last, field.attname) != getattr(before, field.attname))
    }
    return RecordChange(values, last.id, last.version) if values else None


def _first_version_index(versions: Sequence[Any], acts: set[int]) -> int:
    return next(at for at, version in enumerate(versions) if version.act_id in acts)


def _sentences(outcome: Outcome) -> str:
    return "；".join(sentence.rstrip("。") for sentences in outcome.errors.values() for sentence in sentences)
