"""One line of the table: a floor, ours and peers, measured in turns so that whatever disturbs one disturbs all."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from statistics import median
from time import perf_counter


def _nothing() -> None:
    pass


@dataclass(frozen=True)
class Case:
    """What is timed. `before` is not; `runs` bounds how often a slow case is run, `times` repeats one too fast to see."""

    name: str
    run: Callable[[], object]
    before: Callable[[], object] = _nothing
    runs: int | None = None
    times: int = 1


@dataclass(frozen=True)
class Scale:
    """How much data, and how many turns. `quick` is for looking whether it runs: a tenth of both."""

    quick: bool = False

    def rows(self, full: int) -> int:
        return full // 10 if self.quick else full

    @property
    def turns(self) -> int:
        return 2 if self.quick else 5


Cases = Callable[[Scale], AbstractContextManager[Sequence[Case]]]


@dataclass(frozen=True)
class Line:
    """`cases` yields the floor, ours and any number of peers, in this order.

    `goal` is the largest time of ours in floors; `world` names the database the cases need (`worlds.WORLDS`).
    """

    name: str
    title: str
    cases: Cases
    world: str
    goal: float | None = None
    turns: int | None = None


@dataclass(frozen=True)
class Timed:
    name: str
    seconds: float
    turns: int


@dataclass(frozen=True)
class Result:
    line: Line
    floor: Timed
    ours: Timed
    peers: tuple[Timed, ...]

    @property
    def ratio(self) -> float:
        return self.ours.seconds / self.floor.seconds

    @property
    def met(self) -> bool | None:
        return None if self.line.goal is None else self.ratio <= self.line.goal


def line(
    name: str, title: str, *, world: str, goal: float | None = None, turns: int | None = None
) -> Callable[[Callable[[Scale], Iterator[Sequence[Case]]]], Line]:
    """Declares a line from a generator that prepares, yields its cases and tidies up."""

    def declare(generator: Callable[[Scale], Iterator[Sequence[Case]]]) -> Line:
        return Line(name, title, contextmanager(generator), world, goal, turns)

    return declare


def measured(chosen: Line, scale: Scale) -> Result:
    """Every case once unmeasured, but those of few runs; then all in turns. Medians."""
    with chosen.cases(scale) as cases:
        turns = min(chosen.turns or scale.turns, scale.turns)
        for case in cases:
            if case.runs is None:
                _timed(case)
        seconds: dict[str, list[float]] = {case.name: [] for case in cases}
        for turn in range(turns):
            for case in cases:
                if case.runs is None or turn < case.runs:
                    seconds[case.name].append(_timed(case))
    floor, ours, *peers = (Timed(name, median(taken), len(taken)) for name, taken in seconds.items())
    return Result(chosen, floor, ours, tuple(peers))


def _timed(case: Case) -> float:
    case.before()
    gc.collect()
    started = perf_counter()
    for _ in range(case.times):
        case.run()
    return (perf_counter() - started) / case.times
