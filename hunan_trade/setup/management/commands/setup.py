"""manage.py setup: loads the reference tables (regions, industries, work plan, parks, events)."""

from django.core.management.base import BaseCommand

from hunan_trade.setup import reference_data


class Command(BaseCommand):
    help = "装入地区、行业、工作要点、园区和活动等基础数据。可以重复执行。"

    def handle(self, *args: object, **options: object) -> None:
        reference_data.load_reference_tables()
