"""Tests the comparison of a file's rows with the records of a list.

It is three ways where the file was exported.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from hunan_trade.lists.exported_row_ids import ExportedRowId
from hunan_trade.lists.imports.comparable_values import key_parts
from hunan_trade.lists.imports.compared_records import Register
from hunan_trade.lists.imports.row_comparison import (
    VERDICTS,
    Choices,
    Comparison,
    FileColumns,
    RowResult,
    count_verdicts,
)
from hunan_trade.lists.imports.row_parsing import ParsedRow
from hunan_trade.lists.imports.similar_names import SimilarNames
from hunan_trade.lists.imports.value_difference_text import difference_text, is_outlier
from hunan_trade.tabular.findings import Finding, Severity
from parks.models import Park
from parks.tables import PARKS

KEYS = (("name",),)
COLUMNS = {column.key: column for column in PARKS.columns}


@dataclass
class File:
    """A file whose cells are named by row and column key."""

    texts: Mapping[tuple[int, str], str] = field(default_factory=dict)
    sheet: str = "表"

    def address(self, row: int, column: str) -> str:
        return f"{column}!{row}"

    def text(self, row: int, column: str) -> str:
        return self.texts.get((row, column), "")


def park(pk: int = 1, name: str = "长沙高新区", version: int = 3, **values: Any) -> Park:
    return Park(pk=pk, name=name, version=version, **{"level": "county", "note": "旧", "city_id": "430100", **values})


def row(number: int = 2, cleared: str = "", findings: tuple[Finding, ...] = (), **values: Any) -> ParsedRow:
    return ParsedRow(number, values, frozenset({cleared} - {""}), findings)


def compare(
    *rows: ParsedRow,
    parks: tuple[Park, ...] = (),
    bases: Mapping[ExportedRowId, Any] | None = None,
    choices: Choices | None = None,
    file: File | None = None,
    locked: Mapping[str, Mapping[int, Any]] | None = None,
    gone: Mapping[int, str] | None = None,
) -> list[RowResult]:
    by_name = [(key_parts({"name": each.name}, KEYS[0]), each.pk) for each in parks]
    names = {each.pk: each.name for each in parks}
    register = Register(
        records={each.pk: each for each in parks},
        by_key=({key: tuple(pk for other, pk in by_name if other == key) for key, _ in by_name if key},),
        names=names,
        alike=SimilarNames(names),
        bases=bases or {},
        gone=gone or {},
        related={},
        key_pattern="[0-9]+",
        keys={pk: pk for pk in names},
        pks={str(pk): pk for pk in (*names, *(gone or {}))},
    )
    written = tuple(column for column in PARKS.import_columns(_everything()) if column.key in ("name", "level", "note"))
    columns = FileColumns(written, tuple(COLUMNS[key] for key in locked or ()), COLUMNS)
    comparison = Comparison(rows, register, columns, KEYS, "name", Park, file or File(), locked or {})
    return list(comparison.results(choices or Choices()))


def _everything() -> Any:
    class Everybody:
        def may(self, permission: str) -> bool:
            return True

    return Everybody()


def exported(pk: int = 1, version: int = 2, **values: Any) -> dict[str, Any]:
    return {"record": str(ExportedRowId(str(pk), version)), **values}


# --- Which record -----------------------------------------------------------------------------------------------------
def test_a_row_is_the_record_of_its_key_in_normal_form() -> None:
    (result,) = compare(row(name="长沙　高新区", note="新"), parks=(park(),))
    assert (result.verdict, result.pk) == ("changed", 1)


def test_empty_parts_of_a_key_match_nothing() -> None:
    """Two rows without a name are not the same record, and no record without one (traps I6)."""
    results = compare(row(2, note="甲"), row(3, note="乙"), parks=(park(name=""),))
    assert [(result.pk, result.verdict) for result in results] == [(None, "new"), (None, "new")]


def test_two_rows_of_one_record_are_both_refused() -> None:
    """(traps I6)"""
    results = compare(row(2, **exported()), row(5, **exported()), row(6, name="别的园"), parks=(park(),))
    assert [result.verdict for result in results] == ["refused", "refused", "new"]
    assert "第 5 行" in results[0].findings[-1].message


def test_two_new_rows_of_one_key_are_both_refused() -> None:
    assert [each.verdict for each in compare(row(2, name="新园"), row(3, name="新　园"))] == ["refused", "refused"]


def test_a_mark_of_another_installation_is_refused() -> None:
    """(traps I2)"""
    (result,) = compare(row(record="1.3.正式-0000000000000000", name="长沙高新区"), parks=(park(),))
    assert result.verdict == "refused" and "另一套系统" in result.findings[0].message


@pytest.mark.parametrize(("gone", "said"), [({1: "“甲”已于5月2日删除。"}, "删除"), ({}, "没有这条记录")])
def test_a_mark_of_a_record_that_is_gone_or_hidden_says_so(gone: dict[int, str], said: str) -> None:
    """(traps I5)"""
    (result,) = compare(row(**exported(), name="甲"), gone=gone)
    assert result.verdict == "refused" and said in result.findings[0].message
    assert result.findings[0].column == "record"


# --- Possible duplicates ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("choice", "verdict", "pk"),
    [("", "undecided", None), ("new", "new", None), ("skip", "skipped", None), ("link:1", "changed", 1)],
)
def test_a_similar_name_is_decided_by_a_person(choice: str, verdict: str, pk: int | None) -> None:
    new = row(name="长沙高新园区", note="新")
    (result,) = compare(new, parks=(park(),), choices=Choices(rows={"2": choice} if choice else {}))
    assert (result.verdict, result.pk) == (verdict, pk)
    assert (result.change is not None) == (verdict in ("new", "changed"))


def test_a_row_links_only_to_what_was_offered() -> None:
    (result,) = compare(
        row(name="长沙高新园区"), parks=(park(), park(9, "岳阳港")), choices=Choices(rows={"2": "link:9"})
    )
    assert result.verdict == "undecided"


# --- Three ways -------------------------------------------------------------------------------------------------------
def three_ways(base: str, stands: str, said: str, **choices: Any) -> RowResult:
    bases = {ExportedRowId("1", 2): park(version=2, note=base)}
    (result,) = compare(
        row(**exported(), note=said), parks=(park(note=stands),), bases=bases, choices=Choices(**choices)
    )
    return result


def test_a_cell_that_holds_what_the_export_held_keeps_what_is_newer() -> None:
    result = three_ways("旧", "同事改的", "旧")
    assert (result.verdict, result.kept, result.changes) == ("same", 1, ())


def test_a_cell_that_only_the_file_changed_is_written_unasked() -> None:
    result = three_ways("旧", "旧", "新", others="register")
    assert result.verdict == "changed" and not result.changes[0].is_open
    assert result.change is not None and result.change.values == {"note": "新"} and result.change.seen == 3


@pytest.mark.parametrize(("side", "values"), [("file", {"note": "新"}), ("register", None), ("base", {"note": "旧"})])
def test_a_field_that_both_sides_changed_is_chosen(side: str, values: Any) -> None:
    result = three_ways("旧", "同事改的", "新", cells={"2:note": side})
    assert result.changes[0].is_open and result.changes[0].base == "旧"
    assert (result.change.values if result.change else None) == values


def test_without_an_export_every_difference_counts_as_changed_on_both_sides() -> None:
    (result,) = compare(row(name="长沙高新区", note="新", level="county"), parks=(park(),))
    (change,) = result.changes
    assert (change.is_open, change.base, change.stands, change.file, change.side) == (True, None, "旧", "新", "file")


def test_a_blank_cell_leaves_the_field_and_a_cleared_one_empties_it() -> None:
    unchanged, emptied = (
        compare(each, parks=(park(),))[0] for each in (row(name="长沙高新区"), row(name="长沙高新区", cleared="note"))
    )
    assert unchanged.verdict == "same"
    assert emptied.change is not None and emptied.change.values == {"note": ""}


def test_a_cell_as_the_export_wrote_it_is_no_change_even_if_nobody_can_read_it() -> None:
    unreadable = Finding("表", "B2", "x", Severity.BLOCKING, "认不出", column="level")
    file = File({(2, "level"): "县级"})
    (result,) = compare(row(name="长沙高新区", findings=(unreadable,)), parks=(park(),), file=file)
    assert (result.verdict, result.findings) == ("same", ())


def test_a_locked_cell_that_was_changed_is_said_and_not_written() -> None:
    locked = {"status": {1: "在册"}}
    changed, same = (
        compare(row(name="长沙高新区"), parks=(park(),), locked=locked, file=File({(2, "status"): text}))[0]
        for text in ("未获批", "在册")
    )
    assert (changed.verdict, same.findings) == ("same", ())
    assert changed.findings[0].severity == Severity.NOTE and "不从导入改" in changed.findings[0].message


def test_rows_add_up_to_those_of_the_file() -> None:
    """(traps I3)"""
    bad = Finding("表", "A3", "x", Severity.BLOCKING, "不对", column="note")
    rows = (
        row(2, name="新园"),
        row(3, name="坏", findings=(bad,)),
        row(4, name="长沙高新区"),
        row(5, name="长沙高新园区"),
    )
    found = count_verdicts(compare(*rows, parks=(park(),)))
    assert found == {"new": 1, "changed": 0, "same": 1, "refused": 1, "undecided": 1, "skipped": 0}
    assert sum(found.values()) == len(rows) and list(found) == list(VERDICTS)


# --- How far ----------------------------------------------------------------------------------------------------------
def test_a_figure_that_moves_by_more_than_30_percent_is_an_outlier() -> None:
    assert not is_outlier(Decimal(100), Decimal(130)) and is_outlier(Decimal(100), Decimal(131))
    assert not is_outlier("甲", "乙") and not is_outlier(None, Decimal(5)) and is_outlier(0, 1)


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        (8600, 86000, "10 倍"),
        (Decimal(3200), Decimal(2100), "−34.4%"),
        (Decimal(1011), Decimal(1240), "+22.7%"),
        (date(2013, 5, 1), date(2013, 6, 1), "晚 31 天"),
        (0, 5, ""),
        ("甲", "乙", ""),
    ],
)
def test_a_difference_is_said_shortly(before: Any, after: Any, text: str) -> None:
    assert difference_text(before, after) == text


def test_alike_names_are_found_and_strangers_are_not() -> None:
    names = SimilarNames({1: "郴州出口加工区", 2: "郴州高新技术产业开发区", 3: "岳阳绿色化工产业园"})
    assert [pk for pk, _ in names.find("郴州市出口加工区")] == [1]
    assert names.find("衡阳松木经济开发区") == [] and names.find("") == []


def test_all_records_of_one_name_are_alike_but_not_those_apart() -> None:
    names = {5: "郴州出口加工区", 4: "郴州 出口加工区", 3: "郴州出口加工区"}
    found = SimilarNames(names, {5: ("2013",), 4: ("2013",), 3: ("2012",)}).find("郴州出口加工区", ("2013",))
    assert found == [(4, 100), (5, 100)]
