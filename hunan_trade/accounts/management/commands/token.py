"""manage.py token: issues or revokes an API token."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from hunan_trade.accounts import actions
from hunan_trade.accounts.models import Token, User, normalise_username
from hunan_trade.audit.actions import System
from hunan_trade.workflow import MoveRefused


class Command(BaseCommand):
    help = "签发接口令牌并打印一次；或以 --revoke 吊销。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", metavar="用户名", help="代表的用户名")
        parser.add_argument("--scope", default=Token.Scope.READ, metavar="范围", help="、".join(Token.Scope.values))
        parser.add_argument("--label", default="命令行签发", metavar="用途", help="记在令牌表里")
        parser.add_argument("--days", type=int, default=90, metavar="天数", help="有效天数，不写为 90")
        parser.add_argument(
            "--network", action="append", default=[], metavar="地址", help="允许地址，如 10.43.0.0/16，可重复"
        )
        parser.add_argument("--revoke", metavar="前缀", help="吊销这个前缀的令牌")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.stdout.write(self._revoke(options["revoke"]) if options["revoke"] else self._issue(options))
        except MoveRefused as refused:
            raise CommandError(f"{refused}。") from refused

    def _issue(self, options: dict[str, Any]) -> str:
        user = User.objects.open().filter(username=normalise_username(options["user"] or "")).first()
        if user is None:
            raise CommandError("没有这个用户名的启用账号，用 --user 指明。")
        if options["scope"] not in Token.Scope.values:
            raise CommandError(f"没有“{options['scope']}”这种范围，写 {'、'.join(Token.Scope.values)} 之一。")
        _, secret = actions.issue_token(
            user=user,
            label=options["label"],
            scope=options["scope"],
            lasts=timedelta(days=min(options["days"], 10_000)),
            networks=options["network"],
            by=System("命令行"),
        )
        return secret

    def _revoke(self, prefix: str) -> str:
        token = Token.objects.filter(prefix=prefix.removeprefix("hnt_")).first()
        if token is None:
            raise CommandError("没有这个前缀的令牌。")
        actions.revoke_token(token=token, by=System("命令行"), reason="命令行吊销")
        return f"已吊销 {token.prefix}。"
