"""Functions that read the history of a register's records and build their timelines.

They give a record's timeline, what can be taken back, and the list as it stood on a day.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from django.db.models import Min, Model, QuerySet

from hunan_trade import clock, periods
from hunan_trade.accounts.models import User
from hunan_trade.lists.columns import Column, field
from hunan_trade.lists.declaration import Listing
from hunan_trade.lists.history import act_recording
from hunan_trade.lists.history.history_models import end_of_day, find_history_model, keeps_history
from hunan_trade.lists.models import Act, Attachment
from hunan_trade.lists.record_change_preparation import OWN_FIELDS, RecordChange

NOBODY = "系统维护"  # who wrote where no act was open: somebody in the database itself
_JOINED = 4  # links of a version that are joined; to plan a join of ten tables takes longer than ten queries


@dataclass(frozen=True)
class FieldChange:
    """The texts of a record's field before and after a change.

    It is written as its column writes it; "" for nothing.
    """

    name: str
    label: str
    before: str
    after: str


@dataclass(frozen=True)
class TimelineEntry:
    """One entry in a record's timeline, with who changed what and when.

    `refusal` says why the changes cannot be taken back; "" where they can, those of the fields `revertible`: all that the
    reader may write. `attachment` is the one that was added or
    removed, None in an entry of the record's own content.
    """

    version: int
    at: datetime
    who: str
    what: str
    reason: str
    reference: str
    changes: tuple[FieldChange, ...]
    refusal: str
    attachment: Attachment | None = None
    revertible: tuple[str, ...] = ()


# --- One record -----------------------------------------------------------------------------------------------------
def versions_of(listing: Listing, key: int, user: User) -> list[Any]:
    """Return all versions of a record, oldest first; an empty list if the user may not see the record.

    Its links are those of the time of each version.
    """
    model = find_history_model(listing.model)
    found, links = model.objects.filter(id=key).visible_to(user).order_by("version"), _foreign_key_names(model)
    versions = list(found.select_related("act", *links[:_JOINED]).prefetch_related(*links[_JOINED:]))
    for version in versions:
        set_related_versions([version], version.valid_from)
    return versions


def timeline_entries(listing: Listing, versions: Sequence[Any], user: User) -> list[TimelineEntry]:
    """Return the timeline entries of a record's versions, newest first.

    `versions` are those that `versions_of` returns.
    """
    columns, writable = visible_stored_field_columns(listing, user), listing.writable_fields(user)
    entries = [
        _make_entry(versions[:at], version, versions[at + 1 :], columns, writable)
        for at, version in enumerate(versions)
    ]
    return entries[::-1]


def visible_stored_field_columns(listing: Listing, user: User) -> list[Column]:
    """Return a column for each stored field of a list's records that the user may see, except generated ones.

    Derived fields that the list does not show are left out, too. Values are plain, as the field holds them. Into which record one was merged is told where the user may see it.
    """
    listed = {column.key: column for column in listing.columns}
    hidden = listing.hidden_lookup_paths(user)
    derived = set(listing.derived.fields if listing.derived else ()) - listed.keys()
    columns = []
    for model_field in listing.model._meta.concrete_fields:
        name = model_field.name
        if name in (*OWN_FIELDS, listing.merged_into, *derived) or model_field.generated or name in hidden:
            continue
        column = field(listing.model, name)
        if (shown := listed.get(name)) is not None:
            column = replace(column, title=shown.title, kind=column.kind if shown.value else shown.kind)
        columns.append(column)
    return columns


def format_value(column: Column, record: Any) -> str:
    """Return the record's value in this column as text with its unit, such as 300 万美元; "" if there is no value."""
    (value,) = column.values([record])
    if value is None or value == "":
        return ""
    return f"{column.kind.text(value)}{' ' if column.kind.unit else ''}{column.kind.unit}"


def _make_entry(
    before: Sequence[Any],
    version: Any,
    after: Sequence[Any],
    columns: Sequence[Column],
    writable: Collection[str],
) -> TimelineEntry:
    act: Act | None = version.act
    alike = before and not before[-1].is_deletion and not version.is_deletion
    changes = tuple(field_changes(before[-1], version, columns)) if alike else ()
    revertible = tuple(change.name for change in changes if change.name in writable)
    return TimelineEntry(
        version=version.version,
        at=version.valid_from,
        who=act.by_name if act else NOBODY,
        what=_operation_label(version, act, is_first=not before),
        reason=act.reason if act else "",
        reference=act.reference if act else "",
        changes=changes,
        refusal=_why_not_revertible(version, after, revertible, columns),
        revertible=revertible,
    )


