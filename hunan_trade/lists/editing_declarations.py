"""Classes with which a list's declaration configures how its records are edited, imported and moved."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any, Protocol, cast

from django import forms
from django.core.exceptions import ImproperlyConfigured

from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Permission
from hunan_trade.audit.actions import Actor
from hunan_trade.lists.column_kinds import Kind
from hunan_trade.lists.models import Act
from hunan_trade.lists.record_change_preparation import Outcome, RecordChange
from hunan_trade.workflow import MoveRefused, Workflow


@dataclass(frozen=True)
class FieldGroup:
    """A group of fields that the edit form shows together under one title."""

    title: str
    fields: tuple[str, ...]


class Save(Protocol):
    """Protocol of the function with which an app stores changes of a list's records."""

    def __call__(
        self, *, changes: Sequence[RecordChange], by: User, kind: Act.Kind, reason: str = "", reference: str = ""
    ) -> list[Outcome]: ...


@dataclass(frozen=True)
class Editing:
    """Settings for editing a list's records: the permission, the function that saves, and the form's fields.

    A change of one of the fields `reason_for` asks for a reason; for others it may be given. The fields `bulk` may be
    changed in many records at once. The fields `only_new` are written when a record is made and by no form, API call or
    import afterwards; each has the phrase that follows its title and says how it changes then (由增资改). The fields
    `rights` may be written by holders of a further permission alone. `lock` locks what `save` locks, for an undo, which has
    to lock records before it saves.
    """

    permission: Permission
    save: Save
    groups: tuple[FieldGroup, ...]
    reason_for: frozenset[str] = frozenset()
    bulk: tuple[str, ...] = ()
    only_new: Mapping[str, str] = dataclass_field(default_factory=dict)
    rights: Mapping[str, Permission] = dataclass_field(default_factory=dict)
    lock: Callable[[Sequence[RecordChange]], None] | None = None

    def unwritable_fields(self, user: User, *, is_new: bool) -> dict[str, str]:
        """Return, by field name, a Chinese phrase for each field that the user may not write, saying why not.

        The phrase follows the field's title.
        """
        lacking = {name: f"由有“{right.label}”权限的人填" for name, right in self.rights.items() if not user.may(right)}
        return lacking if is_new else {**lacking, **self.only_new}


@dataclass(frozen=True)
class DaySpan:
    """Declaration of two date fields that an import can fill from a single cell, such as 6月19—22日.

    `begin` and `end` are the date fields, `months` the flag that only the months are known, `year` the field that gives
    the year of a cell which writes none. `shown` is the list's column that shows the span: imports read it from there
    where a file has no column of the fields.
    """

    begin: str
    end: str
    months: str
    year: str
    shown: str

    @property
    def written_field_names(self) -> tuple[str, str, str]:
        return self.begin, self.end, self.months


@dataclass(frozen=True)
class Importing:
    """Declaration of imports into a list: the fields that they write and the fields that identify a record.

    It writes by `Editing.save`. `columns` are the fields that may be written. Each of `keys` is a set of them whose
    values name one record: a row is the record that the first of them names, of which the row fills every part. A part
    for which the file has no column, such as the year, is asked for once and holds for all rows. `name` is the field in
    which alike names are looked for. Other columns of the list that a file holds are compared, and a changed one is told,
    not written. `kinds` are those of fields that are read otherwise than the list's column or the model's field says.
    `spans` are date fields that one cell may fill. `told` are columns or fields that another way writes, each with the
    phrase that follows its title and says which (由月报报送): a file may hold them; one that differs is told with the
    phrase and not written, a field by its value, however the cell spells it.
    """

    columns: tuple[str, ...]
    keys: tuple[tuple[str, ...], ...]
    name: str = "name"
    kinds: Mapping[str, Kind] = dataclass_field(default_factory=dict)
    spans: tuple[DaySpan, ...] = ()
    told: Mapping[str, str] = dataclass_field(default_factory=dict)

    @property
    def distinguishing_fields(self) -> tuple[str, ...]:
        """The fields that tell records with the same name apart in an import, such as the year."""
        key = next((key for key in self.keys if self.name in key), ())
        return tuple(part for part in key if part != self.name)


