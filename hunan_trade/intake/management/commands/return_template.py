"""manage.py return_template: writes the blank workbook of a city for a month to a file.

It does so whatever the state of the return.
"""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from hunan_trade.files import os_errors
from hunan_trade.intake import return_sheets
from hunan_trade.intake.models import MonthlyReturn
from hunan_trade.periods import Month
from hunan_trade.regions.models import Region


class Command(BaseCommand):
    help = "写出一个市州的空白月报 .xlsx，企业和上月数已填好并锁定。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--city", required=True, metavar="代码", help="市州的六位代码，如 430100")
        parser.add_argument("--month", required=True, metavar="月份", help="写成 2013-06")
        parser.add_argument("--out", required=True, metavar="文件", type=Path, help="写到这个 .xlsx")

    def handle(self, *args: object, city: str, month: str, out: Path, **options: object) -> None:
        try:
            period = Month.parse(month)
            region = Region.objects.cities().get(pk=city)
        except ValueError:
            raise CommandError(f"“{month}”不是月份，写成 2013-06") from None
        except Region.DoesNotExist:
            loaded = Region.objects.exists()
            message = f"“{city}”不是市州代码，写成 430100" if loaded else "基础数据还没有装入，先执行 manage.py setup"
            raise CommandError(message) from None
        version = MonthlyReturn.objects.of_month(period).filter(region=region).values_list("version", flat=True).first()
        data = return_sheets.blank_sheets(region, period).workbook(version=version or 0, demo=settings.DEMO)
        try:
            out.write_bytes(data)
        except OSError as error:
            raise CommandError(f"不能写入 {out}：{os_errors.describe_os_error(error)}") from error
        self.stdout.write(f"已写入 {out}（{region.name}{period.label}）")
