"""Counts the right and wrong values of a parsed plan, compared with the expected plan."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

NUMBERS = ("kind", "op", "value", "low", "high", "unit", "base", "growth_pct", "horizon")
DAYS = ("start", "end", "recurring")


def without_white_space(text: object) -> str:
    """Return a text without white space and with % in one form, or "" for None."""
    return "" if text in (None, False) else re.sub(r"\s", "", str(text)).replace("％", "%")


@dataclass
class Score:
    """Number of right entries, with descriptions of missing and superfluous entries."""

    right: int = 0
    missing: list[str] = field(default_factory=list)
    superfluous: list[str] = field(default_factory=list)

    def add_score(self, other: Score) -> None:
        self.right += other.right
        self.missing += other.missing
        self.superfluous += other.superfluous

    @property
    def precision(self) -> float:
        return self.right / max(1, self.right + len(self.superfluous))

    @property
    def recall(self) -> float:
        return self.right / max(1, self.right + len(self.missing))


def differing_nodes(expected: Mapping[str, Any], read: Mapping[str, Any]) -> list[str]:
    """Return the nodes of a parsed plan that differ from the expected plan."""
    wanted, got = ([_comparable_node(node) for node in answer["nodes"]] for answer in (expected, read))
    return [f"- {one}" for one in wanted if one not in got] + [f"+ {one}" for one in got if one not in wanted]


def _comparable_node(node: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(without_white_space(node[key]) for key in ("marker", "level", "number", "title", "text"))


def score_document(expected: Mapping[str, Any], read: Mapping[str, Any], name: str) -> dict[str, Score]:
    """Return scores for the quantities, deadlines and units of a parsed document."""
    by_text = {without_white_space(node["text"]): node for node in read["nodes"]}
    scores = {kind: Score() for kind in ("quantities", "deadlines", "units")}
    for node in expected["nodes"]:
        found = by_text.pop(without_white_space(node["text"]), {})
        for kind in scores:
            scores[kind].add_score(
                _score_entries(kind, node.get(kind, []), found.get(kind, []), f"{name} {node['title'][:16]}")
            )
    for node in by_text.values():
        for kind in scores:
            scores[kind].add_score(_score_entries(kind, [], node[kind], f"{name} {node['title'][:16]}"))
    return scores


def _score_entries(kind: str, expected: Sequence[Any], found: Sequence[Any], where: str) -> Score:
    result = Score()
    rest = list(found)
    for wanted in expected:
        hit = next((one for one in rest if _is_same_entry(kind, wanted, one)), None)
        if hit is None:
            result.missing.append(f"{where}: {wanted}")
        else:
            rest.remove(hit)
            result.right += 1
    result.superfluous += [f"{where}: {one}" for one in rest]
    return result


def _is_same_entry(kind: str, wanted: Any, found: Any) -> bool:
    if kind == "units":
        return without_white_space(wanted) == without_white_space(found)
    keys = NUMBERS if kind == "quantities" else DAYS
    if any(without_white_space(wanted.get(key)) != without_white_space(found.get(key)) for key in keys):
        return False
    return kind == "deadlines" or _one_contains_other(
        without_white_space(wanted["metric"]), without_white_space(found["metric"])
    )


def _one_contains_other(first: str, second: str) -> bool:
    return first in second or second in first


def score_lines(scores: Mapping[str, Score]) -> Iterator[str]:
    """Yield lines with precision, recall and every wrong entry."""
    for kind, one in scores.items():
        yield f"{kind}: precision {one.precision:.3f}, recall {one.recall:.3f}"
        yield from (f"  missing {line}" for line in one.missing)
        yield from (f"  surplus {line}" for line in one.superfluous)
