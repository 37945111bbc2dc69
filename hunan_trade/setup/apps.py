"""Configures the app: adds a database role check to `manage.py check --deploy`, and sets limits for each process.

They are the length of a transaction, and the number of new objects after which Python looks for garbage.
"""

import gc
from collections.abc import Collection
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Tags, Warning, register
from django.db.backends.signals import connection_created

from hunan_trade.audit import database_role_check

NEW_OBJECTS = 50_000  # Python's own 700 cost a third of the time in which 50,000 rows are read and compared


class Setup(AppConfig):
    name = "hunan_trade.setup"

    def ready(self) -> None:
        register(check_restricted_role, Tags.database, deploy=True)
        connection_created.connect(set_transaction_timeout)
        gc.set_threshold(NEW_OBJECTS)


def check_restricted_role(databases: Collection[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Return a deployment warning if the application's database role owns the tables.

    Runs only where --database names the database.
    """
    if not databases or database_role_check.uses_restricted_role():
        return []
    return [Warning(f"{database_role_check.ONE_ROLE}。{database_role_check.ONE_ROLE_EXPLANATION}", id="fence.W001")]


def set_transaction_timeout(connection: Any, **_: Any) -> None:
    """Let PostgreSQL 17 or newer end the session of this connection if a transaction stays open too long.

    An older server ends idle transactions alone; long statements end by their own timeout.
    """
    session = connection.connection
    if session.info.server_version >= 170000:
        with session.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('transaction_timeout', %s, false)",
                [f"{connection.settings_dict['TRANSACTION_TIMEOUT']}s"],
            )
