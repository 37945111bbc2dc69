"""Pure functions that convert a spreadsheet cell into the value of a list's column."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple

from rapidfuzz import fuzz, process

from hunan_trade.lists.columns import Column
from hunan_trade.lists.imports.day_span_parsing import DaySpanRead, read_day_span
from hunan_trade.lists.imports.measurement_units import money_unit
from hunan_trade.lists.imports.number_parsing import read_count, read_money, read_number, read_rate, read_year
from hunan_trade.tabular.date_text_parsing import DateRead, read_date, read_date_number
from hunan_trade.text_cleaning import normal_form_for_comparison, tidy
from hunan_trade.workbooks import sheet_types as books

CLEARED = ("—", "——", "清空")  # what empties a field; a blank cell leaves it as it is
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_POWER = re.compile(r"\d+(\.\d+)?[eE]\+\d+")
_TRUE = {"是", "有", "√", "✓", "对", "y", "yes", "true", "1"}
_FALSE = {"否", "无", "没有", "×", "✗", "不是", "n", "no", "false", "0"}
_BETWEEN_CHOICES = re.compile(r"[、，,；;/\n]+")
_UNDECIDED = {"待定", "未定", "时间待定", "时间未定", "日期待定", "另行通知"}
_OF_REFERENCE_TABLES = {"region", "industry", "source_place"}  # kinds whose names are public and may have a prefix
_BETWEEN_NAMES = re.compile(r"[-—/\\|·,、>]+")
_LIKE, _FEW = 60, 5  # in %, from which on an unknown region's name is like another; how many are told
_MAX_DIGITS = 15  # that a spreadsheet's number holds exactly


class RawCell(NamedTuple):
    """A spreadsheet cell as its file holds it: its content, its kind of value and the displayed text.

    `kind` is one of the kinds in `workbooks.sheets`; `calculated` is False for a formula without a value.
    """

    text: str
    kind: str
    shown: str
    calculated: bool = True


class NamedRecord(NamedTuple):
    """A record to which a name in a spreadsheet cell may refer: its primary key and its full name."""

    key: Any
    label: str


class Refused(Exception):
    """Raised when a spreadsheet cell cannot be read, with an error code and a Chinese message."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code, self.sentence = code, sentence


Reader = Callable[[RawCell], tuple[Any, str]]  # the value, and a note on how it was understood ("" without)


def reader(
    column: Column,
    *,
    unit: str = "",
    spellings: Mapping[str, Any] | None = None,
    candidates: Mapping[str, tuple[NamedRecord, ...]] | None = None,
    epoch_1904: bool = False,
) -> Reader:
    """Return the function that converts the cells of a spreadsheet column into values of this list column.

    It raises Refused for a cell that it cannot read. `unit` is that of the figures, `spellings` the codes that a person
    chose for words, `candidates` the records that the column may point to, by the normal form of a name.
    """
    kind = column.kind
    if candidates is not None:
        return partial(_read_related, column.title, candidates, kind.code in _OF_REFERENCE_TABLES)
    if kind.labels:
        words = {normal_form_for_comparison(label): code for code, label in kind.labels.items()}
        words |= {
            normal_form_for_comparison(word): code for word, code in {**kind.spellings, **(spellings or {})}.items()
        }
        read = _read_choices if kind.code == "choices" else _read_choice
        return partial(read, words, "、".join(kind.labels.values()))
    if (wanted := money_unit(kind.unit)) is not None:
        given = money_unit(unit) or wanted
        return partial(_read_figure, lambda text: read_money(text, given))
    simple: dict[str, Reader] = {
        "count": partial(_read_figure, lambda text: read_count(text, unit)),
        "year": partial(_read_figure, read_year),
        "rate": _read_rate,
        "flag": _read_flag,
        "code": partial(_read_code, kind.check_digit),
        "day": partial(_read_date, _as_day, epoch_1904),
        "days": partial(_read_days, epoch_1904),
        "month": partial(_read_date, _as_month, epoch_1904),
        "partial_date": partial(_read_date, _as_partial_date, epoch_1904),
    }
    return simple.get(kind.code, _read_text)


