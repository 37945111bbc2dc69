"""Defines dataclasses for a work plan as a tree of sections and items."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from hunan_trade.periods import format_chinese_date
from hunan_trade.regions.models import PROVINCE
from targets.models import TaskState
from targets.rules_target_status import Verdict

_TONES: dict[str, str] = {  # the others are plain: a tag is filled only where somebody must act
    TaskState.State.DELAYED: "bad",
    TaskState.State.DONE: "ok",
}


@dataclass(frozen=True)
class RosterNode:
    pk: int
    code: str
    title: str
    unit: str
    required: int
    names: tuple[str, ...]
    note: str
    verdict: Verdict

    @property
    def listed_count(self) -> int:
        return len(self.names)


@dataclass(frozen=True)
class StateNode:
    pk: int
    region: str
    region_name: str
    state: str
    label: str
    text: str
    reason: str
    updated_on: date | None

    @property
    def place_name(self) -> str:
        return "全省" if self.region == PROVINCE else self.region_name

    @property
    def tone(self) -> str:
        return _TONES.get(self.state, "")


@dataclass(frozen=True)
class StateLine:
    """A task state and the regions in that state, shown as a line such as 衡阳、永州 推进中."""

    where: str  # 衡阳、永州; empty for the whole province
    label: str
    tone: str


@dataclass(frozen=True)
class ItemNode:
    pk: int
    number: int
    kind: str
    title: str
    summary: str
    scope: str
    regions: tuple[str, ...]
    lead: str
    named_units: str
    due_on: date | None
    quantities: tuple[str, ...]  # 承接项目 3000 个
    dates: tuple[str, ...]
    mentions: tuple[tuple[str, tuple[str, ...]], ...]  # (企业, (富士康, …))
    rosters: tuple[RosterNode, ...]
    states: tuple[StateNode, ...]

    @property
    def state_lines(self) -> tuple[StateLine, ...]:
        """Return the item's task states with their regions, such as 衡阳 推进中 and 郴州、永州 未启动."""
        where: dict[tuple[str, str], list[str]] = {}
        for state in self.states:
            where.setdefault((state.label, state.tone), []).append(state.region_name)
        if len(self.states) > 1 and len(where) == 1:
            return tuple(StateLine("三市", *key) for key in where)
        single = len(self.states) == 1
        return tuple(StateLine("" if single else "、".join(names), *key) for key, names in where.items())

    @property
    def due_text(self) -> str:
        return format_chinese_date(self.due_on) if self.due_on else ""


@dataclass(frozen=True)
class SectionNode:
    label: str
    title: str
    items: tuple[ItemNode, ...]
    children: tuple[SectionNode, ...]


@dataclass(frozen=True)
class PlanTree:
    year: int
    version: int
    title: str
    issuer: str
    addressees: str
    dated_on: date
    sections: tuple[SectionNode, ...]

    @property
    def items(self) -> tuple[ItemNode, ...]:
        """Return all items of the plan, ordered by item number."""
        return tuple(
            sorted((item for _, node in self.sections_with_depth for item in node.items), key=lambda item: item.number)
        )

    @property
    def sections_with_depth(self) -> tuple[tuple[int, SectionNode], ...]:
        """Return (depth, section) of all sections of the plan in document order; the outermost have depth 1."""
        return tuple(_walk_sections(self.sections, 1))


def _walk_sections(sections: Iterable[SectionNode], level: int) -> Iterator[tuple[int, SectionNode]]:
    for section in sections:
        yield level, section
        yield from _walk_sections(section.children, level + 1)
