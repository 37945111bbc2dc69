"""Deadline night on this machine: see docs/speed.md.

make load                                        150 people in 10 minutes
make load LOAD="--users 20 --minutes 2"          a small one, only to see that it runs
make load LOAD="--users 500 --minutes 5"         most of them in the last third; with --spread evenly
make load LOAD="--heavy --json night.json"       with a bulletin and a province export under way all the time
"""

from __future__ import annotations

import argparse
import json
import queue
import resource
import shutil
import signal
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from scripts.night import checking, heavy
from scripts.night.crowd import Crowd
from scripts.night.people import FigureLedger, Night
from scripts.night.site import Site, copied, found
from scripts.night.telling import Measured
from scripts.night.visitor import Log

CITIES = 14


def main() -> int:
    arguments = _arguments()
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    folder = Path(tempfile.mkdtemp(prefix="portal-load-"))
    try:
        return _night(arguments, folder)
    finally:
        if not arguments.keep:
            shutil.rmtree(folder, ignore_errors=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make load", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--users", type=int, default=150, help="reporters and leads together")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=20130708)
    parser.add_argument("--enterprises", type=int, default=300, help="of each city: the rows of a workbook")
    parser.add_argument("--history", type=int, default=12, help="accepted months before the open ones")
    parser.add_argument("--cut", type=float, default=0.03, help="share of writes whose answer is lost on purpose")
    parser.add_argument("--spread", action="store_true", help="people come evenly instead of most in the last third")
    parser.add_argument("--heavy", action="store_true", help="bulletins and province exports all the time")
    parser.add_argument("--world", type=Path, help="found the world there, or take the one that is there")
    parser.add_argument("--json", type=Path, metavar="PATH")
    parser.add_argument("--keep", action="store_true", help="leave the data directory for a look")
    return parser.parse_args()


def _night(arguments: argparse.Namespace, folder: Path) -> int:
    cities = min(CITIES, -(-arguments.users // 11))
    months = -(-(arguments.users - cities) // cities)
    world = arguments.world or folder / "world"
    if not (world / "world.json").exists():
        print("founding the world", file=sys.stderr, flush=True)
        found(world, cities=cities, months=months, enterprises=arguments.enterprises, history=arguments.history)
    copied(world, folder / "portal")
    facts = json.loads((world / "world.json").read_text())
    facts["cities"] = facts["cities"][:cities]
    if len(facts["cities"]) < cities or len(facts["months"]) < months:
        raise SystemExit(f"{world} was founded for fewer people; name another folder")
    site = Site(folder / "portal")
    try:
        measured = _measured(arguments, site, facts)
    finally:
        site.stop()
    print(measured.table())
    if arguments.json:
        arguments.json.write_text(measured.as_json())
    return 1 if measured.violations else 0


def _measured(arguments: argparse.Namespace, site: Site, facts: dict[str, Any]) -> Measured:
    ledger, log, known = FigureLedger(), Log(), checking.last_event(site)
    trays: dict[str, queue.Queue[str | None]] = {city["code"]: queue.Queue() for city in facts["cities"]}
    crowd = Crowd(site.port, facts, arguments.users, arguments.minutes, arguments.cut, arguments.spread)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as office:
        night = Night(ledger, office, trays, arguments.seed)
        before, own, started = site.cpu(), _own_cpu(), time.monotonic()
        site.watch()
        with heavy.under_way(site, facts["officer"], facts["past"], night, on=arguments.heavy) as done:
            crowd.come(night, log)
        wall = time.monotonic() - started
        server = {part: spent - before.get(part, 0) for part, spent in site.cpu().items()}
        memory = site.memory()
    return Measured(
        arguments=arguments,
        wall=wall,
        limit=crowd.limit,
        log=log,
        ledger=ledger,
        server=server,
        memory=memory,
        waited=site.waited(),
        own=_own_cpu() - own,
        found=checking.verify(site, ledger, known),
        heavy=done,
    )


def _own_cpu() -> float:
    """Seconds of this program and of the office program, which has ended by the time this is asked again."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


if __name__ == "__main__":
    sys.exit(main())
