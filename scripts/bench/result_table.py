"""Formats benchmark results as a table and as JSON."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from django.db import connection

from scripts.bench.timing import Comparison

_LAYOUT = "{:52}  {:>9}  {:>9}  {:>7}  {:>7}  {:6}  {}"
HEADER = _LAYOUT.format("line", "ours", "peer", "ratio", "goal", "", "peer")


def describe_machine() -> str:
    """Return a text that names the machine's processor, its load and the software versions."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        server = cursor.fetchone()[0]
    return (
        f"{len(os.sched_getaffinity(0))} × {model or platform.machine()}, load {os.getloadavg()[0]:.1f}, "
        f"Python {platform.python_version()}, PostgreSQL {server}"
    )


def format_row(row: Comparison) -> str:
    goal = "" if row.goal is None else f"≤ {row.goal:.3g}"
    met = {None: "", True: "met", False: "MISSED"}[row.meets_goal]
    return _LAYOUT.format(
        row.title, _format_seconds(row.ours), _format_seconds(row.beside), f"{row.ratio:.3f}", goal, met, row.peer
    ).rstrip()


def as_json(rows: Sequence[Comparison], on: str) -> str:
    records = [asdict(row) | {"ratio": round(row.ratio, 4), "met": row.meets_goal} for row in rows]
    return json.dumps({"machine": on, "rows": records}, ensure_ascii=False, indent=1) + "\n"


def _format_seconds(seconds: float) -> str:
    if seconds >= 1:
        return f"{seconds:.2f} s"
    return f"{seconds * 1e3:.1f} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.0f} µs"
