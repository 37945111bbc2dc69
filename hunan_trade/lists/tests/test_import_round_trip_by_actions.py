"""Tests that a downloaded list, edited and imported, changes what was edited and nothing else."""

from __future__ import annotations

import csv
from io import BytesIO, StringIO

import openpyxl
import pytest
from django.core.exceptions import BadRequest
from django.http import QueryDict
from django.test import override_settings

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.actions import System
from hunan_trade.lists.downloads import list_file_writer
from hunan_trade.lists.downloads.list_file_writer import DownloadQuery
from hunan_trade.lists.imports import actions
from hunan_trade.lists.imports.models import Import
from hunan_trade.lists.models import Act
from hunan_trade.lists.record_change_preparation import RecordChange
from hunan_trade.regions import actions_load_reference_tables as regions
from hunan_trade.testing.transaction_simulation_and_waiting import next_transaction
from parks.actions import load_parks, save_parks
from parks.models import Park
from parks.tables import PARKS

Edits = dict[tuple[str, str], str]  # by name and title of a column, the new text


@pytest.fixture
def officer(db: None) -> User:
    regions.load_regions()
    load_parks(by=System("初始化"))
    Park.objects.update(note="原来的说明")  # a blank cell would leave the field, whatever it held
    next_transaction()
    return cast.officer()


def download(by: User, format_: str) -> bytes:
    asked = DownloadQuery.from_parameters(PARKS, by, QueryDict(f"format={format_}&all=1&marks=1"))
    list_file_writer.write_list_file(asked, stream := BytesIO(), moment=clock.now())
    return stream.getvalue()


def edited_workbook(data: bytes, edits: Edits) -> bytes:
    book = openpyxl.load_workbook(BytesIO(data))
    rows = list(book.worksheets[0].iter_rows())
    columns = {cell.value: at for at, cell in enumerate(rows[0])}
    for (name, title), text in edits.items():
        next(row for row in rows if row[0].value == name)[columns[title]].value = text
    book.save(stream := BytesIO())
    return stream.getvalue()


def edited_csv(data: bytes, edits: Edits) -> bytes:
    rows = list(csv.reader(StringIO(data.decode("utf-8-sig"), newline="")))
    for (name, title), text in edits.items():
        next(row for row in rows if row[0] == name)[rows[0].index(title)] = text
    csv.writer(stream := StringIO()).writerows(rows)
    return stream.getvalue().encode()


EDITORS = {"xlsx": edited_workbook, "csv": edited_csv}


def checked_import(by: User, data: bytes, format_: str) -> Import:
    found = actions.receive(PARKS, data, f"园区平台.{format_}", by=by)
    problems = actions.check(PARKS, found, by=by, seen=1)
    assert not problems, problems
    return found


def state() -> dict[str, tuple[object, ...]]:
    return {
        park.name: (park.city_id, park.kind, park.level, park.certainty, park.note, park.source, park.approved)
        for park in Park.objects.all()
    }


@pytest.mark.parametrize("format_", EDITORS)
def test_an_import_of_an_edited_download_changes_what_was_edited_and_nothing_else(officer: User, format_: str) -> None:
    data = download(officer, format_)
    first, second, third = Park.objects.order_by("pk")[:3]
    save_parks(
        changes=[RecordChange({"note": "同事改的"}, pk=each.pk, seen=each.version) for each in (second, third)],
        by=cast.officer(),
        kind=Act.Kind.EDITED,
    )
    expected = state()
    found = checked_import(
        officer, EDITORS[format_](data, {(first.name, "说明"): "文件改的", (second.name, "出处"): "来函"}), format_
    )
    counts = found.result["counts"]
    assert (counts["new"], counts["changed"], counts["refused"]) == (0, 2, 0), found.result
    next_transaction()
    actions.confirm(PARKS, found, by=officer, seen=found.version, choices={}, reason="来函")
    for name, at, text in ((first.name, 4, "文件改的"), (second.name, 5, "来函")):
        expected[name] = (*expected[name][:at], text, *expected[name][at + 1 :])
    assert state() == expected


@pytest.mark.parametrize("format_", EDITORS)
def test_an_import_of_a_download_as_it_is_changes_nothing(officer: User, format_: str) -> None:
    counts = checked_import(officer, download(officer, format_), format_).result["counts"]
    assert (counts["new"], counts["changed"], counts["refused"]) == (0, 0, 0)


def test_marks_of_another_installation_recognise_no_record(officer: User) -> None:
    """(traps I2)"""
    with override_settings(SECRET_KEY="another"):
        data = download(officer, "xlsx")
    found = checked_import(officer, data, "xlsx")
    assert found.result["counts"]["refused"] == Park.objects.count()


def test_only_who_may_import_may_ask_for_the_marks(officer: User) -> None:
    with pytest.raises(BadRequest):
        download(cast.reporter(), "xlsx")
