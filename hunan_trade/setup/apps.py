"""App configuration that adds a database role check to `manage.py check --deploy`."""

from collections.abc import Collection
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Tags, Warning, register

from hunan_trade.audit import db_roles


class Setup(AppConfig):
    name = "hunan_trade.setup"

    def ready(self) -> None:
        register(check_restricted_role, Tags.database, deploy=True)


def check_restricted_role(databases: Collection[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Return a deployment warning if the application's database role owns the tables.

    Runs only where --database names the database.
    """
    if not databases or db_roles.uses_restricted_role():
        return []
    return [Warning(f"{db_roles.ONE_ROLE}。{db_roles.ONE_ROLE_EXPLANATION}", id="fence.W001")]
