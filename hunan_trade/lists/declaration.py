"""Classes with which apps declare lists, and the registry of the lists that settings.LISTS names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any, TypeVar

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Model, Q, QuerySet
from django.utils.module_loading import import_string

from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Permission
from hunan_trade.lists.columns import Column, field
from hunan_trade.lists.editing_declarations import (
    DaySpan,
    Derived,
    Editing,
    FieldGroup,
    Importing,
    MakeMove,
    MakeMoves,
    Moves,
    Save,
)
from hunan_trade.lists.filters import ListFilterSet
from hunan_trade.lists.history.history_models import keeps_history
from hunan_trade.lists.models import FeedRecord
from hunan_trade.lists.page_declarations import Action, BelongsTo, Panel, RecordBlock, RecordPanel, RecordTop, View
from hunan_trade.lists.pages.row_buttons import RowEnd
from hunan_trade.web.access_decorators import requires, signed_in

__all__ = [  # apps take all of a declaration from here
    "PAGE_AND_FILES",
    "Action",
    "BelongsTo",
    "DaySpan",
    "Derived",
    "Editing",
    "FieldGroup",
    "Importing",
    "Listing",
    "MakeMove",
    "MakeMoves",
    "Moves",
    "Panel",
    "Parts",
    "RecordBlock",
    "RecordPanel",
    "RecordTop",
    "Save",
    "SightLink",
    "Summary",
    "View",
    "declared",
    "derived_fields",
    "lists_belonging_to",
    "private_fields",
]

ViewFunction = TypeVar("ViewFunction", bound=Callable[..., Any])


@dataclass(frozen=True)
class Parts:
    """Declares whether a list has a REST API and whether the search over all lists includes it."""

    api: bool = True
    search: bool = True


PAGE_AND_FILES = Parts(api=False, search=False)


@dataclass(frozen=True)
class SightLink:
    """Declares that a user who may see a record of `model` may also see the record that its field `record` names.

    A project shows its organisation so. Whoever sees one of `model`'s records sees the list's record that its field
    `record` points to. Both keep a history, unless no record of `model` is ever lost, such as the voidings of reports.
    """

    model: type[FeedRecord]
    record: str

    @property
    def record_id_attribute(self) -> str:
        """Name of the attribute of `model` that holds the primary key of the list's record, such as `park_id`."""
        return f"{self.record}_id"


@dataclass(frozen=True)
class DocumentType:
    """A type of document, such as a contract, that users can choose when they attach a file to a record."""

    code: str
    title: str


@dataclass(frozen=True)
class Summary:
    """Declares a phrase that sums up the filtered records, such as 总投资 300 万元, and the columns it uses.

    `columns` are the keys of these columns, `text` makes the phrase of the filtered records.
    """

    columns: tuple[str, ...]
    text: Callable[[Any], str]


@dataclass(frozen=True)
class ColumnData:
    """Declares data that some columns show beside the records' own fields, loaded for many records at once.

    `attach` returns the records with what the columns with the keys `columns` read.
    """

    columns: tuple[str, ...]
    attach: Callable[[Sequence[Any]], Sequence[Any]]


