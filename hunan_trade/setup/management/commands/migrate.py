"""manage.py migrate: as the owner of the tables; afterwards the application's role may use them."""

from typing import Any

from django.core.management.commands import migrate

from hunan_trade.setup.owner import as_owner, put_up_fence


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        with as_owner():
            super().handle(*args, **options)
            put_up_fence()
