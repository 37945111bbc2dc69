"""Maps the headings of a spreadsheet to the columns of a list: by title, alias, likeness, or as last time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from hunan_trade.lists.columns import Column
from hunan_trade.lists.imports.headings import Heading

How = Literal["title", "alias", "likeness", "remembered", "chosen", "none"]
Remembered = Mapping[str, Mapping[str, Any]]  # heading's text → column, unit, spellings; JSON


@dataclass(frozen=True)
class HeadingMatch:
    """The column to which a heading is mapped ("" for none), the unit of its figures, and how this was found.

    `spellings` give the choice (its code) that a person meant by a text that no choice is written like. `confirm` says
    why somebody must look at it before it counts: the heading is only alike, or unlike last time; "" if nobody must.
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
    """How the columns of a spreadsheet are mapped to those of a list, one match a heading."""

    matches: tuple[HeadingMatch, ...]

    def of(self, column: str) -> HeadingMatch | None:
        """Return the match of a list's column; None if no heading is mapped to it."""
        return next((match for match in self.matches if column and match.column == column), None)


def suggest_mapping(
    headings: Sequence[Heading], columns: Sequence[Column], remembered: Remembered | None = None
) -> ColumnMapping:
    """Return the likeliest column of each heading."""
    raise NotImplementedError


def mapping_problems(
    mapping: ColumnMapping, columns: Sequence[Column], keys: Sequence[Sequence[str]] = ()
) -> tuple[str, ...]:
    """Return a sentence for each thing that keeps the mapping from being used.

    Such are two headings for one column, no key with all its columns, an amount without unit, a match to be confirmed.
    """
    raise NotImplementedError


def to_remember(mapping: ColumnMapping) -> dict[str, dict[str, Any]]:
    """Return the mapping by the texts of its headings, to be stored as JSON and given to `suggest_mapping` next time."""
    raise NotImplementedError