@dataclass(frozen=True)
class Listing:
    """Declares a list of records: its columns, filters, permissions and features.

    `rows` gives the base queryset; it offers `visible_to(user)` and selects what the columns follow. `search` are the
    fields that the search box looks through. `ordering` is the order unless the reader sorts. `column_data` are
    figures and links that some columns show and `rows` does not read. `summary` gives sums of all filtered records; the count comes before it by itself. `key` is the field that names a record in addresses,
    in files and in the API: a unique code that never changes, with a check constraint that says how it is written.
    `derived` are fields that follow from others whenever records are written (`records.write`).
    `editing` lets records be added and changed, `importing` from files, too; `moves` lets them be moved from state to
    state, by one workflow or by several over different fields, whose moves have different names. `about` is the short sentence beside the title, or gives it for today; `footnote` is the one below the table.
    `heading` gives the title of the page where it says more than `title`; `above` and `below` are blocks before and
    behind the table. `record_page` stands above the facts of a record's page; below them are the app's own
    `record_blocks`, then `record_panels`, which are tables.
    `parts` says what else follows from the list.

    `see` is the permission to open the list. With `own_rows` every account may open it, and `see` is the permission to
    see the records of all. Of a `reference` list whoever may open it sees every record; else `rows` is `visible_to`.
    `within` confines the list, on an earlier day to the records that fulfilled it then.
    `merged_into` names the foreign key by which a record points to the one into which it was merged, which stands itself.
    A merged record is not in the list any more, but in its history; whoever names it is told where it went (410).
    `reading` is called when records are shown or put in a file, with the filters of the address.
    `row_end` gives the buttons at the end of a record's row on the page, or the sentence that stands there instead.
    `attachments` lets files be attached to its records, by whoever may edit them; it needs a history.
    `documents` are the types of document that an attachment can be said to be.
    `reads` are the registers and version tables (ADR 11) that hold all that the API sends of the list, beside the day:
    then it is 304 unread while none of them changes. None of it may come from elsewhere. What an answer says changes
    within a day at moments in the fields `deadlines` alone.
    `belongs_to` names the lower registers whose records' pages and API answers show the list's records that hang on
    them.
    `seen_through` names the registers on which it hangs, beside the record's own fields, who sees a record (`visible_to`).
    """

    code: str
    title: str
    noun: str  # what the records are counted in: 个, 家, 条
    see: Permission
    rows: Callable[[], QuerySet[Any]]
    columns: tuple[Column, ...]
    filters: type[ListFilterSet]
    ordering: tuple[str, ...]
    search: tuple[str, ...] = ()
    views: tuple[View, ...] = ()
    actions: tuple[Action, ...] = ()
    column_data: tuple[ColumnData, ...] = ()
    summary: Summary | None = None
    editing: Editing | None = None
    importing: Importing | None = None
    moves: tuple[Moves, ...] = ()
    derived: Derived | None = None
    key: str = "pk"
    about: str | Callable[[], str] = ""
    footnote: str = ""
    empty: tuple[str, str] = ("还没有记录", "登记后在此列出。")
    page_size: int = 50
    own_rows: bool = False
    reference: bool = False
    parts: Parts = Parts()
    belongs_to: tuple[BelongsTo, ...] = ()
    seen_through: tuple[SightLink, ...] = ()
    reads: tuple[type[FeedRecord] | str, ...] = ()
    deadlines: tuple[str, ...] = ()
    heading: Callable[[User], str] | None = None
    above: Panel | None = None
    below: Panel | None = None
    record_page: RecordTop | None = None
    record_blocks: tuple[RecordBlock, ...] = ()
    record_panels: tuple[RecordPanel, ...] = ()
    within: Q | None = None
    merged_into: str = ""
    reading: Callable[[User, Mapping[str, Sequence[str]]], None] | None = None
    row_end: Callable[[User, Any], RowEnd] | None = None
    attachments: bool = False
    documents: tuple[DocumentType, ...] = ()

    def __post_init__(self) -> None:
        names = Counter(name for moves in self.moves for name in moves.workflow.moves)
        if twice := [name for name, count in names.items() if count > 1]:
            raise ImproperlyConfigured(f"moves of {self.code} that are declared twice: {', '.join(twice)}")

    def guard(self, view: ViewFunction) -> ViewFunction:
        """Return the view wrapped so that only accounts that may open the list can call it."""
        if self.own_rows:
            return signed_in("every account sees its own records", all_rows=self.see)(view)
        return requires(self.see)(view)

    def is_open_to(self, user: User) -> bool:
        return self.own_rows or user.may(self.see)

    @property
    def model(self) -> type[Model]:
        return self.rows().model

    @property
    def has_history(self) -> bool:
        """Whether every version of the list's records is kept.

        Such records have a page with a timeline, and such a list can be shown `as_of` a day.
        """
        return keeps_history(self.model)

    @property
    def has_feed(self) -> bool:
        """Whether the API has a feed of the list's changed records."""
        return self.parts.api and issubclass(self.model, FeedRecord)

    def may_edit(self, user: User) -> bool:
        return self.editing is not None and user.may(self.editing.permission)

    def may_import(self, user: User) -> bool:
        return self.importing is not None and self.may_edit(user)

    def import_columns(self, user: User) -> tuple[Column, ...]:
        """Return the columns that this user's imports read from a file; the last ones are only compared, not written.

        Their values are plain, as the field holds them.
        """
        listed = {column.key: column for column in self.columns}
        names, given = (self.importing.columns, self.importing.kinds) if self.importing else ((), {})
        fields = {each.name for each in self.model._meta.concrete_fields}
        names += tuple(name for name in self.importing.told if name in fields) if self.importing else ()
        columns = []
        for name in names:
            column, shown = field(self.model, name), listed.get(name)
            if shown is not None:
                kind = column.kind if shown.value else shown.kind
                column = replace(column, title=shown.title, kind=kind, aliases=shown.aliases, see=shown.see)
            columns.append(replace(column, kind=given.get(name, column.kind)))
        return tuple(column for column in columns if column.see is None or user.may(column.see))

    def writable_fields(self, user: User) -> frozenset[str]:
        """Return the names of the fields that the user may change in existing records, by form or by import."""
        if self.editing is None:
            return frozenset()
        names = {name for group in self.editing.groups for name in group.fields}
        names |= set(self.importing.columns if self.importing else ())
        return frozenset(names - self.editing.unwritable_fields(user, is_new=False).keys())

    def may_bulk_edit(self, user: User) -> bool:
        return self.editing is not None and bool(self.editing.bulk) and self.may_edit(user)

    def bulk_workflows(self, user: User) -> tuple[Moves, ...]:
        """Return those of the list's workflows in which the user may change the state of many records at once."""
        return tuple(moves for moves in self.moves if self.has_history and moves.bulk_moves_for(user))

    def bulk_move_button_title(self, user: User) -> str:
        """Return the title of the button for changing the state of many records; "" if the user may not do so."""
        return "、".join(moves.bulk_title for moves in self.bulk_workflows(user))

    @cached_property
    def moves_by_name(self) -> Mapping[str, Moves]:
        """A dict from the name of each state change, such as "approve", to the `Moves` that declares it."""
        return {name: moves for moves in self.moves for name in moves.workflow.moves}

    def visible_rows(self, user: User) -> QuerySet[Any]:
        """Return a queryset of the list's records that the user may see."""
        rows = self.rows().filter(self.listed_records_condition)
        return rows if self.reference else rows.visible_to(user)  # type: ignore[attr-defined]

    @property
    def listed_records_condition(self) -> Q:
        """Query condition for records, or their versions, that belong to the list and are not merged into others."""
        return (self.within or Q()) & self.unmerged

    @property
    def unmerged(self) -> Q:
        """Query condition for records that are not merged into others; matches all if the list has no mergers."""
        return Q(**{f"{self.merged_into}__isnull": True}) if self.merged_into else Q()

    def visible_actions(self, user: User) -> tuple[Action, ...]:
        """Return the buttons at the top of the list's page that the user may press."""
        return tuple(action for action in self.actions if action.is_open_to(user))

    def visible_columns(self, user: User) -> tuple[Column, ...]:
        """Return the columns that the user may see."""
        return tuple(column for column in self.columns if column.see is None or user.may(column.see))

    def with_column_data(self, records: Sequence[Any], columns: Iterable[Column] | None = None) -> Sequence[Any]:
        """Return the records with the extra data that `columns` show, or all of the list's columns if it is None."""
        shown = {column.key for column in (self.columns if columns is None else columns)}
        for data in self.column_data:
            if not shown.isdisjoint(data.columns):
                records = data.attach(records)
        return records

    def visible_summary(self, user: User) -> Summary | None:
        """Return the list's `Summary`; None if it has none or it uses a column that the user may not see."""
        visible = {column.key for column in self.visible_columns(user)}
        return self.summary if self.summary and visible.issuperset(self.summary.columns) else None

    @cached_property
    def private_fields(self) -> frozenset[str]:
        """Names of the model fields that only users with an extra permission may see in the list."""
        paths = (path for column in self.columns if column.see is not None for path in column.lookup_paths())
        return frozenset(path.partition("__")[0] for path in paths)

    def hidden_lookup_paths(self, user: User) -> frozenset[str]:
        """Return the ORM lookup paths of all fields shown in columns that are hidden from the user."""
        visible = {column.key for column in self.visible_columns(user)}
        hidden = [column for column in self.columns if column.key not in visible]
        return frozenset(path for column in hidden for path in column.lookup_paths())


