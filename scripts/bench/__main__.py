"""Runs the benchmarks on temporary database servers.

make bench                              all lines
make bench BENCH="--only upsert"        those whose name begins so; may be given several times
make bench BENCH="--size 0.01"          a hundredth of the data, two turns: only to see that it runs
make bench BENCH="--json bench.json"    the figures also as JSON
make bench BENCH="--list"               the names of the lines

The exit code is 1 where a goal is missed.
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
from typing import TYPE_CHECKING

import django
from django.conf import settings

from hunan_trade import servers
from scripts.bench.scale_factor import Scale

if TYPE_CHECKING:
    from scripts.bench.timing import Benchmark, Comparison

# They know models, so they are imported after django.setup().
TOPICS = (
    "list_pages",
    "list_api",
    "list_search",
    "project_pages",
    "list_download",
    "changes_feed",
    "return_upload",
    "trade_row_upsert",
    "register_import",
    "return_acceptance",
    "bulletin_figures",
    "plan_and_home_pages",
    "bulletin_files",
)


def main() -> int:
    arguments = _arguments()
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))  # a plain `kill` tidies up too
    folder = Path(tempfile.mkdtemp(prefix="portal-bench-"))
    pair = servers.start_pair(folder)
    try:
        os.environ |= {
            "DATABASE_URL": pair.owner_database_url,  # databases are made, vacuumed and emptied
            "REDIS_URL": pair.redis_url,
            "DATA_DIR": str(folder),
            "PORTAL_MODE": "demo",
            "STATEMENT_TIMEOUT": "0",
            "LOG_LEVEL": "ERROR",
            "UPLOADS_A_DAY": "100000",  # each turn uploads again
            "CITY_UPLOADS_A_DAY": "100000",
            "API_CALLS_A_MINUTE": "100000",
            "DJANGO_SETTINGS_MODULE": "hunan_trade.settings",
        }
        (folder / "static").mkdir()
        settings.INSTALLED_APPS.append("django_tables2")  # a peer, with templates
        django.setup()
        return _run_benchmarks(arguments)
    finally:
        pair.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="lines whose name begins so")
    parser.add_argument("--size", type=float, default=1, metavar="SHARE", help="share of the full data, 0.01 to 1")
    parser.add_argument("--json", type=Path, metavar="PATH", help="write the figures there")
    parser.add_argument("--list", action="store_true", help="name the lines and end")
    return parser.parse_args()


def _run_benchmarks(arguments: argparse.Namespace) -> int:
    benchmarks = _chosen_benchmarks(arguments.only)
    if arguments.list or not benchmarks:
        print("\n".join(f"{benchmark.name:20} {benchmark.title}" for benchmark in benchmarks or _chosen_benchmarks([])))
        return 0 if arguments.list else 2
    rows = _measure_all(benchmarks, Scale(arguments.size), arguments.json)
    missed = sum(row.meets_goal is False for row in rows)
    if arguments.size >= 1:
        print(f"{missed} goals missed" if missed else "all goals met")
    return 1 if missed else 0


def _chosen_benchmarks(only: list[str]) -> list[Benchmark]:
    from scripts.bench.timing import Benchmark

    modules = [import_module(f"scripts.bench.{topic}") for topic in TOPICS]
    benchmarks = [found for module in modules for found in vars(module).values() if isinstance(found, Benchmark)]
    return [benchmark for benchmark in benchmarks if not only or any(benchmark.name.startswith(name) for name in only)]


def _measure_all(benchmarks: list[Benchmark], scale: Scale, path: Path | None) -> list[Comparison]:
    """Run all benchmarks, and print and save the results after each benchmark.

    The results are saved to `path` as JSON.
    """
    from scripts.bench import databases, result_table, timing

    databases.create_template()
    on, rows = result_table.describe_machine(), []
    print(on, result_table.HEADER, sep="\n", flush=True)
    for benchmark in benchmarks:
        rows += timing.measure(benchmark, scale)
        for row in rows:
            if row.line == benchmark.name:
                print(result_table.format_row(row), flush=True)
        if path:
            path.write_text(result_table.as_json(rows, on))
    return rows


if __name__ == "__main__":
    sys.exit(main())
