"""Runs the load test, in which all cities file on one evening, against a portal on this machine.

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

from scripts.load_test import acknowledged_vs_stored, background_load
from scripts.load_test.http_client import RequestLog
from scripts.load_test.portal_under_test import PortalUnderTest, copy_data_directory, create_filled_data_directory
from scripts.load_test.result_report import Measurements
from scripts.load_test.simulated_users import AcknowledgementLedger, SharedState
from scripts.load_test.user_arrivals import UserArrivals

CITIES = 14


def main() -> int:
    arguments = _arguments()
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    folder = Path(tempfile.mkdtemp(prefix="portal-load-"))
    try:
        return _run_load_test(arguments, folder)
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


def _run_load_test(arguments: argparse.Namespace, folder: Path) -> int:
    cities = min(CITIES, -(-arguments.users // 11))
    months = -(-(arguments.users - cities) // cities)
    world = arguments.world or folder / "world"
    if not (world / "world.json").exists():
        print("founding the world", file=sys.stderr, flush=True)
        create_filled_data_directory(
            world, cities=cities, months=months, enterprises=arguments.enterprises, history=arguments.history
        )
    copy_data_directory(world, folder / "portal")
    facts = json.loads((world / "world.json").read_text())
    facts["cities"] = facts["cities"][:cities]
    if len(facts["cities"]) < cities or len(facts["months"]) < months:
        raise SystemExit(f"{world} was founded for fewer people; name another folder")
    portal = PortalUnderTest(folder / "portal")
    try:
        measured = _run_and_measure(arguments, portal, facts)
    finally:
        portal.stop()
    print(measured.format_table())
    if arguments.json:
        arguments.json.write_text(measured.as_json())
    return 1 if measured.violations else 0


def _run_and_measure(arguments: argparse.Namespace, portal: PortalUnderTest, facts: dict[str, Any]) -> Measurements:
    ledger, log = AcknowledgementLedger(), RequestLog()
    last_event_before = acknowledged_vs_stored.last_audit_event_number(portal)
    trays: dict[str, queue.Queue[str | None]] = {city["code"]: queue.Queue() for city in facts["cities"]}
    arrivals = UserArrivals(portal.port, facts, arguments.users, arguments.minutes, arguments.cut, arguments.spread)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as office:
        shared = SharedState(ledger, office, trays, arguments.seed)
        before, own_cpu, started = portal.cpu_seconds(), _own_cpu_seconds(), time.monotonic()
        portal.start_sampling_database_waits()
        with background_load.background_load(
            portal, facts["officer"], facts["past"], shared, enabled=arguments.heavy
        ) as background:
            arrivals.run_all(shared, log)
        wall_seconds = time.monotonic() - started
        server_cpu = {part: spent - before.get(part, 0) for part, spent in portal.cpu_seconds().items()}
        memory_mib = portal.memory_mib()
    return Measurements(
        arguments=arguments,
        wall_seconds=wall_seconds,
        limit_seconds=arrivals.limit,
        log=log,
        ledger=ledger,
        server_cpu=server_cpu,
        memory_mib=memory_mib,
        waiting_seconds=portal.database_wait_seconds(),
        own_cpu=_own_cpu_seconds() - own_cpu,
        data_violations=acknowledged_vs_stored.find_violations(portal, ledger, last_event_before),
        background=background,
    )


def _own_cpu_seconds() -> float:
    """Return the processor seconds used by this program and its ended child processes."""
    own_cpu, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own_cpu.ru_utime + own_cpu.ru_stime + children.ru_utime + children.ru_stime


if __name__ == "__main__":
    sys.exit(main())
