"""Tests uploads of older workbooks: corrections stay, conflicts are asked, nothing changes silently."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from pytest_django import Settings

from enterprises.tests import factories
from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.models import Event
from hunan_trade.intake import datasets, return_sheets
from hunan_trade.intake.actions import filling
from hunan_trade.intake.models import MonthlyReturn, Row, Upload
from hunan_trade.intake.tests.browser import bytes_of, workbook
from hunan_trade.intake.workbook_merge import ConflictChoices, MergeBase, Side, TextVersion, WorkbookMerge, same_text
from hunan_trade.periods import Month
from hunan_trade.tabular.tables import RawTable
from hunan_trade.workflow import MoveRefused, Stale

pytestmark = pytest.mark.django_db
SUMMARY = datasets.get("city_summary")


class Desk:
    """January of 长沙, typed completely; items 06 to 12 of the summary are in E9 to E15 of its sheet."""

    def __init__(self) -> None:
        self.reporter, self.colleague = cast.reporter(name="甄试二"), cast.reporter(name="贾试五")
        firm = factories.enterprise(self.reporter)
        self.january = factories.opened("430100", Month(2013, 1))
        factories.filled(self.january, self.reporter, {firm.customs_code: ("100", "40")}, i06="9", i07="7", i08="8")

    def downloaded(self) -> Workbook:
        return workbook(MonthlyReturn.objects.get(pk=self.january.pk))

    def correct(self, item: str, text: str, by: User | None = None) -> None:
        filling.save_rows(self.january.pk, SUMMARY, [filling.Edit(item, {"month": text})], by=by or self.colleague)

    def received(self, book: Workbook) -> filling.Received:
        return filling.receive(self.january.pk, bytes_of(book), "一月.xlsx", by=self.reporter)

    def confirm(self, received: filling.Received, **choices: Any) -> MonthlyReturn:
        upload = received.upload
        return filling.confirm(upload.pk, upload.file_id, by=self.reporter, **choices)

    def stands(self, *items: str) -> list[str]:
        found = dict(Row.objects.filter(dataset=SUMMARY.code).values_list("key", "texts__month"))
        return [found[item] for item in items]


@pytest.fixture
def desk(settings: Settings, tmp_path: Path) -> Iterator[Desk]:
    settings.FILES_DIR = tmp_path
    with clock.frozen_at(clock.at(date(2013, 2, 4), 10)):
        yield Desk()


def test_a_cell_that_a_colleague_corrected_is_not_set_back_by_an_older_workbook(desk: Desk) -> None:
    book = desk.downloaded()
    desk.correct("06", "66")
    book["市州汇总"]["E11"] = 88
    received = desk.received(book)
    assert [(change[2:]) for change in received.changes] == [("当月", "8", "88")]
    desk.confirm(received)
    assert desk.stands("06", "08") == ["66", "88"]


def test_a_cell_that_both_sides_changed_is_asked_and_blocks_until_it_is_chosen(desk: Desk) -> None:
    book = desk.downloaded()
    desk.correct("06", "66")
    desk.correct("07", "4")
    book["市州汇总"]["E9"], book["市州汇总"]["E10"], book["市州汇总"]["E11"] = 60, 5, 80
    received = desk.received(book)
    asked = [(c.key, c.base, c.mine, c.theirs, c.address) for c in received.merge.conflicts]
    assert asked == [("06", "9", "60", "66", "E9"), ("07", "7", "5", "4", "E10")]
    six = next(iter(received.merge.conflicts)).cell
    for short in (None, ConflictChoices({six: Side.MINE})):
        with pytest.raises(filling.Undecided, match="没有选定"):
            desk.confirm(received, choices=short)
    assert desk.stands("06", "07", "08") == ["66", "4", "8"]
    with pytest.raises(MoveRefused, match="不是两边都改过"):
        desk.confirm(received, choices=ConflictChoices({(SUMMARY.code, "09", "month"): Side.MINE}, Side.MINE))
    desk.confirm(received, choices=ConflictChoices({six: Side.MINE}, Side.THEIRS))
    assert desk.stands("06", "07", "08") == ["60", "4", "80"]
    event = Event.objects.get(verb="return.imported")
    assert event.before and event.after
    assert event.after["decided"] == {"mine": 1, "theirs": 1}
    assert event.before["市州汇总 06"]["month"] == "66" and "市州汇总 07" not in event.before
    assert Row.objects.get(dataset=SUMMARY.code, key="07").edited_by == desk.colleague


def test_both_sides_changed_to_the_same_number_is_no_conflict_however_it_is_written(desk: Desk) -> None:
    book = desk.downloaded()
    desk.correct("06", "66.0")
    book["市州汇总"]["E9"] = 66
    received = desk.received(book)
    assert (len(received.merge.conflicts), len(received.changes)) == (0, 0)
    desk.confirm(received)
    assert desk.stands("06") == ["66.0"]


def test_an_edit_between_preview_and_confirmation_is_refused_and_looking_again_shows_the_new_three_ways(
    desk: Desk,
) -> None:
    book = desk.downloaded()
    book["市州汇总"]["E9"] = 60
    received = desk.received(book)
    desk.correct("06", "66")
    with pytest.raises(Stale):
        desk.confirm(received)
    again = filling.preview(Upload.objects.select_related("monthly_return__region").get(), by=desk.reporter)
    assert [(c.base, c.mine, c.theirs) for c in again.merge.conflicts] == [("9", "60", "66")]
    desk.confirm(again, seen=again.version, choices=ConflictChoices(rest=Side.MINE))
    assert desk.stands("06") == ["60"]


def unmarked(book: Workbook) -> None:
    for name, cell in book["_portal"].iter_rows(min_col=1, max_col=2):
        if name.value in ("version", "edited"):
            name.value = cell.value = None


def of_no_version_yet(book: Workbook) -> None:
    for name, cell in book["_portal"].iter_rows(min_col=1, max_col=2):
        if name.value == "version":
            cell.value = "9"


def of_other_texts(book: Workbook) -> None:
    """As after a backup was restored: the same version was reached again by other edits."""
    for name, cell in book["_portal"].iter_rows(min_col=1, max_col=2):
        if name.value == "edited":
            cell.value = "2013-02-03T01:00:00+00:00"


def with_a_sheet_of_another_workbook(book: Workbook) -> None:
    for cell in book["市州汇总"][1]:
        if cell.value and "版" in str(cell.value):
            cell.value = "第 1 版"


@pytest.mark.parametrize("spoil", [unmarked, of_no_version_yet, of_other_texts, with_a_sheet_of_another_workbook])
def test_where_it_is_not_known_what_the_workbook_held_every_difference_is_asked(
    desk: Desk, spoil: Callable[[Workbook], None]
) -> None:
    book = desk.downloaded()
    spoil(book)
    book["市州汇总"]["E9"] = 60
    received = desk.received(book)
    assert [(c.base, c.mine, c.theirs) for c in received.merge.conflicts] == [(None, "60", "9")]
    with pytest.raises(filling.Undecided):
        desk.confirm(received)


def test_a_form_filled_for_the_first_time_asks_nothing_whatever_its_marks_say(desk: Desk) -> None:
    Row.objects.all().delete()
    for item in ("06", "07"):
        desk.correct(item, "")
    book = desk.downloaded()
    unmarked(book)
    book["市州汇总"]["E9"], book["市州汇总"]["E10"] = 60, 70
    assert len(desk.received(book).merge.conflicts) == 0


def test_who_corrects_the_workbook_that_was_taken_over_is_not_asked_about_own_figures(desk: Desk) -> None:
    book = desk.downloaded()
    book["市州汇总"]["E9"], book["市州汇总"]["E10"] = 60, 5
    desk.confirm(desk.received(book))
    desk.correct("07", "4")
    book["市州汇总"]["E9"], book["市州汇总"]["E10"] = 61, 3
    received = desk.received(book)
    assert [(c.base, c.mine, c.theirs) for c in received.merge.conflicts] == [("7", "3", "4")]
    assert [change[3:] for change in received.changes] == [("60", "61")]
    stranger = filling.look(bytes_of(book), MonthlyReturn.objects.get(pk=desk.january.pk), by=desk.colleague)
    assert len(stranger.merge.conflicts) == 2


def test_a_record_that_nobody_had_typed_when_the_workbook_left_has_a_blank_base(desk: Desk) -> None:
    firm = factories.enterprise(desk.reporter)
    book, key = desk.downloaded(), f"{firm.customs_code}/进料加工"
    trade = datasets.get("processing_trade")
    filling.save_rows(desk.january.pk, trade, [filling.Edit(key, {"export": "5", "import": "5"})], by=desk.colleague)
    book["加工贸易企业"]["F5"], book["加工贸易企业"]["G5"] = 6, 5
    assert [(c.key, c.base, c.mine, c.theirs) for c in desk.received(book).merge.conflicts] == [(key, "", "6", "5")]


def test_a_colleagues_explanation_is_not_wiped_by_an_older_workbook_that_has_none(desk: Desk) -> None:
    book = desk.downloaded()
    filling.save_rows(desk.january.pk, SUMMARY, [filling.Edit("06", {"reason": "已核对"})], by=desk.colleague)
    book["市州汇总"]["E11"] = 80
    desk.confirm(desk.received(book))
    assert Row.objects.get(dataset=SUMMARY.code, key="06").texts["reason"] == "已核对"


def test_checks_look_at_what_will_stand(desk: Desk) -> None:
    book = desk.downloaded()
    desk.correct("06", "许多")
    assert [finding.cell for finding in desk.received(book).checked.blocking] == ["E9"]


def test_a_workbook_says_the_version_of_the_texts_that_it_holds(desk: Desk) -> None:
    before = MonthlyReturn.objects.with_region().get(pk=desk.january.pk)
    desk.correct("06", "66")  # between reading the return and reading its rows
    form = return_sheets.stored_sheets(before)
    assert max(before.version, form.since) == MonthlyReturn.objects.get(pk=desk.january.pk).version


# --- The rule itself ------------------------------------------------------------------------------------------------
texts = st.sampled_from(["", "1", "1.0", "2", "3"])


@given(history=st.lists(texts, min_size=1, max_size=5), at=st.integers(0, 4), mine=texts, known=st.booleans())
def test_every_cell_follows_the_rule_of_three(history: list[str], at: int, mine: str, known: bool) -> None:
    """One cell with a history of texts, a workbook handed out at one of them, whatever the file says now."""
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
    form = return_sheets.ReturnSheets(nothing, nothing, {SUMMARY.code: nothing}, {SUMMARY.code: {"06": {"month": now}}})
    merge = WorkbookMerge([raw], form, base)
    found = (len(merge.changes), len(merge.kept), len(merge.conflicts))
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
    assert not (merge.kept and same_text(column, now, base_text))  # only what is newer is kept
