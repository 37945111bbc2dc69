"""The table on the screen and the same as JSON."""

from __future__ import annotations

import json
import os
import platform
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.db import connection

from scripts.bench.measuring import Result, Timed

HEAD = ("line", "floor", "ours", "ours ÷ floor", "goal", "", "peers (÷ ours)")


def machine() -> dict[str, Any]:
    """What it ran on: ratios are comparable between machines only so far."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        server = cursor.fetchone()[0]
    return {
        "cores": len(os.sched_getaffinity(0)),
        "cpu": model or platform.processor() or platform.machine(),
        "python": platform.python_version(),
        "postgresql": server,
        "load": round(os.getloadavg()[0], 1),
    }


def table(results: Sequence[Result]) -> str:
    rows = [HEAD, *(_row(result) for result in results)]
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    aligned = [
        "  ".join(
            cell + " " * (width - _width(cell)) if at in (0, 6) else " " * (width - _width(cell)) + cell
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return "\n".join(aligned)


def _row(result: Result) -> tuple[str, ...]:
    goal = result.line.goal
    return (
        result.line.title,
        _spell(result.floor.seconds),
        _spell(result.ours.seconds),
        f"{result.ratio:.2f}",
        "" if goal is None else f"≤ {goal:.3g}",
        {None: "", True: "met", False: "MISSED"}[result.met],
        ", ".join(f"{peer.name} {peer.seconds / result.ours.seconds:.1f}" for peer in result.peers),
    )


def _spell(seconds: float) -> str:
    if seconds >= 1:
        return f"{seconds:.2f} s"
    return f"{seconds * 1e3:.1f} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.0f} µs"


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def as_json(results: Sequence[Result], on: dict[str, Any]) -> str:
    lines = {
        result.line.name: {
            "title": result.line.title,
            "floor": _fact(result.floor),
            "ours": _fact(result.ours),
            "ratio": round(result.ratio, 3),
            "goal": result.line.goal,
            "met": result.met,
            "peers": [_fact(peer) for peer in result.peers],
        }
        for result in results
    }
    return json.dumps({"machine": on, "lines": lines}, ensure_ascii=False, indent=1) + "\n"


def _fact(timed: Timed) -> dict[str, Any]:
    return {"name": timed.name, "seconds": round(timed.seconds, 7), "turns": timed.turns}
