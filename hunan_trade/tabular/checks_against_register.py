"""Checks an uploaded table against the registered records that the table should contain.

Finds unreadable cells, unknown, duplicate and missing rows, and changed locked cells.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from hunan_trade.periods import Month
from hunan_trade.tabular.column_declaration import Column, Kind
from hunan_trade.tabular.column_parsers import CellFault
from hunan_trade.tabular.findings import Finding, Severity
from hunan_trade.tabular.table_types import (
    FIRST_ROW,
    KEY_SEPARATOR,
    ParsedTable,
    PrefilledRow,
    RawTable,
    Register,
    TableSpec,
)

TOTALS = {"合计", "总计", "小计", "共计"}
MISSING = "row.missing"


def check_table(sheet: RawTable, register: Register, month: Month) -> tuple[ParsedTable, list[Finding]]:
    """Parse an uploaded table, check its rows against the registered records, and return the table and the errors."""
    spec, texts, keys = sheet.spec, sheet.texts, sheet.record_keys
    expected = {row.key: row for row in register.rows}
    records: list[PrefilledRow | None] = list(map(expected.get, keys))
    if not all(records):
        records = [record or register.addable_row(key) for record, key in zip(records, keys, strict=True)]
    parsed = {column.key: column.parse(texts[column.key]) for column in spec.columns}
    table = ParsedTable(
        spec=spec,
        month=month,
        known=register,
        numbers=sheet.numbers,
        record_keys=keys,
        names=[record.name if record else key.strip(KEY_SEPARATOR) for record, key in zip(records, keys, strict=True)],
        values={key: column.values for key, column in parsed.items()},
    )
    findings = [
        table.finding(fault.at, column.key, fault.code, Severity.BLOCKING, fault.message + "。")
        for column in spec.columns
        if column.kind is not Kind.LOCKED  # what it must say is compared below
        for fault in parsed[column.key].faults
        if not _is_in_remark_row(column, fault, records) and not _is_locked_cell(column, records[fault.at])
    ]
    misnamed = {
        fault.at
        for column in spec.of_kind(Kind.KEY)
        for fault in parsed[column.key].faults
        if not _is_in_remark_row(column, fault, records)
    }
    findings += _check_rows(table, texts, records, expected, misnamed, sheet.covered)
    refused = {finding.cell for finding in sheet.findings if finding.severity is Severity.BLOCKING} | sheet.covered
    _clear_refused_values(table, refused, records)
    return table, [finding for finding in findings if finding.cell not in refused or finding.code == MISSING]


def _is_in_remark_row(column: Column, fault: CellFault, records: Sequence[Any]) -> bool:
    """Return whether the fault is an overlong key in a row that matches no record and so is taken for a remark.

    Such a row is a remark and is reported as no record, not as too long.
    """
    return column.kind is Kind.KEY and fault.code == "text.long" and records[fault.at] is None


def _is_locked_cell(column: Column, record: PrefilledRow | None) -> bool:
    """Return whether the record's cell in this column is locked, so that users must not change it."""
    return record is not None and column.key in record.locked_columns


def _clear_refused_values(table: ParsedTable, refused: Collection[str], records: Sequence[Any]) -> None:
    """Set the figures in refused cells and in unknown or duplicate rows to None, so that later checks ignore them."""
    figures = [column.key for column in table.spec.of_kind(Kind.MONTH, Kind.CHECK, Kind.ENTRY)]
    seen: set[str] = set()
    if not all(records) or len(set(table.record_keys)) < len(table.record_keys):
        for at, key in enumerate(table.record_keys):
            if records[at] is None or key in seen:
                for column in figures:
                    table.values[column][at] = None
            seen.add(key)
    if refused:
        for column in figures:
            letter = table.spec.letter(column)
            for at, number in enumerate(table.numbers):
                if f"{letter}{number}" in refused:
                    table.values[column][at] = None


