"""manage.py report --kind monthly-bulletin --month 2013-06 --out DIR: the files of a report, as the data stand."""

from __future__ import annotations

from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from hunan_trade.periods import Month
from reporting import kinds
from reporting.files import render
from reporting.freezing import digest, gathered, sealed
from reporting.models import Format
from reporting.paper import Stamp, stamped


def _month(text: str) -> Month:
    try:
        return Month.parse(text)
    except ValueError as unreadable:
        raise ArgumentTypeError(str(unreadable)) from None


class Command(BaseCommand):
    help = "Write one file each of .html .docx .pdf .xlsx. A draft; nothing is stored in the portal."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--kind", required=True, choices=[kind.code for kind in kinds.every()])
        parser.add_argument("--month", required=True, type=_month, help="2013-06; a quarter is the one that holds it")
        parser.add_argument("--out", required=True, type=Path)

    def handle(self, *, kind: str, month: Month, out: Path, **options: Any) -> None:
        declared = kinds.get(kind)
        month = declared.last_month(month)
        content, document = sealed(declared, gathered(declared, month))
        document = stamped(document, Stamp(year=month.year))
        try:
            out.mkdir(parents=True, exist_ok=True)
            for format_ in Format:
                path = out / f"{kind}-{month}.{format_.value}"
                path.write_bytes(render(document, format_))
                self.stdout.write(str(path))
        except OSError as refused:
            raise CommandError(f"{out}: {refused.strerror}") from refused
        self.stdout.write(f"sha256 {digest(content)}")
