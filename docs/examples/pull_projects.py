"""Example program that keeps a copy of the register of projects, with their stages, in an SQLite file.

    python pull_projects.py --url https://portal.example --token hnt_… --db copy.sqlite

The first run reads all projects, each later one what has changed since. A run that was cut short is taken up by the next.
To read a field: SELECT json_extract(body, '$.name') FROM record WHERE register = 'projects'.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
from collections.abc import Callable
from http.client import HTTPException
from time import sleep
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

REGISTERS = ("projects", "project-stages")
PAGE_SIZE = 200
GONE = 410  # the database was restored, or the register has other fields now
ASK_AGAIN = (429, 503)  # too many calls, or the portal is not ready
ATTEMPTS = 8
TABLES = """
CREATE TABLE IF NOT EXISTS feed (register TEXT PRIMARY KEY, next TEXT NOT NULL, reading INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS record (
    register TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, reading INTEGER NOT NULL, PRIMARY KEY (register, id)
);
"""
Ask = Callable[[str], tuple[int, Any]]  # gets an address, gives status and body


def open_copy(file: str) -> sqlite3.Connection:
    """Open and lock the SQLite copy of the portal's records; a second run fails with "database is locked"."""
    copy = sqlite3.connect(file)
    copy.execute("PRAGMA locking_mode = EXCLUSIVE")
    copy.executescript(TABLES)
    return copy


def apply_changes_and_count_records(copy: sqlite3.Connection, register: str, start: str, ask: Ask) -> int:
    """Apply a register's changes since the last pull to the SQLite copy; return its number of records there.

    Each page is stored together with the address of the next one.
    """
    copy.execute("INSERT OR IGNORE INTO feed VALUES (?, ?, 1)", (register, start))
    more = True
    while more:
        address, reading = copy.execute("SELECT next, reading FROM feed WHERE register = ?", (register,)).fetchone()
        status, page = ask(address)
        with copy:
            if status == GONE:  # read anew; what the new reading does not bring is deleted at its end
                copy.execute("UPDATE feed SET next = ?, reading = ? WHERE register = ?", (start, reading + 1, register))
                continue
            records = [(register, str(record["id"]), json.dumps(record), reading) for record in page["results"]]
            copy.executemany("INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?)", records)
            gone = [(register, str(entry["id"])) for entry in page["gone"]]
            copy.executemany("DELETE FROM record WHERE register = ? AND id = ?", gone)
            copy.execute("UPDATE feed SET next = ? WHERE register = ?", (page["next"], register))
            if not (more := page["more"]):
                copy.execute("DELETE FROM record WHERE register = ? AND reading < ?", (register, reading))
    (count,) = copy.execute("SELECT count(*) FROM record WHERE register = ?", (register,)).fetchone()
    return int(count)


def create_api_caller(token: str) -> Ask:
    """Return a function that calls the portal's API and retries while it is busy, restarting or unreachable."""

    def call_with_retries(address: str) -> tuple[int, Any]:
        request = Request(address, headers={"Authorization": f"Bearer {token}"})
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with urlopen(request, timeout=30) as response:
                    return response.status, json.load(response)
            except HTTPError as refusal:
                if refusal.code == GONE:
                    return GONE, None
                if refusal.code not in ASK_AGAIN or attempt == ATTEMPTS:
                    raise SystemExit(refusal.read().decode()) from refusal
                sleep(int(refusal.headers["Retry-After"] or attempt))
            except (OSError, HTTPException) as failure:  # no connection, or one that broke off
                if attempt == ATTEMPTS:
                    raise SystemExit(f"{address}: {failure}") from failure
                sleep(attempt)
        raise AssertionError("the last attempt returns or exits")

    return call_with_retries


def main() -> None:
    parser = argparse.ArgumentParser(description="Keep a copy of the register of projects in an SQLite file.")
    parser.add_argument("--url", required=True, help="the portal, as https://portal.example")
    parser.add_argument("--token", required=True, help="an API token that may read")
    parser.add_argument("--db", required=True, help="the SQLite file, made if it does not exist")
    given = parser.parse_args()
    copy = open_copy(given.db)
    for register in REGISTERS:
        start = f"{given.url.rstrip('/')}/api/v1/{register}/changes/?page_size={PAGE_SIZE}"
        print(f"{register}: {apply_changes_and_count_records(copy, register, start, create_api_caller(given.token))}")


if __name__ == "__main__":
    main()
