"""Functions that load the records of a list with which an imported file is compared.

They are those that its rows may mean and the importer may see.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hunan_trade import periods
from hunan_trade.accounts.models import User
from hunan_trade.lists.columns import Column
from hunan_trade.lists.declaration import Listing
from hunan_trade.lists.exported_row_ids import COLUMN as MARK
from hunan_trade.lists.exported_row_ids import ExportedRowId, InvalidExportedRowId, parse_exported_row_id
from hunan_trade.lists.history.history_models import find_history_model
from hunan_trade.lists.imports.comparable_values import Stored, key_parts, stored_value
from hunan_trade.lists.imports.row_parsing import ParsedRow
from hunan_trade.lists.imports.similar_names import SimilarNames
from hunan_trade.lists.merged_records import merged_records
from hunan_trade.lists.record_keys import Key, key_pattern, pks_of

Keys = Mapping[tuple[str, ...], tuple[int, ...]]


@dataclass(frozen=True)
class Register:
    """The records of a list with which the rows of an imported file are compared.

    They are those that the importer may see, as far as the rows may mean them. `by_key` finds records by the values of
    each key of `Importing.keys`, in normal form. `records` holds those that a mark or a key names, or whose name is
    alike, `bases` the versions that an export held. `gone` says of a record that is no more what became of it.
    `related` are the records that values of a column point to. Records that differ in the fields `distinguishing_fields` are not alike.
    `keys` are those of all records that the importer may see. A mark holds such a key, written like `key_pattern`; `pks`
    are the primary keys of the records that marks name. `merged` are records that were merged into others, by each of
    `Importing.keys` that has the code by which the list names its records.
    """

    records: Mapping[int, Any]
    by_key: tuple[Keys, ...]
    names: Mapping[int, str]
    alike: SimilarNames
    bases: Mapping[ExportedRowId, Any]
    gone: Mapping[int, str]
    related: Mapping[str, Mapping[Any, Any]]
    distinguishing_fields: tuple[str, ...] = ()
    key_pattern: str = ""
    keys: Mapping[int, Key] = field(default_factory=dict)
    pks: Mapping[Key, int] = field(default_factory=dict)
    merged: Mapping[tuple[tuple[str, ...], tuple[str, ...]], int] = field(default_factory=dict)

    def find_alike(self, values: Mapping[str, Any], name: str) -> list[tuple[int, int]]:
        """Return (primary key, similarity in percent) for each record whose name is like the name in a row's values."""
        return self.alike.find(str(values.get(name) or ""), key_parts(values, self.distinguishing_fields))

    def text_with_unit(self, column: Column, value: Stored) -> str:
        """Return a stored value as text with its unit, such as 300 万美元; "" for no value."""
        if value is None or value == "":
            return ""
        shown = self.related[column.key].get(value, value) if column.key in self.related else value
        return f"{column.kind.text(shown)}{' ' if column.kind.unit else ''}{column.kind.unit}"


def load_register(listing: Listing, columns: Sequence[Column], rows: Sequence[ParsedRow], user: User) -> Register:
    """Load the list's records with which a file's rows are compared, in a fixed number of queries."""
    importing = listing.importing
    assert importing is not None
    distinguishing_fields = importing.distinguishing_fields
    names, keys, by_key, groups = _lookup_tables_of_visible_records(listing, user)
    alike = SimilarNames(names, groups)
    pattern = key_pattern(listing)
    marks = {mark for row in rows if (mark := mark_of(row, pattern)) is not None}
    pks = pks_of(listing, {mark.key for mark in marks})
    wanted = set(pks.values())
    for row in rows:
        parts = [key_parts(row.values, key) for key in importing.keys]
        found = {pk for own, index in zip(parts, by_key, strict=True) if own for pk in index.get(own, ())}
        group = key_parts(row.values, distinguishing_fields)
        wanted |= found or {pk for pk, _ in alike.find(str(row.values.get(importing.name) or ""), group)}
    records = {record.pk: record for record in listing.visible_rows(user).filter(pk__in=wanted)}
    merged = _merged_records_by_key(listing, user)
    missing = (wanted | set(merged.values())) - records.keys()
    return Register(
        records=records,
        by_key=by_key,
        names=names,
        alike=alike,
        bases=_exported_versions(listing, marks, pks, user) if listing.has_history else {},
        gone=_sentences_about_missing_records(listing, missing, user) if listing.has_history else {},
        related=_related_records_by_column(listing, columns, rows, list(records.values())),
        distinguishing_fields=distinguishing_fields,
        key_pattern=pattern,
        keys=keys,
        pks=pks,
        merged=merged,
    )


