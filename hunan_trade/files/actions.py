"""Functions that write, check and delete stored files.

Files with the same content are stored once.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from io import BytesIO
from pathlib import Path
from typing import IO

from django.conf import settings
from django.db import transaction
from django.db.models import ProtectedError

from hunan_trade.audit.actions import Actor, System, record
from hunan_trade.audit.models import Event
from hunan_trade.files.models import StoredFile

SYSTEM = System("文件核对")
_EVENTS = {
    StoredFile.Fault.DAMAGED: "file.damaged",
    StoredFile.Fault.MISSING: "file.missing",
    "": "file.restored",
}
PARTIAL_PREFIX = ".new-"
ABANDONED_AFTER = 3600  # seconds; no file takes as long to write


def store_file(data: bytes, *, content_type: str) -> StoredFile:
    """Store bytes as a file named by their SHA-256 hash, and return the file's StoredFile row.

    A full disk raises OSError and leaves no partial file behind.
    """
    return store_stream(BytesIO(data), content_type=content_type)


@transaction.atomic
def store_stream(source: IO[bytes], *, content_type: str) -> StoredFile:
    """Store a stream's content as a file named by its SHA-256 hash, reading the stream in pieces.

    `store_file` does the same with bytes; the stream is rewound. The row comes first and stays locked, also where it
    stood before: of whoever stores and whoever discards the same content, the second looks at the disk when the first
    is through.
    """
    size = source.seek(0, os.SEEK_END)
    source.seek(0)
    digest = hashlib.file_digest(source, "sha256").hexdigest()  # type: ignore[arg-type]  # it asks for readinto only
    stored = StoredFile(sha256=digest, size=size, content_type=content_type)
    StoredFile.objects.bulk_create([stored], update_conflicts=True, unique_fields=["sha256"], update_fields=["size"])
    if stored.find_fault():
        _write(stored.location, source)
        check_file(digest, by=SYSTEM)  # it may have been found damaged before
    return stored


@transaction.atomic
def check_file(sha256: str, *, by: Actor) -> str:
    """Compare a stored file with its hash, save the result, and return "damaged", "missing" or "".

    A changed result is written to the audit log.
    """
    stored = StoredFile.objects.select_for_update().filter(pk=sha256).first()
    if stored is None:
        return ""
    found = stored.find_fault()
    if found != stored.fault:
        stored.fault = found
        stored.save(update_fields=["fault"])
        result = Event.Result.FAILED if found else Event.Result.OK
        # Not as its subject: a hash is longer than the numbers of other things.
        record(_EVENTS[found], by=by, after={"sha256": sha256}, result=result)
    return found


def _write(path: Path, source: IO[bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=PARTIAL_PREFIX, delete=False) as partial_file:
        try:
            source.seek(0)
            shutil.copyfileobj(source, partial_file)
            partial_file.flush()
            os.fsync(partial_file.fileno())
            os.chmod(partial_file.name, 0o640)
            os.replace(partial_file.name, path)
        except BaseException:
            Path(partial_file.name).unlink(missing_ok=True)
            raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def remove_partial_files() -> int:
    """Delete incomplete files that killed processes left behind; return the number of deleted files."""
    removed = 0
    for path in Path(settings.FILES_DIR).glob(f"*/{PARTIAL_PREFIX}*"):
        try:
            if time.time() - path.stat().st_mtime > ABANDONED_AFTER:
                path.unlink()
                removed += 1
        except FileNotFoundError:  # finished, or removed by another, meanwhile
            continue
    return removed


def delete_if_unreferenced(sha256: str) -> bool:
    """Delete a stored file if no database row refers to it; return whether the file was deleted.

    In the caller's transaction, under a lock that keeps everybody who may store the same bytes anew waiting.
    """
    stored = StoredFile.objects.select_for_update().filter(pk=sha256).first()
    if stored is None:
        return False
    path = stored.location
    try:
        stored.delete()
    except ProtectedError:
        return False
    path.unlink(missing_ok=True)
    return True
