"""An in-memory index that finds similar names, such as 演示LED封装项目 and 演示LED封装与照明项目."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping
from functools import cached_property

from rapidfuzz import fuzz, process

from hunan_trade.text_cleaning import normal_form_for_comparison

LIKENESS = 80  # in %, from which two names are shown to a person
SHOWN = 3  # names for one
_RARE = 4  # of the pairs of characters of a name are looked up; an alike one shares at least one of them


class SimilarNames:
    """An index of record names that finds the names most similar to a given one.

    What two names differ in unseen does not count. Records of different `groups` are different ones, however alike their
    names; without groups all are in one.
    """

    def __init__(self, names: Mapping[int, str], groups: Mapping[int, Hashable] | None = None) -> None:
        self._names = names
        self._groups = groups or {}
        self._found: dict[tuple[str, Hashable], list[tuple[int, int]]] = {}

    @cached_property
    def _record_keys_by_name(self) -> Mapping[str, list[int]]:
        """A dict from each normalised name to the primary keys of the records with that name."""
        keys: defaultdict[str, list[int]] = defaultdict(list)
        for key, name in self._names.items():
            keys[normal_form_for_comparison(name)].append(key)
        return keys

    @cached_property
    def _names_by_character_pair(self) -> Mapping[str, list[str]]:
        """A dict from each pair of adjacent characters to the normalised names that contain it."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for name in self._record_keys_by_name:
            for pair in _character_pairs(name):
                found[pair].append(name)
        return found

    def find(self, name: str, group: Hashable = ()) -> list[tuple[int, int]]:
        """Return the records of `group` with the names most similar to `name`, as (record key, similarity in percent).

        The most alike comes first.
        """
        wanted = normal_form_for_comparison(name), group
        if wanted not in self._found:
            self._found[wanted] = self._find(*wanted)
        return self._found[wanted]

    def _find(self, wanted: str, group: Hashable) -> list[tuple[int, int]]:
        rare = sorted(
            _character_pairs(wanted) & self._names_by_character_pair.keys(),
            key=lambda pair: len(self._names_by_character_pair[pair]),
        )[:_RARE]
        alike = {
            name: round(likeness)
            for pair in rare
            for name, likeness, _ in process.extract(
                wanted, self._names_by_character_pair[pair], scorer=fuzz.ratio, score_cutoff=LIKENESS - 0.5, limit=None
            )
        }
        found = [
            (key, likeness)
            for name, likeness in alike.items()
            for key in self._record_keys_by_name[name]
            if self._groups.get(key, ()) == group
        ]
        return sorted(found, key=lambda each: (-each[1], each[0]))[:SHOWN]


def _character_pairs(name: str) -> set[str]:
    return {name[at : at + 2] for at in range(max(1, len(name) - 1))} - {""}
