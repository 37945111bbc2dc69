"""Functions that lock records and check changes to them before they are written.

The given values are read by the fields of the model; what is refused is said in sentences.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import QuerySet

from hunan_trade import periods
from hunan_trade.accounts.models import User
from hunan_trade.audit.actions import Actor
from hunan_trade.lists.constraint_violation_messages import REQUIRED, missing_reference_message
from hunan_trade.lists.history.history_models import find_history_model, keeps_history
from hunan_trade.lists.models import Act

Result = Literal["created", "changed", "same", "deleted", "refused"]
Problem = Literal["", "invalid", "stale", "unknown", "deleted"]
WHOLE = ""  # errors that concern no single field
OWN_FIELDS = ("id", "version", "changed_xid")  # what the database counts


@dataclass(frozen=True)
class RecordChange:
    """A requested change of one record: to create it, to edit it or to delete it.

    Without `pk` it creates one; otherwise `seen` is the version that was seen. `values` are by field name; a related
    record is given itself or by its key. To bring a deleted record back, `seen` is the version of its deletion and
    `values` hold all fields. `is_deletion`: the record is deleted, whatever `values`.
    """

    values: Mapping[str, Any]
    pk: int | None = None
    seen: int | None = None
    is_deletion: bool = False


@dataclass(frozen=True)
class Outcome:
    """The outcome of a requested change: the new version of the record, or error messages by field.

    `doubts` are sentences about what was written that stop nothing: the edit form asks its person to confirm them, an
    import lists them, the API answers them.
    """

    result: Result
    pk: int | None
    version: int | None
    errors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    problem: Problem = ""
    doubts: tuple[str, ...] = ()

    @property
    def refused(self) -> bool:
        return self.result == "refused"


@dataclass
class PendingChange:
    """A change of a record that is prepared in memory but not yet stored, with the errors found so far."""

    change: RecordChange
    record: Any = None
    before: dict[str, Any] | None = None  # by attribute; None: a record that is new or comes back
    errors: dict[str, list[str]] = field(default_factory=dict)
    problem: Problem = ""

    def add_error(self, sentence: str, *, at: str = WHOLE, problem: Problem = "invalid") -> None:
        self.errors.setdefault(at, []).append(sentence)
        self.problem = self.problem or problem

    @property
    def is_changed(self) -> bool:
        if self.before is None or self.change.is_deletion:
            return True
        return any(getattr(self.record, name) != was for name, was in self.before.items())

    @property
    def version_after_write(self) -> int:
        """Version number that the record will have after this change is written."""
        version: int = self.record.version
        return version + 1 if self.before is not None and self.is_changed else version

    def refused_outcome(self) -> Outcome:
        errors = {name: tuple(sentences) for name, sentences in self.errors.items()}
        return Outcome("refused", self.change.pk, None, errors, self.problem)


def lock_and_prepare_changes(rows: QuerySet[Any], changes: Sequence[RecordChange], *, by: Actor) -> list[PendingChange]:
    """Lock the records and return a PendingChange for each change, with an error if a record was changed meanwhile.

    Records are locked in the order of their keys. A draft is refused if the version that was seen is no longer the
    current one.
    """
    model, times = rows.model, Counter(change.pk for change in changes if change.pk is not None)
    keys_stay = not any(change.is_deletion for change in changes)  # then nobody who refers to the records has to wait
    wanted = rows.filter(pk__in=list(times)).order_by("pk")
    locked = wanted.select_for_update(of=("self",), no_key=keys_stay) if times else ()
    standing = {record.pk: record for record in locked}
    deletions = visible_deletions(model, times.keys() - standing.keys(), by)
    drafts = []
    for change in changes:
        drafts.append(draft := PendingChange(change))
        if change.pk is None:
            draft.record = model()
        elif change.seen is None:
            raise ValueError(f"{model.__name__} {change.pk} is changed unseen")
        elif times[change.pk] > 1:
            draft.add_error("同一条记录在这次修改里出现了不止一次，只留一次。")
        elif (record := standing.get(change.pk)) is not None:
            draft.record, draft.before = record, {}
            if record.version != change.seen:
                draft.problem = "stale"
        elif (deletion := deletions.get(change.pk)) is not None and (deletion.version, False) == (
            change.seen,
            change.is_deletion,
        ):
            draft.record = model(id=change.pk, version=deletion.version + 1)
        elif deletion is not None:
            draft.add_error(deletion_sentence(deletion), problem="deleted")
        else:
            draft.add_error("没有这条记录，或不在您的范围内。", problem="unknown")
    stale = {draft.record.pk: draft for draft in drafts if draft.problem == "stale"}
    for key, sentence in stale_sentences(model, [draft.record for draft in stale.values()]).items():
        stale[key].add_error(sentence, problem="stale")
    return drafts


def visible_deletions(model: type[Any], keys: Iterable[int], by: Actor) -> dict[int, Any]:
    """Return, by primary key, the history entry of the deletion of each record in `keys` that `by` may see.

    Records that `by` may not see are left out.
    """
    if not (missing := list(keys)) or not keeps_history(model):
        return {}
    deletions = find_history_model(model).objects.last_versions().filter(is_deletion=True, id__in=missing)
    if isinstance(by, User):
        deletions = deletions.visible_to(by)
    return {deletion.id: deletion for deletion in deletions}


def deletion_sentence(deletion: Any) -> str:
    """Return a Chinese sentence that says which record was deleted and when, from the history entry of its deletion."""
    return f"“{deletion}”已于{periods.format_chinese_datetime(deletion.valid_from)}删除。"


def stale_sentences(model: type[Any], records: Sequence[Any]) -> dict[int, str]:
    """Return, by primary key, a Chinese sentence that says who changed the record last, and when."""
    last: dict[int, Act] = {}
    if records and keeps_history(model):
        versions = find_history_model(model).objects.filter(valid_to=None, id__in=[record.pk for record in records])
        last = {version.id: version.act for version in versions.select_related("act") if version.act}
    who = {key: f"{act.by_name}于{periods.format_chinese_datetime(act.at)}改过" for key, act in last.items()}
    return {record.pk: f"{who.get(record.pk, '有人改过')}“{record}”。看过现在的内容后再改。" for record in records}


# --- Values ---------------------------------------------------------------------------------------------------------
def apply_requested_values(model: type[Any], drafts: Sequence[PendingChange]) -> None:
    """Set the requested values on the records in memory; add an error to the pending change for each invalid value.

    Drafts that are refused already are left alone.
    """
    writable = writable_fields(model)
    given = defaultdict(list)
    for draft in drafts:
        if draft.errors or draft.change.is_deletion:
            continue
        if unknown := draft.change.values.keys() - writable.keys():
            raise ValueError(f"{model.__name__} has no {', '.join(sorted(unknown))} to be written")
        for name in draft.change.values if draft.before is not None else writable:
            given[name].append(draft)
    for name, wanted in given.items():
        _set_field_values(writable[name], wanted)


def writable_fields(model: type[Any]) -> dict[str, Any]:
    """Return the model fields that the portal writes, by name, without those that the database fills."""
    fields = model._meta.local_concrete_fields
    return {field_.name: field_ for field_ in fields if field_.name not in OWN_FIELDS and not field_.generated}


def _set_field_values(field_: Any, drafts: Sequence[PendingChange]) -> None:
    name, attribute = field_.name, field_.attname
    read = field_.clean
    if field_.is_relation:
        read = _foreign_key_validator(field_, [draft.change.values.get(name) for draft in drafts])
    for draft in drafts:
        record, values = draft.record, draft.change.values
        if draft.before is not None:
            draft.before[attribute] = getattr(record, attribute)
        given = values[name] if name in values else field_.get_default()
        try:
            setattr(record, attribute, read(given, record))
        except ValidationError as refused:
            for sentence in _validation_messages(field_, given, refused):
                draft.add_error(sentence, at=name)


def _validation_messages(field_: Any, given: Any, refused: ValidationError) -> list[str]:
    if given is None:
        return [REQUIRED]
    choice = any(error.code == "invalid_choice" for error in refused.error_list)
    return [f"没有“{given}”这一项。从列出的里面选。"] if choice else refused.messages


def _foreign_key_validator(field_: Any, given: Iterable[Any]) -> Any:
    """Return a function that validates one foreign key value; all values in `given` are looked up by one query before.

    The function is (value, record) → key.
    """
    target = field_.remote_field.model
    read = target._meta.pk.to_python
    keys = {getattr(value, "pk", value) for value in given} - {None, ""}
    allowed = target._base_manager.complex_filter(field_.get_limit_choices_to())
    found = set(allowed.filter(pk__in=keys).values_list("pk", flat=True)) if keys else set()

    def clean(value: Any, record: Any) -> Any:
        key = getattr(value, "pk", value)
        if key in (None, ""):
            if not field_.null:
                raise ValidationError(REQUIRED)
            return None
        if read(key) not in found:
            raise ValidationError(missing_reference_message(field_))
        return read(key)

    return clean


def upsert_columns(model: type[Any], records: Sequence[Any]) -> dict[str, list[Any]]:
    """Return a dict from each field name to the values of all records, in the form that `upsert_rows` takes.

    `changed_xid` is the database's.
    """
    fields = [f for f in model._meta.local_concrete_fields if f.name != "changed_xid" and not f.generated]
    columns = {f.name: [record.__dict__[f.attname] for record in records] for f in fields}
    for f in fields:
        if isinstance(f, ArrayField):
            columns[f.name] = [value if value is None else _array_literal(value) for value in columns[f.name]]
        elif isinstance(f, models.JSONField):
            columns[f.name] = [
                value if value is None else json.dumps(value, ensure_ascii=False) for value in columns[f.name]
            ]
    return columns


def _array_literal(values: Sequence[Any]) -> str:
    """Return a list of values as the text of a PostgreSQL array literal, such as {"a","b"}."""
    quoted = (str(value).replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return "{" + ",".join(f'"{text}"' for text in quoted) + "}"