def _check_rows(
    table: ParsedTable,
    texts: Mapping[str, Sequence[str]],
    records: Sequence[Any],
    expected: Mapping[str, Any],
    misnamed: Collection[int],
    covered: Collection[str],
) -> list[Finding]:
    """Return the errors in an uploaded table's rows: unknown, duplicate or missing ones, changed locked cells, blanks.

    `misnamed` rows have a fault in their key that is reported already.
    """
    spec = table.spec
    key_columns = [column.key for column in spec.of_kind(Kind.KEY)]
    titles = texts[spec.of_kind(Kind.LOCKED)[0].key]
    findings: list[Finding] = []
    first_at: dict[str, int] = {}
    rows_with_covered_key: list[int] = []
    required = _required_columns(spec)
    figures = [column.key for column in spec.of_kind(Kind.MONTH, Kind.CHECK, Kind.ENTRY)]
    present = set(table.record_keys)
    missing = {key: record.name for key, record in expected.items() if key not in present}
    for at in _rows_to_check(table, texts, records, expected, present):
        key = table.record_keys[at]
        if key not in expected and (was := _overwritten_key(missing, titles[at], key)):
            del missing[was]
            if at not in misnamed:
                findings.append(_overwritten_key_finding(table, at, was, texts))
            continue
        if records[at] is None:
            if at not in misnamed:
                names = {column: texts[column][at] for column in key_columns}
                column_key, message = _unknown_row_message(spec, names, any(texts[column][at] for column in figures))
                message = table.known.why_unlisted(key) or message
                findings.append(table.finding(at, column_key, "row.unknown", Severity.BLOCKING, message))
            if any(f"{spec.letter(key)}{table.numbers[at]}" in covered for key in key_columns):
                rows_with_covered_key.append(at)
            continue
        if (before := first_at.setdefault(key, at)) != at:
            message = f"与第 {table.numbers[before]} 行重复。同一{spec.record_noun}只留一行。"
            findings.append(table.finding(at, key_columns[0], "row.duplicate", Severity.BLOCKING, message))
            continue
        findings += _check_locked_cells(table, at, texts, records[at], added=key not in expected)
        for column in required:
            if not texts[column.key][at] and not _is_locked_cell(column, records[at]):
                code, message = _blank_cell_message(column, table.month)
                findings.append(table.finding(at, column.key, code, Severity.BLOCKING, message))
    for at in rows_with_covered_key:  # whose row it is, the merged cell over its key does not say
        missing.pop(_likely_missing_key(missing, table.record_keys[at]), None)
    return findings + [_missing_row_finding(spec, name, key) for key, name in missing.items()]


def _required_columns(spec: TableSpec) -> list[Column]:
    return [column for column in spec.of_kind(Kind.MONTH, Kind.ENTRY) if column.kind is Kind.MONTH or column.required]


def _blank_cell_message(column: Column, month: Month) -> tuple[str, str]:
    """Return the error code and the Chinese message for a blank cell that must be filled in."""
    if column.kind is Kind.ENTRY:
        return "entry.blank", f"{column.title}没有填写。{column.hint or '补上再报。'}"
    return "cell.blank", f"{column.upper_heading(month)}{column.title}没有填。没有发生填 0，空白不等于 0。"


def _rows_to_check(
    table: ParsedTable,
    texts: Mapping[str, Sequence[str]],
    records: Sequence[Any],
    expected: Mapping[str, Any],
    present: set[str],
) -> Sequence[int]:
    """Return the indexes of the uploaded rows that may contain an error and therefore need a closer check.

    If all rows are known: those whose locked cells differ from the register, or that lack what must be filled in.
    """
    if len(present) < len(table.record_keys) or not expected.keys() >= present:
        return range(len(table.record_keys))
    odd = {at for at, record in enumerate(records) if record.locked_columns}
    locked_texts = [record.texts for record in records]
    for column in table.spec.of_kind(Kind.LOCKED):
        wanted, received = [known.get(column.key, "") for known in locked_texts], list(texts[column.key])
        if wanted != received:
            odd.update(at for at, (want, got) in enumerate(zip(wanted, received, strict=True)) if got != want)
    for column in _required_columns(table.spec):
        if "" in texts[column.key]:
            odd.update(at for at, got in enumerate(texts[column.key]) if not got)
    return sorted(odd)


def _overwritten_key(missing: Mapping[str, str], title: str, key: str) -> str | None:
    """Return the record key that the user overwrote in this row of an uploaded table; None if that is not certain.

    The record has the same name, or its key lost its leading zeros.
    """
    keys = [key for key, name in missing.items() if name == title]
    if len(keys) != 1:
        keys = [want for want in missing if _differs_by_leading_zeros(want, key)]
    return keys[0] if len(keys) == 1 else None