def check_readable(cell: RawCell) -> None:
    """Raise Refused if a cell contains no readable value, for example a picture, an error or a control character."""
    if cell.kind == books.PICTURE:
        raise Refused("cell.picture", "格中是图片，不读入。删去图片，改为文字。")
    if not cell.calculated:
        raise Refused("cell.formula", "公式还没有算出结果。用 WPS 或 Excel 打开，保存后再传。")
    if cell.kind == books.ERROR or (cell.kind == books.FORMULA and cell.text.startswith("#")):
        raise Refused("cell.error", f"“{cell.shown[:30]}”是错误值。改为正确的内容。")
    if not cell.text.isprintable() and _CONTROL.search(cell.text):
        raise Refused("cell.control", f"“{tidy(cell.text)[:30]}”里有看不见的控制字符，可能已残缺。重新填写这一格。")


def _refusal_quoting_cell(cell: RawCell, sentence: object) -> Refused:
    return Refused("cell.value", f"“{cell.shown.strip()[:30]}”{sentence}。")


# --- Words ----------------------------------------------------------------------------------------------------------
def _read_text(cell: RawCell) -> tuple[str, str]:
    note = f"这一格是日期，按显示的“{cell.shown[:30]}”" if cell.kind == books.DATE else ""
    return tidy(cell.shown), note


def _read_code(check_digit: Callable[[str], bool] | None, cell: RawCell) -> tuple[str, str]:
    shown = tidy(cell.shown)
    number = cell.kind in books.NUMERIC
    if cell.kind == books.DATE:
        raise Refused("cell.code", f"“{shown[:30]}”：Excel 已把编号变成日期。按原样重填，单元格格式设为文本。")
    if _POWER.fullmatch(shown) or (number and len(cell.text.strip("-").replace(".", "").lstrip("0")) > _MAX_DIGITS):
        raise Refused(
            "cell.code", f"“{shown[:30]}”：Excel 已把编号变成数，后几位丢了。按证照重填，单元格格式设为文本。"
        )
    if number and not shown.isdecimal():
        raise Refused("cell.code", f"“{shown[:30]}”：编号存成了数，看不出原来的写法。按原样重填，单元格格式设为文本。")
    if number and check_digit is not None and not check_digit(shown):
        raise Refused(
            "cell.code", f"“{shown[:30]}”：编号存成了数，校验位不对，可能已变样。按证照重填，单元格格式设为文本。"
        )
    note = "" if cell.kind != books.UNFORMATTED else f"编号存成了数，前面有没有 0 看不出来，按“{shown[:30]}”"
    return shown, note


def _read_flag(cell: RawCell) -> tuple[bool, str]:
    word = normal_form_for_comparison(cell.shown)
    if word not in _TRUE | _FALSE:
        raise _refusal_quoting_cell(cell, "不是“是”或“否”。写 是 或 否")
    return word in _TRUE, ""


def _read_choice(words: Mapping[str, Any], labels: str, cell: RawCell) -> tuple[Any, str]:
    if (word := normal_form_for_comparison(cell.shown)) not in words:
        raise Refused("choice.unknown", f"“{cell.shown.strip()[:30]}”不在可选范围。可填：{labels}。")
    return words[word], ""


def _read_choices(words: Mapping[str, Any], labels: str, cell: RawCell) -> tuple[list[Any], str]:
    parts = [part for part in map(str.strip, _BETWEEN_CHOICES.split(cell.shown)) if part]
    return [_read_choice(words, labels, cell._replace(shown=part))[0] for part in dict.fromkeys(parts)], ""


