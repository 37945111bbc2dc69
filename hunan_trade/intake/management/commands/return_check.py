"""manage.py return_check: checks a workbook file and prints the findings, without storing anything.

The return may be in any state.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from hunan_trade.files import os_errors
from hunan_trade.intake import return_sheets
from hunan_trade.intake.return_checks import check_return
from hunan_trade.regions.models import Region
from hunan_trade.tabular.findings import Severity
from hunan_trade.workbooks import upload_reader
from hunan_trade.workbooks.sheet_types import WorkbookRefused

WORDS = {Severity.BLOCKING.value: "必须改", Severity.EXPLAIN.value: "要说明", Severity.NOTE.value: "提示"}
Entry = dict[str, str]  # sheet, cell, code, severity, message


class Command(BaseCommand):
    help = "检查填好的月报，市州和月份以文件里写的为准，不写入平台。有必须改的，退出码为 1。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="文件", type=Path, help="填好的 .xlsx")
        parser.add_argument("--json", action="store_true", dest="as_json", help="输出 JSON")

    def handle(self, *args: object, file: Path, as_json: bool, **options: object) -> None:
        try:
            found = check_workbook(file.read_bytes())
        except OSError as error:
            raise CommandError(f"不能读取 {file}：{os_errors.describe_os_error(error)}") from error
        self.stdout.write(
            json.dumps(found, ensure_ascii=False, indent=1) if as_json else "\n".join(map(_entry_line, found))
        )
        if any(entry["severity"] == Severity.BLOCKING.value for entry in found):
            raise SystemExit(1)
        if not as_json:
            self.stdout.write("检查通过" if not found else "没有必须改的")


def check_workbook(data: bytes) -> list[Entry]:
    """Check the workbook of a monthly return, and return the findings as dicts, worst first.

    If the workbook cannot be read, one entry without a cell says why.
    """
    try:
        book = upload_reader.read(data)
        code, month = return_sheets.city_and_month(book)
        region = Region.objects.cities().filter(pk=code).first()
        if region is None:
            raise WorkbookRefused("book.foreign", f"文件写的市州代码“{code[:6]}”不是湖南的市州。重新下载报表再填。")
        form = return_sheets.blank_sheets(region, month)
        findings = check_return(return_sheets.sheets_from_workbook(book, form), form.contexts, month).findings
    except WorkbookRefused as refused:
        return [_finding_entry("", "", refused.code, Severity.BLOCKING.value, refused.message)]
    return [_finding_entry(f.sheet, f.cell, f.code, f.severity.value, f.message) for f in findings]


def _finding_entry(sheet: str, cell: str, code: str, severity: str, message: str) -> Entry:
    return {"sheet": sheet, "cell": cell, "code": code, "severity": severity, "message": message}


def _entry_line(entry: Entry) -> str:
    place = f"{entry['sheet']} {entry['cell']}　" if entry["sheet"] else ""
    return f"{WORDS[entry['severity']]}　{place}{entry['message']}"
