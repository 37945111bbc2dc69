"""Program that runs many API clients, each filing a return and retrying failed requests.

Run as `python -m hunan_trade.testing.retrying_filing_clients`. Standard input: {"address", "stop", "clients": [{"token", "return",
"key", "workbook"}]}, a thread each. Every request has a key and is sent again, the same, until it is acknowledged; when
the file `stop` exists, each client ends what it has begun.
Standard output: {"acknowledged": [[kind, record, text or id, version]], "seen": {status: times}}.
"""

from __future__ import annotations

import http.client
import json
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
RETRIED_STATUSES = {409, 503}
TIMEOUT = 300  # seconds until an operation is given up for lost
OPERATIONS_PER_UPLOAD = 5  # rows saved between two uploads


class FilingClient:
    """API client that saves rows and uploads workbooks of one monthly return in a loop until a stop file exists."""

    def __init__(self, address: str, facts: dict[str, Any]) -> None:
        self.address, self.facts = address, facts
        self.seen: Counter[int] = Counter()
        self.acknowledged: list[tuple[str, str, str, int]] = []
        self.version = 0

    def run(self, stop: Path) -> None:
        workbook = Path(self.facts["workbook"]).read_bytes()
        number = 0
        while not stop.exists():
            number += 1
            if number % OPERATIONS_PER_UPLOAD == 0:
                answer = self._send_until_acknowledged("POST", "uploads/", workbook, {"Content-Type": XLSX})
                self.acknowledged.append(("upload", "", str(answer["id"]), 0))
            else:
                self._save_row(str(number))

    def _save_row(self, text: str) -> None:
        key = self.facts["key"]
        body = {"rows": [{"key": key, "version": self.version, "texts": {"export": text, "import": "1"}}]}
        headers = {"Content-Type": "application/json", "If-Match": "*"}
        answer = self._send_until_acknowledged("PATCH", "sheets/processing_trade/", json.dumps(body).encode(), headers)
        self.version = answer["versions"][key]
        self.acknowledged.append(("row", key, text, self.version))

    def _send_until_acknowledged(self, method: str, part: str, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
        headers |= {"Authorization": f"Bearer {self.facts['token']}", "Idempotency-Key": uuid4().hex}
        patience = time.monotonic() + TIMEOUT
        while time.monotonic() < patience:
            status, content = self._request(method, f"/api/v1/returns/{self.facts['return']}/{part}", body, headers)
            self.seen[status] += 1
            if status < 300:
                answer: dict[str, Any] = json.loads(content)
                return answer
            if status not in RETRIED_STATUSES:
                raise AssertionError(f"{method} {part}: {status} {content[:500]!r}")
            time.sleep(0.2)
        raise AssertionError(f"{method} {part}: nothing but {dict(self.seen)}")

    def _request(self, method: str, where: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(self.address, timeout=TIMEOUT)
        try:
            connection.request(method, where, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


def main() -> None:
    arguments = json.load(sys.stdin)
    clients = [FilingClient(arguments["address"], facts) for facts in arguments["clients"]]
    with ThreadPoolExecutor(len(clients)) as pool:
        ended = [pool.submit(client.run, Path(arguments["stop"])) for client in clients]
    failures = [str(fault) for future in ended if (fault := future.exception())]
    seen = sum((client.seen for client in clients), Counter[int]())
    done = [entry for client in clients for entry in client.acknowledged]
    json.dump({"acknowledged": done, "seen": seen, "failures": failures}, sys.stdout)


if __name__ == "__main__":
    main()
