"""The manage.py command line with help and error messages in Chinese."""

from __future__ import annotations

import gettext
import os
import sys
from argparse import SUPPRESS
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any

import psycopg2.errors
from django.core.management import ManagementUtility, get_commands, load_command_class
from django.core.management.base import BaseCommand, CommandParser, OutputWrapper
from django.db import DatabaseError, OperationalError

LOCALE = Path(__file__).resolve().parent / "web" / "locale"  # what argparse says
FRAMEWORKS = ("django", "drf_", "rest_framework")
# Understood as before by those who know them; each command's help shows what is its own.
COMMON = {
    "--version", "--verbosity", "--settings", "--pythonpath", "--traceback", "--no-color", "--force-color", "--skip-checks",
}  # fmt: skip
_UNREADY = (psycopg2.errors.UndefinedTable, psycopg2.errors.UndefinedColumn)


def execute_from_command_line(arguments: list[str]) -> None:
    gettext.bindtextdomain("messages", LOCALE)
    os.environ["LANGUAGE"] = "zh_Hans"  # the databases, where started here, got theirs before
    try:
        CommandLine(arguments).execute()
    except DatabaseError as fault:
        if "--traceback" in arguments or not (explanation := _describe_database_error(fault)):
            raise
        sys.stderr.write(f"{explanation}\n")
        sys.exit(1)


def own_commands() -> Mapping[str, str]:
    """Return the portal's own management commands, as a mapping from command name to app name."""
    return {name: app for name, app in get_commands().items() if not str(app).startswith(FRAMEWORKS)}


class PlainErrorOutput(OutputWrapper):
    """Standard error stream that removes the prefix "CommandError: " from messages."""

    def write(self, msg: str = "", *args: Any, **options: Any) -> None:  # type: ignore[override]
        super().write(msg.removeprefix("CommandError: "), *args, **options)


class CommandLine(ManagementUtility):
    def main_help_text(self, commands_only: bool = False) -> str:
        if commands_only:
            return str(super().main_help_text(commands_only))
        own = own_commands()
        width = max(map(len, own), default=0) + 2
        lines = [
            f"  {name:<{width}}{load_command_class(app, name).help.split('。')[0]}" for name, app in sorted(own.items())
        ]
        rest = "、".join(sorted(get_commands().keys() - own.keys()))
        head = "用法：manage.py 命令 [参数]\nmanage.py help 命令 看这个命令的参数。"
        return "\n".join([head, "", "命令：", *lines, "", f"框架自带：{rest}"])

    def fetch_command(self, subcommand: str) -> BaseCommand:
        known = get_commands()
        if subcommand not in known and self.settings_exception is None:
            near = get_close_matches(subcommand, known, n=1)
            hint = f"，最接近的是 {near[0]}" if near else ""
            sys.stderr.write(f"没有 {subcommand} 这个命令{hint}。执行 manage.py help 看全部命令。\n")
            sys.exit(1)
        command = super().fetch_command(subcommand)
        command.stderr = PlainErrorOutput(sys.stderr)
        command.create_parser = partial(_create_parser_hiding_common_options, command.create_parser)  # type: ignore[method-assign]
        return command


def _create_parser_hiding_common_options(
    create: Callable[..., CommandParser], *args: Any, **options: Any
) -> CommandParser:
    parser = create(*args, **options)
    for action in parser._actions:
        if COMMON.intersection(action.option_strings):
            action.help = SUPPRESS
    return parser


def _describe_database_error(fault: DatabaseError) -> str:
    if isinstance(fault, OperationalError):
        return "数据库没有应答。检查 DATABASE_URL 所指的数据库是否启动。"
    if isinstance(fault.__cause__, _UNREADY):
        return "数据库里还没有数据表，或不是本版本的。先执行 manage.py migrate。"
    return ""
