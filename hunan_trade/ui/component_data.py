"""Dataclasses with the data of HTML components, which the templates in components/ render.

They also compute the coordinates of small SVG drawings.

Pure: no models, no request. Amounts are Decimal and of one unit within a component. Words are finished sentences or
labels; nothing here decides what is late or good, the caller says it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Literal

LightKind = Literal["ok", "warn", "bad", "off"]
StateKind = Literal["", "now", "ok", "warn", "bad"]
StageState = Literal["", "done", "here", "stop"]
CellKind = Literal["acc", "late", "nil", "rev", "back", "miss", "open", "none"]
Sort = Literal["", "ascending", "descending"]

LIGHTS: Mapping[str, str] = MappingProxyType({"ok": "正常", "warn": "偏慢", "bad": "滞后", "off": "未到期"})
STATES = frozenset({"", "now", "ok", "warn", "bad"})


# --- Progress against a target --------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Bullet:
    """Data of a bullet chart, which compares an actual value with a goal.

    The scale runs from zero to the goal, or to a stretch value above it.

    `goal` > 0. What exceeds the rail stops at its end; what is below zero stops at its beginning.
    """

    label: str
    actual: Decimal
    goal: Decimal
    expected: Decimal | None = None
    projected: Decimal | None = None
    stretch: Decimal | None = None

    def __post_init__(self) -> None:
        if self.goal <= 0:
            raise ValueError(f"a bullet needs a goal above zero, not {self.goal}")

    def _position(self, amount: Decimal) -> str:
        """Return an amount's x coordinate in the bullet chart, as text from "0.00" to "100.00"."""
        share = amount / max(self.goal, self.stretch or self.goal) * 100
        return f"{min(max(share, Decimal(0)), Decimal(100)):.2f}"

    @property
    def actual_position(self) -> str:
        """Return the x coordinate (0 to 100, as text) of the end of the actual value's bar."""
        return self._position(self.actual)

    @property
    def projected_position(self) -> str | None:
        """Return the x coordinate (0 to 100, as text) of the projected value, or None if none is projected."""
        return None if self.projected is None else self._position(self.projected)

    @property
    def expected_position(self) -> str | None:
        """Return the x coordinate (0 to 100, as text) of the value expected by now, or None."""
        return None if self.expected is None else self._position(self.expected)

    @property
    def goal_position(self) -> str | None:
        """Return the x coordinate of a bullet chart's goal, as text from 0 to 100; None if the chart ends at the goal.

        Else the scale ends at the stretch value.
        """
        return None if self.stretch is None else self._position(self.goal)


@dataclass(frozen=True)
class Fact:
    """A label with a value, shown as one line of a card or of a record's page.

    `note` is grey beside the value; `negative` reddens a value that prints its minus.
    """

    label: str
    value: str
    note: str = ""
    url: str = ""
    negative: bool = False


@dataclass(frozen=True)
class TargetCard:
    """Card about a target of the plan: its verdict, actual value, bullet chart and up to four other values."""

    title: str
    url: str
    light: LightKind
    verdict: str
    figure: str
    rest: str
    bullet: Bullet
    facts: tuple[Fact, ...] = ()


# --- One value among its last twelve months -------------------------------------------------------------------------
@dataclass(frozen=True)
class RangeStrip:
    """Data of a small SVG drawing of this month's value within the range of the last twelve months' values.

    130 units wide; `low` and `high` are the ends of the range, `previous` is the month before.
    """

    label: str
    low: Decimal
    high: Decimal
    now: Decimal
    previous: Decimal | None = None

    LEFT = Decimal(6)
    WIDTH = Decimal(118)

    def _position(self, amount: Decimal) -> Decimal:
        """Return an amount's x coordinate in the SVG drawing: 6 to 124 of the drawing's 130 units."""
        seen = (self.low, self.high, self.now, *(() if self.previous is None else (self.previous,)))
        bottom, top = min(Decimal(0), *seen), max(Decimal(0), *seen)
        return self.LEFT + (self.WIDTH * (amount - bottom) / (top - bottom) if top > bottom else Decimal(0))

    @property
    def band_x(self) -> str:
        """Return the x coordinate of the left end of the twelve-month range, as text for SVG."""
        return f"{self._position(self.low):.1f}"

    @property
    def band_width(self) -> str:
        """Return the width of the drawn twelve-month range, at least two SVG units, as text."""
        return f"{max(self._position(self.high) - self._position(self.low), Decimal(2)):.1f}"

    @property
    def previous_x(self) -> str | None:
        """Return the x coordinate of the left edge of last month's tick, as text; None if its value is unknown."""
        return None if self.previous is None else f"{self._position(self.previous) - 1:.1f}"

    @property
    def now_x(self) -> str:
        """Return the x coordinate of this month's value, as text for SVG."""
        return f"{self._position(self.now):.1f}"

    @property
    def is_out_of_range(self) -> bool:
        """Return whether this month's value lies outside the range of the last twelve months."""
        return not self.low <= self.now <= self.high


