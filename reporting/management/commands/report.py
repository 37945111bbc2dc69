"""manage.py report: writes the files of a report into a folder, without storing the report.

For example `manage.py report --kind monthly-bulletin --month 2013-06 --out DIR`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from hunan_trade import clock
from hunan_trade.files import os_errors
from hunan_trade.periods import Month
from hunan_trade.regions.models import Region
from reporting import kinds
from reporting.content_gathering_and_hashing import compose_document, content_sha256, gather_content
from reporting.file_rendering import render
from reporting.issue_number_and_date_insertion import IssueNumberAndDate, add_issue_number_and_date
from reporting.models import Format


class Command(BaseCommand):
    help = "按现有核定数把一期通报写成 .html .docx .pdf .xlsx 各一份。是草稿，平台里不留。"

    def add_arguments(self, parser: CommandParser) -> None:
        listed = "、".join(f"{kind.code} {kind.title}" for kind in kinds.declared())
        parser.add_argument("--kind", required=True, metavar="种类", help=listed)
        parser.add_argument("--month", required=True, metavar="月份", help="写成 2013-06；季度写其中任一个月")
        parser.add_argument("--out", required=True, metavar="文件夹", type=Path, help="写到这里，没有就新建")

    def handle(self, *, kind: str, month: str, out: Path, **options: Any) -> None:
        declared, period = _parse_arguments(kind, month)
        content, document = compose_document(declared, gather_content(declared, period))
        document = add_issue_number_and_date(document, IssueNumberAndDate(year=period.year))
        try:
            out.mkdir(parents=True, exist_ok=True)
            for format_ in Format:
                path = out / f"{kind}-{period}.{format_.value}"
                path.write_bytes(render(document, format_))
                self.stdout.write(str(path))
        except OSError as refused:
            raise CommandError(f"不能写入 {out}：{os_errors.describe_os_error(refused)}") from refused
        self.stdout.write(f"sha256 {content_sha256(content)}")


def _parse_arguments(kind: str, month: str) -> tuple[kinds.ReportKind, Month]:
    """Return the report kind and the last month of the period that contains `month`, or raise CommandError."""
    try:
        declared, chosen = kinds.get(kind), Month.parse(month)
    except KeyError:
        listed = "、".join(each.code for each in kinds.declared())
        raise CommandError(f"“{kind}”不是报告种类，写 {listed} 之一") from None
    except ValueError:
        raise CommandError(f"“{month}”不是月份，写成 2013-06") from None
    if not Region.objects.exists():
        raise CommandError("基础数据还没有装入，先执行 manage.py setup")
    if chosen >= Month.of(clock.today()):
        raise CommandError(f"{chosen.label}还没有结束")
    return declared, declared.last_month_of_period(chosen)