def _read_related(
    title: str, candidates: Mapping[str, tuple[NamedRecord, ...]], are_public: bool, cell: RawCell
) -> tuple[Any, str]:
    name = normal_form_for_comparison(cell.shown)
    found = candidates.get(name) or (candidates.get(_BETWEEN_NAMES.sub("", name)) if are_public else None) or ()
    note = ""
    if cell.kind in books.NUMERIC and (zeroed := candidates.get(f"0{name}")):
        found = found or zeroed
        note = f"编号存成了数，前面有没有 0 看不出来，按“{found[0].label}”"
    if not found:
        alike = "、".join(_alike(name, candidates)) if are_public else ""
        hint = f"名称相近的有{alike}。" if alike else ""
        raise Refused("related.unknown", f"没有“{cell.shown.strip()[:30]}”这个{title}。{hint}核对名称，写全称。")
    if len(found) > 1:
        named = "、".join(candidate.label for candidate in found[:5])
        raise Refused("related.several", f"“{cell.shown.strip()[:30]}”有 {len(found)} 个：{named}。写明是哪一个。")
    return found[0].key, note


def _alike(name: str, candidates: Mapping[str, tuple[NamedRecord, ...]]) -> list[str]:
    """Return the labels of at most _FEW candidates, those whose names are most similar to `name`."""
    found = process.extract(name, candidates.keys(), scorer=fuzz.ratio, score_cutoff=_LIKE, limit=_FEW)
    return list(dict.fromkeys(candidate.label for key, _, _ in found for candidate in candidates[key]))


# --- Figures --------------------------------------------------------------------------------------------------------
def _read_figure(read: Callable[[str], Any], cell: RawCell) -> tuple[Any, str]:
    if cell.kind in (books.DATE, books.PERCENT, books.BOOLEAN):
        what = {books.DATE: "日期", books.PERCENT: "百分数", books.BOOLEAN: "逻辑值"}[cell.kind]
        raise Refused("cell.kind", f"“{cell.shown[:30]}”是{what}，不能作数。填数字，单元格格式设为常规。")
    try:
        value = read(cell.text)
    except ValueError as error:
        raise _refusal_quoting_cell(cell, error) from error
    note = f"显示为“{cell.shown[:30]}”，按格中的 {cell.text[:30]}" if cell.kind == books.SHOWN_DIFFERENTLY else ""
    return value, note


def _read_rate(cell: RawCell) -> tuple[Decimal, str]:
    if cell.kind == books.PERCENT:
        return read_number(cell.text)[0] * 100, ""
    rate, note = _read_figure(read_rate, cell)
    if cell.kind == books.UNFORMATTED and 0 < abs(rate) <= 1:
        raise _refusal_quoting_cell(
            cell,
            f"读不到格式，看不出是 {_plain(rate * 100)}% 还是 {_plain(rate)}%。另存为 .xlsx 再传，或写成文字 {_plain(rate * 100)}%",
        )
    return rate, note


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


# --- Dates ----------------------------------------------------------------------------------------------------------
def _read_date(convert: Callable[[DateRead], Any], epoch_1904: bool, cell: RawCell) -> tuple[Any, str]:
    try:
        found = (read_date_number if _is_number(cell) else read_date)(cell.text, epoch_1904=epoch_1904)
        return convert(found), found.note
    except ValueError as error:
        raise _refusal_quoting_cell(cell, error) from error


def _read_days(epoch_1904: bool, cell: RawCell) -> tuple[DaySpanRead | None, str]:
    """Return the span of days in a cell such as 6月19—22日, None for words such as 待定, and a note for the user."""
    if normal_form_for_comparison(cell.shown) in _UNDECIDED:
        return None, f"“{cell.shown.strip()}”不改原有的日期，要清空写 清空"
    try:
        return read_day_span(cell.text, is_number=_is_number(cell), epoch_1904=epoch_1904), ""
    except ValueError as error:
        raise _refusal_quoting_cell(cell, error) from error


def _is_number(cell: RawCell) -> bool:
    return cell.kind in books.NUMERIC or (cell.kind == books.FORMULA and cell.text.replace(".", "").isdecimal())


def _as_day(found: DateRead) -> date:
    if found.month is None or found.day is None:
        raise ValueError(f"只写到{'年' if found.month is None else '月'}，这一列要写到日。写成 2013-3-5 这样")
    return date(found.year, found.month, found.day)


def _as_month(found: DateRead) -> date:
    if found.month is None:
        raise ValueError("只写到年，这一列要写到月。写成 2013-03 这样")
    return date(found.year, found.month, 1)


def _as_partial_date(found: DateRead) -> str:
    return found.iso
