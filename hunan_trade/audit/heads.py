"""Heads of the chain kept outside of the database: who rewrites or cuts the tables would have to find this file too.

`DATA_DIR/audit/heads.jsonl`, one line a head: {"at": UTC, "number": 123, "hash": "…"}. Lines are only ever added.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from hunan_trade import clock
from hunan_trade.audit.chain import Head


class Unreadable(ValueError):
    """A line that this module did not write; the sentence names it."""


def path() -> Path:
    folder: Path = settings.DATA_DIR / "audit"
    return folder / "heads.jsonl"


def keep(head: Head) -> None:
    """Add a line, and return when it is on the disk."""
    path().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    line = {"at": clock.real_now().isoformat(timespec="seconds"), "number": head.number, "hash": head.hash}
    file = os.open(path(), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(file, (json.dumps(line) + "\n").encode())
        os.fsync(file)
    finally:
        os.close(file)


def kept() -> dict[int, str]:
    """Hash by number; of several lines for one number the first counts, as later ones may come from a rewriter."""
    found: dict[int, str] = {}
    for number, digest in _lines():
        found.setdefault(number, digest)
    return found


def _lines() -> Iterator[tuple[int, str]]:
    if not path().exists():
        return
    with path().open(encoding="utf-8", errors="replace") as lines:
        for count, line in enumerate(lines, start=1):
            try:
                known = json.loads(line)
                yield int(known["number"]), str(known["hash"])
            except (ValueError, KeyError, TypeError) as wrong:
                raise Unreadable(f"库外留存文件 {path().name} 第 {count} 行读不懂") from wrong
