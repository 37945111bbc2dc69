"""Pure search for similar names, such as 演示LED封装项目 and 演示LED封装与照明项目."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping
from functools import cached_property

from rapidfuzz import fuzz

from hunan_trade.text_cleaning import normal_form

LIKENESS = 80  # in %, from which two names are shown to a person
SHOWN = 3  # names for one
_RARE = 4  # of the pairs of characters of a name are looked up; an alike one shares at least one of them


class SimilarNames:
    """Names of records in which similar names can be searched.

    What two names differ in unseen does not count. Records of different `groups` are different ones, however alike their
    names; without groups all are in one.
    """

    def __init__(self, names: Mapping[int, str], groups: Mapping[int, Hashable] | None = None) -> None:
        self._given = names
        self._groups = groups or {}
        self._found: dict[tuple[str, Hashable], list[tuple[int, int]]] = {}

    @cached_property
    def _names(self) -> dict[int, str]:
        return {key: normal_form(name) for key, name in self._given.items()}

    @cached_property
    def _by_pair(self) -> Mapping[str, list[int]]:
        """The keys of the names in which a pair of characters occurs, made when a first name is looked for."""
        found: defaultdict[str, list[int]] = defaultdict(list)
        for key, name in self._names.items():
            for pair in _pairs(name):
                found[pair].append(key)
        return found

    def find(self, name: str, group: Hashable = ()) -> list[tuple[int, int]]:
        """Return the record keys of the most similar names in a group, each with its similarity in percent.

        The most alike comes first.
        """
        wanted = normal_form(name), group
        if wanted not in self._found:
            self._found[wanted] = self._find(*wanted)
        return self._found[wanted]

    def _find(self, wanted: str, group: Hashable) -> list[tuple[int, int]]:
        rare = sorted(_pairs(wanted) & self._by_pair.keys(), key=lambda pair: len(self._by_pair[pair]))[:_RARE]
        keys = {key for pair in rare for key in self._by_pair[pair] if self._groups.get(key, ()) == group}
        found = [(key, round(fuzz.ratio(wanted, self._names[key]))) for key in keys]
        return sorted((each for each in found if each[1] >= LIKENESS), key=lambda each: (-each[1], each[0]))[:SHOWN]


def _pairs(name: str) -> set[str]:
    return {name[at : at + 2] for at in range(max(1, len(name) - 1))} - {""}
