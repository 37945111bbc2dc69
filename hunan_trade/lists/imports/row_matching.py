"""Pure functions that find the stored record to which each row of an imported file refers.

They do so by its mark, by its key, or as a person chose.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from hunan_trade.lists.exported_row_ids import COLUMN as MARK
from hunan_trade.lists.exported_row_ids import ExportedRowId, InvalidExportedRowId, parse_exported_row_id
from hunan_trade.lists.imports.comparable_values import key_parts
from hunan_trade.lists.imports.compared_records import Register
from hunan_trade.lists.imports.row_parsing import ParsedRow
from hunan_trade.lists.record_keys import Key

KeyParts = tuple[str, ...] | None  # as `key_parts` gives them
NEW, SKIP, LINK = "new", "skip", "link"  # what may be chosen for a row that may be a duplicate; link:12


@dataclass(frozen=True)
class PossibleDuplicate:
    """A stored record with a name similar to that of a new imported row, and the similarity in percent.

    The row may be a duplicate of it.
    """

    pk: int
    key: Key
    name: str
    likeness: int


@dataclass(frozen=True)
class RowMatch:
    """The stored record to which an imported row refers or, for a new one, the stored records that it may duplicate.

    A `pk` of None is a new one; `mark` has the version that an export held. `refusal` is a sentence about the column
    `at`. `candidates` are records that a new row may be the same as; `choice` is what somebody chose then: new, skip,
    link, or "" for nothing yet.
    """

    pk: int | None = None
    mark: ExportedRowId | None = None
    refusal: str = ""
    at: str = ""
    candidates: tuple[PossibleDuplicate, ...] = ()
    choice: str = ""


def match_rows(
    rows: Sequence[ParsedRow],
    register: Register,
    keys: Sequence[Sequence[str]],
    name: str,
    choices: Mapping[str, str],
) -> list[RowMatch]:
    """Return, for each imported row, the stored record to which it refers; refuse rows that refer to the same record.

    So are several for a new one of the same key. `choices` say by row number what is done with a possible duplicate:
    "new", "skip" or "link:12".
    """
    parts = [[key_parts(row.values, key) for key in keys] for row in rows]
    found = [
        _match_row(row, register, own, keys, name, choices.get(str(row.number), ""))
        for row, own in zip(rows, parts, strict=True)
    ]
    for numbers in _repeated(rows, found, parts):
        for at, number in numbers:
            others = "、".join(str(other) for _, other in numbers if other != number)
            sentence = f"文件第 {others} 行也是这一条。只留一行，或改成不同的两条。"
            found[at] = RowMatch(refusal=sentence, at=keys[0][0] if keys else name)
    return found


def _match_row(
    row: ParsedRow,
    register: Register,
    parts: Sequence[KeyParts],
    keys: Sequence[Sequence[str]],
    name: str,
    choice: str,
) -> RowMatch:
    text = row.values.get(MARK.key)
    if text:
        try:
            mark = parse_exported_row_id(str(text), register.key_pattern)
        except InvalidExportedRowId as refused:
            return RowMatch(refusal=str(refused), at=MARK.key)
        pk = register.pks.get(mark.key, 0)
        if pk in register.records:
            return RowMatch(pk, mark)
        unknown = "没有这条记录，或不在您的范围内。新增的请把记录标识留空。"
        return RowMatch(refusal=register.gone.get(pk, unknown), at=MARK.key)
    for key, own, index in zip(keys, parts, register.by_key, strict=True):
        matches = index.get(own, ()) if own else ()
        if len(matches) > 1:
            return RowMatch(refusal=f"库里有 {len(matches)} 条同名的，认不出是哪一条。用导出的文件改。", at=key[0])
        if matches:
            return RowMatch(matches[0])
        if own and (merged := register.merged.get((tuple(key), own))):
            return RowMatch(refusal=register.gone[merged], at=key[0])
    return _match_without_key(row, register, name, choice)


def _match_without_key(row: ParsedRow, register: Register, name: str, choice: str) -> RowMatch:
    alike = register.find_alike(row.values, name)
    candidates = tuple(PossibleDuplicate(pk, register.keys[pk], register.names[pk], likeness) for pk, likeness in alike)
    word, _, key = choice.partition(":")
    if word == LINK and (chosen := next((each for each in candidates if str(each.key) == key), None)):
        return RowMatch(chosen.pk, candidates=candidates, choice=LINK)
    return RowMatch(candidates=candidates, choice=word if candidates and word in (NEW, SKIP) else "")


def _repeated(
    rows: Sequence[ParsedRow], found: Sequence[RowMatch], parts: Sequence[Sequence[KeyParts]]
) -> Iterable[list[tuple[int, int]]]:
    """Return the groups of imported rows that refer to the same record, each row as (its index, its row number).

    Rows that would create records of the same key are such, too.
    """
    same: defaultdict[object, list[tuple[int, int]]] = defaultdict(list)
    for at, (row, recognised, every) in enumerate(zip(rows, found, parts, strict=True)):
        if recognised.refusal or recognised.choice == SKIP:
            continue
        if recognised.pk is not None:
            same[recognised.pk].append((at, row.number))
            continue
        for key, own in enumerate(every):
            if own:
                same[key, own].append((at, row.number))
    return [numbers for numbers in same.values() if len(numbers) > 1]
