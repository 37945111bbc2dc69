"""Tests of uploading an older workbook: later corrections stay, conflicts must be decided."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from pytest_django import Settings

from enterprises.tests import return_factories
from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.models import Event
from hunan_trade.intake import datasets, return_sheets
from hunan_trade.intake.actions import filling
from hunan_trade.intake.models import MonthlyReturn, Row, Upload
from hunan_trade.intake.tests.return_requests_and_workbooks import form_workbook, workbook_bytes
from hunan_trade.intake.workbook_merge import ConflictChoices, MergeBase, Side, TextVersion, WorkbookMerge, same_text
from hunan_trade.periods import Month
from hunan_trade.tabular.table_types import RawTable
from hunan_trade.workflow import MoveRefused, Stale

pytestmark = pytest.mark.django_db
SUMMARY = datasets.get("city_summary")


class MergeCase:
    """A reporter and a colleague with January of 长沙 filled completely.

    Items 06 to 12 of the summary are in E9 to E15 of its sheet.
    """

    def __init__(self) -> None:
        self.reporter, self.colleague = cast.reporter(name="甄试二"), cast.reporter(name="贾试五")
        firm = return_factories.enterprise(self.reporter)
        self.january = return_factories.opened("430100", Month(2013, 1))
        return_factories.filled(
            self.january, self.reporter, {firm.customs_code: ("100", "40")}, i06="9", i07="7", i08="8"
        )

    def download_form(self) -> Workbook:
        return form_workbook(MonthlyReturn.objects.get(pk=self.january.pk))

    def correct(self, item: str, text: str, by: User | None = None) -> None:
        filling.save_rows(self.january.pk, SUMMARY, [filling.RowEdit(item, {"month": text})], by=by or self.colleague)

    def receive(self, book: Workbook) -> filling.UploadPreview:
        return filling.receive_upload(self.january.pk, workbook_bytes(book), "一月.xlsx", by=self.reporter)

    def confirm(self, received: filling.UploadPreview, **choices: Any) -> MonthlyReturn:
        upload = received.upload
        return filling.confirm_upload(upload.pk, upload.file_id, by=self.reporter, **choices)

    def stored_texts(self, *items: str) -> list[str]:
        found = dict(Row.objects.filter(dataset=SUMMARY.code).values_list("key", "texts__month"))
        return [found[item] for item in items]


@pytest.fixture
def case(settings: Settings, tmp_path: Path) -> Iterator[MergeCase]:
    settings.FILES_DIR = tmp_path
    with clock.frozen_at(clock.at(date(2013, 2, 4), 10)):
        yield MergeCase()


def test_an_older_workbook_does_not_undo_a_colleagues_correction(case: MergeCase) -> None:
    book = case.download_form()
    case.correct("06", "66")
    book["市州汇总"]["E11"] = 88
    received = case.receive(book)
    assert [(change[2:]) for change in received.changes] == [("当月", "8", "88")]
    case.confirm(received)
    assert case.stored_texts("06", "08") == ["66", "88"]


def test_a_cell_changed_on_both_sides_blocks_the_confirmation_until_one_side_is_chosen(case: MergeCase) -> None:
    book = case.download_form()
    case.correct("06", "66")
    case.correct("07", "4")
    book["市州汇总"]["E9"], book["市州汇总"]["E10"], book["市州汇总"]["E11"] = 60, 5, 80
    received = case.receive(book)
    conflicts = [(c.key, c.base, c.mine, c.theirs, c.address) for c in received.merge.conflicts]
    assert conflicts == [("06", "9", "60", "66", "E9"), ("07", "7", "5", "4", "E10")]
    six = next(iter(received.merge.conflicts)).cell_key
    for short in (None, ConflictChoices({six: Side.MINE})):
        with pytest.raises(filling.UndecidedConflicts, match="没有选定"):
            case.confirm(received, choices=short)
    assert case.stored_texts("06", "07", "08") == ["66", "4", "8"]
    with pytest.raises(MoveRefused, match="不是两边都改过"):
        case.confirm(received, choices=ConflictChoices({(SUMMARY.code, "09", "month"): Side.MINE}, Side.MINE))
    case.confirm(received, choices=ConflictChoices({six: Side.MINE}, Side.THEIRS))
    assert case.stored_texts("06", "07", "08") == ["60", "4", "80"]
    event = Event.objects.get(verb="return.imported")
    assert event.before and event.after
    assert event.after["decided"] == {"mine": 1, "theirs": 1}
    assert event.before["市州汇总 06"]["month"] == "66" and "市州汇总 07" not in event.before
    assert Row.objects.get(dataset=SUMMARY.code, key="07").edited_by == case.colleague


def test_the_same_number_written_differently_is_no_conflict(case: MergeCase) -> None:
    book = case.download_form()
    case.correct("06", "66.0")
    book["市州汇总"]["E9"] = 66
    received = case.receive(book)
    assert (len(received.merge.conflicts), len(received.changes)) == (0, 0)
    case.confirm(received)
    assert case.stored_texts("06") == ["66.0"]


def test_a_confirmation_after_a_later_edit_is_refused_and_a_new_preview_shows_the_conflict(
    case: MergeCase,
) -> None:
    book = case.download_form()
    book["市州汇总"]["E9"] = 60
    received = case.receive(book)
    case.correct("06", "66")
    with pytest.raises(Stale):
        case.confirm(received)
    again = filling.preview_upload(Upload.objects.select_related("monthly_return__region").get(), by=case.reporter)
    assert [(c.base, c.mine, c.theirs) for c in again.merge.conflicts] == [("9", "60", "66")]
    case.confirm(again, seen=again.version, choices=ConflictChoices(rest=Side.MINE))
    assert case.stored_texts("06") == ["60"]


def remove_version_metadata(book: Workbook) -> None:
    for name, cell in book["_portal"].iter_rows(min_col=1, max_col=2):
        if name.value in ("version", "edited"):
            name.value = cell.value = None


def claim_future_version(book: Workbook) -> None:
    for name, cell in book["_portal"].iter_rows(min_col=1, max_col=2):
        if name.value == "version":
            cell.value = "9"


def claim_other_edit_time(book: Workbook) -> None:
    """Change the edit time in the metadata, as if the version had been reached by other edits.

    So it is after a backup was restored.
    """
    for name, cell in book["_portal"].iter_rows(min_col=1, max_col=2):
        if name.value == "edited":
            cell.value = "2013-02-03T01:00:00+00:00"


def label_sheet_with_other_version(book: Workbook) -> None:
    for cell in book["市州汇总"][1]:
        if cell.value and "版" in str(cell.value):
            cell.value = "第 1 版"


@pytest.mark.parametrize(
    "spoil", [remove_version_metadata, claim_future_version, claim_other_edit_time, label_sheet_with_other_version]
)
def test_without_known_download_every_difference_is_a_conflict(
    case: MergeCase, spoil: Callable[[Workbook], None]
) -> None:
    book = case.download_form()
    spoil(book)
    book["市州汇总"]["E9"] = 60
    received = case.receive(book)
    assert [(c.base, c.mine, c.theirs) for c in received.merge.conflicts] == [(None, "60", "9")]
    with pytest.raises(filling.UndecidedConflicts):
        case.confirm(received)


def test_a_first_upload_has_no_conflicts_whatever_its_metadata(case: MergeCase) -> None:
    Row.objects.all().delete()
    for item in ("06", "07"):
        case.correct(item, "")
    book = case.download_form()
    remove_version_metadata(book)
    book["市州汇总"]["E9"], book["市州汇总"]["E10"] = 60, 70
    assert len(case.receive(book).merge.conflicts) == 0


def test_uploading_the_same_workbook_again_does_not_conflict_with_ones_own_figures(case: MergeCase) -> None:
    book = case.download_form()
    book["市州汇总"]["E9"], book["市州汇总"]["E10"] = 60, 5
    case.confirm(case.receive(book))
    case.correct("07", "4")
    book["市州汇总"]["E9"], book["市州汇总"]["E10"] = 61, 3
    received = case.receive(book)
    assert [(c.base, c.mine, c.theirs) for c in received.merge.conflicts] == [("7", "3", "4")]
    assert [change[3:] for change in received.changes] == [("60", "61")]
    stranger = filling.merge_and_check(
        workbook_bytes(book), MonthlyReturn.objects.get(pk=case.january.pk), by=case.colleague
    )
    assert len(stranger.merge.conflicts) == 2


def test_a_record_untyped_at_download_has_a_blank_base_text(case: MergeCase) -> None:
    firm = return_factories.enterprise(case.reporter)
    book, key = case.download_form(), f"{firm.customs_code}/进料加工"
    trade = datasets.get("processing_trade")
    filling.save_rows(case.january.pk, trade, [filling.RowEdit(key, {"export": "5", "import": "5"})], by=case.colleague)
    book["加工贸易企业"]["F5"], book["加工贸易企业"]["G5"] = 6, 5
    assert [(c.key, c.base, c.mine, c.theirs) for c in case.receive(book).merge.conflicts] == [(key, "", "6", "5")]


def test_an_older_workbook_without_explanation_keeps_a_colleagues_explanation(case: MergeCase) -> None:
    book = case.download_form()
    filling.save_rows(case.january.pk, SUMMARY, [filling.RowEdit("06", {"reason": "已核对"})], by=case.colleague)
    book["市州汇总"]["E11"] = 80
    case.confirm(case.receive(book))
    assert Row.objects.get(dataset=SUMMARY.code, key="06").texts["reason"] == "已核对"


def test_the_preview_checks_the_merged_texts(case: MergeCase) -> None:
    book = case.download_form()
    case.correct("06", "许多")
    assert [finding.cell for finding in case.receive(book).checked.blocking] == ["E9"]


def test_a_downloaded_workbook_names_the_version_of_its_texts(case: MergeCase) -> None:
    before = MonthlyReturn.objects.with_region().get(pk=case.january.pk)
    case.correct("06", "66")  # between reading the return and reading its rows
    form = return_sheets.stored_sheets(before)
    assert max(before.version, form.since) == MonthlyReturn.objects.get(pk=case.january.pk).version


# --- The rule itself ------------------------------------------------------------------------------------------------
texts = st.sampled_from(["", "1", "1.0", "2", "3"])


@given(history=st.lists(texts, min_size=1, max_size=5), at=st.integers(0, 4), mine=texts, known=st.booleans())
def test_every_cell_follows_the_three_way_merge_rule(history: list[str], at: int, mine: str, known: bool) -> None:
    """Merge one cell with any history of texts, downloaded at any version, with any text in the file."""
    at = min(at, len(history) - 1)
    base_text, now, column = history[at], history[-1], SUMMARY.column("month")
    person, moment_ = 1, clock.at(date(2013, 2, 4), 10)
    written = [TextVersion(since, person, moment_) for since in range(1, len(history) + 1)]
    place = (SUMMARY.code, "06")
    older = {place: [(written[n], {"month": history[n]}) for n in range(at, len(history) - 1)]}
    moved = at < len(history) - 1
    base = MergeBase(at + 1, older if moved else {}, {place: written[-1]} if moved else {}) if known else MergeBase()
    raw = RawTable(SUMMARY, [9], [["06"], [""], [""], [""], [mine], [""], [""]][: len(SUMMARY.columns)])
    nothing: Any = None
    contexts: Any = {SUMMARY.code: SimpleNamespace(rows=())}
    form = return_sheets.ReturnSheets(nothing, nothing, contexts, {SUMMARY.code: {"06": {"month": now}}})
    merge = WorkbookMerge([raw], form, base)
    found = (len(merge.changes), len(merge.kept_cells), len(merge.conflicts))
    if same_text(column, mine, now):
        assert found == (0, 0, 0)
    elif not known:
        assert found == ((1, 0, 0) if now == "" else (0, 0, 1))
    elif same_text(column, mine, base_text):
        assert found == (0, 1, 0)
    elif same_text(column, now, base_text):
        assert found == (1, 0, 0)
    else:
        assert found == (0, 0, 1)
    assert not (merge.kept_cells and same_text(column, now, base_text))  # only what is newer is kept
