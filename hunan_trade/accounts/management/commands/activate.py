"""manage.py activate: prints a code with which an administrator sets a first or new password."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from hunan_trade.accounts import actions
from hunan_trade.accounts.models import User, normalise_username
from hunan_trade.accounts.roles import Role
from hunan_trade.workflow import MoveRefused


class Command(BaseCommand):
    help = "打印一次性激活码：开设首位系统管理员、安全管理员；或以 --user 重置其密码。24 小时内在 /activate/ 使用。"

    def add_arguments(self, parser: CommandParser) -> None:
        roles = sorted(actions.HOST_ACTIVATED_ROLES)
        told = "、".join(f"{role} {Role(role).label}" for role in roles)
        parser.add_argument("--role", choices=roles, default=Role.ADMINISTRATOR, metavar="角色", help=told)
        parser.add_argument("--user", metavar="用户名", help="系统管理员或安全管理员忘记密码、又没有同岗的人时")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            whose, halves = (
                self._heading_and_reset_code(options["user"])
                if options["user"]
                else self._heading_and_first_account_code(Role(options["role"]))
            )
        except MoveRefused as refused:
            raise CommandError(f"{refused}。") from refused
        asked = "两段激活码和新密码" if options["user"] else "两段激活码、用户名、姓名和新密码"
        self.stdout.write(f"{whose}激活码：{halves[0]} 和 {halves[1]}")
        self.stdout.write(f"24 小时内在浏览器打开 /activate/，填{asked}。")

    def _heading_and_first_account_code(self, role: Role) -> tuple[str, tuple[str, str]]:
        return role.label, actions.create_first_account_code(role=role)

    def _heading_and_reset_code(self, username: str) -> tuple[str, tuple[str, str]]:
        user = User.objects.filter(username=normalise_username(username)).first()
        if user is None:
            raise CommandError(f"没有 {username} 这个账号。")
        return f"{user.name}的", actions.reset_password_from_command_line(user=user)
