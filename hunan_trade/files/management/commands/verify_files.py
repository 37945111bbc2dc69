"""manage.py verify_files: checks all stored files and lists the files to restore from the backup."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from hunan_trade.audit.actions import System
from hunan_trade.files import file_verification
from hunan_trade.files.models import StoredFile
from hunan_trade.workflow import MoveRefused


class Command(BaseCommand):
    help = "核对全部存储文件：内容与文件名（SHA-256）是否一致。列出要从备份取回的文件；有问题时退出码为 1。"

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            result = file_verification.verify_files(by=System("命令行"))
        except MoveRefused as refused:
            raise CommandError(f"{refused}。") from refused
        for stored in StoredFile.objects.unreadable().order_by("fault", "pk"):
            place = stored.location.relative_to(Path(settings.FILES_DIR))
            self.stdout.write(f"{stored.get_fault_display()}  {place}")
        if result.damaged or result.missing:
            raise CommandError(
                f"{result.compared} 份中 {result.damaged} 份已损坏，{result.missing} 份不见了。"
                f"从备份把上列文件取回 {settings.FILES_DIR}，再执行一次。"
            )
        self.stdout.write(f"{result.compared} 份文件都与存入时一致。")
