"""Runs the lines on servers of its own, which are thrown away.

make bench                              all lines
make bench BENCH="--only upsert"        those whose name begins so; may be given several times
make bench BENCH="--quick"              a tenth of the data, two turns: only to see that it runs
make bench BENCH="--json bench.json"    the figures also as JSON
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from time import perf_counter

import django

from hunan_trade import servers
from scripts.bench.measuring import Line, Result, Scale, measured

# Modules whose Lines are run, in this order. They know models, so they are loaded once Django stands.
MODULES = ("lines_intake", "lines_reports", "lines_web")


def main() -> None:
    arguments = _arguments()
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))  # a plain `kill` tidies up too
    folder = Path(tempfile.mkdtemp(prefix="portal-bench-"))
    pair = servers.start(folder)
    try:
        os.environ |= {
            "DATABASE_URL": pair.owner_url,  # worlds are made, vacuumed and emptied
            "REDIS_URL": pair.redis_url,
            "DATA_DIR": str(folder),
            "PORTAL_MODE": "demo",
            "STATEMENT_TIMEOUT": "0",
            "LOG_LEVEL": "ERROR",
            "UPLOADS_A_DAY": "100000",  # each turn uploads again
            "CITY_UPLOADS_A_DAY": "100000",
            "DJANGO_SETTINGS_MODULE": "hunan_trade.settings",
        }
        (folder / "static").mkdir()
        django.setup()
        _run(arguments)
    finally:
        pair.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="lines whose name begins so")
    parser.add_argument("--quick", action="store_true", help="a tenth of the data, two turns")
    parser.add_argument("--json", type=Path, metavar="PATH", help="write the figures there")
    parser.add_argument("--list", action="store_true", help="name the lines and end")
    return parser.parse_args()


def _run(arguments: argparse.Namespace) -> None:
    lines = _lines(arguments.only)
    if arguments.list or not lines:
        print("\n".join(f"{line.name:20} {line.title}" for line in lines or _lines([])))
        sys.exit(0 if arguments.list else "no line has that name")
    printing, worlds = import_module("scripts.bench.printing"), import_module("scripts.bench.worlds")
    scale = Scale(arguments.quick)
    worlds.prepare()
    places = worlds.Worlds(scale)
    results: list[Result] = []
    try:
        for line in lines:
            started = perf_counter()
            places.enter(line.world)
            results.append(measured(line, scale))
            print(f"{line.name} … {perf_counter() - started:.0f} s", file=sys.stderr, flush=True)
    finally:  # what was measured is told, also when a later line fails
        if results:
            on = printing.machine()
            print(", ".join(f"{name} {value}" for name, value in on.items()))
            print(printing.table(results))
            if arguments.json:
                arguments.json.write_text(printing.as_json(results, on))


def _lines(only: list[str]) -> list[Line]:
    modules = [import_module(f"scripts.bench.{name}") for name in MODULES]
    lines = [found for module in modules for found in vars(module).values() if isinstance(found, Line)]
    return [line for line in lines if not only or any(line.name.startswith(name) for name in only)]


if __name__ == "__main__":
    main()
