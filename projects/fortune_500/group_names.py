"""Pure functions that find out which names refer to the same Fortune 500 group.

Names are compared in their normal form. The name and the other names of one row mean one group; rows of several years
that share a name mean one group, too, so that a group that changed its name counts once all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hunan_trade.text_cleaning import normal_form_for_comparison, tidy

# No comma of a western name separates: Acme Co., Ltd.
_SEPARATOR = re.compile(r"[、；;，\n]")


def split_names(text: str) -> tuple[str, ...]:
    """Return the names listed in a text such as 演示重工、演示电气, each only once."""
    names = filter(None, map(tidy, _SEPARATOR.split(text)))
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(normal_form_for_comparison(name), name)
    return tuple(found.values())


@dataclass(frozen=True)
class ListedGroup:
    """A group on the Fortune 500 list of one year, with all names that refer to it."""

    year: int
    name: str
    other_names: str = ""
    rank: int | None = None

    @property
    def keys(self) -> set[str]:
        return {normal_form_for_comparison(name) for name in (self.name, *split_names(self.other_names))}


@dataclass(frozen=True)
class FortuneLists:
    """The loaded Fortune 500 lists: rows by year and group, and the group that each normalised name refers to."""

    rows: Mapping[tuple[int, str], ListedGroup]
    group_by_name: Mapping[str, str]

    @property
    def groups_by_year(self) -> dict[int, frozenset[str]]:
        """The names of the groups on each Fortune 500 list, by the list's year."""
        found: dict[int, set[str]] = {}
        for year, group in self.rows:
            found.setdefault(year, set()).add(group)
        return {year: frozenset(groups) for year, groups in found.items()}

    def groups_in(self, text: str) -> frozenset[str]:
        """Return the Fortune 500 groups named in a text; a name on no list counts as a group of its own."""
        return frozenset(self.group_by_name.get(normal_form_for_comparison(name), name) for name in split_names(text))


def build_fortune_lists(rows: Iterable[ListedGroup]) -> FortuneLists:
    """Build `FortuneLists` from the rows of all years, naming each group as the newest list that has it does."""
    by_key: dict[str, list[ListedGroup]] = {}  # rows of one group share their list
    listed = list(rows)
    for row in listed:
        known = {id(by_key[key]): by_key[key] for key in row.keys & by_key.keys()}
        same = [row, *(each for group in known.values() for each in group)]
        for each in same:
            by_key |= dict.fromkeys(each.keys, same)
    names = {key: max((row.year, row.name) for row in same)[1] for key, same in by_key.items()}
    return FortuneLists({(row.year, names[normal_form_for_comparison(row.name)]): row for row in listed}, names)


def name_taken_error(row: ListedGroup, others: Iterable[ListedGroup]) -> str:
    """Return a Chinese error if one of a group's names is already another group's in the same year, else ""."""
    for other in others:
        if taken := row.keys & other.keys:
            name = next(
                name for name in (row.name, *split_names(row.other_names)) if normal_form_for_comparison(name) in taken
            )
            return f"“{name}”在{other.year}年名单上已指“{other.name}”，一个名称只指一家集团。"
    return ""
