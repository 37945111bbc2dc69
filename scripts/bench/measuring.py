"""The one way to measure a line: ours and its peers in turns, so that whatever disturbs one disturbs all; medians."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from statistics import median
from time import perf_counter

from scripts.bench import databases
from scripts.bench.scale import Scale


def _nothing() -> None:
    pass


@dataclass(frozen=True)
class Case:
    """Something to time; the first case of a line is ours, the others are its peers.

    `before` runs untimed before each timing. `goal` of a peer is the share of its time that ours may take, None for a
    peer that is only shown. `runs` bounds how often a slow case runs, `times` repeats one too fast to time once.
    A case with a `database` runs in a process of its own on that database; the others run here, on the line's.
    """

    name: str
    run: Callable[[], object]
    before: Callable[[], object] = _nothing
    goal: float | None = None
    runs: int | None = None
    times: int = 1
    database: str = ""


Cases = Callable[[Scale], Iterator[Sequence[Case]]]


@dataclass(frozen=True)
class Line:
    name: str
    title: str
    database: str
    cases: Callable[[Scale], AbstractContextManager[Sequence[Case]]]


@dataclass(frozen=True)
class Row:
    """Ours beside one peer, in seconds."""

    line: str
    title: str
    ours: float
    peer: str
    beside: float
    goal: float | None

    @property
    def ratio(self) -> float:
        return self.ours / self.beside

    @property
    def met(self) -> bool | None:
        return None if self.goal is None else self.ratio <= self.goal


def line(name: str, title: str, *, database: str) -> Callable[[Cases], Line]:
    """Declare a line from a generator that prepares, yields its cases once and tidies up."""
    return lambda cases: Line(name, title, database, contextmanager(cases))


def measure(chosen: Line, scale: Scale) -> list[Row]:
    """Run every case in each turn and return one row for each peer."""
    databases.enter(chosen.database, scale)
    with chosen.cases(scale) as cases:
        for case in cases:
            if case.database:
                databases.build(case.database, scale)
            elif case.runs is None:
                _seconds(case)
        databases.enter(chosen.database, scale)
        taken: dict[str, list[float]] = {case.name: [] for case in cases}
        for turn in range(scale.turns):
            for case in cases:
                if turn < (case.runs or scale.turns):
                    taken[case.name].append(_seconds_elsewhere(case) if case.database else _seconds(case))
    ours, *peers = cases
    seconds = {name: median(times) for name, times in taken.items()}
    return [
        Row(
            line=chosen.name,
            title=chosen.title,
            ours=seconds[ours.name],
            peer=peer.name,
            beside=seconds[peer.name],
            goal=peer.goal if scale.full else None,
        )
        for peer in peers
    ]


def _seconds(case: Case) -> float:
    case.before()
    gc.collect()
    started = perf_counter()
    for _ in range(case.times):
        case.run()
    return (perf_counter() - started) / case.times


def _seconds_elsewhere(case: Case) -> float:
    """Time the case in a forked process on its own database, after one untimed run: caches never mix two databases."""
    databases.close()
    receiver, sender = get_context("fork").Pipe(duplex=False)
    process = get_context("fork").Process(target=_report, args=(case, sender))
    process.start()
    sender.close()
    try:
        return float(receiver.recv())
    finally:
        process.join()


def _report(case: Case, sender: Connection) -> None:
    databases.connect(case.database)
    _seconds(case)
    sender.send(_seconds(case))
