"""Exports parts of the audit log to files that can be archived and verified without the database.

A segment is `<from>-<to>.jsonl`, one line a link: {"number", "form", "prev_hash", "hash", "texts": {field: text}}, with
`<from>-<to>.manifest.json` beside it: how many lines, the hash before and after the stretch, SHA-256 of the file.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import takewhile
from pathlib import Path

from hunan_trade import clock
from hunan_trade.audit import chain_queries
from hunan_trade.audit.hash_chain import FIELDS, ChainFault, ChainHead, SealedEvent, find_first_fault


@dataclass(frozen=True)
class Manifest:
    """Contents of the manifest file that describes an exported part of the audit log.

    `exported_at` is UTC.
    """

    file: str
    first: int
    last: int
    count: int
    prev_hash: str
    last_hash: str
    sha256: str
    exported_at: str


class BrokenSegment(Exception):
    """Raised when events of the audit log cannot be exported, because some are missing or were altered.

    The message is a Chinese sentence. Nothing is left on disk.
    """


def export_segment_and_manifest(folder: Path, first: int, last: int) -> Path:
    """Verify links `first` to `last` of the audit log, export them into `folder`, and return the manifest's path.

    Raises BrokenSegment, OSError.
    """
    before = chain_queries.head_at_number(first - 1)
    if before is None or last < first:
        raise BrokenSegment(f"记录链内没有第 {first} 至第 {last} 条")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = folder / f"{first}-{last}.jsonl"
    partial_file = target.with_suffix(".part")
    digest, last_valid = hashlib.sha256(), [before]
    try:
        with partial_file.open("wb") as file:
            os.chmod(partial_file, 0o600)
            for line in _json_lines(_yield_verified_links(_links_between(first, last), before, last_valid)):
                file.write(line)
                digest.update(line)
            file.flush()
            os.fsync(file.fileno())
        if last_valid[0].number != last:
            raise BrokenSegment(f"记录链只到第 {last_valid[0].number} 条")
        partial_file.replace(target)
    finally:
        partial_file.unlink(missing_ok=True)
    manifest = Manifest(
        file=target.name,
        first=first,
        last=last,
        count=last - first + 1,
        prev_hash=before.hash,
        last_hash=last_valid[0].hash,
        sha256=digest.hexdigest(),
        exported_at=clock.real_now().isoformat(timespec="seconds"),
    )
    path = target.with_suffix(".manifest.json")
    path.write_text(json.dumps(asdict(manifest), indent=1) + "\n", encoding="utf-8")
    return path


def verify_segment(manifest: Path) -> ChainFault | None:
    """Verify an exported part of the audit log without the database; return the first fault, or None if valid."""
    listed = Manifest(**json.loads(manifest.read_text(encoding="utf-8")))
    path, digest = manifest.with_name(listed.file), hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    last_valid = [ChainHead(listed.first - 1, listed.prev_hash)]
    try:
        with path.open(encoding="utf-8") as lines:
            for _ in _yield_verified_links(map(_parse, lines), last_valid[0], last_valid):
                pass
    except BrokenSegment as broken:
        return ChainFault(0, str(broken))
    except (ValueError, KeyError, TypeError):
        return ChainFault(last_valid[0].number + 1, "读不懂")
    if (last_valid[0], last_valid[0].number - listed.first + 1) != (
        ChainHead(listed.last, listed.last_hash),
        listed.count,
    ):
        return ChainFault(last_valid[0].number + 1, f"起缺失，清单写到第 {listed.last} 条")
    return None if digest.hexdigest() == listed.sha256 else ChainFault(0, "文件与清单的摘要不一致")


def _links_between(first: int, last: int) -> Iterator[SealedEvent]:
    return takewhile(lambda link: link.number <= last, chain_queries.read_links(after=first - 1))


def _yield_verified_links(
    links: Iterable[SealedEvent], before: ChainHead, last_valid: list[ChainHead]
) -> Iterator[SealedEvent]:
    """Verify and yield each link of the hash chain, keeping the last valid link in `last_valid[0]`.

    Raises BrokenSegment.
    """
    for link in links:
        fault = find_first_fault([link], {}, start=last_valid[0])
        if fault is not None:
            raise BrokenSegment(str(fault))
        last_valid[0] = ChainHead(link.number, link.hash)
        yield link


def _json_lines(links: Iterable[SealedEvent]) -> Iterator[bytes]:
    for link in links:
        line = {"number": link.number, "form": link.form, "prev_hash": link.prev_hash, "hash": link.hash}
        texts = dict(zip(FIELDS, link.texts or (), strict=True))
        yield (json.dumps({**line, "texts": texts}, ensure_ascii=False) + "\n").encode()


def _parse(line: str) -> SealedEvent:
    known = json.loads(line)
    texts = tuple(known["texts"][name] for name in FIELDS)
    return SealedEvent(known["number"], known["form"], known["prev_hash"], known["hash"], int(texts[0]), texts)
