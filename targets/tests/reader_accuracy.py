"""Compares a reading with the expected answer: what is right, missing and superfluous."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

NUMBERS = ("kind", "op", "value", "low", "high", "unit", "base", "growth_pct", "horizon")
DAYS = ("start", "end", "recurring")


def squeezed(text: object) -> str:
    """Return the text without white space and with one kind of %; None becomes empty."""
    return "" if text in (None, False) else re.sub(r"\s", "", str(text)).replace("％", "%")


@dataclass
class Score:
    right: int = 0
    missing: list[str] = field(default_factory=list)
    surplus: list[str] = field(default_factory=list)

    def add(self, other: Score) -> None:
        self.right += other.right
        self.missing += other.missing
        self.surplus += other.surplus

    @property
    def precision(self) -> float:
        return self.right / max(1, self.right + len(self.surplus))

    @property
    def recall(self) -> float:
        return self.right / max(1, self.right + len(self.missing))


def wrong_nodes(expected: Mapping[str, Any], read: Mapping[str, Any]) -> list[str]:
    """Return the nodes that differ in marker, level, number, title or text, in document order."""
    wanted, got = ([_shape(node) for node in answer["nodes"]] for answer in (expected, read))
    return [f"- {one}" for one in wanted if one not in got] + [f"+ {one}" for one in got if one not in wanted]


def _shape(node: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(squeezed(node[key]) for key in ("marker", "level", "number", "title", "text"))


def score(expected: Mapping[str, Any], read: Mapping[str, Any], name: str) -> dict[str, Score]:
    """Score quantities, deadlines and units node by node; nodes are matched by their text."""
    by_text = {squeezed(node["text"]): node for node in read["nodes"]}
    scores = {kind: Score() for kind in ("quantities", "deadlines", "units")}
    for node in expected["nodes"]:
        found = by_text.pop(squeezed(node["text"]), {})
        for kind in scores:
            scores[kind].add(_compared(kind, node.get(kind, []), found.get(kind, []), f"{name} {node['title'][:16]}"))
    for node in by_text.values():
        for kind in scores:
            scores[kind].add(_compared(kind, [], node[kind], f"{name} {node['title'][:16]}"))
    return scores


def _compared(kind: str, expected: Sequence[Any], found: Sequence[Any], where: str) -> Score:
    result = Score()
    rest = list(found)
    for wanted in expected:
        hit = next((one for one in rest if _same(kind, wanted, one)), None)
        if hit is None:
            result.missing.append(f"{where}: {wanted}")
        else:
            rest.remove(hit)
            result.right += 1
    result.surplus += [f"{where}: {one}" for one in rest]
    return result


def _same(kind: str, wanted: Any, found: Any) -> bool:
    if kind == "units":
        return squeezed(wanted) == squeezed(found)
    keys = NUMBERS if kind == "quantities" else DAYS
    if any(squeezed(wanted.get(key)) != squeezed(found.get(key)) for key in keys):
        return False
    return kind == "deadlines" or _one_within(squeezed(wanted["metric"]), squeezed(found["metric"]))


def _one_within(first: str, second: str) -> bool:
    return first in second or second in first


def score_lines(scores: Mapping[str, Score]) -> Iterator[str]:
    for kind, one in scores.items():
        yield f"{kind}: precision {one.precision:.3f}, recall {one.recall:.3f}"
        yield from (f"  missing {line}" for line in one.missing)
        yield from (f"  surplus {line}" for line in one.surplus)
