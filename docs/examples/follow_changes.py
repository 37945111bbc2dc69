"""Example program that copies a register by its changes feed, and updates the copy at each later run.

PORTAL_TOKEN=hnt_… python follow_changes.py https://portal.example/api/v1/parks/ parks.json
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from time import sleep
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

GONE = 410  # the database was restored, or the register has other fields now
TOO_MANY_CALLS = 429
Copy = dict[str, Any]  # next: where to go on, "" for the start; records: each by its id


def follow(ask: Callable[[str], tuple[int, Any]], start: str, copy: Copy) -> Copy:
    """Return the copy with all changes of the register applied.

    `ask` gets an address and gives status and body.
    """
    while True:
        status, body = ask(copy["next"] or start)
        if status == GONE:
            copy = {"next": "", "records": {}}  # what the new reading does not bring is no more
            continue
        copy["records"] |= {str(record["id"]): record for record in body["results"]}
        for entry in body["gone"]:
            copy["records"].pop(str(entry["id"]), None)
        copy["next"] = body["next"]
        if not body["more"]:
            return copy


def ask_portal(address: str) -> tuple[int, Any]:
    request = Request(address, headers={"Authorization": f"Bearer {os.environ['PORTAL_TOKEN']}"})
    while True:
        try:
            with urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except HTTPError as refused:
            if refused.code == GONE:
                return GONE, None
            if refused.code != TOO_MANY_CALLS:
                raise SystemExit(refused.read().decode()) from refused
            sleep(int(refused.headers["Retry-After"]))


def main(register: str, file: Path) -> None:
    copy = json.loads(file.read_text("utf-8")) if file.exists() else {"next": "", "records": {}}
    copy = follow(ask_portal, f"{register}changes/?page_size=200", copy)
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps(copy, ensure_ascii=False), "utf-8")
    fresh.replace(file)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
