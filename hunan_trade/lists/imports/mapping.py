"""Pure functions that map the headings of a spreadsheet to the columns of a list.

They do so by title, alias, likeness or an earlier mapping.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from rapidfuzz import fuzz

from hunan_trade.lists.columns import Column
from hunan_trade.lists.imports.measurement_units import money_unit, split_unit
from hunan_trade.lists.imports.table_in_sheet import Heading
from hunan_trade.text_cleaning import normal_form_for_comparison

How = Literal["title", "alias", "likeness", "remembered", "chosen", "none"]
Remembered = Mapping[str, Mapping[str, Any]]  # normal form of a heading → column, unit, written unit, spellings; JSON
_LIKE = 60  # in %, from which on a heading is thought to mean a column


@dataclass(frozen=True)
class HeadingMatch:
    """A spreadsheet heading with the list column to which it is mapped and the unit of the numbers below it.

    `how` says how it was found; a `column` of "" is none. `spellings` give the choice (its code) that a person meant by
    a text that no choice is written like. `confirm` says why somebody must look at it before it counts: the heading is
    only alike, or unlike last time; "" if nobody must.
    """

    heading: Heading
    column: str = ""
    unit: str = ""
    how: How = "none"
    likeness: int = 0  # in %
    spellings: Mapping[str, str] = field(default_factory=dict)
    confirm: str = ""


@dataclass(frozen=True)
class ColumnMapping:
    """The mapping of all headings of a spreadsheet to columns of a list.

    It has one match a heading.
    """

    matches: tuple[HeadingMatch, ...]

    def match_for(self, column: str) -> HeadingMatch | None:
        """Return the heading that is mapped to this column of the list; None if no heading is mapped to it."""
        return next((match for match in self.matches if column and match.column == column), None)

    def with_choice(
        self, at: int, column: str, unit: str = "", spellings: Mapping[str, str] | None = None
    ) -> ColumnMapping:
        """Return a copy of the mapping with the user's choice for the spreadsheet column `at`.

        `at` is the spreadsheet's column, from zero.
        """
        chosen = (
            replace(match, column=column, unit=unit, how="chosen", spellings=spellings or {}, confirm="")
            if match.heading.column == at
            else match
            for match in self.matches
        )
        return ColumnMapping(tuple(chosen))


def suggest_mapping(
    headings: Sequence[Heading], columns: Sequence[Column], remembered: Remembered | None = None
) -> ColumnMapping:
    """Return a mapping of each heading to its likeliest column; no column is used twice.

    A heading that is remembered is mapped as last time, or to no column as last time. One that stands in the file twice
    is mapped to none.
    """
    remembered, by_key = remembered or {}, {column.key: column for column in columns}
    times = Counter(normal_form_for_comparison(heading.title) for heading in headings)
    matches: dict[int, HeadingMatch] = {}
    for heading in headings:
        name = normal_form_for_comparison(heading.title)
        if times[name] > 1:
            matches[heading.column] = HeadingMatch(heading, confirm=f"文件里有 {times[name]} 列都叫“{heading.title}”")
        elif (last := remembered.get(name)) is not None and last["column"] in {"", *by_key}:
            matches[heading.column] = _remembered_match(heading, last, by_key.get(last["column"]))
    _match_by_name("title", _titles, headings, columns, matches)
    _match_by_name("alias", _aliases, headings, columns, matches)
    _match_by_likeness(headings, columns, matches)
    return ColumnMapping(tuple(matches.get(heading.column) or HeadingMatch(heading) for heading in headings))


def _remembered_match(heading: Heading, last: Mapping[str, Any], column: Column | None) -> HeadingMatch:
    match = HeadingMatch(heading, last["column"], how="remembered", spellings=last.get("spellings", {}))
    if column is None:
        return match
    unit, confirm = _unit_and_question(heading, column)
    if money_unit(column.kind.unit) and (written := _written_unit(heading, column)) != last.get("written", ""):
        was, now = last.get("written") or "没有写单位", written or "没有写单位"
        return replace(match, unit=unit, confirm=confirm or f"单位和上次不同：上次{was}，这次{now}")
    return replace(match, unit=last.get("unit", unit))


def _match_by_name(
    how: How,
    names_of: Callable[[Column], set[str]],
    headings: Sequence[Heading],
    columns: Sequence[Column],
    matches: dict[int, HeadingMatch],
) -> None:
    taken = {match.column for match in matches.values()}
    for column in columns:
        if column.key in taken:
            continue
        names = names_of(column)
        found = [h for h in headings if h.column not in matches and names & _names(h, whole=True)]
        found = found or [h for h in headings if h.column not in matches and names & _names(h, whole=False)]
        if len(found) == 1:
            matches[found[0].column] = _match_with_unit(found[0], column, how)


def _titles(column: Column) -> set[str]:
    return {normal_form_for_comparison(split_unit(column.title)[0])}


def _aliases(column: Column) -> set[str]:
    return {normal_form_for_comparison(split_unit(alias)[0]) for alias in column.aliases}


def _names(heading: Heading, *, whole: bool) -> set[str]:
    """Return a heading's normalised texts: all its header rows joined if `whole`, else the lowest row alone."""
    parts = heading.title.split("/")
    return (
        {normal_form_for_comparison(heading.title), normal_form_for_comparison("".join(parts))}
        if whole
        else {normal_form_for_comparison(parts[-1])}
    )