def _likely_missing_key(missing: Iterable[str], key: str) -> str:
    """Return the key, among the records missing from an uploaded table, that a row most likely belongs to; or "".

    It is the first that contains all parts of the row's key or, if there is none such, the first of all.
    """
    seen = key.split(KEY_SEPARATOR)
    fits = (want for want in missing if all(not part or part in want.split(KEY_SEPARATOR) for part in seen))
    return next(fits, next(iter(missing), ""))


def _differs_by_leading_zeros(want: str, got: str) -> bool:
    """Return whether two keys differ only by leading zeros, which a spreadsheet drops (01 becomes 1)."""
    return want.isdecimal() and got.isdecimal() and int(want) == int(got)


def _overwritten_key_finding(table: ParsedTable, at: int, was: str, texts: Mapping[str, Sequence[str]]) -> Finding:
    """Return an error that asks the user to restore the overwritten record key `was` in this uploaded row."""
    parts = zip(table.spec.of_kind(Kind.KEY), was.split(KEY_SEPARATOR), strict=True)
    column, want = next((column, want) for column, want in parts if texts[column.key][at] != want)
    message = _restore_cell_message(column, want, texts[column.key][at])
    return table.finding(at, column.key, "cell.locked", Severity.BLOCKING, message)


def _unknown_row_message(spec: TableSpec, names: Mapping[str, str], figures: bool) -> tuple[str, str]:
    """Return the column and the Chinese message of the error for an uploaded row that matches no registered record."""
    first = spec.of_kind(Kind.KEY)[0]
    text = names[first.key]
    if "".join(text.split()).strip(":") in TOTALS:
        return first.key, "合计由系统计算，不用填。删去这一行。"
    if not figures and not all(names.values()) and not (text and text.isascii()):
        return first.key, f"这一行没有数，不是一条{spec.record_noun}。删去整行，要说明的写到说明栏。"
    for column in spec.of_kind(Kind.KEY):
        if not names[column.key]:
            return column.key, f"这一行没有{column.title}。补上，或删去整行。"
    if not spec.addable:
        return first.key, f"“{text[:30]}”不是本表的{first.title}。改回原值，或删去整行。"
    return first.key, f"“{text[:30]}”不在名录中。{spec.addable}"


def _check_locked_cells(
    table: ParsedTable, at: int, texts: Mapping[str, Sequence[str]], record: Any, *, added: bool
) -> list[Finding]:
    """Return an error for each locked cell of an uploaded row that differs from the registered record.

    In an added row, locked cells may be blank.
    """
    findings = []
    for column in table.spec.columns:
        if column.kind is not Kind.LOCKED and column.key not in record.locked_columns:
            continue
        want, got = record.texts.get(column.key, ""), texts[column.key][at]
        if got != want and not (added and not got) and not _same_number(column, got, want):
            message = _restore_cell_message(column, want, got)
            findings.append(table.finding(at, column.key, "cell.locked", Severity.BLOCKING, message))
    return findings


def _restore_cell_message(column: Column, want: str, got: str) -> str:
    shown = f"“{got[:30]}”" if got else "空白"
    if not want:
        return f"{column.title}是锁定的，应为空白，现为{shown}。删去。"
    lost_zeros = column.places is None and _differs_by_leading_zeros(want, got)
    remedy = f"先把单元格格式改为文本，再填 {want}。" if lost_zeros else "改回原值。"
    return f"{column.title}是锁定的，应为“{want}”，现为{shown}。{remedy}"


def _same_number(column: Column, got: str, want: str) -> bool:
    if column.places is None or not got or not want:
        return False
    both = column.parse([got, want])
    return not both.faults and both.values[0] == both.values[1]


def _missing_row_finding(spec: TableSpec, name: str, key: str) -> Finding:
    message = f"缺少“{name}”一行。重新下载报表，或补上这一行；没有发生填 0。"
    return Finding(spec.sheet, f"A{FIRST_ROW}", MISSING, Severity.BLOCKING, message, record=name, key=key)