def mark_of(row: ParsedRow, key_pattern: str) -> ExportedRowId | None:
    """Return the `ExportedRowId` (record key and version) in an imported row; None if it is missing or invalid."""
    try:
        return parse_exported_row_id(str(row.values[MARK.key]), key_pattern) if row.values.get(MARK.key) else None
    except InvalidExportedRowId:
        return None


def _lookup_tables_of_visible_records(
    listing: Listing, user: User
) -> tuple[dict[int, str], dict[int, Key], tuple[Keys, ...], dict[int, Any]]:
    """Return, for the visible records, names and keys by id, ids by import key, distinguishing fields by id.

    The last table holds, by primary key, what tells records with the same name from each other.
    """
    importing = listing.importing
    assert importing is not None
    fields, distinguishing_fields = (
        sorted({importing.name, *(name for key in importing.keys for name in key)}),
        importing.distinguishing_fields,
    )
    names: dict[int, str] = {}
    keys: dict[int, Key] = {}
    groups: dict[int, Any] = {}
    indexes: list[defaultdict[tuple[str, ...], tuple[int, ...]]] = [defaultdict(tuple) for _ in importing.keys]
    for pk, own_key, *values in listing.visible_rows(user).order_by().values_list("pk", listing.key, *fields):
        keys[pk], record = own_key, dict(zip(fields, values, strict=True))
        names[pk] = str(record[importing.name] or "")
        if distinguishing_fields:
            groups[pk] = key_parts(record, distinguishing_fields)
        for key, index in zip(importing.keys, indexes, strict=True):
            if parts := key_parts(record, key):
                index[parts] += (pk,)
    return names, keys, tuple(dict(index) for index in indexes), groups


def _exported_versions(
    listing: Listing, marks: set[ExportedRowId], pks: Mapping[Key, int], user: User
) -> dict[ExportedRowId, Any]:
    model = find_history_model(listing.model)
    found = model.objects.filter(id__in=set(pks.values()), version__in={mark.version for mark in marks})
    versions = {(version.id, version.version): version for version in found.visible_to(user) if not version.is_deletion}
    places = {mark: (pks.get(mark.key), mark.version) for mark in marks}
    return {mark: versions[place] for mark, place in places.items() if place in versions}


def _merged_records_by_key(listing: Listing, user: User) -> dict[tuple[tuple[str, ...], tuple[str, ...]], int]:
    """Return a dict from (fields of an import key, their values) to the id of the merged record that has them."""
    keys = [key for key in listing.importing.keys if listing.key in key] if listing.importing else []
    if not listing.merged_into or not keys:
        return {}
    fields = sorted({name for key in keys for name in key})
    rows: Any = listing.rows()
    merged = rows.visible_to(user).exclude(listing.unmerged).values_list("pk", *fields)
    records = {pk: dict(zip(fields, values, strict=True)) for pk, *values in merged}
    found = {(key, key_parts(record, key)): pk for pk, record in records.items() for key in keys}
    return {(key, parts): pk for (key, parts), pk in found.items() if parts}


def _sentences_about_missing_records(listing: Listing, pks: set[int], user: User) -> dict[int, str]:
    """Return, by record id, a Chinese sentence that says that it was deleted or into which record it was merged."""
    deletions = find_history_model(listing.model).objects.last_versions().filter(is_deletion=True, id__in=pks)
    deleted = {
        version.id: f"“{version}”已于{periods.format_chinese_datetime(version.valid_from)}删除。新增的请把记录标识留空。"
        for version in deletions.visible_to(user)
    }
    merged = merged_records(listing, pks, user)
    return deleted | {pk: f"{each.sentence}这一行不写入，要改就改并入的那一条。" for pk, each in merged.items()}


def _related_records_by_column(
    listing: Listing, columns: Sequence[Column], rows: Sequence[ParsedRow], records: Sequence[Any]
) -> dict[str, dict[Any, Any]]:
    related = {}
    for column in columns:
        model_field: Any = listing.model._meta.get_field(column.key)
        if model_field.is_relation:
            keys = {stored_value(model_field, row.values.get(column.key)) for row in rows}
            keys |= {getattr(record, model_field.attname) for record in records}
            related[column.key] = model_field.related_model._base_manager.in_bulk(keys - {None})
    return related
