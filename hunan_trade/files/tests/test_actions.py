from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest

from hunan_trade.files import actions
from hunan_trade.files.models import StoredFile

pytestmark = pytest.mark.django_db
CONTENT = "六月月报".encode()


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.FILES_DIR = tmp_path / "files"
    return tmp_path / "files"


def test_a_file_is_named_by_what_it_holds_and_kept_once() -> None:
    stored = actions.keep(CONTENT, content_type="text/plain")
    again = actions.keep(CONTENT, content_type="text/plain")
    assert stored.pk == again.pk == hashlib.sha256(CONTENT).hexdigest()
    assert StoredFile.objects.get().read() == CONTENT


def test_a_torn_file_is_written_anew() -> None:
    stored = actions.keep(CONTENT, content_type="text/plain")
    stored.path.write_bytes(CONTENT[:3])
    assert actions.keep(CONTENT, content_type="text/plain").read() == CONTENT


def test_a_full_disk_leaves_neither_row_nor_rest(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        actions.keep(CONTENT, content_type="text/plain")
    assert not StoredFile.objects.exists()
    assert [path for path in folder.rglob("*") if path.is_file()] == []
