"""Upload handler for large files, and support for file names in the Chinese encoding GBK.

For settings.FILE_UPLOAD_HANDLERS.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import multipartparser

_parse_boundary_stream = multipartparser.parse_boundary_stream  # type: ignore[attr-defined]


def parse_boundary_stream(stream: Any, max_header_size: int) -> Any:
    """Parse the headers of one part of a multipart form as Django does, but also with a file name in GBK.

    Older programs send such names. The framework overlooks a line that is no UTF-8, and the file with it. What is no
    GBK either stays visibly garbled.
    """
    head, end, content = stream.read(max_header_size).partition(b"\r\n\r\n")
    if end:
        head = _to_utf8(head)
    stream.unget(head + end + content)
    return _parse_boundary_stream(stream, max_header_size)


def _to_utf8(head: bytes) -> bytes:
    for encoding in ("utf-8", "gb18030"):
        try:
            return head.decode(encoding).encode()
        except UnicodeDecodeError:
            continue
    return head.decode(errors="replace").encode()


multipartparser.parse_boundary_stream = parse_boundary_stream  # type: ignore[attr-defined]


class DiskUploadHandler(TemporaryFileUploadHandler):
    """Upload handler that writes uploaded files to disk, and deletes the partial file if writing fails."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        try:
            return super().receive_data_chunk(raw_data, start)
        except OSError:
            self._close_and_delete()
            raise

    def file_complete(self, file_size: int) -> Any:
        try:
            return super().file_complete(file_size)
        except OSError:
            self._close_and_delete()
            raise

    def _close_and_delete(self) -> None:
        with suppress(OSError):  # closing writes what is still in the buffer, again in vain; then the file is deleted
            self.file.close()
