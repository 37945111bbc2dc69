"""Command that verifies the hash chain of the audit log."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from hunan_trade.audit import chain_queries, chain_verification, saved_chain_heads
from hunan_trade.audit.actions import System
from hunan_trade.audit.models import Link


class Command(BaseCommand):
    help = "核验审计记录链：逐条重算摘要，并与库外留存的摘要比对。发现问题时退出码为 1。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--head",
            nargs="?",
            const="",
            metavar="摘要",
            help="只比对末条：与库外留存的比，或与给出的摘要（如打印件上的）比",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["head"] is not None:
            self.stdout.write(f"{self._find_hash_in_chain(options['head'].strip().lower())}。")
            return
        found = chain_verification.verify_chain()
        chain_verification.record_verification_and_save_head(found, by=System("命令行"))
        if found.fault:
            raise CommandError(f"{found}。")
        self.stdout.write(f"{found}。")

    def _find_hash_in_chain(self, wanted: str) -> str:
        try:
            saved_hashes = saved_chain_heads.read_hashes()
        except saved_chain_heads.UnreadableHeads as unreadable:
            raise CommandError(f"{unreadable}。") from unreadable
        if not wanted and not saved_hashes:
            raise CommandError("库外还没有留存的摘要，先运行一次 verify_audit。")
        number = None if wanted else max(saved_hashes)
        sought = (
            Link.objects.filter(hash=wanted)
            if number is None
            else Link.objects.filter(pk=number, hash=saved_hashes[number])
        )
        link = sought.first()
        if link is None:
            place = f"第 {number} 条" if number else "这个摘要"
            raise CommandError(f"{place}在库内找不到：审计记录被改写，或末尾被删除。")
        return f"第 {link.number} 条与留存的摘要一致，库内现到第 {chain_queries.newest_head().number} 条"
