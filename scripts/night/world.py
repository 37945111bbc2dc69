"""The city's registers, accounts, history and open returns, all made by the actions that people use.

Run as a program in the environment of a portal; writes what the crowd has to know to the file that it is given.
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

NIGHTS = 30  # days for which the granted exceptions last, so that a world can be used again


def main() -> None:
    arguments = _arguments()
    os.environ["DJANGO_SETTINGS_MODULE"] = "hunan_trade.settings"
    django.setup()
    founding = import_module("scripts.night.founding")  # it knows models, so Django must stand
    facts = founding.found(
        cities=arguments.cities,
        months=arguments.months,
        enterprises=arguments.enterprises,
        history=arguments.history,
        lasts=timedelta(days=NIGHTS),
        say=lambda line: print(line, file=sys.stderr, flush=True),
    )
    arguments.out.write_text(json.dumps(facts, ensure_ascii=False, indent=1))


def _arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("cities", "months", "enterprises", "history"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    return parser.parse_args(given)


if __name__ == "__main__":
    main()
