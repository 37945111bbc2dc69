"""The table of a night, and the same as JSON."""

from __future__ import annotations

import json
import os
import platform
from argparse import Namespace
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import psutil

from scripts.night.heavy import Done
from scripts.night.people import FigureLedger
from scripts.night.visitor import Log

# Seconds within which 95 of 100 requests are answered: where people come evenly, and where most come last.
SPREAD = {"save": 1.0, "read": 1.0, "hand up": 2.0, "upload": 2.0}
CROWD = dict.fromkeys(SPREAD, 4.0)
WEB = 0.025  # seconds of the web server's processor time a request


@dataclass(frozen=True)
class Measured:
    """What a night came to; `server` and `own` are seconds of processor time."""

    arguments: Namespace
    wall: float
    limit: float
    log: Log
    ledger: FigureLedger
    server: dict[str, float]
    memory: dict[str, int]
    waited: dict[str, float]
    own: float
    found: list[str]
    heavy: Done

    @cached_property
    def kinds(self) -> dict[str, dict[str, float]]:
        return {
            kind: {
                "requests": len(taken),
                "p50": quantile(taken, 0.5),
                "p95": quantile(taken, 0.95),
                "max": max(taken),
            }
            for kind, taken in self.log.seconds.items()
        }

    @cached_property
    def violations(self) -> list[str]:
        """What must not be: anything lost, doubled, broken, given up or slow."""
        broken = [f"error: {what} × {times}" for what, times in self.log.errors.items()]
        given_up = [f"given up: {what}" for what in self.ledger.given_up]
        slow = [
            f"slow: {kind} p95 {self.kinds[kind]['p95']:.2f} s, goal {goal:.0f} s"
            for kind, goal in (SPREAD if self.arguments.spread else CROWD).items()
            if kind in self.kinds and self.kinds[kind]["p95"] >= goal
        ]
        if self.web > WEB:
            slow.append(f"slow: {self.web * 1000:.0f} ms of web processor time a request, goal {WEB * 1000:.0f} ms")
        late = [f"slow: the last went after {self.wall:.0f} s of {self.limit:.0f}"] if self.wall > self.limit else []
        return [*self.found, *broken, *given_up, *slow, *late]

    @property
    def web(self) -> float:
        """Seconds of the web server's processor time a request."""
        return self.server.get("web", 0) / max(self.log.requests, 1)

    def table(self) -> str:
        cores = os.cpu_count() or 1
        share = 100 / (self.wall * cores)
        lines = [
            f"{machine()}, {self.arguments.users} users, {self.arguments.minutes:g} minutes, seed {self.arguments.seed}"
            + (", spread evenly" if self.arguments.spread else ", most in the last third")
            + (", with heavy work" if self.arguments.heavy else ""),
            f"{'':14} {'requests':>8} {'p50':>8} {'p95':>8} {'max':>8}   seconds",
        ]
        for kind, taken in self.kinds.items():
            figures = " ".join(f"{taken[name]:8.3f}" for name in ("p50", "p95", "max"))
            lines.append(f"{kind:14} {taken['requests']:8} {figures}")
        server = ", ".join(f"{part} {spent * share:.1f}" for part, spent in sorted(self.server.items()))
        lines += [
            "",
            f"wall {self.wall:.0f} s, {self.log.requests} requests, {self.log.requests / self.wall:.1f} a second, "
            f"{self.web * 1000:.0f} ms of web processor time each",
            f"share of {cores} cores in %: portal {sum(self.server.values()) * share:.1f} ({server}), "
            f"load {self.own * share:.1f}",
            "memory in MiB: " + ", ".join(f"{part} {held}" for part, held in sorted(self.memory.items())),
            "acknowledged: " + ", ".join(f"{what} {number}" for what, number in self.acknowledged.items()),
            "conflicts, answered 409: " + _listed(self.ledger.conflicts),
            "sent again: " + _listed(self.log.retries) + f"; answered from what was kept {self.log.replayed}",
            "waited in the database, seconds: " + _listed(self.waited),
        ]
        if self.arguments.heavy:
            done = self.heavy
            lines.append(f"beside it: {done.bulletins} bulletins, {done.files} files, {done.exported} rows exported")
        lines.append("")
        lines += self.violations or ["0 lost, 0 doubled, 0 answers 5xx; audit chain holds"]
        return "\n".join(lines)

    @property
    def acknowledged(self) -> dict[str, int]:
        kept = self.ledger
        return {
            "saves": len(kept.saved),
            "uploads": len(kept.uploaded),
            "workbooks taken over": len(kept.imported),
            "rows": sum(one.filled.rows for one in kept.imported),
            "handed up": len(kept.handed_up),
            "receipts": len(kept.receipts),
        }

    def as_json(self) -> str:
        facts: dict[str, Any] = {
            "machine": machine(),
            "arguments": {k: str(v) if isinstance(v, Path) else v for k, v in vars(self.arguments).items()},
            "wall": self.wall,
            "kinds": self.kinds,
            "cpu": {**self.server, "load": self.own},
            "memory": self.memory,
            "acknowledged": self.acknowledged,
            "conflicts": self.ledger.conflicts,
            "retries": self.log.retries,
            "errors": self.log.errors,
            "waited": self.waited,
            "violations": self.violations,
        }
        return json.dumps(facts, ensure_ascii=False, indent=1)


def quantile(taken: list[float], share: float) -> float:
    return sorted(taken)[min(len(taken) - 1, int(share * len(taken)))]


def machine() -> str:
    """What the figures were measured on."""
    try:
        names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    except OSError:
        names = []
    name = names[0].partition(":")[2].strip() if names else platform.machine()
    memory = psutil.virtual_memory().total >> 30
    return f"{os.cpu_count()} × {name}, {memory} GiB, Python {platform.python_version()}"


def _listed(counted: Any) -> str:
    return ", ".join(f"{what} {times}" for what, times in counted.items()) or "none"
