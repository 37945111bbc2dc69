#!/usr/bin/env python
"""Runs management commands, on PostgreSQL and Valkey servers of its own if DATABASE_URL is not set.

A pair that is already up (make up) is shared; otherwise one is started for the length of the command.
"""

import os
import signal
import sys
from contextlib import ExitStack
from pathlib import Path

from hunan_trade import servers
from hunan_trade.manage_command_line import execute_from_command_line

BASE_DIR = Path(__file__).resolve().parent
CHANGE_TABLES = {"migrate", "demo"}  # only these learn the address of the tables' owner
WITHOUT_DATABASE = {"help", "version", "compilemessages", "makemessages", "plan_read"}


def needs_database(arguments: list[str]) -> bool:
    asks_only = {"-h", "--help", "--version"} & set(arguments)
    return bool(arguments) and not asks_only and arguments[0] not in WITHOUT_DATABASE


def borrow_database_servers(until: ExitStack) -> None:
    # A plain `kill` must unwind too, or a pair started for this command would outlive it.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    pair = until.enter_context(servers.borrow_pair(Path(os.environ.get("DATA_DIR") or BASE_DIR / ".data")))
    os.environ.setdefault("PORTAL_MODE", "demo")
    os.environ.update(DATABASE_URL=pair.database_url, REDIS_URL=pair.redis_url, PORTAL_EMBEDDED="1")
    os.environ["DATABASE_OWNER_URL"] = pair.owner_database_url


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hunan_trade.settings")
    with ExitStack() as until:
        if not os.environ.get("DATABASE_URL") and needs_database(sys.argv[1:]):
            try:
                borrow_database_servers(until)
            except servers.ServersFailed as failed:
                sys.exit(str(failed))
        if not CHANGE_TABLES & set(sys.argv[1:2]):
            os.environ.pop("DATABASE_OWNER_URL", None)
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
