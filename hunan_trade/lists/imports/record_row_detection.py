"""Pure functions that distinguish the record rows of a table from its sums, group titles and notes."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from hunan_trade.lists.imports.spreadsheet import Sheet
from hunan_trade.workbooks import sheet_types as books

_SUM = re.compile(r".{0,12}(合计|总计|小计|共计)[:：]?([（(].*[）)])?|其中[:：]?.*")
_GROUP = re.compile(r"[（(]?[一二三四五六七八九十]+[）)]?[、.．：:].*|[（(][一二三四五六七八九十]+[）)].*")
_NOTE = re.compile(
    r"(注|备注|说明|附注|填表|填报|制表|审核|复核|负责人|单位负责人|分管|主管|联系|经办|报送|报出|电话|日期|盖章)"
    r"[^:：]{0,10}[:：].*|注[\d１-９一二三].*|[*※].*"
)
_SERIAL = re.compile(r"序号?|行次|No\.?|№", re.IGNORECASE)
_BLANKS = {"", "0", "0.0", "0.00", "-", "—"}  # what formulas dragged down over blank rows come to
_FIRST_COLUMNS = 6  # in which a row says that it is a sum
_FEW = 4  # filled cells of a note's row: 负责人：… 填表人：… 日期：…


@dataclass(frozen=True)
class SkippedRow:
    """A row below the headings that holds no record, such as a sum, with the reason why it is skipped."""

    number: int
    text: str
    reason: str


def split_rows(sheet: Sheet, first: int, titles: Sequence[str]) -> tuple[list[int], list[SkippedRow]]:
    """Return the indexes of a sheet's rows that hold a record, and its skipped rows, such as sums and notes.

    They are looked for from row `first` on, which is counted from zero. `titles` are the headings, one a column of the
    sheet.
    """
    raw, width = sheet.raw, sheet.width
    serials = {column for column, title in enumerate(titles) if _SERIAL.fullmatch(title)}
    wide = {(area.top, area.left) for area in sheet.merged_areas if area.right > area.left}
    tall = {row for area in sheet.merged_areas if area.bottom > area.top for row in range(area.top, area.bottom + 1)}
    to_look_at = _rows_perhaps_without_record(sheet, first, titles)
    records: list[int] = []
    skipped: list[SkippedRow] = []
    empty, formula = books.EMPTY.encode(), books.FORMULA.encode()
    for row in range(first, sheet.height):
        kinds = raw.kinds[row * width : (row + 1) * width]
        count = width - kinds.count(empty)
        if count > _FEW and row not in to_look_at and formula not in kinds and row > first:
            records.append(row)
            continue
        filled = [column for column in range(width) if raw.columns[column][row].strip()]
        if not filled or _has_only_blank_formulas(sheet, row, filled):
            continue
        if reason := _why_no_record(sheet, row, filled, serials, titles, wide):
            skipped.append(
                SkippedRow(row + 1, raw.columns[_first_text_column(sheet, row, filled)][row].strip()[:40], reason)
            )
        else:
            records.append(row)
    return _without_trailing_notes(sheet, records, skipped, tall) if sum(map(bool, titles)) > 2 else (records, skipped)


def _rows_perhaps_without_record(sheet: Sheet, first: int, titles: Sequence[str]) -> set[int]:
    """Return the indexes of rows that may hold no record: their first cells contain 计 or 其中 or repeat a heading."""
    return {
        row
        for column, title in zip(sheet.raw.columns[:_FIRST_COLUMNS], titles, strict=False)
        for row in range(first, sheet.height)
        if (text := column[row]) and ("计" in text or "其中" in text or text == title)
    }


def _has_only_blank_formulas(sheet: Sheet, row: int, filled: Sequence[int]) -> bool:
    return all(
        sheet.raw.kind(row, column) == books.FORMULA and sheet.raw.columns[column][row].strip() in _BLANKS
        for column in filled
    )


def _why_no_record(
    sheet: Sheet,
    row: int,
    filled: Sequence[int],
    serials: set[int],
    titles: Sequence[str],
    wide: Collection[tuple[int, int]],
) -> str:
    """Return the reason why a row holds no record, in Chinese; "" if it holds a record."""
    texts = {column: "".join(sheet.raw.columns[column][row].split()) for column in filled}
    at = _first_text_column(sheet, row, filled)
    if _SUM.fullmatch(texts[at]):
        return "合计一类的行，不导入"
    if all(texts[column] == "".join(titles[column].rpartition("/")[2].split()) for column in filled):
        return "重复的表头"
    if len(filled) > 2 and list(texts.values()) == [str(number) for number in range(1, len(filled) + 1)]:
        return "栏次"
    if len(filled) == 1 and ((row, at) in wide or _GROUP.fullmatch(texts[at])) and len(titles) > 1:
        return "分组的标题"
    if len(filled) <= _FEW and all(_NOTE.fullmatch(text) for text in texts.values()):
        return "表后的说明"
    if serials.issuperset(filled):
        return "只有序号，没有内容"
    return ""


def _first_text_column(sheet: Sheet, row: int, filled: Sequence[int]) -> int:
    """Return the first filled column of a row whose cell is not a number, or the first filled column if all are."""
    words = (column for column in filled if not sheet.raw.columns[column][row].strip().replace(".", "").isdecimal())
    return next(words, filled[0])


def _without_trailing_notes(
    sheet: Sheet, records: list[int], skipped: list[SkippedRow], tall: Collection[int]
) -> tuple[list[int], list[SkippedRow]]:
    """Return records and skipped rows, with one-cell rows at the end of the table moved to the skipped rows.

    They stay if a merged area reaches into them.
    """
    while len(records) > 1 and records[-1] not in tall:
        row = records[-1]
        filled = [column for column in range(sheet.width) if sheet.raw.columns[column][row].strip()]
        if len(filled) > 1:
            break
        text = sheet.raw.columns[filled[0]][row].strip()
        skipped.append(SkippedRow(row + 1, text[:40], "只有一格有字，像表后的说明"))
        records.pop()
    return records, sorted(skipped, key=lambda one: one.number)
