"""Formats the results of a load test as a table and as JSON."""

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

from scripts.load_test.background_load import BackgroundWork
from scripts.load_test.http_client import RequestLog
from scripts.load_test.simulated_users import AcknowledgementLedger

# Seconds within which 95 of 100 requests are answered: where people come evenly, and where most come last.
GOALS_SPREAD = {"save": 1.0, "read": 1.0, "hand up": 2.0, "upload": 2.0}
GOALS_CROWDED = dict.fromkeys(GOALS_SPREAD, 4.0)
GOAL_WEB_SECONDS = 0.025  # seconds of the web server's processor time a request


@dataclass(frozen=True)
class Measurements:
    """Measurements of one load test: response times, processor time, memory, errors and acknowledged writes.

    `server_cpu` and `own_cpu` are seconds of processor time.
    """

    arguments: Namespace
    wall_seconds: float
    limit_seconds: float
    log: RequestLog
    ledger: AcknowledgementLedger
    server_cpu: dict[str, float]
    memory_mib: dict[str, int]
    waiting_seconds: dict[str, float]
    own_cpu: float
    data_violations: list[str]
    background: BackgroundWork

    @cached_property
    def times_by_kind(self) -> dict[str, dict[str, float]]:
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
        """Return one text for each error, lost write, user who gave up and missed speed goal of the load test."""
        broken = [f"error: {what} × {times}" for what, times in self.log.errors.items()]
        given_up = [f"given up: {what}" for what in self.ledger.given_up]
        slow = [
            f"slow: {kind} p95 {self.times_by_kind[kind]['p95']:.2f} s, goal {goal:.0f} s"
            for kind, goal in (GOALS_SPREAD if self.arguments.spread else GOALS_CROWDED).items()
            if kind in self.times_by_kind and self.times_by_kind[kind]["p95"] >= goal
        ]
        if self.web_cpu_seconds_per_request > GOAL_WEB_SECONDS:
            slow.append(
                f"slow: {self.web_cpu_seconds_per_request * 1000:.0f} ms of web processor time a request, "
                f"goal {GOAL_WEB_SECONDS * 1000:.0f} ms"
            )
        late = (
            [f"slow: the last went after {self.wall_seconds:.0f} s of {self.limit_seconds:.0f}"]
            if self.wall_seconds > self.limit_seconds
            else []
        )
        return [*self.data_violations, *broken, *given_up, *slow, *late]

    @property
    def web_cpu_seconds_per_request(self) -> float:
        """Return the processor seconds that the web server used per request of the load test."""
        return self.server_cpu.get("web", 0) / max(self.log.requests, 1)

    def format_table(self) -> str:
        cores = os.cpu_count() or 1
        share = 100 / (self.wall_seconds * cores)
        lines = [
            f"{describe_machine()}, {self.arguments.users} users, {self.arguments.minutes:g} minutes, "
            f"seed {self.arguments.seed}"
            + (", spread evenly" if self.arguments.spread else ", most in the last third")
            + (", with heavy work" if self.arguments.heavy else ""),
            f"{'':14} {'requests':>8} {'p50':>8} {'p95':>8} {'max':>8}   seconds",
        ]
        for kind, taken in self.times_by_kind.items():
            figures = " ".join(f"{taken[name]:8.3f}" for name in ("p50", "p95", "max"))
            lines.append(f"{kind:14} {taken['requests']:8} {figures}")
        server_cpu = ", ".join(f"{part} {spent * share:.1f}" for part, spent in sorted(self.server_cpu.items()))
        lines += [
            "",
            f"wall {self.wall_seconds:.0f} s, {self.log.requests} requests, "
            f"{self.log.requests / self.wall_seconds:.1f} a second, "
            f"{self.web_cpu_seconds_per_request * 1000:.0f} ms of web processor time each",
            f"share of {cores} cores in %: portal {sum(self.server_cpu.values()) * share:.1f} ({server_cpu}), "
            f"load {self.own_cpu * share:.1f}",
            "memory in MiB: " + ", ".join(f"{part} {held}" for part, held in sorted(self.memory_mib.items())),
            "acknowledged: " + ", ".join(f"{what} {number}" for what, number in self.acknowledged.items()),
            "conflicts, answered 409: " + _format_counts(self.ledger.conflicts),
            "sent again: " + _format_counts(self.log.retries) + f"; answered from what was kept {self.log.replayed}",
            "waited in the database, seconds: " + _format_counts(self.waiting_seconds),
        ]
        if self.arguments.heavy:
            work = self.background
            lines.append(f"beside it: {work.bulletins} bulletins, {work.files} files, {work.exported} rows exported")
        lines.append("")
        lines += self.violations or ["0 lost, 0 doubled, 0 answers 5xx; audit chain holds"]
        return "\n".join(lines)

    @property
    def acknowledged(self) -> dict[str, int]:
        ledger = self.ledger
        return {
            "saves": len(ledger.saved),
            "uploads": len(ledger.uploaded),
            "workbooks taken over": len(ledger.imported),
            "rows": sum(one.filled.rows for one in ledger.imported),
            "handed up": len(ledger.handed_up),
            "receipts": len(ledger.receipts),
        }

    def as_json(self) -> str:
        facts: dict[str, Any] = {
            "machine": describe_machine(),
            "arguments": {k: str(v) if isinstance(v, Path) else v for k, v in vars(self.arguments).items()},
            "wall": self.wall_seconds,
            "kinds": self.times_by_kind,
            "cpu": {**self.server_cpu, "load": self.own_cpu},
            "memory": self.memory_mib,
            "acknowledged": self.acknowledged,
            "conflicts": self.ledger.conflicts,
            "retries": self.log.retries,
            "errors": self.log.errors,
            "waited": self.waiting_seconds,
            "violations": self.violations,
        }
        return json.dumps(facts, ensure_ascii=False, indent=1)


def quantile(taken: list[float], share: float) -> float:
    return sorted(taken)[min(len(taken) - 1, int(share * len(taken)))]


def describe_machine() -> str:
    """Return a text with the processor, memory and Python version of this machine."""
    try:
        names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    except OSError:
        names = []
    name = names[0].partition(":")[2].strip() if names else platform.machine()
    memory_mib = psutil.virtual_memory().total >> 30
    return f"{os.cpu_count()} × {name}, {memory_mib} GiB, Python {platform.python_version()}"


def _format_counts(counted: Any) -> str:
    return ", ".join(f"{what} {times}" for what, times in counted.items()) or "none"
