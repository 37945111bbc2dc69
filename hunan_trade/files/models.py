"""Table of stored files, whose bytes lie in FILES_DIR under the SHA-256 hash of their content."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class UnreadableFile(Exception):
    """Raised on an attempt to read a stored file that is damaged or missing.

    The message is a sentence.
    """

    def __init__(self, sha256: str, fault: StoredFile.Fault) -> None:
        super().__init__(_MESSAGES[fault])
        self.sha256 = sha256
        self.fault = fault


class StoredFileQuerySet(models.QuerySet["StoredFile"]):
    def unreadable(self) -> StoredFileQuerySet:
        return self.exclude(fault="")


class StoredFile(models.Model):
    class Fault(models.TextChoices):
        DAMAGED = "damaged", "已损坏"
        MISSING = "missing", "不见了"

    sha256 = models.CharField("SHA-256", max_length=64, primary_key=True)
    size = models.PositiveBigIntegerField("字节数")
    content_type = models.CharField("类型", max_length=100)
    stored_at = models.DateTimeField("存入时间", db_default=Now())
    fault = models.CharField("查出的问题", max_length=7, choices=Fault, blank=True)  # as of the last look
    looked_at = models.DateTimeField("核对时间", null=True)  # real time of the night's look that compared it last

    objects = StoredFileQuerySet.as_manager()

    class Meta:
        verbose_name = "文件"
        indexes = [models.Index(fields=["fault"], condition=~models.Q(fault=""), name="file_unreadable")]
        constraints = [
            models.CheckConstraint(condition=models.Q(sha256__regex=r"^[0-9a-f]{64}$"), name="file_named_by_hash"),
            models.CheckConstraint(condition=models.Q(fault__in=["", "damaged", "missing"]), name="file_fault_known"),
        ]

    def __str__(self) -> str:
        return self.sha256[:12]

    @property
    def location(self) -> Path:
        """The path on disk of a stored file's content, formed from the file's SHA-256.

        For this package only: others call `read`, which verifies them.
        """
        return Path(settings.FILES_DIR) / self.sha256[:2] / self.sha256

    def read(self) -> bytes:
        """Return the stored file's bytes, or raise UnreadableFile if they do not match the file's SHA-256.

        Raises UnreadableFile.
        """
        try:
            data = self.location.read_bytes()
        except OSError as error:
            raise UnreadableFile(self.sha256, _fault_of_error(error)) from error
        if hashlib.sha256(data).hexdigest() != self.sha256:
            raise UnreadableFile(self.sha256, self.Fault.DAMAGED)
        return data

    def open(self) -> BinaryIO:
        """Open the stored file for reading, after checking that its content matches its SHA-256.

        It serves files too large for memory. Raises UnreadableFile.
        """
        if fault := self.find_fault():
            raise UnreadableFile(self.sha256, self.Fault(fault))
        try:
            return self.location.open("rb")
        except OSError as error:
            raise UnreadableFile(self.sha256, _fault_of_error(error)) from error

    def find_fault(self) -> str:
        """Compare the stored file's content with its SHA-256; return "damaged", "missing" or ""."""
        try:
            with self.location.open("rb") as stored:
                whole = hashlib.file_digest(stored, "sha256").hexdigest() == self.sha256
        except OSError as error:
            return _fault_of_error(error)
        return "" if whole else self.Fault.DAMAGED


def _fault_of_error(error: OSError) -> StoredFile.Fault:
    gone = isinstance(error, FileNotFoundError | NotADirectoryError)
    return StoredFile.Fault.MISSING if gone else StoredFile.Fault.DAMAGED


_MESSAGES = {
    StoredFile.Fault.DAMAGED: "存放的文件已损坏，与存入时不一致，不能取用",
    StoredFile.Fault.MISSING: "存放的文件不见了，不能取用",
}
