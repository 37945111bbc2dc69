"""Heads of the chain kept outside of the database: who rewrites or cuts the tables would have to find this file too.

`DATA_DIR/audit/heads.jsonl`, one line a head: {"at": UTC, "number": 123, "hash": "…"}. Lines are only ever added, one with
each verification. `newest.json` beside it is one such line, of a few seconds ago: no end of the log is cut off unseen.
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


def newest_path() -> Path:
    return path().with_name("newest.json")


def keep(head: Head) -> None:
    """Add a line, and return when it is on the disk."""
    _write(path(), os.O_APPEND, head)


def keep_newest(head: Head) -> None:
    """In place of the one kept before. Whether that one still holds is asked before: see `verification`."""
    fresh = newest_path().with_name(f"newest.{os.getpid()}.part")
    _write(fresh, os.O_TRUNC, head)
    fresh.replace(newest_path())


def newest() -> Head | None:
    """The one kept last; None where none ever was. Unreadable."""
    try:
        text = newest_path().read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None
    return _parsed(text, f"库外留存文件 {newest_path().name} ")


def kept() -> dict[int, str]:
    """Hash by number; of several lines for one number the first counts, as later ones may come from a rewriter."""
    found: dict[int, str] = {}
    for head in _heads():
        found.setdefault(head.number, head.hash)
    return found


def _heads() -> Iterator[Head]:
    if path().exists():
        with path().open(encoding="utf-8", errors="replace") as lines:
            for count, line in enumerate(lines, start=1):
                yield _parsed(line, f"库外留存文件 {path().name} 第 {count} 行")
    if (last := newest()) is not None:
        yield last


def _parsed(line: str, place: str) -> Head:
    try:
        known = json.loads(line)
        return Head(int(known["number"]), str(known["hash"]))
    except (ValueError, KeyError, TypeError) as wrong:
        raise Unreadable(f"{place}读不懂") from wrong


def _write(target: Path, mode: int, head: Head) -> None:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    line = {"at": clock.real_now().isoformat(timespec="seconds"), "number": head.number, "hash": head.hash}
    file = os.open(target, os.O_WRONLY | os.O_CREAT | mode, 0o600)
    try:
        os.write(file, (json.dumps(line) + "\n").encode())
        os.fsync(file)
    finally:
        os.close(file)
