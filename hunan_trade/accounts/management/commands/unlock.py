"""manage.py unlock: unlocks an account that was locked after wrong passwords.

For when all who could do so on the pages are locked out.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from hunan_trade.accounts import actions
from hunan_trade.accounts.models import User, normalise_username
from hunan_trade.audit.actions import System
from hunan_trade.workflow import MoveRefused


class Command(BaseCommand):
    help = "解除一个账号因连续试错密码而有的登录锁定。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", metavar="用户名")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=normalise_username(options["username"])).first()
        if user is None:
            raise CommandError(f"没有 {options['username']} 这个账号。")
        try:
            actions.unlock_account(user=user, by=System("命令行"))
        except MoveRefused as refused:
            raise CommandError(f"{refused}。") from refused
        self.stdout.write(f"已解除{user.name}的登录锁定。")
