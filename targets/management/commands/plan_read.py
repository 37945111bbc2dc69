"""Command `plan_read` that prints the items parsed from a work plan's document, without a database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from hunan_trade.files import os_errors
from targets.document_parser import Node, Quantity, ReadingResult, read_plan

MOST_BYTES = 10 << 20


class Command(BaseCommand):
    help = "读一份工作要点（.docx 或 .txt），列出条目、数量、时限和责任单位。不是工作要点的，说明原因（JSON 中为 refused；不用 --json 时退出码为 1）。"
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="文件", type=Path, help="一份 .docx 或 .txt")
        parser.add_argument("--json", action="store_true", help="按 docs/plan-reading.md 的格式输出 JSON")
        parser.add_argument("--names", metavar="名单", type=Path, help="要在文中找的名称，一行一个，UTF-8")

    def handle(self, *args: Any, **options: Any) -> None:
        found = read_plan(_read_limited(options["file"]), _read_names(options["names"]))
        if options["json"]:
            self.stdout.write(json.dumps(found.as_json(), ensure_ascii=False, indent=1))
        elif found.refused:
            raise CommandError(found.refused)
        else:
            self.stdout.write("\n".join(_summary_lines(found)))


def _read_limited(path: Path) -> bytes:
    """Return the bytes of a file, or raise CommandError if the file is larger than 10 MB."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise CommandError(f"{path} 打不开：{os_errors.describe_os_error(error)}。") from error
    if len(content) > MOST_BYTES:
        raise CommandError("文件超过 10 MB，不像一份工作要点。")
    return content


def _read_names(path: Path | None) -> list[str]:
    """Read a file with one name per line, or return [] if `path` is None."""
    return _read_limited(path).decode("utf-8-sig", "replace").splitlines() if path else []


def _summary_lines(found: ReadingResult) -> list[str]:
    """Return the lines to print for a work plan: its title, issuer, number, date, sections and items."""
    head = [found.title, " ".join(filter(None, (found.issuer, found.number, str(found.issued_on or "")))), ""]
    return head + [line for node in found.nodes if node.level for line in _node_lines(node)]


def _node_lines(node: Node) -> list[str]:
    """Return the lines to print for one section or item: its title, quantities, deadlines and offices."""
    indent = "  " * (node.level - 1)
    lines = [f"{indent}{node.marker}{node.title}{'' if node.understood else '（有数未识别）'}"]
    lines += [f"{indent}    {_quantity_line(quantity)}" for quantity in node.quantities]
    lines += [f"{indent}    时限：{deadline.text}" for deadline in node.deadlines]
    if node.units:
        lines.append(f"{indent}    责任：{'、'.join(node.units)}")
    return lines


_KINDS = {"target": "目标", "direction": "方向", "roster": "名单", "past": "往年"}


def _quantity_line(quantity: Quantity) -> str:
    """Return the line to print for one quantity, such as 目标：进出口额 75亿美元，到 2013-12-31."""
    until = f"，到 {quantity.horizon}" if quantity.horizon else ""
    return f"{_KINDS[quantity.kind]}：{quantity.metric} {quantity.text}{until}"
