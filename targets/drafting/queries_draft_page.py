"""Loads the data of a draft's page, with quantities and deadlines to highlight."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from hunan_trade.audit.models import Event
from hunan_trade.periods import format_chinese_datetime
from targets.drafting import node_edits
from targets.drafting.draft_problems import Problem, blocking_problems, find_problems
from targets.drafting.draft_to_plan import draft_items
from targets.drafting.models import PlanDraft
from targets.models import WorkPlan

UNREAD = "unread"


@dataclass(frozen=True)
class TextRun:
    """A piece of the text of a draft, marked as a recognised quantity, as a deadline or as other text."""

    text: str
    kind: str = ""


@dataclass(frozen=True)
class NodeRow:
    at: int
    level: int
    number: int | None  # of the item it becomes
    kind: str
    title: str
    runs: tuple[TextRun, ...]
    understood: bool
    quantities: int
    deadlines: int
    problems: tuple[Problem, ...]
    current: bool

    @property
    def is_blocking(self) -> bool:
        """Whether the section or item has a problem that blocks publishing the draft."""
        return any(problem.blocks for problem in self.problems)


@dataclass(frozen=True)
class SplitPlace:
    at: int
    words: str  # with which the second piece would begin


@dataclass(frozen=True)
class DraftPage:
    draft: PlanDraft
    rows: tuple[NodeRow, ...]
    at: int
    only: str
    items: int
    quantities: int
    deadlines: int
    unread: int
    head_problems: tuple[Problem, ...]
    blocking: int
    current_plan: WorkPlan | None  # of the draft's year

    @property
    def replaced_version(self) -> int:
        """Number of the plan version that the draft replaces when published, or 0 if its year has no plan."""
        return self.current_plan.version if self.current_plan else 0

    @property
    def publish_url(self) -> str:
        """URL of the page for publishing the draft, or "#publish" (a dialog) if its year has no plan yet."""
        return reverse("targets:draft-publish", args=[self.draft.pk]) if self.current_plan else "#publish"

    @property
    def publish_fields(self) -> list[tuple[str, int]]:
        """Return the (name, value) pairs of the publish form's hidden fields."""
        return [("over", self.replaced_version)]

    @property
    def newer_version_note(self) -> str:
        """A note that a newer plan version was published after the draft was begun, or "" if none was."""
        plan, draft = self.current_plan, self.draft
        if not draft.is_open or plan is None or plan.pk == draft.follows_id:
            return ""
        return f"起草后{published_by_text(plan)}"

    @property
    def filter_suffix(self) -> str:
        """The page's filter as the end of a query string (&only=…), or "" without a filter."""
        return f"&only={self.only}" if self.only else ""

    @property
    def filter_query(self) -> str:
        return f"?only={self.only}" if self.only else ""

    @property
    def confirm_title(self) -> str:
        """Title of the dialog that asks the user to confirm publishing."""
        return f"发布为{self.draft.year or ''}年工作要点？"

    @property
    def confirm_text(self) -> str:
        """Text of the dialog that asks the user to confirm publishing."""
        unread = f"有 {self.unread} 段未识别，按原文保留。" if self.unread else ""
        lost = f"第{self.replaced_version}版的改动不在本稿里，发布后以本稿为准。" if self.newer_version_note else ""
        return f"{lost}{unread}{self.items} 个条目列入工作要点，各市州可见；已有的进展、名单和目标转到新版，原版保留。"

    @property
    def current_row(self) -> NodeRow:
        return next(row for row in self.rows if row.at == self.at)

    @property
    def current_node(self) -> dict[str, Any]:
        current_node: dict[str, Any] = self.draft.nodes[self.at]
        return current_node

    @property
    def split_places(self) -> tuple[SplitPlace, ...]:
        """Return the positions at which the user may split the selected section or item, with the words after each."""
        text = self.current_node["text"]
        return tuple(
            SplitPlace(place, text[place:].strip()[:18].replace("\n", " "))
            for place in node_edits.possible_split_positions(text)
        )


def draft_page(draft: PlanDraft, at: int | None, only: str = "") -> DraftPage:
    """Load all data of a draft's page, on which the section or item with index `at` is selected.

    If `at` is None, the first node that is not understood is selected.
    """
    found = find_problems(draft)
    numbers = {item.at: item.number for item in draft_items(draft.nodes)}
    unread = [place for place, node in enumerate(draft.nodes) if not node["understood"]]
    if at is None or not 0 <= at < len(draft.nodes):
        at = next(iter([*unread, *numbers]), 0)
    rows = tuple(
        NodeRow(
            at=place,
            level=node["level"],
            number=numbers.get(place),
            kind=node_edits.KINDS.get(node["kind"], ""),
            title=node["title"],
            runs=tuple(split_text_for_highlighting(node)),
            understood=node["understood"],
            quantities=len(node["quantities"]),
            deadlines=len(node["deadlines"]),
            problems=tuple(problem for problem in found if problem.at == place),
            current=place == at,
        )
        for place, node in enumerate(draft.nodes)
        if not only or place == at or not node["understood"]
    )
    return DraftPage(
        draft=draft,
        rows=rows,
        at=at,
        only=only,
        items=len(numbers),
        quantities=sum(len(node["quantities"]) for node in draft.nodes),
        deadlines=sum(len(node["deadlines"]) for node in draft.nodes),
        unread=len(unread),
        head_problems=tuple(problem for problem in found if problem.at is None),
        blocking=len(blocking_problems(found)),
        current_plan=WorkPlan.objects.current(draft.year) if draft.year else None,
    )


def published_by_text(plan: WorkPlan) -> str:
    """Return a Chinese text on who published a plan and when, such as 测试员 7月8日 09:41 另发布第2版."""
    last = Event.objects.last_change(plan)
    by = f"{last.actor_name} {format_chinese_datetime(last.business_day_and_real_time)} " if last else ""
    return f"{by}另发布第{plan.version}版"


def split_text_for_highlighting(node: dict[str, Any]) -> Iterator[TextRun]:
    """Split the text of a section or item into pieces, each marked as a quantity, a deadline or other text.

    Of two recognised stretches that overlap, the first counts.
    """
    text, done = node["text"], 0
    recognised = [(row["text"], "quantity") for row in node["quantities"]] + [
        (row["text"], "deadline") for row in node["deadlines"]
    ]
    spots: list[tuple[int, int, str]] = []
    for words, kind in recognised:
        start = text.find(words) if words else -1
        while start >= 0 and any(start < end and begin < start + len(words) for begin, end, _ in spots):
            start = text.find(words, start + 1)
        if start >= 0:
            spots.append((start, start + len(words), kind))
    for start, end, kind in sorted(spots):
        if start > done:
            yield TextRun(text[done:start])
        yield TextRun(text[start:end], kind)
        done = end
    if done < len(text):
        yield TextRun(text[done:])


def list_open_drafts(drafts: Any) -> tuple[PlanDraft, ...]:
    """Return the drafts that are neither published nor discarded, newest first, without loading their texts."""
    return tuple(drafts.open().defer("nodes").select_related("changed_by"))


def count_unmeasured_quantities(draft: PlanDraft) -> int:
    """Return the number of quantities in a published draft that no target of the plan measures."""
    if draft.plan is None:
        return 0
    measured: dict[int, int] = {}
    for number in draft.plan.targets.exclude(indicator="").values_list("item__number", flat=True):
        measured[number] = measured.get(number, 0) + 1
    left = 0
    for item in draft_items(draft.nodes):
        promised = sum(quantity["kind"] in ("target", "direction") for quantity in item.node["quantities"])
        left += max(0, promised - measured.get(item.number, 0))
    return left
