"""Tests imports into every declared list that has them, with the list's own download as the file."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO, StringIO
from typing import Any

import pytest
from django.db.models import CharField
from django.http import QueryDict
from django.test import override_settings

from enterprises.tests import return_factories
from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.lists.declaration import Listing, declared
from hunan_trade.lists.downloads import list_file_writer
from hunan_trade.lists.downloads.list_file_writer import DownloadQuery
from hunan_trade.lists.exported_row_ids import COLUMN as MARK
from hunan_trade.lists.imports import actions
from hunan_trade.lists.imports.models import Import
from hunan_trade.testing.transaction_simulation_and_waiting import next_transaction
from projects.tests.factories import listed_group, project

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reference_tables")]
LISTS = [listing for listing in declared() if listing.importing is not None]
every_import = pytest.mark.parametrize("listing", LISTS, ids=lambda listing: listing.code)
Rows = list[dict[str, str]]  # by heading


@dataclass(frozen=True)
class Importer:
    """A user who downloads a list, edits the file and imports it."""

    listing: Listing
    by: User

    @property
    def name(self) -> str:
        """The heading of the column with the records' names."""
        assert self.listing.importing is not None
        wanted = self.listing.importing.name
        return next(column.title for column in self.listing.columns if column.key == wanted)

    def download(self) -> Rows:
        query = DownloadQuery.from_parameters(self.listing, self.by, QueryDict("format=csv&all=1&marks=1"))
        list_file_writer.write_list_file(query, stream := BytesIO(), moment=clock.now())
        return list(csv.DictReader(StringIO(stream.getvalue().decode("utf-8-sig"), newline="")))

    def check(self, rows: Rows) -> Import:
        next_transaction()
        writer = csv.DictWriter(stream := StringIO(), list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
        found = actions.receive(self.listing, stream.getvalue().encode(), "名录.csv", by=self.by)
        assert not (problems := actions.check(self.listing, found, by=self.by, seen=1)), problems
        assert sum(found.result["counts"].values()) + len(found.result["no_records"]) == len(rows)
        return found

    def contents(self) -> dict[int, dict[str, Any]]:
        """Return what the records hold, by key, without what the database counts."""
        fields = [f.attname for f in self.listing.model._meta.local_concrete_fields if not f.generated]
        names = [name for name in fields if name not in ("version", "changed_xid")]
        return {row["id"]: row for row in self.listing.visible_rows(self.by).values(*names)}


@pytest.fixture
def importer(listing: Listing) -> Importer:
    for city in (cast.CHANGSHA, cast.CHENZHOU, cast.CHANGSHA):
        return_factories.enterprise(reporter := cast.reporter(city))
        project(reporter)
    officer = cast.officer()
    for name in ("演示寰宇集团", "演示远洋集团"):
        listed_group(officer, name)
    return Importer(listing, officer)


def renamed(importer: Importer, rows: Rows, count: int = 2) -> Rows:
    """Return the rows with other names of the first ones."""
    return [row | ({importer.name: f"{row[importer.name]}改"} if at < count else {}) for at, row in enumerate(rows)]


def changed(found: Import) -> set[tuple[str, str]]:
    return {(change["column"], change["file"]) for change in found.result["changes"]}


@every_import
def test_a_download_as_it_is_changes_nothing(importer: Importer) -> None:
    """What an export put on, the import takes off (traps D1)."""
    found = importer.check(rows := importer.download())
    assert found.result["counts"]["same"] == len(rows) >= 2, found.result
    assert found.result["findings"] == []


@every_import
def test_columns_are_known_by_their_headings_and_not_by_place(importer: Importer) -> None:
    """The file has its columns in another order, and one more (traps R1)."""
    rows = renamed(importer, importer.download())
    turned = [{"以前没有的列": "甲", **dict(reversed(row.items()))} for row in rows]
    assert changed(importer.check(turned)) == changed(importer.check(rows)) != set()


@every_import
def test_a_name_in_other_invisible_characters_and_width_is_the_same_record(importer: Importer) -> None:
    """Without a mark, too: the key's parts are compared in one normal form (traps R7)."""
    assert importer.listing.importing is not None
    columns = {column.key: column for column in importer.listing.columns}
    key = [columns[name] for name in importer.listing.importing.keys[0]]
    words = [
        column.title for column in key if isinstance(importer.listing.model._meta.get_field(column.key), CharField)
    ]
    rows = [row for row in importer.download() if all(row[column.title] for column in key)]
    for row in rows:
        row.update({title: in_other_form(row[title]) for title in words})
        del row[MARK.title]
    counts = importer.check(rows).result["counts"]
    assert (counts["new"], counts["refused"], counts["undecided"]) == (0, 0, 0)


def in_other_form(text: str) -> str:
    """Return the text with its first character in full width, between invisible ones."""
    first = chr(ord(text[0]) + 0xFEE0) if "!" <= text[0] <= "~" else text[0]
    return f"\u200b{first}\u00a0{text[1:]}"


@every_import
def test_a_check_promises_what_writing_does_and_undo_takes_it_back(importer: Importer) -> None:
    """Afterwards the same file gives the same check as the first time (traps I1, I3, I4)."""
    before, rows = importer.contents(), renamed(importer, importer.download())
    found = importer.check(rows)
    promised = found.result["counts"]
    assert promised["changed"] == 2, found.result
    next_transaction()
    actions.confirm(importer.listing, found, by=importer.by, seen=found.version, choices={}, reason="来函")
    found.refresh_from_db()
    assert (found.state, found.result["counts"]) == ("written", promised)
    after = importer.contents()
    assert len([key for key, values in after.items() if values != before[key]]) == 2
    next_transaction()
    result = actions.undo(importer.listing, found, by=importer.by, seen=found.version, reason="传错了")
    assert (result.count, result.staying) == (2, ()) and importer.contents() == before
    assert importer.check(rows).result["counts"] == promised


@every_import
@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda mark: mark.replace(mark.split(".")[0], "999999999", 1), id="nobody's record"),
        pytest.param(lambda mark: "随便", id="no mark"),
    ],
)
def test_a_mark_that_names_no_record_is_refused(importer: Importer, spoil: Callable[[str], str]) -> None:
    """No silent new record (traps I2, I5)."""
    rows = importer.download()[:1]
    (finding,) = importer.check([{**rows[0], MARK.title: spoil(rows[0][MARK.title])}]).result["findings"]
    assert "记录标识" in finding["message"]


@every_import
def test_two_rows_of_one_record_are_both_refused(importer: Importer) -> None:
    """(traps I6)"""
    rows = renamed(importer, importer.download(), count=1)
    assert importer.check([rows[0], *rows]).result["counts"]["refused"] == 2


@every_import
def test_a_column_that_nobody_mapped_is_listed_with_its_filled_cells(importer: Importer) -> None:
    """(traps I7)"""
    rows = [row | {"以前没有的列": "甲" if at else ""} for at, row in enumerate(importer.download())]
    assert str(len(rows) - 1) in str(importer.check(rows).result["unmapped"])


@every_import
def test_a_download_of_another_installation_recognises_no_record(importer: Importer) -> None:
    """(traps I2)"""
    with override_settings(SECRET_KEY="another"):
        rows = importer.download()
    assert importer.check(rows).result["counts"]["refused"] == len(rows)
