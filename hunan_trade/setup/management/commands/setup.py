"""manage.py setup: the reference tables."""

from django.core.management.base import BaseCommand

from hunan_trade.setup import reference


class Command(BaseCommand):
    help = "Load regions, the work plan, parks and events. Safe to run at every start."

    def handle(self, *args: object, **options: object) -> None:
        reference.load()
