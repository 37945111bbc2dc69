"""Compares lines that a test computed with the lines of a file committed in this folder."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

FOLDER = Path(__file__).parent


def difference_from_committed(name: str, found: Sequence[str], test: str) -> str:
    """Return how a committed file differs from the lines in `found`, or "" if they are equal."""
    file = FOLDER / name
    if os.environ.get("REWRITE") == "1":
        file.write_text("".join(f"{line}\n" for line in found))
    committed = file.read_text().splitlines()
    if committed == list(found):
        return ""
    lines = [f"- {line}" for line in committed if line not in set(found)]
    lines += [f"+ {line}" for line in found if line not in set(committed)]
    command = f"REWRITE=1 .venv/bin/python -m pytest -q {test}"
    return "\n".join([f"{name} differs from what was found (- file, + found):", *lines, f"If that is meant: {command}"])