class MakeMove(Protocol):
    """Protocol of the function with which an app changes the workflow state of one record of a list.

    `seen` is the version that the user saw; `values` are those of the move's fields. Raises Stale, MoveRefused, and
    ValidationError with sentences by field for values that the record does not allow.
    """

    def __call__(
        self, *, pk: int, name: str, by: User, seen: int | None, reason: str = "", **values: Any
    ) -> object: ...


class MakeMoves(Protocol):
    """Protocol of the function with which an app changes the workflow state of many records with one audit event.

    `seen` are the versions that the user saw, by primary key; `values` are those of the move's fields. Returns an outcome
    for each record. The caller undoes everything where one is refused that nobody has changed since. Raises MoveRefused,
    and ValidationError with sentences by field.
    """

    def __call__(
        self, *, seen: Mapping[int, int], name: str, by: User, reason: str = "", **values: Any
    ) -> Sequence[Outcome]: ...


def return_unchanged(records: Sequence[Any]) -> Sequence[Any]:
    return records


class Follow(Protocol):
    """Protocol of a function that updates other data after records of a list changed, in the same transaction.

    `changed` are the stored records, each behind the earlier values of its changed fields by attribute, none if it is new.
    Returns doubts about records by primary key: sentences for whoever writes them, such as that another one is alike.
    """

    def __call__(
        self, changed: Sequence[tuple[Mapping[str, Any], Any]], *, by: Actor, reason: str
    ) -> Mapping[int, Sequence[str]]: ...


@dataclass(frozen=True)
class Derived:
    """Declaration of a register's computed fields, which nobody edits, with the function that computes them.

    `derive` sets them on records as these are about to be stored, for all of them at once. `follow` writes what else
    follows, once they are stored.
    """

    fields: tuple[str, ...]
    derive: Callable[[Sequence[Any]], None]
    follow: Follow | None = None


@dataclass(frozen=True)
class Moves:
    """Declares how users change the state of a list's records: the workflow, form fields and functions.

    `by_person` names the moves that confirm or decide: only a person who is signed in makes them, no API token.
    `fields` are what a move asks for beside the reason, as form fields for page and API. The moves `bulk` may be made
    on many records at once, by `make_many`; `bulk_title` is the button in the list's bulk bar. `facts` turns records
    into what the workflow's guards look at, in one query for all of them. `reason_label` stands at the field of the reason.
    `hint` gives a sentence that stands above the form of every move, "" for none.
    """

    workflow: Workflow
    make: MakeMove
    by_person: frozenset[str] = frozenset()
    fields: Mapping[str, Mapping[str, forms.Field]] = dataclass_field(default_factory=dict)
    bulk: tuple[str, ...] = ()
    bulk_title: str = "改状态"
    make_many: MakeMoves | None = None
    facts: Callable[[Sequence[Any]], Sequence[Any]] = return_unchanged
    reason_label: str = "原因"
    hint: Callable[[], str] = str

    def __post_init__(self) -> None:
        unknown = {*self.by_person, *self.fields, *self.bulk} - self.workflow.moves.keys()
        reserved = {"reason", "version", "versions"} & {name for fields in self.fields.values() for name in fields}
        if unknown or reserved or (self.bulk and self.make_many is None):
            raise ImproperlyConfigured(f"unknown moves {unknown}, reserved names {reserved}, or bulk without make_many")

    def permission(self, name: str) -> Permission:
        return cast(Permission, self.workflow.moves[name].permission)

    def bulk_moves_for(self, user: User) -> tuple[str, ...]:
        """Return the names of the state changes that the user may make on many records at once."""
        return tuple(name for name in self.bulk if user.may(self.permission(name)))

    def state_label(self, record: Any) -> str:
        """Return the label of a record's state."""
        return self.workflow.labels[getattr(record, self.workflow.field)]

    def move_fields(self, name: str) -> Mapping[str, forms.Field]:
        """Return the form fields that the state change `name` needs besides the reason, by field name."""
        return self.fields.get(name, {})

    def refusal_reasons(self, name: str, records: Sequence[Any], by: User) -> list[str]:
        """Return, for each record, why the user may not make the state change now; "" if the user may make it."""
        return [self._refusal_reason(name, facts, by) for facts in self.facts(records)]

    def _refusal_reason(self, name: str, facts: Any, by: User) -> str:
        try:
            self.workflow.check(name, facts, by, may=by.may)
        except MoveRefused as refused:
            return str(refused)
        return ""