# --- Who has reported -----------------------------------------------------------------------------------------------
CELLS: Mapping[CellKind, tuple[str, str]] = MappingProxyType(
    {
        "acc": ("核", "按时报送，已核定"),
        "late": ("迟", "迟报，已核定"),
        "nil": ("零", "零报告，已核定"),
        "rev": ("审", "待审核"),
        "back": ("退", "退回修改"),
        "miss": ("欠", "逾期未报"),
        "open": ("填", "填报中"),
        "none": ("·", "未到填报期"),
    }
)


@dataclass(frozen=True)
class BoardCell:
    """Cell of the board of all cities' monthly returns: the state of one city's return for one month."""

    kind: CellKind
    url: str = ""

    @property
    def mark(self) -> str:
        """Return the character that stands for the monthly return's state, such as 审 for awaiting review."""
        return CELLS[self.kind][0]

    @property
    def description(self) -> str:
        """Return the monthly return's state in Chinese words, such as 逾期未报, for the cell's tooltip."""
        return CELLS[self.kind][1]


@dataclass(frozen=True)
class BoardRow:
    """Row of the board of monthly returns: a city's name and twelve cells, one for each month."""

    name: str
    cells: tuple[BoardCell, ...]


@dataclass(frozen=True)
class Board:
    """Board of a year's monthly returns, with a row for each city and a column for each month.

    `current` is the month (1–12) in work.
    """

    rows: tuple[BoardRow, ...]
    current: int | None = None
    months: tuple[int, ...] = tuple(range(1, 13))

    def __post_init__(self) -> None:
        if wrong := [row.name for row in self.rows if len(row.cells) != len(self.months)]:
            raise ValueError(f"{'、'.join(wrong)}: a row has one cell per month")

    @property
    def legend(self) -> tuple[tuple[str, str], ...]:
        """Return the board's legend: a (character, meaning) pair, such as (审, 待审核), for each state on it.

        In the order of `CELLS`.
        """
        present = {cell.kind for row in self.rows for cell in row.cells}
        return tuple(spelled for kind, spelled in CELLS.items() if kind in present)


# --- Stages, history, provenance ------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Stage:
    """A step of a procedure, such as the acceptance of a return: done, current, refused or still to come.

    `state` is `here` for the current one, `stop` for the current one that was refused.
    """

    title: str
    note: str = ""
    state: StageState = ""


@dataclass(frozen=True)
class HistoryEntry:
    """Entry in a record's history: when something was done, what was done and by whom.

    `detail` is small print, `quote` somebody's words as they were written.
    """

    when: str
    text: str
    detail: str = ""
    quote: str = ""
    state: Literal["", "now", "stop"] = ""


@dataclass(frozen=True)
class TrailStep:
    """One step in the displayed origin of a published figure, back to the cell where it was typed.

    Printed in this order: `strong`, the link, `text`, further lines.
    """

    title: str
    strong: str = ""
    link: str = ""
    url: str = ""
    text: str = ""
    lines: tuple[str, ...] = ()
    muted: str = ""
    mono: str = ""


@dataclass(frozen=True)
class Requirement:
    """A requirement for a project's next stage: whether it is met, and the page where it can be met."""

    text: str
    done: bool = False
    aside: str = ""
    url: str = ""


@dataclass(frozen=True)
class TodoItem:
    """An item of a to-do list, with a deadline and either a status light or a button.

    `late` opens the second line in red; `text_late` reddens the first line's `text`.

    At the right stands either a light with its word or an action; an action with `post` is a form of its own.
    """

    title: str
    url: str
    text: str = ""
    text_late: bool = False
    late: str = ""
    why: str = ""
    light: LightKind | Literal[""] = ""
    word: str = ""
    action: str = ""
    action_url: str = ""
    post: bool = False


@dataclass(frozen=True)
class JobProgress:
    """The progress of a background job, as its progress bar shows it.

    With `poll_url` the element reloads itself every two seconds.
    """

    title: str
    state: Literal["waiting", "running", "done", "failed"]
    done: int = 0
    total: int = 0
    count: str = ""
    note: str = ""
    poll_url: str = ""
    stop_url: str = ""
    result_url: str = ""
    result_text: str = ""

    @property
    def percent(self) -> int:
        """Return how much of the job is finished, in whole per cent."""
        return self.done * 100 // self.total if self.total else 0


# --- Lists ----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class FilterChip:
    """One active filter of a list, with its text and the URL of the list without this filter."""

    text: str
    remove_url: str


@dataclass(frozen=True)
class ListColumn:
    """Heading of one column of a list on a page: title, unit and link that sorts by it.

    `opt` columns are hidden on narrow screens; `sort` is the current direction.
    """

    title: str
    numeric: bool = False
    opt: bool = False
    unit: str = ""
    sort_url: str = ""
    sort: Sort = ""
    hint: str = ""
    key: str = ""  # with one, sorting swaps the part of the page that the table head names (hx-target)
