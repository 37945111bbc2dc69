"""Command that exports a part of the audit log to a file, or verifies an exported file."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from hunan_trade import clock
from hunan_trade.audit import chain_queries, log_export
from hunan_trade.audit.actions import System, record


class Command(BaseCommand):
    help = "导出一段审计记录并逐条核验：JSON 行文件和清单。--check 核验已导出的一段，不用数据库。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--first", type=int, default=1, metavar="序号", help="自链内第几条起")
        parser.add_argument("--last", type=int, metavar="序号", help="到第几条止，不写为现有末条")
        parser.add_argument("--before", type=date.fromisoformat, metavar="2013-01-01", help="只到这一天之前的记录")
        parser.add_argument("--to", type=Path, default=Path("."), metavar="文件夹", help="写到这里，不写为当前文件夹")
        parser.add_argument("--check", type=Path, metavar="清单", help="核验这份清单和它所列的文件")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            message = self._verify_segment(options["check"]) if options["check"] else self._export_segment(options)
        except log_export.BrokenSegment as broken:
            raise CommandError(f"审计记录{broken}，没有导出。") from broken
        except OSError as failed:
            raise CommandError(f"读写不了 {failed.filename}。") from failed
        self.stdout.write(message)

    def _export_segment(self, options: dict[str, Any]) -> str:
        last = chain_queries.newest_head().number if options["last"] is None else options["last"]
        if options["before"]:
            last = min(last, chain_queries.last_number_before(clock.at(options["before"])))
        manifest = log_export.export_segment_and_manifest(options["to"], options["first"], last)
        record("audit.exported", by=System("命令行"), after={"first": options["first"], "last": last})
        return f"已导出第 {options['first']} 至第 {last} 条，清单 {manifest}。"

    def _verify_segment(self, manifest: Path) -> str:
        try:
            fault = log_export.verify_segment(manifest)
        except (ValueError, TypeError) as wrong:
            raise CommandError(f"清单 {manifest.name} 读不懂。") from wrong
        if fault is not None:
            raise CommandError(f"{manifest.name}：{fault}。")
        return f"{manifest.name} 所列记录完整。"
