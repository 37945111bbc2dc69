"""Keeping bytes: written beside, synced, renamed; the same content is stored once."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from hunan_trade.files.models import StoredFile


def keep(data: bytes, *, content_type: str) -> StoredFile:
    """Store `data` under its SHA-256. A full disk raises OSError and leaves no partial file behind."""
    digest = hashlib.sha256(data).hexdigest()
    stored = StoredFile(sha256=digest, size=len(data), content_type=content_type)
    if not stored.path.exists() or stored.path.stat().st_size != len(data):
        _write(stored.path, data)
    StoredFile.objects.bulk_create([stored], ignore_conflicts=True)
    return stored


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".new-", delete=False) as fresh:
        try:
            fresh.write(data)
            fresh.flush()
            os.fsync(fresh.fileno())
            os.chmod(fresh.name, 0o640)
            os.replace(fresh.name, path)
        except BaseException:
            Path(fresh.name).unlink(missing_ok=True)
            raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