def _operation_label(version: Any, act: Act | None, *, is_first: bool) -> str:
    if act is not None:
        return act.get_kind_display()
    return "删除" if version.is_deletion else "开始留存历次内容" if is_first else "修改"


def field_changes(before: Any, after: Any, columns: Iterable[Column]) -> Iterator[FieldChange]:
    """Yield a `FieldChange` for each field whose text differs between two versions of a record."""
    for column in columns:
        was, now = format_value(column, before), format_value(column, after)
        if was != now:
            yield FieldChange(column.key, column.title, was, now)


# --- Taking back ----------------------------------------------------------------------------------------------------
def reverting_change(versions: Sequence[Any], entry: TimelineEntry) -> RecordChange:
    """Return the change that restores the values that fields had before the change shown in a timeline entry.

    Whoever hands it to the list's action has looked at `Entry.refusal`; the action compares the version under its lock.
    """
    before = next(earlier for earlier, version in pairwise(versions) if version.version == entry.version)
    values = {name: getattr(before, before._meta.get_field(name).attname) for name in entry.revertible}
    return RecordChange(values, versions[-1].id, versions[-1].version)


def _why_not_revertible(version: Any, later: Sequence[Any], names: Sequence[str], columns: Sequence[Column]) -> str:
    """Return a Chinese sentence that says why the changes of this version cannot be reverted; "" if they can be.

    Somebody may have changed one of the fields since, or deleted the record. A move is changed by another move alone.
    """
    if version.act and version.act.kind == Act.Kind.MOVED:
        return "办理过的不能撤回，要改再办一次"
    if not names:
        return "没有可撤回的改动"
    titles = {column.key: column.title for column in columns}
    attributes = {name: version._meta.get_field(name).attname for name in names}
    for after in later:
        who = after.act.by_name if after.act else NOBODY
        if after.is_deletion:
            return f"不能撤回：{who}已于{periods.format_chinese_datetime(after.valid_from)}删除"
        for name, attribute in attributes.items():
            if getattr(after, attribute) != getattr(version, attribute):
                return f"不能撤回：{who}于{periods.format_chinese_datetime(after.valid_from)}又改过{titles[name]}"
    return ""


# --- The list as of a day -------------------------------------------------------------------------------------------
def why_day_unavailable(model: type[Model], day: date) -> str:
    """Return a Chinese sentence that says why the register cannot be shown as of this day; "" if it can be."""
    if day > clock.today():
        return f"{periods.format_chinese_date(day)}还没有到。选今天或以前的一天。"
    first = find_history_model(model).objects.aggregate(first=Min("valid_from"))["first"]
    if first is not None and end_of_day(day) < first:
        return f"{periods.format_chinese_date(first.astimezone(clock.SHANGHAI).date())}以前的内容没有留存。选这一天或以后的一天。"
    return ""


def rows_as_of(listing: Listing, day: date, user: User) -> QuerySet[Any]:
    """Return the versions of the list's records that were valid at the end of the day.

    They are of records that the user may see today. They select the same related rows. Of a day that is over, what was
    begun in it is waited for, so that the answer stays the same for ever.
    """
    if day < clock.today():
        act_recording.wait_for_writes_of_day(day)
    rows = listing.rows()
    versions: QuerySet[Any] = (
        find_history_model(rows.model).objects.as_of(day).visible_to(user).filter(listing.listed_records_condition)
    )
    versions.query.select_related = rows.query.select_related
    return versions


def set_related_versions(records: Iterable[Any], moment: datetime) -> None:
    """Replace each record's related objects, such as its park, by their versions valid at `moment`.

    Related models without a history are left alone.
    """
    records = list(records)
    for model_field in records[0]._meta.concrete_fields if records else ():
        related = model_field.related_model
        if model_field.is_relation and related is not None and keeps_history(related):
            keys = {getattr(record, model_field.attname) for record in records} - {None}
            at = find_history_model(related).objects.valid_at(moment).filter(id__in=keys)
            versions = {version.id: version for version in at}
            for record in records:
                if (version := versions.get(getattr(record, model_field.attname))) is not None:
                    model_field.set_cached_value(record, version)


def _foreign_key_names(model: type[Model]) -> list[str]:
    return [f.name for f in model._meta.concrete_fields if f.is_relation and f.name != "act"]
