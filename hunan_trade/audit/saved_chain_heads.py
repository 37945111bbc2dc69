"""Saves hashes of the audit log's hash chain in files, so that a rewritten audit log can be detected.

`DATA_DIR/audit/heads.jsonl`, one line a head: {"at": UTC, "number": 123, "hash": "…"}. Lines are only ever added, one
with each verification. `newest.json` beside it is one such line, of a few seconds ago: no end of the log is cut off
unseen.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from hunan_trade import clock
from hunan_trade.audit.hash_chain import ChainHead


class UnreadableHeads(ValueError):
    """Raised when `heads.jsonl` or `newest.json` holds an unreadable chain head; the message says where."""


def heads_path() -> Path:
    folder: Path = settings.DATA_DIR / "audit"
    return folder / "heads.jsonl"


def newest_path() -> Path:
    return heads_path().with_name("newest.json")


def append_head(head: ChainHead) -> None:
    """Append the number and hash of the audit hash chain's last link to `heads.jsonl`, and flush to disk."""
    _append_or_overwrite_line(heads_path(), os.O_APPEND, head)


def replace_newest(head: ChainHead) -> None:
    """Overwrite `newest.json` with the number and hash of a newer link of the audit hash chain.

    The caller checks first that the chain still holds the old one: see `chain_verification`.
    """
    partial_file = newest_path().with_name(f"newest.{os.getpid()}.part")
    _append_or_overwrite_line(partial_file, os.O_TRUNC, head)
    partial_file.replace(newest_path())


def read_newest() -> ChainHead | None:
    """Return the number and hash of the link stored in `newest.json`, or None if there is no such file.

    Raises UnreadableHeads.
    """
    try:
        text = newest_path().read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None
    return _parse(text, f"库外留存文件 {newest_path().name} ")


def read_hashes() -> dict[int, str]:
    """Return the link hashes saved in `heads.jsonl` and `newest.json`, as a dict from link number to hash.

    The first line of a number counts, as a later one may be forged.
    """
    found: dict[int, str] = {}
    for head in _read_heads():
        found.setdefault(head.number, head.hash)
    return found


def _read_heads() -> Iterator[ChainHead]:
    if heads_path().exists():
        with heads_path().open(encoding="utf-8", errors="replace") as lines:
            for count, line in enumerate(lines, start=1):
                yield _parse(line, f"库外留存文件 {heads_path().name} 第 {count} 行")
    if (last := read_newest()) is not None:
        yield last


def _parse(line: str, place: str) -> ChainHead:
    try:
        known = json.loads(line)
        return ChainHead(int(known["number"]), str(known["hash"]))
    except (ValueError, KeyError, TypeError) as wrong:
        raise UnreadableHeads(f"{place}读不懂") from wrong


def _append_or_overwrite_line(target: Path, mode: int, head: ChainHead) -> None:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    line = {"at": clock.real_now().isoformat(timespec="seconds"), "number": head.number, "hash": head.hash}
    file = os.open(target, os.O_WRONLY | os.O_CREAT | mode, 0o600)
    try:
        os.write(file, (json.dumps(line) + "\n").encode())
        os.fsync(file)
    finally:
        os.close(file)
