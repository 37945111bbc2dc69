"""Receiving large files beside the memory. Named in settings.FILE_UPLOAD_HANDLERS."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.core.files.uploadhandler import TemporaryFileUploadHandler


class DiskUploadHandler(TemporaryFileUploadHandler):
    """The framework's own leaves a part of the file behind when the disk is full: the very thing a full disk lacks."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        try:
            return super().receive_data_chunk(raw_data, start)
        except OSError:
            self._let_go()
            raise

    def file_complete(self, file_size: int) -> Any:
        try:
            return super().file_complete(file_size)
        except OSError:
            self._let_go()
            raise

    def _let_go(self) -> None:
        with suppress(OSError):  # closing writes what is still in the buffer, again in vain; then the file is deleted
            self.file.close()
