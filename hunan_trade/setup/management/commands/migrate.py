"""manage.py migrate: migrates as the database owner, then grants the application its rights."""

from argparse import SUPPRESS
from typing import Any

from django.core.management.base import CommandParser
from django.core.management.commands import migrate
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from hunan_trade.setup.database_owner import as_owner, grant_application_rights
from hunan_trade.setup.unknown_migration_check import refuse_unknown_migrations


class Command(migrate.Command):
    help = "建立和更新数据表，并授权平台的数据库角色使用。参数与框架自带的相同。"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        for action in parser._actions:
            if action.dest != "help":
                action.help = SUPPRESS

    def handle(self, *args: Any, **options: Any) -> None:
        announces = options["verbosity"] == 1
        with as_owner():
            refuse_unknown_migrations()
            before = _applied_migrations()
            super().handle(*args, **{**options, "verbosity": 0 if announces else options["verbosity"]})
            grant_application_rights()
            changed = len(before ^ _applied_migrations())
        if announces:
            self.stdout.write(f"数据表已更新，执行变更 {changed} 项。" if changed else "数据表已是最新。")


def _applied_migrations() -> set[tuple[str, str]]:
    return set(MigrationRecorder(connection).applied_migrations())
