"""Sends many POST requests at the same instant from several processes.

Run as a program it is one of the crowd: it reads a request as a line of JSON, sends all but its last byte, waits for
the signal, sends the rest and writes the answer as a line of JSON. It needs nothing but the standard library.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

READY = "ready"


@dataclass(frozen=True)
class PostRequest:
    """A POST request to be sent, with the session key of a signed-in user.

    `body` must not be empty.
    """

    path: str
    body: str
    session: str
    content_type: str = "application/x-www-form-urlencoded"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RawResponse:
    """Status and text of an HTTP response; status 0 means that the connection failed."""

    status: int
    text: str

    @property
    def has_chinese_text(self) -> bool:
        """Return whether the response's text contains Chinese characters, plain or as JSON escapes."""
        return bool(re.search(r"[\u4e00-\u9fff]|\\u[4-9][0-9a-f]{3}", self.text))


class SimultaneousClients:
    """Client processes that send POST requests to a local server's port at the same instant."""

    def __init__(self, port: int, size: int) -> None:
        self.signal, self.signal_sender = os.pipe()
        command = [sys.executable, "-I", "-S", __file__, str(port), str(self.signal)]
        self.members = [
            subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=(self.signal,), text=True, bufsize=1
            )
            for _ in range(size)
        ]

    def post_all(self, requests: Sequence[PostRequest]) -> list[RawResponse]:
        """Send all requests at the same instant; return the responses in the order of the requests."""
        members = self.members[: len(requests)]
        assert len(members) == len(requests)
        for member, request in zip(members, requests, strict=True):
            _write_line(member.stdin, request.__dict__)
        assert all(json.loads(_read_line(member)) == READY for member in members)
        os.write(self.signal_sender, b"!" * len(members))
        return [RawResponse(**json.loads(_read_line(member))) for member in members]

    def close(self) -> None:
        os.close(self.signal)
        os.close(self.signal_sender)
        for member in self.members:
            member.communicate()


@contextmanager
def simultaneous_clients(port: int, size: int = 20) -> Iterator[SimultaneousClients]:
    """Context manager that runs `size` client processes, which can send requests to `port` at the same instant."""
    crowd = SimultaneousClients(port, size)
    try:
        yield crowd
    finally:
        crowd.close()


def _write_line(stream: Any, value: object) -> None:
    stream.write(json.dumps(value) + "\n")
    stream.flush()


def _read_line(member: subprocess.Popen[str]) -> str:
    assert member.stdout is not None
    return member.stdout.readline()


def _post_at_signal(port: int, signal: int, request: dict[str, Any]) -> dict[str, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    body, token = request["body"].encode(), "a" * 32
    connection.putrequest("POST", request["path"])
    headers = {
        "Content-Type": request["content_type"],
        "Content-Length": str(len(body)),
        "Cookie": f"sessionid={request['session']}; csrftoken={token}",
        "X-CSRFToken": token,
        "Connection": "close",
        **request["headers"],
    }
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    connection.send(body[:-1])
    _write_line(sys.stdout, READY)
    os.read(signal, 1)
    try:
        connection.send(body[-1:])
        response = connection.getresponse()
        return {"status": response.status, "text": response.read().decode()}
    except (OSError, http.client.HTTPException) as broken:
        return {"status": 0, "text": str(broken)}
    finally:
        connection.close()


if __name__ == "__main__":
    for line in sys.stdin:
        _write_line(sys.stdout, _post_at_signal(int(sys.argv[1]), int(sys.argv[2]), json.loads(line)))
