"""Times the portal and its alternatives in alternating runs, and compares the median times."""

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
from scripts.bench.scale_factor import Scale

_A_WHILE = 60.0  # seconds, of cases that only run in processes of their own


def _do_nothing() -> None:
    pass


@dataclass(frozen=True)
class Case:
    """A piece of work that a benchmark times, done by the portal or by an alternative to it.

    The first case is the portal's own, the others are its peers (alternatives).
    `before` runs untimed before each timing. `goal` of a peer is the share of its time that ours may take, None for a
    peer that is only shown. `runs` bounds how often a slow case runs, `times` repeats one too fast to time once.
    A case with a `database` runs in a process of its own on that database; the others run here, on the line's.
    """

    name: str
    run: Callable[[], object]
    before: Callable[[], object] = _do_nothing
    goal: float | None = None
    runs: int | None = None
    times: int = 1
    database: str = ""


Cases = Callable[[Scale], Iterator[Sequence[Case]]]


@dataclass(frozen=True)
class Benchmark:
    name: str
    title: str
    database: str
    cases: Callable[[Scale], AbstractContextManager[Sequence[Case]]]


@dataclass(frozen=True)
class Comparison:
    """Median seconds of the portal and of one alternative for the same work, with the goal for their ratio."""

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
    def meets_goal(self) -> bool | None:
        return None if self.goal is None else self.ratio <= self.goal


def benchmark(name: str, title: str, *, database: str) -> Callable[[Cases], Benchmark]:
    """Return a decorator that turns a generator of `Case`s (pieces of work to time) into a named benchmark.

    The generator prepares, yields its cases once and cleans up.
    """
    return lambda cases: Benchmark(name, title, database, contextmanager(cases))


def measure(benchmark_to_run: Benchmark, scale: Scale) -> list[Comparison]:
    """Time all cases of a benchmark; return a comparison of the portal with each other case."""
    databases.switch_to(benchmark_to_run.database, scale)
    with benchmark_to_run.cases(scale) as cases:
        first = []
        for case in cases:
            if case.database:
                databases.create_and_fill(case.database, scale)
            elif case.runs is None:
                first.append(_time_once(case))
        turns = scale.repetitions_of_case(max(first, default=_A_WHILE))
        databases.switch_to(benchmark_to_run.database, scale)
        taken: dict[str, list[float]] = {case.name: [] for case in cases}
        for turn in range(turns):
            for case in cases:
                if turn < (case.runs or turns):
                    taken[case.name].append(_time_in_other_process(case) if case.database else _time_once(case))
    ours, *peers = cases
    seconds = {name: median(times) for name, times in taken.items()}
    return [
        Comparison(
            line=benchmark_to_run.name,
            title=benchmark_to_run.title,
            ours=seconds[ours.name],
            peer=peer.name,
            beside=seconds[peer.name],
            goal=peer.goal if scale.is_full else None,
        )
        for peer in peers
    ]


def _time_once(case: Case) -> float:
    case.before()
    gc.collect()
    started = perf_counter()
    for _ in range(case.times):
        case.run()
    return (perf_counter() - started) / case.times


def _time_in_other_process(case: Case) -> float:
    """Return the seconds that a case takes in a forked process connected to the case's own database.

    The case runs once untimed before.
    """
    databases.close_connections()
    receiver, sender = get_context("fork").Pipe(duplex=False)
    process = get_context("fork").Process(target=_time_and_send, args=(case, sender))
    process.start()
    sender.close()
    try:
        return float(receiver.recv())
    finally:
        process.join()


def _time_and_send(case: Case, sender: Connection) -> None:
    databases.connect(case.database)
    _time_once(case)
    sender.send(_time_once(case))
