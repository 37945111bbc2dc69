"""The first administrator or security officer of a fresh installation."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from hunan_trade.accounts import actions
from hunan_trade.accounts.roles import Role
from hunan_trade.workflow import MoveRefused


class Command(BaseCommand):
    help = "打印一次性激活码，24 小时内在 /activate/ 开设首位系统管理员或安全管理员。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--role", choices=[Role.ADMINISTRATOR, Role.SECURITY_OFFICER], default=Role.ADMINISTRATOR)

    def handle(self, *args: Any, **options: Any) -> None:
        role = Role(options["role"])
        try:
            code = actions.invite_first(role=role)
        except MoveRefused as refused:
            raise CommandError(f"{refused}。") from refused
        self.stdout.write(
            f"{role.label}激活码：{code}\n24 小时内在浏览器打开 /activate/，填激活码、用户名、姓名和新密码。"
        )