def _match_by_likeness(
    headings: Sequence[Heading], columns: Sequence[Column], matches: dict[int, HeadingMatch]
) -> None:
    """Match the remaining headings to columns with similar names, the most similar pairs first.

    Headings and columns that are matched already are left alone.
    """
    taken = {match.column for match in matches.values()}
    pairs = [
        (_likeness(heading, column), heading, column)
        for heading in headings
        if heading.column not in matches
        for column in columns
        if column.key not in taken
    ]
    for likeness, heading, column in sorted(pairs, key=lambda pair: -pair[0]):
        if likeness < _LIKE:
            break
        if heading.column not in matches and column.key not in taken:
            taken.add(column.key)
            match = _match_with_unit(heading, column, "likeness")
            confirm = match.confirm or f"名称相近 {likeness}%，不一定是“{column.title}”"
            matches[heading.column] = replace(match, likeness=likeness, confirm=confirm)


def _likeness(heading: Heading, column: Column) -> int:
    mine = _names(heading, whole=True) | _names(heading, whole=False)
    return round(max(fuzz.ratio(a, b) for a in mine for b in _titles(column) | _aliases(column)))


def _match_with_unit(heading: Heading, column: Column, how: How) -> HeadingMatch:
    unit, confirm = _unit_and_question(heading, column)
    return HeadingMatch(heading, column.key, unit, how, confirm=confirm)


# --- Units ----------------------------------------------------------------------------------------------------------
def _written_unit(heading: Heading, column: Column) -> str:
    """Return the unit that a file states for the numbers below a heading, such as 万元; "" if it states none.

    It stands in the heading, or else in the line above the head.
    """
    wanted = money_unit(column.kind.unit)
    if heading.unit or wanted is None:
        return heading.unit
    same = (unit for unit in heading.line_units if (one := money_unit(unit)) and one.currency == wanted.currency)
    return next(same, next(iter(heading.line_units), ""))


def _unit_and_question(heading: Heading, column: Column) -> tuple[str, str]:
    """Return the unit of the numbers below a heading, and a question to the user if the unit is unclear."""
    unit, wanted = _written_unit(heading, column), money_unit(column.kind.unit)
    if wanted is None:
        return unit, ""
    if (one := money_unit(unit)) is None or one.currency != wanted.currency:
        said = f"写的是{unit}，这一列要" if unit else "没有写单位，选"
        return "", f"{said}{'人民币' if wanted.currency == '元' else '美元'}的单位"
    if heading.unit and heading.line_units and heading.unit not in heading.line_units:
        return unit, f"列头写{heading.unit}，表头上面写{'、'.join(heading.line_units)}，按列头"
    return unit, ""


# --- Problems -------------------------------------------------------------------------------------------------------
def mapping_problems(
    mapping: ColumnMapping,
    columns: Sequence[Column],
    keys: Sequence[Sequence[str]] = (),
    for_all_rows: Mapping[str, Any] | None = None,
) -> tuple[str, ...]:
    """Return a Chinese sentence for each problem that prevents an import with this mapping.

    Such are two headings for one column, no key with all its columns, an amount without unit, a match to be confirmed.
    `for_all_rows` has the parts of keys that may be given once for all rows, with None for those not given yet.
    """
    return tuple(_problems(mapping, {column.key: column for column in columns}, keys, for_all_rows or {}))


def _problems(
    mapping: ColumnMapping,
    columns: Mapping[str, Column],
    keys: Sequence[Sequence[str]],
    for_all_rows: Mapping[str, Any],
) -> Iterator[str]:
    letters: dict[str, list[str]] = {}
    for match in mapping.matches:
        if match.column:
            letters.setdefault(match.column, []).append(match.heading.letter)
    for key, several in letters.items():
        if len(several) > 1:
            yield f"{'、'.join(several)} 列都对到“{columns[key].title}”。只留一列，其余改为不导入。"
    held = letters.keys() | {name for name, value in for_all_rows.items() if value is not None}
    if keys and not any(held >= set(key) for key in keys):
        wanted = "，或".join("和".join(f"“{columns[name].title}”" for name in key) for key in keys)
        once = "、".join(f"“{columns[name].title}”" for name in for_all_rows if name not in held)
        yield f"没有认行的列：要有{wanted}。指明哪一列是{f'；{once}各行相同的，在下面填一个' if once else ''}。"
    for match in mapping.matches:
        place = f"{match.heading.letter} 列“{match.heading.title}”"
        wanted_unit = money_unit(columns[match.column].kind.unit) if match.column else None
        given = money_unit(match.unit)
        if match.confirm:
            yield f"{place}：{match.confirm}。请确认。"
        elif wanted_unit and (given is None or given.currency != wanted_unit.currency):
            yield f"{place}：{columns[match.column].title}没有单位。选一个。"


def mapping_to_remember(mapping: ColumnMapping, columns: Sequence[Column]) -> dict[str, dict[str, Any]]:
    """Return the mapping as a JSON dict by heading, to be suggested at the next import of a file like this one.

    Its keys are the normal forms of the headings. It follows the texts, whatever the order of the columns; a heading
    that stands in the file twice is left out.
    """
    by_key = {column.key: column for column in columns}
    times = Counter(normal_form_for_comparison(match.heading.title) for match in mapping.matches)
    return {
        name: {
            "column": match.column,
            "unit": match.unit,
            "written": _written_unit(match.heading, by_key[match.column]) if match.column else "",
            "spellings": dict(match.spellings),
        }
        for match in mapping.matches
        if times[name := normal_form_for_comparison(match.heading.title)] == 1
    }
