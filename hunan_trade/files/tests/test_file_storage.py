"""Tests that files are stored completely or not at all, and equal contents only once."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_django import Settings

from hunan_trade.files import actions
from hunan_trade.files.models import StoredFile

ROOT = Path(__file__).resolve().parents[3]
CONTENT = "六月月报".encode()


@pytest.fixture(autouse=True)
def files_folder(settings: Settings, tmp_path: Path) -> Path:
    settings.FILES_DIR = tmp_path / "files"
    return tmp_path / "files"


@pytest.mark.django_db
def test_a_file_is_named_by_its_hash_and_stored_once() -> None:
    stored = actions.store_file(CONTENT, content_type="text/plain")
    again = actions.store_file(CONTENT, content_type="text/plain")
    assert stored.pk == again.pk == hashlib.sha256(CONTENT).hexdigest()
    assert StoredFile.objects.get().read() == CONTENT


@pytest.mark.django_db
def test_a_truncated_file_is_written_again() -> None:
    stored = actions.store_file(CONTENT, content_type="text/plain")
    stored.location.write_bytes(CONTENT[:3])
    assert actions.store_file(CONTENT, content_type="text/plain").read() == CONTENT


@pytest.mark.django_db
def test_a_full_disk_leaves_neither_row_nor_partial_file(files_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        actions.store_file(CONTENT, content_type="text/plain")
    assert not StoredFile.objects.exists()
    assert [path for path in files_folder.rglob("*") if path.is_file()] == []


KILLED = """
import os, signal, sys
import django
from django.conf import settings
django.setup()
settings.FILES_DIR = sys.argv[1]
from hunan_trade.files import actions
from hunan_trade.files.models import StoredFile

def dying(inner, before):
    def act(*args, **kwargs):
        if not before:
            inner(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)
    return act

owner, name, before = {
    "written, not synced": (os, "fsync", True),
    "synced, not renamed": (os, "replace", True),
    "renamed, not told": (os, "replace", False),
}[sys.argv[2]]
setattr(owner, name, dying(getattr(owner, name), before))
actions.store_file(sys.stdin.buffer.read(), content_type="text/plain")
"""


@pytest.mark.parametrize("moment", ["written, not synced", "synced, not renamed", "renamed, not told"])
def test_a_writer_killed_midway_leaves_no_incomplete_file_under_the_final_name(
    cloned_database: object, files_folder: Path, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = CONTENT * 100_000
    victim = subprocess.run(
        [sys.executable, "-c", KILLED, str(files_folder), moment], input=content, cwd=ROOT, check=False
    )
    assert victim.returncode == -signal.SIGKILL
    named = [path for path in files_folder.glob("*/*") if not path.name.startswith(actions.PARTIAL_PREFIX)]
    assert all(path.read_bytes() == content for path in named)
    assert bool(named) == (moment == "renamed, not told")
    assert actions.store_file(content, content_type="text/plain").read() == content
    monkeypatch.setattr(actions, "ABANDONED_AFTER", -1)
    assert actions.remove_partial_files() == (0 if named else 1)
    assert [path.read_bytes() for path in files_folder.glob("*/*")] == [content]
