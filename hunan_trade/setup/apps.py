"""What `manage.py check --deploy --database default` looks at besides Django's own list."""

from collections.abc import Collection
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Tags, Warning, register

from hunan_trade.audit import db_roles


class Setup(AppConfig):
    name = "hunan_trade.setup"

    def ready(self) -> None:
        register(two_roles, Tags.database, deploy=True)


def two_roles(databases: Collection[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Like every check of that tag it asks the database only where --database names it."""
    if not databases or db_roles.uses_restricted_role():
        return []
    return [Warning(f"{db_roles.ONE_ROLE}。{db_roles.ONE_ROLE_EXPLANATION}", id="fence.W001")]
