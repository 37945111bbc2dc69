"""Checks the database for applied migrations that this release does not contain."""

from __future__ import annotations

from django.apps import apps
from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder


def refuse_unknown_migrations() -> None:
    """Raise CommandError if a migration was applied that this release does not contain."""
    installed = {config.label for config in apps.get_app_configs()}
    applied = {name for name in MigrationRecorder(connection).applied_migrations() if name[0] in installed}
    if applied - set(MigrationLoader(None).disk_migrations):
        raise CommandError(
            f"数据库由别的版本建立，本版不能接着用，没有改动。演示可换一个 DATA_DIR（现为 {settings.DATA_DIR}）"
            "或移走它再启动；正式库请用原来的版本。"
        )