@cache
def _declared() -> dict[str, Listing]:
    found: dict[str, Listing] = {}
    for name in settings.LISTS:
        listing: Listing = import_string(name)
        if listing.code in found:
            raise ValueError(f"{listing.code} is declared twice")
        found[listing.code] = listing
    for listing in found.values():
        _check_belongs_to_links(listing, found.values())
    return found


def _check_belongs_to_links(listing: Listing, lists: Collection[Listing]) -> None:
    """Raise ImproperlyConfigured if a `BelongsTo` of the list has a bad path or filter, or its model has no page."""
    for link in listing.belongs_to:
        pages = hasattr(link.model, "get_absolute_url") or any(
            lower.has_history for lower in lists if lower.model is link.model
        )
        faults = {
            f"{link.path} leads to no {link.model.__name__}": link.path_is_valid_from(listing.model),
            f"no filter {link.filter} reads {link.path}": link.filter_exists_in(listing.filters),
            f"{link.model.__name__} has no page": pages,
        }
        if found := [fault for fault, is_right in faults.items() if not is_right]:
            raise ImproperlyConfigured(f"belongs_to of {listing.code}: {', '.join(found)}")


def declared() -> Iterable[Listing]:
    """Return the `Listing` of each list that settings.LISTS names."""
    return _declared().values()


def lists_belonging_to(model: type[Model]) -> list[tuple[Listing, BelongsTo]]:
    """Return (list, its `BelongsTo`) for each list whose records can belong to a record of `model`."""
    return [(listing, link) for listing in declared() for link in listing.belongs_to if link.model is model]


def private_fields(code: str) -> frozenset[str]:
    """Return the names of the fields in the list `code` that only users with an extra permission may see."""
    listing = _declared().get(code)
    return frozenset() if listing is None else listing.private_fields


def derived_fields(code: str) -> Derived | None:
    """Return the declaration of the computed fields of the list with this code; None if there is none."""
    listing = _declared().get(code)
    return None if listing is None else listing.derived
