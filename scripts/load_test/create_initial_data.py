"""Program that fills a new database with the load test's initial data.

Run as a program in the environment of a portal. Writes what the simulated users have to know to the file `--out`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from datetime import timedelta
from importlib import import_module
from pathlib import Path

import django

EXEMPTION_DAYS = 30  # days for which the granted exemptions last, so that a world can be used again


def main() -> None:
    arguments = _parse_arguments()
    os.environ["DJANGO_SETTINGS_MODULE"] = "hunan_trade.settings"
    django.setup()
    initial_data = import_module("scripts.load_test.initial_data")  # it knows models, so Django must stand
    facts = initial_data.create_data(
        cities=arguments.cities,
        months=arguments.months,
        enterprises=arguments.enterprises,
        history=arguments.history,
        exemption_lasts=timedelta(days=EXEMPTION_DAYS),
        print_progress=lambda line: print(line, file=sys.stderr, flush=True),
    )
    arguments.out.write_text(json.dumps(facts, ensure_ascii=False, indent=1))


def _parse_arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("cities", "months", "enterprises", "history"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    return parser.parse_args(given)


if __name__ == "__main__":
    main()
